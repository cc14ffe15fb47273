// SPDX-License-Identifier: MIT
// Requests that write to the log: begin, append, drop.
// Called by audit_take; answered after the commit.
// Must not answer `ok` to anything before that.
#include "services/audit/audit_inside.h"

#include <stdio.h>

#include "common/runtime/report.h"

void audit_append_take_begin(struct audit *audit, const struct peer *peer)
{
    enum producer producer = (enum producer)audit->request.begin.producer;
    struct waiting *waiting = audit_wait(audit, peer, LOG_BEGIN);

    waiting->producer = producer;
    log_store_begin_producer(audit->log, producer, &waiting->row);
}

void audit_append_answer_begin(struct audit *audit, const struct waiting *waiting)
{
    struct log_begun begun = {.answer = ANSWER_OK};

    PUT(&begun, log_begun, ref, waiting->peer.ref);
    PUT(&begun, log_begun, epoch, waiting->row.epoch);
    PUT(&begun, log_begun, n, waiting->row.n);
    PUT(&begun, log_begun, decided_to, waiting->row.decided_to);
    PUT(&begun, log_begun, head, log_store_head(audit->log));
    PUT(&begun, log_begun, admission, (uint8_t)audit_admission(audit));
    report("producer-began", "%s, epoch %llu", code_text(LIST_PRODUCER, waiting->producer), (unsigned long long)waiting->row.epoch);
    audit_reply(audit, &waiting->peer, &record_log_begun, &begun);
}

// ---------------------------------------------------------------- append

static void add_fault(struct faults *faults, enum fault code, size_t i, const char *member, const char *path)
{
    char whole[FAULT_PATH_MAX + 1];

    if (snprintf(whole, sizeof whole, "/events/%zu/%s%s", i, member, path) >= (int)sizeof whole)
        snprintf(whole, sizeof whole, "/events/%zu/%s", i, member);
    faults_add(faults, code, whole);
}

// One event: well-formed, of a type that this producer may say.
static bool judge_event(struct span event, enum producer producer, size_t i, enum event_type *type, struct faults *faults)
{
    struct faults inner;

    inner.n = 0; // the rest is not cleared: this is done for every event
    if (!wire_check(event, &inner)) {
        add_fault(faults, inner.n > 0 ? inner.at[0].code : FAULT_MALFORMED, i, "event", inner.n > 0 ? inner.at[0].path : "");
        return false;
    }
    *type = event_type_of(event);
    if (*type == EVENT_NONE || event_desc(*type)->producer != producer) {
        add_fault(faults, FAULT_UNSUPPORTED_TYPE, i, "event", "/type");
        return false;
    }
    return true;
}

// Of a policy the text; else what is sealed, which is one partner's event.
static size_t attachment_max(enum event_type type)
{
    return type == EVENT_POLICY_ADOPTED ? POLICY_BYTES_MAX : ATTACHMENT_BYTES_MAX;
}

static bool judge_events(struct audit *audit, const struct log_append *append, struct faults *faults)
{
    for (size_t i = 0; i < append->n_events; i++) {
        const struct log_entry *entry = &append->events[i];
        struct log_item *item = &audit->items[i];

        if (!judge_event(entry->event, (enum producer)append->producer, i, &item->type, faults))
            return false;
        item->event = entry->event;
        item->attachment = HAS(entry, log_entry, attachment) ? entry->attachment : (struct span){0};
        if (item->attachment.size > attachment_max(item->type)) {
            add_fault(faults, FAULT_TOO_LONG, i, "attachment", "");
            return false;
        }
    }
    return true;
}

static bool is_urgent(struct audit *audit, struct span event)
{
    struct faults faults = {0};
    enum event_type type;

    if (!event_decode(event, &audit->event, &type, &audit->data, &faults))
        return false;
    return HAS(&audit->data.RECEIVED, received, urgent) && audit->data.RECEIVED.urgent;
}

// What a batch would let in. Asked only when there is not room for everything.
static enum log_admits judge_admits(struct audit *audit, size_t n_items)
{
    enum log_admits admits = LOG_ADMITS_NOTHING;

    for (size_t i = 0; i < n_items; i++) {
        const struct log_item *item = &audit->items[i];

        if (item->type == EVENT_REJECTED || (item->type == EVENT_RECEIVED && !is_urgent(audit, item->event)))
            return LOG_ADMITS_ORDINARY;
        if (item->type == EVENT_RECEIVED || item->type == EVENT_CONFLICTING)
            admits = LOG_ADMITS_URGENT;
    }
    return admits;
}

void audit_append_take(struct audit *audit, const struct peer *peer)
{
    const struct log_append *append = &audit->request.append;
    struct log_batch batch = {.producer = (enum producer)append->producer,
                              .epoch = append->epoch,
                              .n = append->n,
                              .decided_to = append->decided_to,
                              .items = audit->items,
                              .n_items = append->n_events};
    struct faults faults = {0};
    struct waiting *waiting;

    if (HAS(append, log_append, run) && append->run != audit->run) { // what it was decided on may never have become durable
        audit_refuse(audit, peer, ANSWER_STALE, NULL);
        return;
    }
    // with `run` it knows events that are not durable yet: what it says of them becomes so with them, or not at all
    if (append->decided_to > (HAS(append, log_append, run) ? log_store_end(audit->log) : log_store_head(audit->log)))
        faults_add(&faults, FAULT_OUT_OF_RANGE, "/decided_to");
    if (faults.n > 0 || !judge_events(audit, append, &faults)) {
        audit_refuse(audit, peer, ANSWER_BAD_REQUEST, &faults);
        return;
    }
    if (log_store_usage(audit->log).admission != ADMISSION_OPEN)
        batch.admits = judge_admits(audit, batch.n_items);
    waiting = audit_wait(audit, peer, LOG_APPEND);
    waiting->producer = batch.producer;
    waiting->place = log_store_append(audit->log, &batch);
    if (waiting->place.outcome != LOG_OK || waiting->place.again)
        return;
    for (size_t i = 0; i < batch.n_items; i++)
        audit->gathered_types |= UINT64_C(1) << audit->items[i].type;
}

_Static_assert(sizeof((struct log_append *)NULL)->events / sizeof(struct log_entry) <= LOG_ITEMS_MAX, "the store takes every legal append");

static const enum answer answers[] = {[LOG_OK] = ANSWER_OK, [LOG_STALE] = ANSWER_STALE, [LOG_GAP] = ANSWER_GAP, [LOG_FULL] = ANSWER_FULL};

void audit_append_answer(struct audit *audit, const struct waiting *waiting)
{
    const struct log_place *place = &waiting->place;
    struct log_appended appended = {.answer = (uint8_t)answers[place->outcome]};

    PUT(&appended, log_appended, ref, waiting->peer.ref);
    PUT(&appended, log_appended, admission, (uint8_t)audit_admission(audit));
    if (place->outcome == LOG_OK && place->first > 0) {
        PUT(&appended, log_appended, first, place->first);
        PUT(&appended, log_appended, last, place->last);
    }
    if (place->outcome == LOG_GAP)
        PUT(&appended, log_appended, n, place->n);
    if (place->outcome == LOG_FULL)
        PUT(&appended, log_appended, retry_after_ms, RETRY_AFTER_MS);
    if (place->outcome == LOG_STALE)
        report("append-stale", "%s appended with an old epoch or number", code_text(LIST_PRODUCER, waiting->producer));
    audit_reply(audit, &waiting->peer, &record_log_appended, &appended);
}

// ---------------------------------------------------------------- drop

void audit_append_take_drop(struct audit *audit, const struct peer *peer)
{
    const struct log_drop *drop = &audit->request.drop;
    uint64_t sequences[sizeof drop->sequences / sizeof drop->sequences[0]];

    if (drop->producer != PRODUCER_REGISTRY) {
        audit_refuse(audit, peer, ANSWER_NOT_ALLOWED, NULL);
        return;
    }
    if (drop->epoch != log_store_producer(audit->log, PRODUCER_REGISTRY)->epoch) {
        audit_refuse(audit, peer, ANSWER_STALE, NULL);
        return;
    }
    for (size_t i = 0; i < drop->n_sequences; i++)
        sequences[i] = drop->sequences[i].sequence;
    log_store_drop(audit->log, sequences, drop->n_sequences);
    audit_wait(audit, peer, LOG_DROP);
}
