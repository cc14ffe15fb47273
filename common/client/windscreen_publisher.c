// SPDX-License-Identifier: MIT
// A window of events under way, each sent again until its receipt comes or its deadline passes.
// Used by partners' programs and `windscreen publish`. Never changes an event's bytes.
#include "common/client/windscreen_publisher.h"

#include "common/client/windscreen_link.h"
#include "common/wire/decode.h"

#include <stdlib.h>

enum {
    WINDOW_DEFAULT = 64,
    WINDOW_MAX = 4096,
    ANSWER_MS_DEFAULT = 3000,
    DEADLINE_MS_DEFAULT = 30000,
    BUSY_MS_MIN = 20,
    PUMP_MS_MAX = 1000
};

struct under_way {
    uint8_t *bytes; // NULL: free
    size_t size;
    struct span id, source; // in bytes; both size 0 when its receipt will name nobody
    uint64_t number;
    int64_t started_ms;
    int64_t next_ms; // when to send (again)
    unsigned n_sent;
    bool busy; // the last answer was busy
    uint64_t retry_after_ms;
};

struct windscreen_publisher {
    struct windscreen_link *link;
    struct windscreen_publisher_options options;
    struct under_way *slots;
    unsigned n_slots, n_used;
    uint64_t n_numbered;
    struct receipt receipt;
    struct event envelope;
    struct faults faults;
};

enum err windscreen_publisher_open(const struct windscreen_publisher_options *options, struct windscreen_publisher **publisher)
{
    struct windscreen_publisher *new = calloc(1, sizeof *new);
    enum err err = ERR_NO_MEMORY;

    *publisher = NULL;
    if (new == NULL)
        return err;
    new->options = *options;
    new->options.endpoint = NULL;
    new->options.answer_ms = options->answer_ms > 0 ? options->answer_ms : ANSWER_MS_DEFAULT;
    new->options.deadline_ms = options->deadline_ms > 0 ? options->deadline_ms : DEADLINE_MS_DEFAULT;
    new->n_slots = options->window > 0 ? options->window : WINDOW_DEFAULT;
    new->n_slots = new->n_slots < WINDOW_MAX ? new->n_slots : WINDOW_MAX;
    new->slots = calloc(new->n_slots, sizeof *new->slots);
    if (new->slots != NULL)
        err = windscreen_link_open(options->endpoint, &new->link);
    if (err != ERR_NONE)
        windscreen_publisher_close(&new);
    *publisher = new;
    return err;
}

void windscreen_publisher_close(struct windscreen_publisher **publisher)
{
    struct windscreen_publisher *old = *publisher;

    *publisher = NULL;
    if (old == NULL)
        return;
    for (unsigned i = 0; old->slots != NULL && i < old->n_slots; i++)
        free(old->slots[i].bytes);
    free(old->slots);
    windscreen_link_close(&old->link);
    free(old);
}

// ---------------------------------------------------------------- results

static void settle(struct windscreen_publisher *publisher, struct under_way *slot, const struct receipt *receipt)
{
    struct windscreen_result result = {
        .number = slot->number,
        .status = receipt != NULL ? (enum receipt_status)receipt->status : RECEIPT_NONE,
        .receipt = receipt,
        .event = span_of(slot->bytes, slot->size),
        .id = slot->id,
        .source = slot->source,
        .n_sent = slot->n_sent,
        .took_ms = windscreen_link_now_ms() - slot->started_ms,
    };

    if (publisher->options.on_result != NULL)
        publisher->options.on_result(publisher->options.context, &result);
    free(slot->bytes);
    memset(slot, 0, sizeof *slot);
    publisher->n_used--;
}

static void give_up(struct windscreen_publisher *publisher, struct under_way *slot)
{
    struct receipt *receipt = &publisher->receipt;

    if (!slot->busy) {
        settle(publisher, slot, NULL);
        return;
    }
    memset(receipt, 0, sizeof *receipt);
    receipt->status = RECEIPT_BUSY;
    if (slot->id.size > 0)
        PUT(receipt, receipt, id, slot->id);
    if (slot->source.size > 0)
        PUT(receipt, receipt, source, slot->source);
    PUT(receipt, receipt, retry_after_ms, slot->retry_after_ms);
    settle(publisher, slot, receipt);
}

static struct under_way *find_slot(struct windscreen_publisher *publisher, struct span id, struct span source)
{
    for (unsigned i = 0; i < publisher->n_slots; i++) {
        struct under_way *slot = &publisher->slots[i];

        if (slot->bytes != NULL && span_equal(slot->id, id) && span_equal(slot->source, source))
            return slot;
    }
    return NULL;
}

static void on_receipt(struct windscreen_publisher *publisher, struct span body)
{
    struct receipt *receipt = &publisher->receipt;
    struct under_way *slot;

    publisher->faults.n = 0;
    if (!decode_message(&record_receipt, body, receipt, &publisher->faults) && receipt->status == RECEIPT_NONE)
        return;
    slot = find_slot(publisher, receipt->id, receipt->source);
    if (slot == NULL) // without both, it can only be the one that travels alone; else it is late: settled before
        slot = receipt->id.size == 0 || receipt->source.size == 0 ? find_slot(publisher, span_of(NULL, 0), span_of(NULL, 0)) : NULL;
    if (slot == NULL)
        return;
    if (receipt->status == RECEIPT_BUSY) {
        uint64_t wait_ms = receipt->retry_after_ms > BUSY_MS_MIN ? receipt->retry_after_ms : BUSY_MS_MIN;

        slot->busy = true;
        slot->retry_after_ms = receipt->retry_after_ms;
        slot->next_ms = windscreen_link_now_ms() + (int64_t)wait_ms;
        return;
    }
    settle(publisher, slot, receipt);
}

// ---------------------------------------------------------------- the loop

// Sends what is due, gives up on what is late; says when to look again at the latest.
static enum err send_due(struct windscreen_publisher *publisher, int64_t *next_ms)
{
    int64_t now_ms = windscreen_link_now_ms();

    *next_ms = now_ms + PUMP_MS_MAX;
    for (unsigned i = 0; i < publisher->n_slots; i++) {
        struct under_way *slot = &publisher->slots[i];
        int64_t deadline_ms = slot->started_ms + publisher->options.deadline_ms;
        enum err err;

        if (slot->bytes == NULL)
            continue;
        if (now_ms >= deadline_ms) {
            give_up(publisher, slot);
            continue;
        }
        if (now_ms >= slot->next_ms) {
            err = windscreen_link_send(publisher->link, span_of(slot->bytes, slot->size), 0);
            if (err != ERR_NONE && err != ERR_AGAIN)
                return ERR_IO;
            slot->n_sent += err == ERR_NONE;
            slot->busy = slot->busy && err != ERR_NONE;
            slot->next_ms = now_ms + (err == ERR_NONE ? publisher->options.answer_ms : BUSY_MS_MIN);
        }
        *next_ms = slot->next_ms < *next_ms ? slot->next_ms : *next_ms;
        *next_ms = deadline_ms < *next_ms ? deadline_ms : *next_ms;
    }
    return ERR_NONE;
}

// The connection broke: whatever had no answer yet goes out again on the next one.
static void send_again(struct windscreen_publisher *publisher)
{
    int64_t now_ms = windscreen_link_now_ms();

    for (unsigned i = 0; i < publisher->n_slots; i++)
        if (publisher->slots[i].bytes != NULL && !publisher->slots[i].busy)
            publisher->slots[i].next_ms = now_ms;
}

// One round: send, then take what has come, waiting for the first at most until something is due.
static enum err pump(struct windscreen_publisher *publisher, bool wait)
{
    int64_t next_ms;
    struct span body;
    enum err err = send_due(publisher, &next_ms);

    while (err == ERR_NONE && publisher->n_used > 0) {
        enum err received = windscreen_link_receive(publisher->link, wait ? next_ms - windscreen_link_now_ms() : 0, &body);

        if (received == ERR_SOCKET)
            send_again(publisher);
        if (received != ERR_NONE)
            break;
        on_receipt(publisher, body);
        wait = false;
    }
    return err;
}

enum err windscreen_publisher_wait(struct windscreen_publisher *publisher)
{
    enum err err = ERR_NONE;

    while (err == ERR_NONE && publisher->n_used > 0)
        err = pump(publisher, true);
    return err;
}

// ---------------------------------------------------------------- sending

// Reads id and source as intake will: where it cannot, the receipt will not name them either.
static bool read_names(struct windscreen_publisher *publisher, struct under_way *slot)
{
    struct span bytes = span_of(slot->bytes, slot->size);

    publisher->faults.n = 0;
    if (!wire_check(bytes, &publisher->faults))
        return false;
    (void)!decode(&record_event, bytes, "", &publisher->envelope, &publisher->faults);
    if (!HAS(&publisher->envelope, event, id) || !HAS(&publisher->envelope, event, source))
        return false;
    slot->id = publisher->envelope.id;
    slot->source = publisher->envelope.source;
    return true;
}

static void refuse_too_large(struct windscreen_publisher *publisher, struct under_way *slot)
{
    struct receipt *receipt = &publisher->receipt;

    memset(receipt, 0, sizeof *receipt);
    receipt->status = RECEIPT_REJECTED;
    publisher->faults.n = 0;
    faults_add(&publisher->faults, FAULT_TOO_LARGE, "");
    receipt->errors[0] = fault_problem(&publisher->faults, 0);
    receipt->n_errors = 1;
    SET_HAS(receipt, receipt, errors);
    if (slot->id.size > 0) {
        PUT(receipt, receipt, id, slot->id);
        PUT(receipt, receipt, source, slot->source);
    }
    settle(publisher, slot, receipt);
}

// Puts the event into a free slot, and waits until nothing under way stands against sending it.
static enum err make_way(struct windscreen_publisher *publisher, struct under_way *new)
{
    bool named = read_names(publisher, new);
    struct span nobody = span_of(NULL, 0);
    enum err err = ERR_NONE;

    while (err == ERR_NONE &&
           (publisher->n_used == publisher->n_slots || (!named && publisher->n_used > 0) || find_slot(publisher, nobody, nobody) != NULL ||
            (named && find_slot(publisher, new->id, new->source) != NULL)))
        err = pump(publisher, true);
    return err;
}

enum err windscreen_publisher_send(struct windscreen_publisher *publisher, struct span event)
{
    struct under_way new = {.bytes = malloc(event.size > 0 ? event.size : 1), .size = event.size};
    unsigned i = 0;
    enum err err;

    if (new.bytes == NULL)
        return ERR_NO_MEMORY;
    if (event.size > 0)
        memcpy(new.bytes, event.at, event.size);
    err = make_way(publisher, &new);
    if (err != ERR_NONE) {
        free(new.bytes);
        return err;
    }
    while (publisher->slots[i].bytes != NULL)
        i++;
    new.number = publisher->n_numbered++;
    new.started_ms = new.next_ms = windscreen_link_now_ms();
    publisher->slots[i] = new;
    publisher->n_used++;
    if (event.size > SUBMISSION_BYTES_MAX) {
        refuse_too_large(publisher, &publisher->slots[i]);
        return ERR_NONE;
    }
    return pump(publisher, false);
}
