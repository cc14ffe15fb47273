// SPDX-License-Identifier: MIT
// New, duplicate or conflict; whose family; sealed and appended. Faults were told by intake already: all is taken as it comes.
// Used by registry_main's table. Must answer `accepted` only once durable, and must not fail on any bytes.
#include "services/registry/admit.h"

#include "common/base/civil.h"
#include "common/base/tag.h"
#include "services/registry/about.h"
#include "services/registry/kin.h"
#include "services/registry/record_event.h"
#include "services/registry/registry.h"
#include "services/registry/settle.h"

#include <sodium.h>

enum {
    NUMBER_SHIFT = 24,   // a tag: 40 bits of the own number, 24 random ones
    CONFLICTS_MAX = 256, // family.conflict and family.linked events of one request, so that all of it fits one append
};

// One event on its way in.
struct incoming {
    const struct admission_item *item;
    struct event event;
    struct submitted submitted;
    struct arrival arrival;
    struct received received;
    struct row_submission first; // of a known source and id
    bool is_named;               // it has a source, an id and data
    bool is_conflict;
    uint64_t referral;
    uint64_t family;
    uint64_t slot;
    bool is_new_family;
    struct seal_keys keys;
    struct match match;
    struct settle_links links;
    unsigned *n_conflicts_left; // of the request
};

static bool is_open_for(const struct registry *registry, const struct admission_item *item)
{
    enum admission admission = runtime_admission(registry->runtime);

    return admission == ADMISSION_OPEN || admission == ADMISSION_SLOW || (admission == ADMISSION_URGENT_ONLY && item->urgent);
}

static void say(struct admitted_item *out, enum receipt_status status, uint64_t referral)
{
    out->status = (uint8_t)status;
    if (referral != 0) // its tag and place are filled in by complete_reply
        PUT(out, admitted_item, sequence, referral);
    if (status == RECEIPT_BUSY)
        PUT(out, admitted_item, retry_after_ms, REGISTRY_RETRY_MS);
}

// The same of an event about a referral: `retry_after_ms` stands for its place among those until complete_reply.
static void say_about(struct admitted_item *out, enum receipt_status status, const struct row_submission *row)
{
    say(out, status, row->referral);
    if (row->record != 0)
        PUT(out, admitted_item, retry_after_ms, row->record);
}

// ---------------------------------------------------------------- whose family

static uint32_t new_random(struct registry *registry)
{
    uint8_t random[3];

    random_block_take(&registry->sealer.random, random, sizeof random);
    return (uint32_t)random[0] << 16 | (uint32_t)random[1] << 8 | random[2];
}

static uint64_t new_number(struct registry *registry)
{
    return registry->next.next_n << NUMBER_SHIFT | new_random(registry);
}

// ERR_AGAIN: it is a new family's, and there is no key for one now.
static enum err choose_family(struct registry *registry, struct incoming *in)
{
    struct family_search *search = &in->arrival.search;
    enum err err = family_look_up(&registry->rows, &registry->secret, search);

    if (err != ERR_NONE)
        return err;
    family_note_traits(&registry->secret, &in->submitted, search);
    match_family(search->members, search->identities.n, &in->match);
    in->is_new_family = in->match.is_new;
    in->family = in->match.family;
    if (!in->is_new_family) {
        err = family_keys(registry->keys, in->family, &in->keys);
        in->is_new_family = err == ERR_NOT_FOUND; // erased: nothing of it is used again
    }
    if (!in->is_new_family)
        return err;
    in->slot = registry->next.next_slot;
    if (!keys_is_filled(registry->keys, in->slot))
        return ERR_AGAIN; // the disk is full: no new key could be made durable
    in->family = family_number(in->slot, new_random(registry));
    return family_keys(registry->keys, in->family, &in->keys);
}

// ---------------------------------------------------------------- what is appended

static void copy_problems(const struct admission_item *item, struct received *received)
{
    if (item->n_problems == 0)
        return;
    SET_HAS(received, received, problems);
    received->n_problems = item->n_problems;
    for (uint64_t i = 0; i < item->n_problems; i++) {
        received->problems[i] = item->problems[i];
        received->problems[i].has &= ~(UINT64_C(1) << problem_F_message);
    }
}

static struct span postcode_of(const struct submitted *submitted)
{
    if (HAS(submitted, submitted, household) && HAS(&submitted->household, household, postcode))
        return submitted->household.postcode;
    return span_of(NULL, 0);
}

// What follows from the household alone.
static void fill_facts(const struct registry *registry, struct incoming *in, struct moment now)
{
    const struct neighbourhood_table *table = rulebook_at(&registry->rulebook, now.wall_ms)->neighbourhoods;
    struct place place = neighbourhood_of(table, postcode_of(&in->submitted));

    in->received.neighbourhoods = neighbourhood_digest(table);
    facts_derive(&in->submitted, place, civil_london_day(now.wall_ms), &in->received.facts);
}

// False when the event has no canonical encoding: it is not what intake lets pass.
static bool fill_received(struct registry *registry, struct incoming *in, uint8_t hmacs[2][SEAL_HMAC_SIZE])
{
    struct received *received = &in->received;

    received->has = 0;
    received->n_problems = 0;
    received->partner_source = in->event.source;
    received->partner_id = in->event.id;
    if (in->is_new_family)
        PUT(received, received, key_slot, in->slot);
    if (!seal_content(&in->keys, in->event.type, in->event.data, &registry->scratch, hmacs[1]))
        return false;
    seal_commitment(&in->keys, in->item->event, hmacs[0]);
    received->commitment = span_of(hmacs[0], SEAL_HMAC_SIZE);
    received->content = span_of(hmacs[1], SEAL_HMAC_SIZE);
    if (in->item->urgent)
        PUT(received, received, urgent, true);
    copy_problems(in->item, received);
    return true;
}

// A person has said already that these are other families.
static void drop_settled(struct registry *registry, struct incoming *in)
{
    struct match *match = &in->match;
    unsigned kept = 0;

    for (unsigned i = 0; i < match->n_others; i++) {
        unsigned bits;

        registry_require(kin_get(&registry->rows, in->family, match->others[i], &bits), "reading a pair of families");
        if ((bits & KIN_DIFFERENT) == 0)
            match->others[kept++] = match->others[i];
    }
    match->n_others = kept;
}

// One more task for a person, as long as this request may cause some.
static bool take_conflict(struct incoming *in)
{
    if (*in->n_conflicts_left == 0)
        return false;
    --*in->n_conflicts_left;
    return true;
}

static void append_family_conflicts(struct registry *registry, struct incoming *in, const char *referral, const char *family,
                                    struct effects *effects)
{
    drop_settled(registry, in);
    // an urgent referral is stored even when a flood of conflicts leaves no room for its own
    for (unsigned i = 0; i < in->match.n_others && take_conflict(in); i++) {
        char other[TAG_SIZE + 1];
        struct family_conflict data = {.family = span_of(family, TAG_SIZE), .other = span_of(other, TAG_SIZE)};
        struct effect effect = {
            .type = EVENT_FAMILY_CONFLICT, .subject = span_of(referral, TAG_SIZE), .traceparent = in->event.traceparent, .data = &data};

        tag_print('F', in->match.others[i], other);
        registry_append(registry, &effect, effects);
    }
}

// Seals the event and appends its referral. False when it has no canonical encoding; nothing is appended then.
static bool append_referral(struct registry *registry, struct incoming *in, struct effects *effects)
{
    char referral[TAG_SIZE + 1] = "", family[TAG_SIZE + 1] = "", first[TAG_SIZE + 1] = "";
    uint8_t hmacs[2][SEAL_HMAC_SIZE];
    struct effect effect = {.type = in->is_conflict ? EVENT_CONFLICTING : EVENT_RECEIVED,
                            .subject = span_of(referral, TAG_SIZE),
                            .traceparent = in->event.traceparent,
                            .data = &in->received};

    if (!fill_received(registry, in, hmacs))
        return false;
    in->referral = new_number(registry);
    tag_print('R', in->referral, referral);
    tag_print('F', in->family, family);
    tag_print('R', in->first.referral, first);
    in->received.family = span_of(family, TAG_SIZE);
    if (in->is_conflict)
        PUT(&in->received, received, conflicts_with, span_of(first, TAG_SIZE));
    effect.attachment = seal_close(&in->keys, (struct seal_owner){in->received.family, effect.subject}, &registry->sealer, in->item->event,
                                   registry->sealed);
    registry->arrival = &in->arrival;
    registry_append(registry, &effect, effects);
    registry->arrival = NULL;
    append_family_conflicts(registry, in, referral, family, effects);
    for (unsigned i = 0; i < in->links.n && take_conflict(in); i++)
        settle_append_link(registry, effect.subject, in->family, in->links.families[i], effects);
    return true;
}

// ---------------------------------------------------------------- judging

// Reads who is in the household; their rows come while the facts are derived.
static void read_household(struct registry *registry, struct incoming *in, struct moment now)
{
    struct identities *identities = &in->arrival.search.identities;

    registry_read_household(&in->event, &in->submitted);
    identity_of_members(&registry->secret, &in->submitted, identities);
    family_fetch(&registry->rows, identities);
    fill_facts(registry, in, now);
}

static void admit_new(struct registry *registry, struct incoming *in, struct moment now, struct effects *effects, struct admitted_item *out)
{
    enum err err;

    if (!is_open_for(registry, in->item)) {
        say(out, RECEIPT_BUSY, 0);
        return;
    }
    read_household(registry, in, now);
    err = choose_family(registry, in);
    registry_require(err == ERR_AGAIN ? ERR_NONE : err, "choosing a family");
    if (err == ERR_NONE)
        settle_find_links(registry, &in->arrival.search.identities, in->family, &in->links);
    if (err == ERR_AGAIN || (!in->item->urgent && in->match.n_others + in->links.n > *in->n_conflicts_left))
        say(out, RECEIPT_BUSY, 0); // no key, or too many tasks at once
    else if (!append_referral(registry, in, effects))
        say(out, RECEIPT_REJECTED, 0);
    else
        say(out, in->is_conflict ? RECEIPT_CONFLICT : RECEIPT_ACCEPTED, in->referral);
    sodium_memzero(&in->keys, sizeof in->keys);
}

// Other content under a known source and id: the first stays as it is. An urgent one is stored as well, once.
static void admit_conflict(struct registry *registry, struct incoming *in, struct moment now, struct effects *effects,
                           struct admitted_item *out)
{
    uint64_t stored;
    enum err err;

    if (!in->item->urgent) {
        say_about(out, RECEIPT_CONFLICT, &in->first);
        return;
    }
    err = rows_get_conflict(&registry->rows, &in->arrival.event, in->arrival.first_content, &stored);
    if (err == ERR_NONE) {
        say(out, RECEIPT_CONFLICT, stored);
        return;
    }
    registry_require(err == ERR_NOT_FOUND ? ERR_NONE : err, "reading a conflict's row");
    in->is_conflict = true;
    admit_new(registry, in, now, effects, out);
}

// A known source and id. After erasure nobody can tell what it said: always a duplicate.
static void admit_known(struct registry *registry, struct incoming *in, struct moment now, struct effects *effects,
                        struct admitted_item *out)
{
    struct seal_keys keys;
    bool is_same;
    enum err err = family_keys(registry->keys, in->first.family, &keys);

    if (err == ERR_NOT_FOUND) {
        say_about(out, RECEIPT_DUPLICATE, &in->first);
        return;
    }
    registry_require(err, "reading a family's key");
    is_same = seal_content(&keys, in->event.type, in->event.data, &registry->scratch, in->arrival.first_content) &&
              sodium_memcmp(in->arrival.first_content, in->first.content, SEAL_HMAC_SIZE) == 0;
    sodium_memzero(&keys, sizeof keys);
    if (is_same)
        say_about(out, RECEIPT_DUPLICATE, &in->first);
    else
        admit_conflict(registry, in, now, effects, out);
}

// An urgent assessment of nobody known is a referral of its own: it is never refused for what it does not name.
static void admit_stray(struct registry *registry, struct incoming *in, struct moment now, struct effects *effects,
                        struct admitted_item *out)
{
    static struct admission_item item;
    struct kept_problem *problem;
    struct span path = span_text(record_event_path(&in->event));

    PUT(out, admitted_item, fault, FAULT_UNKNOWN_REFERRAL);
    PUT(out, admitted_item, path, path);
    if (!in->item->urgent) {
        say(out, RECEIPT_REJECTED, 0);
        return;
    }
    item = *in->item;
    if (item.n_problems == PROBLEMS_MAX)
        item.n_problems--; // this one says more
    problem = &item.problems[item.n_problems++];
    *problem = (struct kept_problem){.code = FAULT_UNKNOWN_REFERRAL};
    PUT(problem, kept_problem, path, path);
    SET_HAS(&item, admission_item, problems);
    in->item = &item;
    admit_new(registry, in, now, effects, out);
}

static void admit_about(struct registry *registry, struct incoming *in, struct moment now, struct effects *effects,
                        struct admitted_item *out)
{
    struct record_event about = {.item = in->item, .event = &in->event, .n_conflicts_left = in->n_conflicts_left};
    struct row_submission row;
    enum err err;

    if (!is_open_for(registry, in->item)) {
        say(out, RECEIPT_BUSY, 0);
        return;
    }
    err = record_event_admit(registry, &about, now, effects, &row);
    if (err == ERR_NONE)
        say_about(out, RECEIPT_ACCEPTED, &row);
    else if (err == ERR_NOT_FOUND)
        admit_stray(registry, in, now, effects, out);
    else if (err == ERR_BAD_INPUT)
        say(out, RECEIPT_REJECTED, 0);
    else
        registry_require(err, "recording an event about a referral");
}

// Reads what event it is; its row comes while the one before it is judged.
static void read_event(struct registry *registry, const struct admission_item *item, struct incoming *in)
{
    in->item = item;
    in->is_conflict = false;
    in->first.referral = 0;
    registry_read(&record_event, item->event, &in->event);
    in->is_named = in->event.source.size > 0 && in->event.id.size > 0 && in->event.data.size > 0;
    if (!in->is_named)
        return;
    identity_of_event(&registry->secret, in->event.source, in->event.id, &in->arrival.event);
    rows_fetch_submission(&registry->rows, &in->arrival.event);
}

static void admit_one(struct registry *registry, struct incoming *in, struct moment now, struct effects *effects, struct admitted_item *out)
{
    enum err err;

    *out = (struct admitted_item){.handle = in->item->handle};
    if (!in->is_named) {
        say(out, RECEIPT_REJECTED, 0);
        return;
    }
    err = rows_get_submission(&registry->rows, &in->arrival.event, &in->first);
    if (err == ERR_NONE)
        admit_known(registry, in, now, effects, out);
    else if (err == ERR_NOT_FOUND && record_event_is(&in->event))
        admit_about(registry, in, now, effects, out);
    else if (err == ERR_NOT_FOUND)
        admit_new(registry, in, now, effects, out);
    else
        registry_require(err, "reading a submission's row");
}

// The place in the log of an event about a referral.
static uint64_t sequence_about(struct registry *registry, uint64_t referral, uint64_t place)
{
    struct about_record record;

    registry_require(about_get(&registry->rows, referral, (uint32_t)place, &record), "reading the row of an event about a referral");
    return record.sequence;
}

// Just before the reply leaves: `sequence` stood for the referral until the log had told its place.
static void complete_reply(void *state, void *record)
{
    static char tags[256][TAG_SIZE + 1];
    struct registry *registry = state;
    struct admitted *admitted = record;

    for (uint64_t i = 0; i < admitted->n_items; i++) {
        struct admitted_item *item = &admitted->items[i];
        uint64_t referral = item->sequence;
        struct row_referral row;

        if (!HAS(item, admitted_item, sequence))
            continue;
        tag_print('R', referral, tags[i]);
        PUT(item, admitted_item, referral, span_of(tags[i], TAG_SIZE));
        if (HAS(item, admitted_item, retry_after_ms)) {
            item->sequence = sequence_about(registry, referral, item->retry_after_ms);
            item->has &= ~(UINT64_C(1) << admitted_item_F_retry_after_ms);
            continue;
        }
        registry_require(rows_get_referral(&registry->rows, referral, &row), "reading a referral's row");
        item->sequence = row.sequence;
    }
}

void admit_items(struct registry *registry, const struct peer *peer, const struct admit *request, struct moment now,
                 struct effects *effects)
{
    static struct admitted reply;
    static struct incoming in[2]; // what is judged, and the one behind it
    unsigned n_conflicts_left = CONFLICTS_MAX;

    registry->admitted_boot_ms = now.boot_ms;
    in[0].n_conflicts_left = in[1].n_conflicts_left = &n_conflicts_left;
    reply.has = 0;
    reply.n_items = request->n_items;
    SET_HAS(&reply, admitted, items);
    if (request->n_items > 0)
        read_event(registry, &request->items[0], &in[0]);
    for (uint64_t i = 0; i < request->n_items; i++) {
        if (i + 1 < request->n_items)
            read_event(registry, &request->items[i + 1], &in[(i + 1) % 2]);
        admit_one(registry, &in[i % 2], now, effects, &reply.items[i]);
    }
    effects_reply_completed(effects, peer, &record_admitted, &reply, complete_reply);
}
