// SPDX-License-Identifier: MIT
// Slots of questions under way, found again by their number.
// Used by intake.c. Must not tell anybody of a referral but who sent it: the registry says whose it is.
#include "services/intake/inquiry.h"

#include "common/runtime/report.h"
#include "common/wire/encode.h"

enum { REPLY_BYTES_MAX = 8192, REQUEST_BYTES_MAX = 1024 };

bool inquiry_is(struct span body)
{
    struct faults faults = {0};
    struct request_head head;

    return decode_message(&record_request_head, body, &head, &faults);
}

// ---------------------------------------------------------------- answering the partner

static void send(struct effects *effects, const struct peer *peer, const struct record_desc *desc, const void *record)
{
    static uint8_t buffer[REPLY_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    encode(desc, record, &writer);
    effects_answer_now(effects, peer, wire_written(&writer));
}

static void answer(struct effects *effects, const struct peer *peer, struct standing *standing)
{
    PUT(standing, standing, ref, peer->ref);
    if (standing->answer == ANSWER_BUSY)
        PUT(standing, standing, retry_after_ms, INQUIRY_RETRY_MS);
    send(effects, peer, &record_standing, standing);
}

static void answer_shortly(struct effects *effects, const struct peer *peer, enum answer code)
{
    struct standing standing = {.answer = (uint8_t)code};

    answer(effects, peer, &standing);
}

static void refuse(struct effects *effects, const struct peer *peer, const struct faults *faults)
{
    struct plain_reply reply = {.answer = ANSWER_BAD_REQUEST};

    PUT(&reply, plain_reply, ref, peer->ref);
    SET_HAS(&reply, plain_reply, errors);
    for (unsigned i = 0; i < faults->n; i++)
        reply.errors[reply.n_errors++] = fault_problem(faults, i);
    send(effects, peer, &record_plain_reply, &reply);
}

// ---------------------------------------------------------------- slots

static struct inquiry *find(struct inquiries *inquiries, uint64_t number)
{
    struct inquiry *inquiry = &inquiries->at[number % INQUIRIES_MAX];

    return number != 0 && inquiry->number == number ? inquiry : NULL;
}

static void end(struct inquiries *inquiries, struct inquiry *inquiry)
{
    inquiry->number = 0;
    inquiries->n--;
}

static bool is_of(const struct inquiry *inquiry, const struct peer *peer)
{
    return inquiry->number != 0 && inquiry->peer.id_size == peer->id_size && memcmp(inquiry->peer.id, peer->id, peer->id_size) == 0;
}

// NULL: as many are under way as may.
static struct inquiry *take_slot(struct inquiries *inquiries, const struct peer *peer)
{
    unsigned n_own = 0;

    for (unsigned i = 0; i < INQUIRIES_MAX; i++)
        n_own += is_of(&inquiries->at[i], peer);
    if (inquiries->n == INQUIRIES_MAX || n_own == INQUIRIES_PER_PEER_MAX)
        return NULL;
    do
        inquiries->last++;
    while (inquiries->last == 0 || inquiries->at[inquiries->last % INQUIRIES_MAX].number != 0);
    inquiries->n++;
    return &inquiries->at[inquiries->last % INQUIRIES_MAX];
}

// ---------------------------------------------------------------- asking on

static bool pass_on(struct effects *effects, unsigned link, const struct request_desc *request, uint32_t number, const void *record)
{
    uint8_t buffer[REQUEST_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    encode_request(request, number, record, &writer);
    return effects_pass_on(effects, link, wire_written(&writer));
}

// False, and answered, when it is no request that partners may make.
static bool read_request(const struct raw_message *message, struct peer *peer, struct status_of *status, struct effects *effects)
{
    struct faults faults = {0};
    struct request_head head;

    if (decode_message(&record_request_head, message->body, &head, &faults)) {
        peer->ref = (uint32_t)head.ref;
        if (!span_is(head.request, service_partners[PARTNERS_STATUS].name))
            faults_add(&faults, FAULT_UNKNOWN_CODE, "/request");
        else if (decode(&record_status_of, message->body, "", status, &faults))
            return true;
    }
    refuse(effects, peer, &faults);
    return false;
}

void inquiry_begin(struct inquiries *inquiries, unsigned link, const struct raw_message *message, int64_t boot_ms, struct effects *effects)
{
    struct peer peer = message->peer;
    struct inquiry *inquiry;
    struct status_of status;
    struct locate locate;

    if (!read_request(message, &peer, &status, effects))
        return;
    inquiry = take_slot(inquiries, &peer);
    if (inquiry == NULL) {
        answer_shortly(effects, &peer, ANSWER_BUSY);
        return;
    }
    *inquiry = (struct inquiry){.peer = peer, .number = inquiries->last, .since_boot_ms = boot_ms};
    locate = (struct locate){.source = status.source, .id = status.id};
    if (pass_on(effects, link, &service_registry[REGISTRY_LOCATE], inquiry->number, &locate))
        return;
    answer_shortly(effects, &peer, ANSWER_BUSY);
    end(inquiries, inquiry);
}

void inquiry_located(struct inquiries *inquiries, unsigned link, struct span body, struct effects *effects)
{
    struct faults faults = {0};
    struct standing_of asked;
    struct located located;
    struct inquiry *inquiry;

    if (!decode_message(&record_located, body, &located, &faults)) {
        report("registry-reply-bad", "%s at %s", code_text(LIST_FAULT, faults.at[0].code), faults.at[0].path);
        return;
    }
    inquiry = find(inquiries, located.ref);
    if (inquiry == NULL)
        return; // given up, and answered `busy`
    if (located.answer == ANSWER_OK && located.referral.size > 0 && located.referral.size <= sizeof inquiry->referral) {
        inquiry->referral_size = (uint8_t)located.referral.size;
        memcpy(inquiry->referral, located.referral.at, located.referral.size);
        asked = (struct standing_of){.referral = located.referral};
        if (pass_on(effects, link, &service_standing[STANDING_STANDING], inquiry->number, &asked))
            return;
        answer_shortly(effects, &inquiry->peer, ANSWER_BUSY);
    } else {
        answer_shortly(effects, &inquiry->peer, ANSWER_NOT_FOUND);
    }
    end(inquiries, inquiry);
}

// It is in, and nobody has been found for it yet.
static void tell_received(const struct inquiry *inquiry, struct standing *standing)
{
    *standing = (struct standing){.answer = ANSWER_OK};
    PUT(standing, standing, referral, span_of(inquiry->referral, inquiry->referral_size));
    PUT(standing, standing, state, PUBLIC_RECEIVED);
}

void inquiry_answered(struct inquiries *inquiries, struct span body, struct effects *effects)
{
    struct faults faults = {0};
    struct standing standing;
    struct inquiry *inquiry;

    if (!decode_message(&record_standing, body, &standing, &faults)) {
        report("allocation-reply-bad", "%s at %s", code_text(LIST_FAULT, faults.at[0].code), faults.at[0].path);
        return;
    }
    inquiry = find(inquiries, standing.ref);
    if (inquiry == NULL)
        return;
    if (standing.answer == ANSWER_NOT_FOUND)
        tell_received(inquiry, &standing);
    answer(effects, &inquiry->peer, &standing);
    end(inquiries, inquiry);
}

void inquiry_tick(struct inquiries *inquiries, int64_t boot_ms, struct effects *effects)
{
    for (unsigned i = 0; i < INQUIRIES_MAX && inquiries->n > 0; i++) {
        struct inquiry *inquiry = &inquiries->at[i];

        if (inquiry->number == 0 || boot_ms - inquiry->since_boot_ms < INQUIRY_FOR_MS)
            continue;
        answer_shortly(effects, &inquiry->peer, ANSWER_BUSY);
        end(inquiries, inquiry);
    }
}
