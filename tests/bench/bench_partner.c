// SPDX-License-Identifier: MIT
// The partners' half of the load: events in, receipts out, the same bytes again after `busy`.
// Used by bench_load.
#include "tests/bench/bench_load_inside.h"

#include "proto/proto.h"
#include "tests/bench/bench_map.h"

#include <inttypes.h>
#include <stdio.h>

enum { PLACE_DIGITS = 8 };

struct receipt_values {
    struct span id, status, referral, retry_after_ms;
};

static const struct bench_map_field fields[] = {
    {"id", offsetof(struct receipt_values, id)},
    {"status", offsetof(struct receipt_values, status)},
    {"referral", offsetof(struct receipt_values, referral)},
    {"retry_after_ms", offsetof(struct receipt_values, retry_after_ms)},
};

// Place of the event with this id; `n` when it is none of ours.
static uint32_t place_of(struct span id, uint32_t n)
{
    uint32_t place = 0;

    if (id.size < PLACE_DIGITS)
        return n;
    for (const uint8_t *at = id.at + id.size - PLACE_DIGITS; at < id.at + id.size; at++)
        place = place << 4 | (uint32_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
    return place < n ? place : n;
}

static void send_event(struct bench_run *run, struct bench_partner *partner, uint32_t place)
{
    if (bench_link_send(partner->link, run->load->events[place]) != ERR_NONE)
        bench_run_fail(run, "no memory for an event");
}

// ---------------------------------------------------------------- receipts

static void note_busy(struct bench_run *run, struct bench_partner *partner, uint32_t place, uint64_t retry_after_ms)
{
    uint32_t at = (partner->first_again + partner->n_agains++) % run->load->window;

    partner->agains[at] = (struct bench_again){.place = place, .due_ns = run->read_ns + (int64_t)retry_after_ms * 1000000};
    run->times->n_busy++;
}

// What was sent again after `busy` may have been stored the first time.
static bool is_stored(const struct bench_run *run, struct span status)
{
    return span_is(status, code_text(LIST_RECEIPT, RECEIPT_ACCEPTED)) ||
           (run->times->n_busy > 0 && span_is(status, code_text(LIST_RECEIPT, RECEIPT_DUPLICATE)));
}

void bench_partner_read(struct bench_run *run, struct bench_partner *partner, struct span bytes)
{
    struct receipt_values receipt;
    struct span status;
    uint32_t place;

    if (!bench_map_read(&bytes, fields, sizeof fields / sizeof fields[0], &receipt) ||
        (place = place_of(bench_map_text(receipt.id), run->load->n)) == run->load->n || run->times->acked[place] != 0) {
        bench_run_fail(run, "a receipt for no event that waits for one");
        return;
    }
    status = bench_map_text(receipt.status);
    if (span_is(status, code_text(LIST_RECEIPT, RECEIPT_BUSY))) {
        note_busy(run, partner, place, bench_map_uint(receipt.retry_after_ms));
    } else if (!is_stored(run, status) || !bench_run_number(receipt.referral, &run->numbers[place])) {
        fprintf(stderr, "bench: event %" PRIu32 " got the receipt %.*s\n", place, SPAN_ARG(status));
        bench_run_fail(run, "an event was not accepted");
    } else {
        run->times->acked[place] = run->moved_ns = run->read_ns;
        run->times->n_acked++;
        partner->window++;
    }
}

// ---------------------------------------------------------------- events

static int64_t publish_again(struct bench_run *run, struct bench_partner *partner, int64_t now)
{
    while (partner->n_agains > 0) {
        const struct bench_again *again = &partner->agains[partner->first_again];

        if (again->due_ns > now)
            return again->due_ns;
        send_event(run, partner, again->place);
        partner->first_again = (partner->first_again + 1) % run->load->window;
        partner->n_agains--;
    }
    return INT64_MAX;
}

static int64_t due_ns(const struct bench_run *run, uint32_t place)
{
    return run->load->rate > 0 ? run->start_ns + (int64_t)((double)place / run->load->rate * 1e9) : 0;
}

int64_t bench_partner_publish(struct bench_run *run, struct bench_partner *partner)
{
    int64_t again = publish_again(run, partner, bench_now_ns());

    while (partner->next < run->load->n && partner->window > 0) {
        int64_t now = bench_now_ns(), due = due_ns(run, partner->next);

        if (due > now)
            return due < again ? due : again;
        run->times->sent[partner->next] = now;
        send_event(run, partner, partner->next);
        partner->next += BENCH_PARTNERS;
        partner->window--;
    }
    return again;
}
