// SPDX-License-Identifier: MIT
// The registry's state: opening, what its own events make true, what it files, saving.
// Called by the runtime through registry_main's table. Decisions are admit.c's and reveal.c's; none is made here.
#include "services/registry/registry.h"

#include "common/base/tag.h"
#include "common/runtime/process.h"
#include "common/runtime/report.h"
#include "services/registry/about.h"
#include "services/registry/holder.h"
#include "services/registry/kin.h"
#include "services/registry/note.h"
#include "services/registry/rebuild.h"
#include "services/registry/record_event.h"
#include "services/registry/settle.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

enum {
    PATH_SIZE = 4096,
    REFILL_RETRY_MS = 1000,
    FETCH_AHEAD = 8, // rows of pending events; beyond the last one any row is fetched, which does nothing
};

void registry_require(enum err err, const char *what)
{
    if (err == ERR_NONE)
        return;
    report("registry-failed", "%s: %s; the daemon ends", what, err_text(err));
    _exit(process_exit_code(err));
}

void registry_read(const struct record_desc *desc, struct span bytes, void *record)
{
    struct faults faults;
    bool good;

    faults.n = 0;
    good = decode(desc, bytes, "", record, &faults);
    (void)good;
}

void registry_read_household(const struct event *event, struct submitted *household)
{
    static struct assessment_completed completed;

    if (event_type_parse(event->type) != EVENT_ASSESSMENT_COMPLETED) {
        registry_read(&record_submitted, event->data, household);
        return;
    }
    registry_read(&record_assessment_completed, event->data, &completed);
    *household = completed.assessment;
}

// ---------------------------------------------------------------- opening

static enum err open_secrets(struct registry *registry)
{
    char path[PATH_SIZE];
    uint8_t kek[KEYS_SIZE];
    enum err err;

    snprintf(path, sizeof path, "%s/kek", runtime_credentials_dir(registry->runtime));
    err = keys_read_kek(path, kek);
    if (err != ERR_NONE)
        return err;
    identity_secret_derive(kek, &registry->secret);
    // beside the daemons' folders, not in one: those may be deleted and are rebuilt, keys may not
    snprintf(path, sizeof path, "%s/keys", runtime_state_dir(registry->runtime));
    err = keys_open(path, kek, &registry->keys);
    sodium_memzero(kek, sizeof kek);
    if (err == ERR_BAD_CONFIG)
        report("wrong-kek", "the key-encryption key does not open the keys in %s: put back the one they were made with", path);
    else if (err != ERR_NONE)
        report("keys-refused", "the key store in %s: %s", path, err_text(err));
    return err == ERR_BAD_STORE || err == ERR_CUT_STORE ? ERR_BAD_CONFIG : err; // no projection's fault, which may be moved away
}

enum err registry_open(void *state, struct runtime *runtime, const char *directory, struct projection_marks *marks)
{
    struct registry *registry = state;
    enum err err;

    registry->runtime = runtime;
    if (sodium_init() < 0)
        return ERR_NO_MEMORY;
    err = seal_init(&registry->sealer);
    if (err == ERR_NONE)
        err = open_secrets(registry);
    if (err == ERR_NONE)
        err = rows_open(directory, &registry->rows);
    if (err == ERR_NONE)
        err = rulebook_open(&registry->rulebook, runtime, &registry->rows);
    if (err == ERR_NONE)
        err = rows_get_counter(&registry->rows, &registry->next);
    if (err == ERR_NOT_FOUND) {
        registry->next = (struct row_counter){.next_n = 1};
        err = ERR_NONE;
    }
    if (err == ERR_NONE)
        err = compare_open(registry);
    if (err != ERR_NONE)
        return err;
    *marks = projection_marks(registry->rows.projection);
    return ERR_NONE;
}

void registry_close(void *state)
{
    struct registry *registry = state;

    compare_close(registry);
    rows_close(&registry->rows);
    keys_close(&registry->keys);
    rulebook_close(&registry->rulebook);
    seal_fini(&registry->sealer);
    sodium_memzero(&registry->secret, sizeof registry->secret);
}

// ---------------------------------------------------------------- own events

static enum err put_event_row(struct registry *registry, const struct hub_event *own, const struct arrival *arrival,
                              const struct registry_pending *tags)
{
    const struct received *received = own->data;
    struct row_submission row = {.referral = tags->referral, .family = tags->family};

    if (own->type == EVENT_CONFLICTING)
        return rows_put_conflict(&registry->rows, &arrival->event, arrival->first_content, tags->referral);
    memcpy(row.content, received->content.at, sizeof row.content);
    return rows_put_submission(&registry->rows, &arrival->event, &row);
}

// The row that tells the sequence of an own event.
static enum err put_sequence(struct registry *registry, const struct registry_pending *pending, uint64_t sequence)
{
    struct row_referral row;

    if (pending->record != 0)
        return about_settle(&registry->rows, pending->referral, pending->record, sequence);
    row.family = pending->family;
    row.sequence = sequence;
    traits_copy(&row.traits, &pending->traits);
    return rows_put_referral(&registry->rows, pending->referral, &row);
}

enum err registry_await(struct registry *registry, const struct hub_event *own, const struct registry_pending *pending)
{
    struct registry_pending *place = &registry->pending[registry->pending_end % REGISTRY_PENDING_MAX];

    if (own->sequence != 0)
        return put_sequence(registry, pending, own->sequence);
    assert(registry->pending_end - registry->pending_first < REGISTRY_PENDING_MAX);
    registry->pending_end++;
    place->n = pending->n;
    place->referral = pending->referral;
    place->family = pending->family;
    place->record = pending->record;
    traits_copy(&place->traits, &pending->traits);
    return ERR_NONE;
}

static enum err take_referral(struct registry *registry, const struct hub_event *own)
{
    static struct arrival rebuilt;
    const struct received *received = own->data;
    const struct arrival *arrival = registry->arrival;
    struct registry_pending tags;
    enum err err = ERR_NONE;

    tags.n = own->n;
    tags.record = 0;
    if (!tag_parse(own->head->subject, 'R', &tags.referral) || !tag_parse(received->family, 'F', &tags.family))
        return ERR_BAD_INPUT;
    if (HAS(received, received, key_slot))
        registry->next.next_slot = received->key_slot + 1;
    if (arrival == NULL) {
        err = rebuild_arrival(registry, own, tags.family, &rebuilt);
        arrival = &rebuilt;
    }
    traits_copy(&tags.traits, &arrival->search.traits);
    if (err == ERR_NONE)
        err = put_event_row(registry, own, arrival, &tags);
    if (err == ERR_NONE)
        err = family_remember(&registry->rows, &registry->secret, &arrival->search, tags.family);
    if (err == ERR_NONE && arrival->search.identities.has_reference)
        err = kin_add_link(&registry->rows, &arrival->search.identities.reference, tags.family);
    return err == ERR_NONE ? registry_await(registry, own, &tags) : err;
}

enum err registry_take(void *state, const struct hub_event *own)
{
    struct registry *registry = state;

    registry->next.next_n = own->n + 1;
    switch (own->type) {
    case EVENT_RECEIVED:
    case EVENT_CONFLICTING:
        return take_referral(registry, own);
    case EVENT_WITHDRAWAL_RECORDED:
    case EVENT_CONSENT_RECORDED:
    case EVENT_ASSESSMENT_RECORDED:
    case EVENT_CHALLENGE_RECORDED:
        return record_event_take(registry, own);
    case EVENT_NOTE_RECORDED:
        return note_take(registry, own);
    case EVENT_PERSON_OPENED:
        return reveal_take(registry, own);
    case EVENT_FAMILY_CONFLICT:
    case EVENT_FAMILY_SETTLED:
    case EVENT_FAMILY_LINKED:
        return settle_take(registry, own);
    case EVENT_FAMILY_CANDIDATE:
    case EVENT_FAMILY_COMPARED:
        return compare_take(registry, own);
    default:
        return ERR_NONE;
    }
}

void registry_append(struct registry *registry, const struct effect *effect, struct effects *effects)
{
    uint64_t expected = registry->next.next_n;
    uint64_t n = effects_append(effects, effect);

    assert(n == expected); // tags are made of it
}

// ---------------------------------------------------------------- the rest of the table

enum err registry_file(void *state, const struct hub_event *input)
{
    struct registry *registry = state;

    if (input->type == EVENT_POLICY_ADOPTED)
        return rulebook_file(&registry->rulebook, registry->runtime, &registry->rows, input);
    return holder_file(&registry->rows, input);
}

static const struct registry_pending *pending_at(const struct registry *registry, uint64_t place)
{
    return &registry->pending[place % REGISTRY_PENDING_MAX];
}

void registry_settled(void *state, uint64_t first_n, uint64_t first_sequence, uint64_t count)
{
    struct registry *registry = state;

    while (registry->pending_first < registry->pending_end) {
        const struct registry_pending *pending = pending_at(registry, registry->pending_first);

        rows_fetch_referral(&registry->rows, pending_at(registry, registry->pending_first + FETCH_AHEAD)->referral);
        if (pending->n >= first_n + count)
            return;
        registry_require(put_sequence(registry, pending, first_sequence + (pending->n - first_n)), "writing the row of an event");
        registry->pending_first++;
    }
}

// A full disk leaves the registry with the keys it has; new families then hear `busy`.
static void refill_keys(struct registry *registry, struct moment now)
{
    enum err err;

    if (registry->refill_failed_boot_ms != 0 && now.boot_ms - registry->refill_failed_boot_ms < REFILL_RETRY_MS)
        return;
    err = keys_refill(registry->keys, registry->next.next_slot);
    if (err == ERR_NONE)
        err = keys_refill_beside(registry->keys, registry->next.next_slot);
    if (err == ERR_STORE_FULL) {
        if (registry->refill_failed_boot_ms == 0)
            report("keys-full", "no room for new families' keys: free disk space; new families are told to wait");
        registry->refill_failed_boot_ms = now.boot_ms;
        return;
    }
    if (err == ERR_BAD_STORE)
        report("keys-lost", "the log names key slot %llu, which the key store does not have: put the key store of this log back",
               (unsigned long long)registry->next.next_slot);
    registry_require(err, "filling key slots");
    registry->refill_failed_boot_ms = 0;
}

void registry_tick(void *state, struct moment now, struct effects *effects)
{
    struct registry *registry = state;

    refill_keys(registry, now);
    reveal_answer(registry, now, effects);
    compare_work(registry, now, effects);
}

// What a record says of itself stands in a row with others, which may be put again before its event is durable.
static bool has_pending_record(const struct registry *registry)
{
    uint64_t place = registry->pending_first;

    while (place < registry->pending_end && pending_at(registry, place)->record == 0)
        place++;
    return place < registry->pending_end;
}

static enum err flush(struct registry *registry)
{
    if (projection_is_busy(registry->rows.projection) || has_pending_record(registry))
        return ERR_AGAIN;
    return rows_put_counter(&registry->rows, &registry->next);
}

enum err registry_hold(void *state)
{
    struct registry *registry = state;
    enum err err = flush(registry);

    return err == ERR_NONE ? projection_hold(registry->rows.projection) : err;
}

enum err registry_save(void *state, struct projection_marks marks)
{
    struct registry *registry = state;
    enum err err = projection_is_held(registry->rows.projection) ? ERR_NONE : flush(registry);

    return err == ERR_NONE ? projection_commit(registry->rows.projection, marks) : err;
}
