// SPDX-License-Identifier: MIT
// The judgement at the door: decoding by the rows of records.def, and the few rules that no row can say.
// Called by intake for every frame. Pure; never looks at policy.
#include "services/intake/judge.h"

#include "common/base/civil.h"
#include "common/wire/event_wire.h"
#include "common/wire/token.h"

#include <strings.h>

// Fields that name or describe somebody. One that was refused still does: a person can read what was meant.
static bool is_description(const char *name)
{
    static const char *const names[] = {"given_name", "family_name", "born", "expected", "nhs_number", "upn", "address", "postcode"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_any_refused(const struct faults *faults)
{
    for (unsigned i = 0; i < faults->n; i++) {
        const char *slash = strrchr(faults->at[i].path, '/');

        if (slash != NULL && is_description(slash + 1))
            return true;
    }
    return false;
}

static bool is_described(const struct member *member)
{
    return HAS(member, member, given_name) || HAS(member, member, family_name) || HAS(member, member, born) ||
           HAS(member, member, expected) || HAS(member, member, nhs_number) || HAS(member, member, upn);
}

static bool names_somebody(const struct submitted *submitted, const struct faults *faults)
{
    for (uint64_t i = 0; i < submitted->n_members; i++)
        if (is_described(&submitted->members[i]))
            return true;
    return HAS(&submitted->household, household, address) || HAS(&submitted->household, household, postcode) || is_any_refused(faults);
}

static char *put(char *at, const char *text)
{
    size_t size = strlen(text);

    memcpy(at, text, size + 1);
    return at + size;
}

static void add_born_fault(const char *where, uint64_t member, struct faults *faults)
{
    char path[FAULT_PATH_MAX + 1];
    char digits[] = {(char)('0' + member / 10), (char)('0' + member % 10), '\0'}; // at most 16 members

    put(put(put(put(path, where), "/members/"), member < 10 ? digits + 1 : digits), "/born");
    faults_add(faults, FAULT_OUT_OF_RANGE, path);
}

// Nobody is born after the day the event tells of; a day more for clocks that differ.
static bool judge_births(const struct event *event, const struct submitted *household, const char *where, struct faults *faults)
{
    int32_t last = civil_london_day(event->time) + 1;
    unsigned before = faults->n;

    for (uint64_t i = 0; i < household->n_members && HAS(event, event, time); i++)
        if (HAS(&household->members[i], member, born) && household->members[i].born > last)
            add_born_fault(where, i, faults);
    return faults->n == before;
}

static bool has_level_4_need(const struct submitted *submitted)
{
    uint64_t needs = submitted->household.needs;

    for (uint64_t i = 0; i < submitted->n_members; i++)
        needs |= submitted->members[i].needs;
    for (; needs != 0; needs &= needs - 1)
        if (strncmp(code_text(LIST_INDICATOR, (unsigned)__builtin_ctzll(needs)), "I4", 2) == 0)
            return true;
    return false;
}

// ---------------------------------------------------------------- what did not decode, and yet speaks of harm

struct scan {
    const uint8_t *at;
    const uint8_t *end;
};

static bool is_text_of(const struct token *token, const char *text)
{
    return token->kind == TOKEN_TEXT && token->value == strlen(text) && strncasecmp((const char *)token->at, text, token->value) == 0;
}

// A number by its bits in either size: programs that keep tables of numbers have no other kind.
static bool is_float_of(const struct token *token, uint32_t single, uint64_t doubled)
{
    return token->kind == TOKEN_FLOAT && token->value == (token->size == 5 ? single : doubled);
}

// What partners write who have no truth values.
static bool says_yes(const struct token *token)
{
    static const char *const words[] = {"true", "yes", "y", "1"};
    bool found = ((token->kind == TOKEN_BOOL || token->kind == TOKEN_UINT) && token->value != 0) ||
                 is_float_of(token, 0x3f800000, 0x3ff0000000000000);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        found = found || is_text_of(token, words[i]);
    return found;
}

static bool says_level_4(const struct token *token)
{
    return (token->kind == TOKEN_UINT && token->value == 4) || is_text_of(token, "4") || is_float_of(token, 0x40800000, 0x4010000000000000);
}

// A code that we do not know, or beyond the items kept, or written otherwise.
static bool says_level_4_need(const struct token *token)
{
    size_t from = 0;

    while (token->kind == TOKEN_TEXT && from < token->value && token->at[from] == ' ')
        from++;
    return token->kind == TOKEN_TEXT && token->value >= from + 2 && strncasecmp((const char *)token->at + from, "I4", 2) == 0;
}

static bool says_nothing(const struct token *token)
{
    (void)token;
    return false;
}

typedef bool (*hears)(const struct token *token);

// What is listened for in the value of a key, and in what that value holds.
static hears listen_for(struct span key, hears around)
{
    if (span_is(key, "needs"))
        return says_level_4_need;
    if (span_is(key, "at_risk_of_harm") || span_is(key, "unsure_about_safety"))
        return says_yes;
    return span_is(key, "level_claimed") ? says_level_4 : around;
}

// Walks checked bytes, at any depth.
static bool scan_value(struct scan *scan, hears heard)
{
    struct token token = token_read(scan->at, scan->end);
    bool found = heard(&token);

    scan->at += token.size;
    for (uint64_t i = 0; i < token.value && token.kind == TOKEN_ARRAY; i++)
        found = scan_value(scan, heard) || found;
    for (uint64_t i = 0; i < token.value && token.kind == TOKEN_MAP; i++) {
        struct token key = token_read(scan->at, scan->end);

        scan->at += key.size;
        found = scan_value(scan, listen_for(span_of(key.at, (size_t)key.value), heard)) || found;
    }
    return found;
}

static bool is_urgent(const struct submitted *submitted, struct span data, bool has_faults)
{
    struct scan scan = {.at = data.at, .end = data.at + data.size};

    if (submitted->at_risk_of_harm || submitted->unsure_about_safety || submitted->level_claimed == 4 || has_level_4_need(submitted))
        return true;
    return has_faults && scan_value(&scan, says_nothing);
}

// ---------------------------------------------------------------- the whole event

// An event that partners send.
static bool is_partners(enum event_type type)
{
    return type != EVENT_NONE && event_desc(type)->producer == PRODUCER_NONE;
}

static bool is_told(const struct faults *faults, const char *path)
{
    for (unsigned i = 0; i < faults->n; i++)
        if (strcmp(faults->at[i].path, path) == 0)
            return true;
    return false;
}

static bool judge_envelope(const struct event *event, enum event_type type, struct faults *faults)
{
    unsigned before = faults->n;

    if (event->specversion.size > 0 && !span_is(event->specversion, "1.0"))
        faults_add(faults, FAULT_UNSUPPORTED_VERSION, "/specversion");
    if (event->type.size > 0 && (!is_partners(type) || !span_is(event->type, event_desc(type)->type)))
        faults_add(faults, FAULT_UNSUPPORTED_TYPE, "/type");
    if (event->source.size >= 5 && memcmp(event->source.at, "/hub/", 5) == 0) // the hub's own daemons speak under these
        faults_add(faults, FAULT_SOURCE_NOT_ALLOWED, "/source");
    if (!HAS(event, event, time) && !is_told(faults, "/time"))
        faults_add(faults, FAULT_MISSING, "/time");
    return faults->n == before;
}

// The referral is named once: by the event that sent it, or itself.
static bool judge_about(bool by_event, bool itself, struct faults *faults)
{
    if (by_event != itself)
        return true;
    if (by_event)
        faults_add(faults, FAULT_TOO_MANY, "/data/referral");
    else if (!is_told(faults, "/data/about") && !is_told(faults, "/data/referral"))
        faults_add(faults, FAULT_MISSING, "/data/about");
    return false;
}

static bool judge_named(enum event_type type, const union event_data *data, struct faults *faults)
{
    const struct consent_changed *consent = &data->CONSENT_CHANGED;
    const struct assessment_completed *assessment = &data->ASSESSMENT_COMPLETED;

    if (type == EVENT_CONSENT_CHANGED)
        return judge_about(HAS(consent, consent_changed, about), HAS(consent, consent_changed, referral), faults);
    if (type == EVENT_ASSESSMENT_COMPLETED)
        return judge_about(HAS(assessment, assessment_completed, about), HAS(assessment, assessment_completed, referral), faults);
    return true; // a row says it
}

// Who sent what cannot be read, as far as it can: so that the partner knows which event is meant.
static void read_names(struct span bytes, struct judgement *judgement)
{
    struct faults ignored = {0};
    struct event event;

    if (!decode(&record_event, bytes, "", &event, &ignored) && ignored.n == 0)
        return;
    judgement->id = event.id;
    judgement->source = event.source;
}

// What no row can say of a household, and so of the whole event.
static bool judge_household(const struct event *event, enum event_type type, const struct submitted *household, struct faults *faults,
                            bool *is_described)
{
    const char *where = type == EVENT_SUBMITTED ? "/data" : "/data/assessment";
    bool good = judge_births(event, household, where, faults);

    *is_described = names_somebody(household, faults);
    if (!*is_described)
        faults_add(faults, FAULT_NOBODY, type == EVENT_SUBMITTED ? "/data/members" : "/data/assessment/members");
    return good && *is_described;
}

static void judge_data(const struct event *event, enum event_type type, bool good, struct judgement *judgement)
{
    struct faults *faults = &judgement->faults;
    union event_data data;
    const struct submitted *household;
    bool is_described = true;

    good = decode(event_desc(type)->record, event->data, "/data", &data, faults) && good;
    good = judge_named(type, &data, faults) && good;
    household = event_household(type, &data);
    if (household != NULL) {
        good = judge_household(event, type, household, faults, &is_described) && good;
        judgement->urgent = is_urgent(household, event->data, !good);
    }
    if (good || (judgement->urgent && is_described && event->id.size > 0 && event->source.size > 0 && !is_told(faults, "/source")))
        judgement->verdict = VERDICT_PASS;
}

// A map that can be read, flawed or not.
static void judge_readable(struct span bytes, bool is_good, struct judgement *judgement)
{
    struct faults *faults = &judgement->faults;
    struct event event;
    enum event_type type;
    bool good = decode(&record_event, bytes, "", &event, faults) && is_good;

    type = event_type_parse(event.type);
    good = judge_envelope(&event, type, faults) && good;
    judgement->id = event.id;
    judgement->source = event.source;
    if (!is_partners(type) || event.data.size == 0)
        return;
    if (token_read(event.data.at, event.data.at + event.data.size).kind == TOKEN_MAP)
        judge_data(&event, type, good, judgement);
    else
        faults_add(faults, FAULT_WRONG_TYPE, "/data");
}

// Most events have nothing wrong and no more than is declared: one walk is enough to see it. False when the bytes need a closer look;
// the judgement says nothing then.
static bool judge_at_once(struct span bytes, struct judgement *judgement)
{
    struct faults *faults = &judgement->faults;
    struct event event;
    union event_data data;
    const struct submitted *household;
    enum event_type type;
    bool is_described;

    if (decode_unchecked(&record_event, bytes, "", &event, faults) != DECODED_CHECKED)
        return false;
    type = event_type_parse(event.type);
    if (!judge_envelope(&event, type, faults) ||
        decode_unchecked(event_desc(type)->record, event.data, "/data", &data, faults) != DECODED_CHECKED ||
        !judge_named(type, &data, faults))
        return false;
    household = event_household(type, &data);
    if (household != NULL && !judge_household(&event, type, household, faults, &is_described))
        return false;
    judgement->id = event.id;
    judgement->source = event.source;
    judgement->urgent = household != NULL && is_urgent(household, event.data, false);
    judgement->verdict = VERDICT_PASS;
    return true;
}

// The faults themselves are not cleared: that would cost as much as some of the judging.
static void begin(struct judgement *judgement)
{
    judgement->verdict = VERDICT_REJECT;
    judgement->urgent = false;
    judgement->id = judgement->source = span_of(NULL, 0);
    judgement->faults.n = 0;
}

void judge_frames(struct judgement *judgement)
{
    begin(judgement);
    faults_add(&judgement->faults, FAULT_EXTRA_FRAMES, "");
}

void judge(struct span bytes, struct judgement *judgement)
{
    struct faults *faults = &judgement->faults;
    enum wire_form form;
    unsigned n_flaws;

    begin(judgement);
    if (bytes.size <= SUBMISSION_BYTES_MAX && judge_at_once(bytes, judgement))
        return;
    faults->n = 0;
    if (bytes.size > SUBMISSION_BYTES_MAX)
        faults_add(faults, FAULT_TOO_LARGE, "");
    form = bytes.size > SUBMISSION_BYTES_MAX ? WIRE_UNREADABLE : wire_look(bytes, faults);
    if (form == WIRE_UNREADABLE) {
        read_names(bytes, judgement);
        return;
    }
    n_flaws = faults->n;
    judge_readable(bytes, form == WIRE_GOOD, judgement);
    if (judgement->verdict == VERDICT_REJECT && n_flaws > 0)
        faults->n = n_flaws; // what follows from them would only confuse
}
