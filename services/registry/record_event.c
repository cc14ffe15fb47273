// SPDX-License-Identifier: MIT
// Finds the referral, seals the event with its family's key, appends what the deciding daemons may know of it.
// Called by admit.c and registry_take. Must not choose a family: the referral has one.
#include "services/registry/record_event.h"

#include "common/base/civil.h"
#include "common/base/tag.h"
#include "services/registry/about.h"
#include "services/registry/rebuild.h"
#include "services/registry/registry.h"

#include <sodium.h>

enum { SEEN_MAX = 8 }; // as consent_recorded.seen says

// An event about a referral, of those that partners send.
static bool is_about(enum event_type type)
{
    return type == EVENT_REFERRAL_WITHDRAWN || type == EVENT_CONSENT_CHANGED || type == EVENT_ASSESSMENT_COMPLETED ||
           type == EVENT_DECISION_CHALLENGED;
}

bool record_event_is(const struct event *event)
{
    static const char most[] = "earlyhelp.referral.submitted.v1"; // nearly all: not looked up

    return !span_is(event->type, most) && is_about(event_type_parse(event->type));
}

// ---------------------------------------------------------------- which referral

// Reads the event, and how it names the referral; what is not used of the two has size 0. False when something of it could not be read:
// of an urgent assessment that has been told, anything else intake does not let in, and no record could be made of it.
static bool read_event(const struct event *event, enum event_type type, union event_data *data, struct span *about, struct span *referral)
{
    struct faults faults;
    bool good;

    faults.n = 0;
    good = decode(event_desc(type)->record, event->data, "", data, &faults);
    *about = *referral = span_of(NULL, 0);
    switch (type) {
    case EVENT_REFERRAL_WITHDRAWN:
        *about = data->REFERRAL_WITHDRAWN.about;
        break;
    case EVENT_CONSENT_CHANGED:
        *about = data->CONSENT_CHANGED.about;
        *referral = data->CONSENT_CHANGED.referral;
        break;
    case EVENT_ASSESSMENT_COMPLETED:
        *about = data->ASSESSMENT_COMPLETED.about;
        *referral = data->ASSESSMENT_COMPLETED.referral;
        break;
    default:
        *about = data->DECISION_CHALLENGED.about;
        break;
    }
    return good || type == EVENT_ASSESSMENT_COMPLETED;
}

const char *record_event_path(const struct event *event)
{
    static union event_data data;
    struct span about, referral;

    if (!read_event(event, event_type_parse(event->type), &data, &about, &referral))
        return "/data";
    return about.size == 0 && referral.size > 0 ? "/data/referral" : "/data/about";
}

static enum err find_referral(struct registry *registry, struct span source, struct span about, struct span referral,
                              struct row_submission *row)
{
    struct row_referral known;
    struct identity identity;
    enum err err;

    if (about.size > 0) {
        identity_of_event(&registry->secret, source, about, &identity);
        return rows_get_submission(&registry->rows, &identity, row);
    }
    if (referral.size == 0 || !tag_parse(referral, 'R', &row->referral))
        return ERR_NOT_FOUND;
    err = rows_get_referral(&registry->rows, row->referral, &known);
    row->family = known.family;
    return err;
}

// ---------------------------------------------------------------- what is appended

// What all records begin with.
struct recording {
    struct registry *registry;
    const struct record_event *in;
    struct row_submission *row;
    struct seal_keys keys;
    uint8_t commitment[SEAL_HMAC_SIZE];
    char referral[TAG_SIZE + 1], family[TAG_SIZE + 1];
    struct partner_event partner;
};

static bool begin(struct recording *recording)
{
    const struct record_event *in = recording->in;
    struct registry *registry = recording->registry;

    if (!seal_content(&recording->keys, in->event->type, in->event->data, &registry->scratch, recording->row->content))
        return false;
    seal_commitment(&recording->keys, in->item->event, recording->commitment);
    tag_print('R', recording->row->referral, recording->referral);
    tag_print('F', recording->row->family, recording->family);
    recording->partner = (struct partner_event){.source = in->event->source, .id = in->event->id};
    recording->partner.commitment = span_of(recording->commitment, SEAL_HMAC_SIZE);
    recording->partner.content = span_of(recording->row->content, SEAL_HMAC_SIZE);
    return true;
}

static void append(struct recording *recording, enum event_type type, const void *data, struct effects *effects)
{
    struct registry *registry = recording->registry;
    struct span family = span_of(recording->family, TAG_SIZE);
    struct effect effect = {
        .type = type, .subject = span_of(recording->referral, TAG_SIZE), .traceparent = recording->in->event->traceparent, .data = data};

    effect.attachment = seal_close(&recording->keys, (struct seal_owner){family, effect.subject}, &registry->sealer,
                                   recording->in->item->event, registry->sealed);
    registry_append(registry, &effect, effects);
}

static void tell_withdrawal(struct recording *recording, const struct referral_withdrawn *sent, struct effects *effects)
{
    struct withdrawal_recorded data = {.event = recording->partner, .why = sent->why};

    data.family = span_of(recording->family, TAG_SIZE);
    append(recording, EVENT_WITHDRAWAL_RECORDED, &data, effects);
}

// Who has read what the family does not, or no longer, agree to.
static void tell_readers(struct recording *recording, struct about_reader readers[SEEN_MAX], struct consent_recorded *data)
{
    unsigned n;
    uint32_t n_all;

    registry_require(about_readers(&recording->registry->rows, recording->row->referral, SEEN_MAX, readers, &n, &n_all),
                     "reading who has read a referral");
    PUT(data, consent_recorded, readers, n_all);
    if (n > 0)
        SET_HAS(data, consent_recorded, seen);
    for (unsigned i = 0; i < n; i++)
        data->seen[data->n_seen++] = (struct seen){
            .worker = span_of(readers[i].worker, readers[i].worker_size), .purpose = readers[i].purpose, .at = readers[i].at_ms};
}

static void tell_consent(struct recording *recording, const struct consent_changed *sent, struct effects *effects)
{
    struct about_reader readers[SEEN_MAX];
    struct consent_recorded data = {.event = recording->partner, .consent = sent->consent.service};

    data.family = span_of(recording->family, TAG_SIZE);
    if (HAS(&sent->consent, consent, reason))
        PUT(&data, consent_recorded, reason_given, true);
    if (data.consent == CONSENT_REFUSED || data.consent == CONSENT_WITHDRAWN)
        tell_readers(recording, readers, &data);
    append(recording, EVENT_CONSENT_RECORDED, &data, effects);
}

static void tell_challenge(struct recording *recording, const struct decision_challenged *sent, struct effects *effects)
{
    struct challenge_recorded data = {.event = recording->partner, .why = sent->why};

    data.family = span_of(recording->family, TAG_SIZE);
    if (HAS(sent, decision_challenged, level_wanted))
        PUT(&data, challenge_recorded, level_wanted, sent->level_wanted);
    append(recording, EVENT_CHALLENGE_RECORDED, &data, effects);
}

// ---------------------------------------------------------------- assessments

static void copy_problems(const struct admission_item *item, struct assessment_recorded *data)
{
    if (item->n_problems == 0)
        return;
    SET_HAS(data, assessment_recorded, problems);
    data->n_problems = item->n_problems;
    memcpy(data->problems, item->problems, item->n_problems * sizeof item->problems[0]);
}

static void fill_assessment(struct recording *recording, const struct submitted *household, struct moment now,
                            struct assessment_recorded *data)
{
    const struct neighbourhood_table *table = rulebook_at(&recording->registry->rulebook, now.wall_ms)->neighbourhoods;
    bool has_place = HAS(household, submitted, household) && HAS(&household->household, household, postcode);
    struct place place = neighbourhood_of(table, has_place ? household->household.postcode : span_of(NULL, 0));

    data->has = 0;
    data->n_problems = 0;
    data->event = recording->partner;
    data->family = span_of(recording->family, TAG_SIZE);
    data->neighbourhoods = neighbourhood_digest(table);
    if (recording->in->item->urgent)
        PUT(data, assessment_recorded, urgent, true);
    copy_problems(recording->in->item, data);
    facts_derive(household, place, civil_london_day(now.wall_ms), &data->facts);
}

static void append_conflict(struct recording *recording, uint64_t family, struct effects *effects)
{
    char other[TAG_SIZE + 1];
    struct family_conflict data = {.family = span_of(recording->family, TAG_SIZE), .other = span_of(other, TAG_SIZE)};
    struct effect effect = {.type = EVENT_FAMILY_CONFLICT, .subject = span_of(recording->referral, TAG_SIZE), .data = &data};

    if (family == recording->row->family || *recording->in->n_conflicts_left == 0)
        return;
    --*recording->in->n_conflicts_left;
    tag_print('F', family, other);
    registry_append(recording->registry, &effect, effects);
}

// The referral keeps its family, whoever the assessment has found in the household; whom it shares with another, a person must look at.
static void tell_assessment(struct recording *recording, const struct submitted *household, struct moment now, struct effects *effects)
{
    static struct arrival arrival;
    static struct assessment_recorded data;
    struct registry *registry = recording->registry;
    struct family_search *search = &arrival.search;
    struct match match;

    identity_of_members(&registry->secret, household, &search->identities);
    family_fetch(&registry->rows, &search->identities);
    registry_require(family_look_up(&registry->rows, &registry->secret, search), "looking up who was assessed");
    match_family(search->members, search->identities.n, &match);
    fill_assessment(recording, household, now, &data);
    registry->arrival = &arrival;
    append(recording, EVENT_ASSESSMENT_RECORDED, &data, effects);
    registry->arrival = NULL;
    if (!match.is_new)
        append_conflict(recording, match.family, effects);
    for (unsigned i = 0; i < match.n_others; i++)
        append_conflict(recording, match.others[i], effects);
}

// ---------------------------------------------------------------- admitting

static void record(struct recording *recording, enum event_type type, const union event_data *data, struct moment now,
                   struct effects *effects)
{
    switch (type) {
    case EVENT_REFERRAL_WITHDRAWN:
        tell_withdrawal(recording, &data->REFERRAL_WITHDRAWN, effects);
        break;
    case EVENT_CONSENT_CHANGED:
        tell_consent(recording, &data->CONSENT_CHANGED, effects);
        break;
    case EVENT_ASSESSMENT_COMPLETED:
        tell_assessment(recording, &data->ASSESSMENT_COMPLETED.assessment, now, effects);
        break;
    default:
        tell_challenge(recording, &data->DECISION_CHALLENGED, effects);
        break;
    }
}

enum err record_event_admit(struct registry *registry, const struct record_event *in, struct moment now, struct effects *effects,
                            struct row_submission *row)
{
    static union event_data data;
    struct recording recording = {.registry = registry, .in = in, .row = row};
    enum event_type type = event_type_parse(in->event->type);
    struct about_head head;
    struct span about, referral;
    bool good;
    enum err err;

    if (!read_event(in->event, type, &data, &about, &referral))
        return ERR_BAD_INPUT;
    err = find_referral(registry, in->event->source, about, referral, row);
    if (err == ERR_NONE)
        err = family_keys(registry->keys, row->family, &recording.keys);
    if (err != ERR_NONE)
        return err;
    good = begin(&recording);
    if (good)
        record(&recording, type, &data, now, effects);
    sodium_memzero(&recording.keys, sizeof recording.keys);
    if (!good)
        return ERR_BAD_INPUT;
    err = about_get_head(&registry->rows, row->referral, &head);
    row->record = head.n_records; // what was taken just now
    return err;
}

// ---------------------------------------------------------------- taking

// What all records say alike.
static const struct partner_event *partner_of(const struct hub_event *own, struct span *family)
{
    const struct withdrawal_recorded *withdrawal = own->data;
    const struct consent_recorded *consent = own->data;
    const struct assessment_recorded *assessment = own->data;
    const struct challenge_recorded *challenge = own->data;

    switch (own->type) {
    case EVENT_WITHDRAWAL_RECORDED:
        *family = withdrawal->family;
        return &withdrawal->event;
    case EVENT_CONSENT_RECORDED:
        *family = consent->family;
        return &consent->event;
    case EVENT_ASSESSMENT_RECORDED:
        *family = assessment->family;
        return &assessment->event;
    default:
        *family = challenge->family;
        return &challenge->event;
    }
}

static enum err remember_members(struct registry *registry, const struct hub_event *own, uint64_t family)
{
    static struct family_search rebuilt;
    const struct family_search *search = &rebuilt;
    enum err err = ERR_NONE;

    if (registry->arrival != NULL)
        search = &registry->arrival->search;
    else
        err = rebuild_assessed(registry, own, family, &rebuilt);
    return err == ERR_NONE ? family_remember(&registry->rows, &registry->secret, search, family) : err;
}

enum err record_event_take(struct registry *registry, const struct hub_event *own)
{
    struct span family;
    const struct partner_event *partner = partner_of(own, &family);
    struct about_record record = {.kind = about_kind_of(own->type)};
    struct registry_pending pending = {.n = own->n};
    struct row_submission row = {0};
    struct identity identity;
    enum err err = ERR_NONE;

    if (!tag_parse(own->head->subject, 'R', &row.referral) || !tag_parse(family, 'F', &row.family))
        return ERR_BAD_INPUT;
    if (own->type == EVENT_ASSESSMENT_RECORDED)
        err = remember_members(registry, own, row.family);
    if (err == ERR_NONE)
        err = about_add(&registry->rows, row.referral, &record, &row.record);
    identity_of_event(&registry->secret, partner->source, partner->id, &identity);
    memcpy(row.content, partner->content.at, sizeof row.content);
    if (err == ERR_NONE)
        err = rows_put_submission(&registry->rows, &identity, &row);
    pending.referral = row.referral;
    pending.family = row.family;
    pending.record = row.record;
    return err == ERR_NONE ? registry_await(registry, own, &pending) : err;
}
