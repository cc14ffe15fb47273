// SPDX-License-Identifier: MIT
// From a partner's frame to its receipt: judge, pass on in batches of what waits, answer when the registry vouches.
// Used by intake_main.c. No `accepted` is ever made here: it only carries the registry's word on.
#include "services/intake/intake.h"

#include "common/runtime/report.h"
#include "common/wire/encode.h"
#include "services/intake/inquiry.h"
#include "services/intake/judge.h"
#include "services/intake/refusals.h"
#include "services/intake/waiting.h"

#include <stdlib.h>

enum {
    PASS_HEAD_MAX = 64,           // bytes before the items of a batch
    PASS_ITEMS_MAX = 256,         // as admit.items says
    LANE_ITEMS_MAX = WAITING_MAX, // while the registry is away nothing urgent is refused that has a credit
    LANE_BYTES_MAX = 24 << 20,    // WAITING_BYTES_MAX, and room for what stands around each event
    ITEM_HEAD_MAX = 2048,         // bytes of an item beside its event
    TOLD_PENDING_MAX = 128,       // events of our own that wait for the log; beyond that refusals are not told one by one
    AWAY_RETRY_MS = 1000,         // the registry is away: it is back within a second or so
    URGENT_RETRY_MAX_MS = 1000,   // whatever else its connection sends
    RECEIPT_BYTES_MAX = 8192,
};

// Limits that people hear of.
enum { TOLD_SHARE, TOLD_FULL, TOLD_URGENT, TOLD_AWAY, TOLD_SUMMED, TOLD_HASTY, TOLD_LIMITS };

struct intake {
    struct runtime *runtime;
    struct waiting *waiting;
    struct refusals refusals;
    struct inquiries inquiries;
    struct lane {
        uint8_t *items; // encoded admission_item maps, waiting for the end of the round
        size_t used;
        unsigned n;
        unsigned first;                 // the items before it have been passed on
        uint32_t begin[LANE_ITEMS_MAX]; // of each item
    } lanes[INTAKE_LANES];
    int64_t told_ms[TOLD_LIMITS]; // boot clock: when a limit was last said to be reached
    struct admitted admitted;
};

struct intake intake;

enum err intake_open(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks)
{
    struct intake *self = state;

    (void)directory;
    *marks = (struct projection_marks){0};
    self->runtime = runtime;
    self->waiting = waiting_new();
    for (unsigned i = 0; i < INTAKE_LANES; i++) {
        self->lanes[i].items = malloc(LANE_BYTES_MAX); // touched only as far as rounds really grow
        if (self->lanes[i].items == NULL)
            return ERR_NO_MEMORY;
    }
    return self->waiting != NULL ? ERR_NONE : ERR_NO_MEMORY;
}

enum err intake_take(void *state, const struct hub_event *own)
{
    (void)state; // it keeps nothing
    (void)own;
    return ERR_NONE;
}

// ---------------------------------------------------------------- receipts

static void send_receipt(struct effects *effects, const struct peer *peer, struct receipt *receipt)
{
    uint8_t buffer[RECEIPT_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    // always named, nil where the bytes had none: a partner finds its event by them
    receipt->has |= UINT64_C(1) << receipt_F_id | UINT64_C(1) << receipt_F_source;
    encode(&record_receipt, receipt, &writer);
    effects_answer_now(effects, peer, wire_written(&writer));
}

static void busy(struct effects *effects, const struct peer *peer, struct span id, struct span source, uint64_t retry_after_ms)
{
    struct receipt receipt = {.id = id, .source = source, .status = RECEIPT_BUSY};

    PUT(&receipt, receipt, retry_after_ms, retry_after_ms);
    send_receipt(effects, peer, &receipt);
}

static void answer_busy(struct intake *self, struct effects *effects, struct waiting_event *event, int64_t boot_ms)
{
    if (report_due(&self->told_ms[TOLD_AWAY], boot_ms))
        report("registry-away", "events have waited for %d ms without a word of the registry; partners hear busy", WAITING_FOR_MS);
    busy(effects, &event->peer, span_of(event->id, event->id_size), span_of(event->source, event->source_size), AWAY_RETRY_MS);
    waiting_free(self->waiting, event, boot_ms);
}

// Why an event hears busy, as the log line says it.
static const char full_text[] = "as many events wait for a receipt as may";
static const char share_text[] = "as many events of one connection wait for a receipt as may, beside those of others";
static const char away_text[] = "the log or the registry takes none now";

static void alarm_of(struct intake *self, const char *why, int64_t boot_ms)
{
    if (report_due(&self->told_ms[TOLD_URGENT], boot_ms))
        report("urgent-busy", "ALARM: an urgent event was answered busy: %s", why);
}

// Who goes on sending is heard once a turn, a few times where few do, and the next turn begins a moment later: to refuse all of it would
// leave no processor for those who are served, and these are heard as often.
static void hear_in_turn(struct intake *self, const struct peer *peer, int64_t boot_ms)
{
    if (!waiting_is_hasty(self->waiting, peer, boot_ms))
        return;
    if (report_due(&self->told_ms[TOLD_HASTY], boot_ms))
        report("partner-hasty", "a connection goes on sending though it is told to come later; all such ones together have %d places",
               WAITING_HASTY_MAX);
    if (waiting_ends_turn(self->waiting, peer))
        runtime_rest(self->runtime);
}

// No credit for this event.
static void refuse(struct intake *self, struct effects *effects, const struct peer *peer, const struct judgement *judgement,
                   int64_t boot_ms)
{
    uint64_t retry_ms = waiting_retry_ms(self->waiting, peer, boot_ms);
    bool is_full = waiting_is_full(self->waiting);

    if (judgement->urgent && retry_ms > URGENT_RETRY_MAX_MS)
        retry_ms = URGENT_RETRY_MAX_MS;
    if (judgement->urgent)
        alarm_of(self, is_full ? full_text : share_text, boot_ms);
    if (report_due(&self->told_ms[is_full ? TOLD_FULL : TOLD_SHARE], boot_ms))
        report(is_full ? "intake-full" : "share-used", "%s; partners hear busy", is_full ? full_text : share_text);
    busy(effects, peer, judgement->id, judgement->source, retry_ms);
}

static void append_rejected(struct effects *effects, uint64_t count, enum fault code, struct span path)
{
    struct rejected rejected = {.count = count};
    struct effect effect = {.type = EVENT_REJECTED, .data = &rejected};

    if (code != FAULT_NONE)
        PUT(&rejected, rejected, code, (uint8_t)code);
    if (path.size > 0)
        PUT(&rejected, rejected, path, path);
    effects_append(effects, &effect);
}

// Refusals are told in the log as long as that stands in nobody's way.
static bool has_room_to_tell(const struct intake *self)
{
    return runtime_admission(self->runtime) == ADMISSION_OPEN && runtime_pending(self->runtime) < TOLD_PENDING_MAX;
}

static void tell_refusal(struct intake *self, struct effects *effects, const struct peer *peer, enum fault code, struct span path,
                         int64_t boot_ms)
{
    if (refusals_tell(&self->refusals, peer, code, boot_ms) && has_room_to_tell(self))
        append_rejected(effects, 1, code, path);
}

static void reject(struct intake *self, struct effects *effects, const struct peer *peer, const struct judgement *judgement,
                   struct moment now)
{
    const struct fault_at *first = &judgement->faults.at[0];
    struct receipt receipt = {.id = judgement->id, .source = judgement->source, .status = RECEIPT_REJECTED};

    SET_HAS(&receipt, receipt, errors);
    for (unsigned i = 0; i < judgement->faults.n; i++)
        receipt.errors[receipt.n_errors++] = fault_problem(&judgement->faults, i);
    send_receipt(effects, peer, &receipt);
    tell_refusal(self, effects, peer, first->code, span_text(first->path), now.boot_ms);
}

// ---------------------------------------------------------------- passing on

// As many as one message may hold. False: the registry is away or far behind.
static bool pass_some(struct lane *lane, enum intake_link link, struct effects *effects)
{
    unsigned left = lane->n - lane->first, n = left < PASS_ITEMS_MAX ? left : PASS_ITEMS_MAX;
    size_t begin = lane->begin[lane->first], end = n < left ? lane->begin[lane->first + n] : lane->used;
    uint8_t buffer[PASS_HEAD_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct span head;

    wire_put_map(&writer, 2);
    wire_put_text(&writer, span_text("request"));
    wire_put_text(&writer, span_text(service_registry[REGISTRY_ADMIT].name));
    wire_put_text(&writer, span_text("items"));
    wire_put_array(&writer, n);
    head = wire_written(&writer);
    // the items stand behind a gap, or behind some that are gone: the head goes right before them, and nothing is copied twice
    memcpy(lane->items + begin - head.size, head.at, head.size);
    if (!effects_pass_on(effects, link, span_of(lane->items + begin - head.size, end - begin + head.size)))
        return false;
    lane->first += n;
    return true;
}

// While the registry is away or far behind, the items stay and are tried again in the next round; those that wait too long hear `busy`,
// and so do events for which there is no more room.
static void pass_on(struct intake *self, enum intake_link link, struct effects *effects)
{
    struct lane *lane = &self->lanes[link];

    while (lane->first < lane->n && pass_some(lane, link, effects))
        continue;
    if (lane->first == lane->n)
        lane->n = lane->first = 0;
}

static void put_problem(struct kept_problem *problem, const struct fault_at *fault)
{
    *problem = (struct kept_problem){.code = (uint8_t)fault->code};
    PUT(problem, kept_problem, path, span_text(fault->path));
}

static void add_item(struct lane *lane, const struct judgement *judgement, uint64_t handle, struct span bytes)
{
    struct admission_item item; // beyond n_problems nobody looks
    struct wire_writer writer;

    item.has = 0;
    item.handle = handle;
    item.event = bytes;
    item.n_problems = 0;
    if (lane->n == 0)
        lane->used = PASS_HEAD_MAX;
    lane->begin[lane->n] = (uint32_t)lane->used;
    if (judgement->urgent)
        PUT(&item, admission_item, urgent, true);
    if (judgement->faults.n > 0)
        SET_HAS(&item, admission_item, problems);
    for (unsigned i = 0; i < judgement->faults.n && i < PROBLEMS_MAX; i++)
        put_problem(&item.problems[item.n_problems++], &judgement->faults.at[i]);
    writer = wire_writer_on(lane->items + lane->used, LANE_BYTES_MAX - lane->used);
    encode(&record_admission_item, &item, &writer);
    lane->used += wire_written(&writer).size;
    lane->n++;
}

static bool has_room(struct intake *self, enum intake_link link, size_t size, struct effects *effects)
{
    const struct lane *lane = &self->lanes[link];
    unsigned max = link == INTAKE_URGENT ? LANE_ITEMS_MAX : PASS_ITEMS_MAX;

    // the registry looks again, and lets duplicates through: only what is plainly without hope is turned away here
    if (runtime_admission(self->runtime) == ADMISSION_CLOSED && link != INTAKE_URGENT)
        return false;
    if (lane->n - lane->first >= PASS_ITEMS_MAX)
        pass_on(self, link, effects);
    return lane->n == 0 || (lane->n < max && lane->used + size + ITEM_HEAD_MAX <= LANE_BYTES_MAX);
}

// What the receipt will need.
static void note(struct waiting_event *event, const struct judgement *judgement)
{
    memcpy(event->id, judgement->id.at, judgement->id.size);
    memcpy(event->source, judgement->source.at, judgement->source.size);
    event->id_size = (uint16_t)judgement->id.size;
    event->source_size = (uint16_t)judgement->source.size;
    event->n_problems = (uint8_t)(judgement->faults.n < PROBLEMS_MAX ? judgement->faults.n : PROBLEMS_MAX);
    for (unsigned i = 0; i < event->n_problems; i++)
        event->problems[i] = judgement->faults.at[i];
}

void intake_on_event(void *state, const struct raw_message *message, struct moment now, struct effects *effects)
{
    struct intake *self = state;
    struct judgement judgement;
    struct waiting_event *event;
    enum intake_link link;

    hear_in_turn(self, &message->peer, now.boot_ms);
    if (message->extra_frames)
        judge_frames(&judgement);
    else
        judge(message->body, &judgement);
    if (judgement.verdict == VERDICT_REJECT && !message->extra_frames && inquiry_is(message->body)) {
        inquiry_begin(&self->inquiries, INTAKE_LOCATE, message, now.boot_ms, effects);
        return;
    }
    if (judgement.verdict == VERDICT_REJECT) {
        reject(self, effects, &message->peer, &judgement, now);
        return;
    }
    link = judgement.urgent ? INTAKE_URGENT : INTAKE_CALM;
    if (!has_room(self, link, message->body.size, effects)) {
        if (judgement.urgent)
            alarm_of(self, away_text, now.boot_ms);
        busy(effects, &message->peer, judgement.id, judgement.source, AWAY_RETRY_MS);
        return;
    }
    event = waiting_take(self->waiting, &message->peer, judgement.urgent, message->body.size, now.boot_ms);
    if (event == NULL) {
        refuse(self, effects, &message->peer, &judgement, now.boot_ms);
        return;
    }
    note(event, &judgement);
    add_item(&self->lanes[link], &judgement, event->handle, message->body);
}

// ---------------------------------------------------------------- the registry's word

static struct problem problem_of(enum fault code, struct span path)
{
    struct problem problem = {.code = (uint8_t)code};

    PUT(&problem, problem, path, path);
    PUT(&problem, problem, message, span_text(code_meaning(LIST_FAULT, code)));
    return problem;
}

// Faults that the door has kept; and what the registry found wrong, which only it can see.
static void put_problems(struct receipt *receipt, const struct waiting_event *event, const struct admitted_item *item)
{
    bool is_kept = HAS(item, admitted_item, fault) && (item->status == RECEIPT_ACCEPTED || item->status == RECEIPT_CONFLICT);

    if (event->n_problems > 0 || is_kept)
        SET_HAS(receipt, receipt, problems);
    for (unsigned i = 0; i < event->n_problems; i++)
        receipt->problems[receipt->n_problems++] = problem_of(event->problems[i].code, span_text(event->problems[i].path));
    if (is_kept && receipt->n_problems < PROBLEMS_MAX)
        receipt->problems[receipt->n_problems++] = problem_of((enum fault)item->fault, item->path);
}

static void put_refusal(struct intake *self, struct effects *effects, struct receipt *receipt, const struct peer *peer,
                        const struct admitted_item *item, int64_t boot_ms)
{
    SET_HAS(receipt, receipt, errors);
    receipt->errors[receipt->n_errors++] = problem_of((enum fault)item->fault, item->path);
    tell_refusal(self, effects, peer, (enum fault)item->fault, item->path, boot_ms);
}

static void answer(struct intake *self, struct effects *effects, const struct admitted_item *item, int64_t boot_ms)
{
    struct waiting_event *event = waiting_find(self->waiting, item->handle);
    struct receipt receipt; // beyond n_errors and n_problems nobody looks

    if (event == NULL)
        return; // given up, and answered `busy`: the partner sends again and hears `duplicate`
    receipt.has = 0;
    receipt.status = item->status;
    receipt.n_errors = receipt.n_problems = 0;
    receipt.id = span_of(event->id, event->id_size);
    receipt.source = span_of(event->source, event->source_size);
    if (HAS(item, admitted_item, referral))
        PUT(&receipt, receipt, referral, item->referral);
    if (item->sequence > 0)
        PUT(&receipt, receipt, sequence, item->sequence);
    if (item->status == RECEIPT_BUSY && event->urgent)
        alarm_of(self, away_text, boot_ms);
    if (item->status == RECEIPT_BUSY)
        PUT(&receipt, receipt, retry_after_ms, item->retry_after_ms);
    put_problems(&receipt, event, item);
    if (item->status == RECEIPT_REJECTED && HAS(item, admitted_item, fault))
        put_refusal(self, effects, &receipt, &event->peer, item, boot_ms);
    send_receipt(effects, &event->peer, &receipt);
    waiting_free(self->waiting, event, boot_ms);
}

void intake_on_admitted(void *state, const struct raw_message *message, struct moment now, struct effects *effects)
{
    struct intake *self = state;
    struct faults faults = {0};

    if (!decode_message(&record_admitted, message->body, &self->admitted, &faults)) {
        report("registry-reply-bad", "%s at %s", code_text(LIST_FAULT, faults.at[0].code), faults.at[0].path);
        return;
    }
    for (uint64_t i = 0; i < self->admitted.n_items; i++)
        answer(self, effects, &self->admitted.items[i], now.boot_ms);
}

void intake_on_located(void *state, const struct raw_message *message, struct moment now, struct effects *effects)
{
    (void)now;
    inquiry_located(&((struct intake *)state)->inquiries, INTAKE_STANDING, message->body, effects);
}

void intake_on_standing(void *state, const struct raw_message *message, struct moment now, struct effects *effects)
{
    (void)now;
    inquiry_answered(&((struct intake *)state)->inquiries, message->body, effects);
}

void intake_tick(void *state, struct moment now, struct effects *effects)
{
    struct intake *self = state;
    struct waiting_event *event;
    enum fault code = FAULT_NONE;
    uint64_t summed;

    for (unsigned i = 0; i < INTAKE_LANES; i++)
        pass_on(self, (enum intake_link)i, effects);
    while ((event = waiting_expired(self->waiting, now.boot_ms)) != NULL)
        answer_busy(self, effects, event, now.boot_ms);
    inquiry_tick(&self->inquiries, now.boot_ms, effects);
    while (has_room_to_tell(self) && (summed = refusals_due(&self->refusals, now.boot_ms, &code)) > 0) {
        append_rejected(effects, summed, code, span_of(NULL, 0));
        if (report_due(&self->told_ms[TOLD_SUMMED], now.boot_ms))
            report("refusals-summed", "a connection had more than %d events refused in a second; the rest are told in one sum",
                   REFUSALS_PER_SECOND);
    }
}
