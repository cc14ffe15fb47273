// SPDX-License-Identifier: MIT
// Open cases by referral and by family.
// Called by command_policy_replay.c. Judges nothing: which teams open a case is the policy's word, asked when reading.
#include "services/windscreen/replay_cases.h"

#include "common/base/tag.h"
#include "services/windscreen/number_map.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM_AT_FIRST = 256, PARTS = 64, JOINED_MAX = 64 };

#define REASON_BIT(SYMBOL) (UINT64_C(1) << REASON_##SYMBOL)

// Work that is no help to the family, when nothing is proposed with it.
static const uint64_t task_reasons = REASON_BIT(DATA_QUALITY) | REASON_BIT(EHA_MISSING) | REASON_BIT(FAMILY_CONFLICT) |
                                     REASON_BIT(BASIS_MISSING) | REASON_BIT(FAMILY_CANDIDATE) | REASON_BIT(STEP_UP_SUGGESTED) |
                                     REASON_BIT(CONSENT_WITHDRAWN) | REASON_BIT(KEPT_APART) | REASON_BIT(TWO_CASES) |
                                     REASON_BIT(CHALLENGE_UPHELD);

struct open_case {
    uint64_t referral, family;
    int64_t since_ms;
    uint32_t next; // of the family, the one opened after it; 0: none
    uint8_t part, level;
    char team[33];
    uint8_t policy[POLICY_VERSION_SIZE];
};

struct pair {
    uint64_t family, other;
};

struct replay_cases {
    const struct policy *(*policy_of)(void *context, struct span hash);
    void *context;
    struct open_case *at; // place 0 is never used
    uint32_t n, room;
    uint32_t free;               // first free place, by `next`; 0: none
    struct number_map by_job;    // referral and part -> place
    struct number_map by_family; // -> place of its oldest
    struct pair *joined;
    uint32_t n_joined, joined_room;
};

struct replay_cases *replay_cases_new(const struct policy *(*policy_of)(void *context, struct span hash), void *context)
{
    struct replay_cases *cases = calloc(1, sizeof *cases);

    if (cases != NULL)
        *cases = (struct replay_cases){.n = 1, .policy_of = policy_of, .context = context};
    return cases;
}

void replay_cases_free(struct replay_cases **cases)
{
    if (*cases == NULL)
        return;
    number_map_free(&(*cases)->by_job);
    number_map_free(&(*cases)->by_family);
    free((*cases)->at);
    free((*cases)->joined);
    free(*cases);
    *cases = NULL;
}

uint64_t replay_cases_types(void)
{
    return EVENT_BIT(ALLOCATED) | EVENT_BIT(HELD) | EVENT_BIT(DECLINED) | EVENT_BIT(DEAD) | EVENT_BIT(CLOSED) | EVENT_BIT(STEPPED) |
           EVENT_BIT(FAMILY_SETTLED);
}

// ---------------------------------------------------------------- cases

static uint64_t job_number(uint64_t referral, uint64_t part)
{
    return referral * PARTS + part + 1;
}

static enum err new_place(struct replay_cases *cases, uint32_t *place)
{
    if (cases->free != 0) {
        *place = cases->free;
        cases->free = cases->at[cases->free].next;
        return ERR_NONE;
    }
    if (cases->n >= cases->room) {
        uint32_t room = cases->room == 0 ? ROOM_AT_FIRST : 2 * cases->room;
        struct open_case *at = realloc(cases->at, room * sizeof *at);

        if (at == NULL)
            return ERR_NO_MEMORY;
        cases->at = at;
        cases->room = room;
    }
    *place = cases->n++;
    return ERR_NONE;
}

// Appends it to its family's.
static enum err add(struct replay_cases *cases, const struct open_case *opened)
{
    uint32_t place, last = number_map_get(&cases->by_family, opened->family);
    enum err err = new_place(cases, &place);

    if (err != ERR_NONE)
        return err;
    cases->at[place] = *opened;
    while (last != 0 && cases->at[last].next != 0)
        last = cases->at[last].next;
    if (last != 0)
        cases->at[last].next = place;
    else
        err = number_map_put(&cases->by_family, opened->family, place);
    return err == ERR_NONE ? number_map_put(&cases->by_job, job_number(opened->referral, opened->part), place) : err;
}

static enum err drop(struct replay_cases *cases, uint32_t place)
{
    struct open_case *gone = &cases->at[place];
    uint32_t before = number_map_get(&cases->by_family, gone->family);
    enum err err = number_map_put(&cases->by_job, job_number(gone->referral, gone->part), 0);

    if (err == ERR_NONE && before == place)
        err = number_map_put(&cases->by_family, gone->family, gone->next);
    while (before != place && cases->at[before].next != place)
        before = cases->at[before].next;
    if (before != place)
        cases->at[before].next = gone->next;
    gone->next = cases->free;
    cases->free = place;
    return err;
}

// A case goes on in its place among its family's when only its team changes.
static enum err replace(struct replay_cases *cases, uint32_t place, const struct open_case *now)
{
    struct open_case *was = &cases->at[place];
    uint32_t next = was->next;
    enum err err;

    if (was->family == now->family) {
        *was = *now;
        was->next = next;
        return ERR_NONE;
    }
    err = drop(cases, place);
    return err == ERR_NONE ? add(cases, now) : err;
}

// ---------------------------------------------------------------- events

static bool opens(const struct allocated *allocated)
{
    bool is_task = allocated->proposal.size == 0 && (task_reasons >> allocated->reason & 1) != 0;
    bool is_offer = allocated->reason == REASON_HANDOVER && allocated->news_of.size == 0;

    return !span_is(allocated->team, "hub-decision") && allocated->news_of.size == 0 && !is_task && !is_offer;
}

static enum err take_allocated(struct replay_cases *cases, const struct windscreen_event *event, uint64_t referral, uint32_t place)
{
    const struct allocated *allocated = &event->data->ALLOCATED;
    struct open_case now = {
        .referral = referral, .part = (uint8_t)allocated->part, .level = (uint8_t)allocated->level, .since_ms = event->head->time};

    if (!opens(allocated) || !tag_parse(allocated->family, 'F', &now.family))
        return place != 0 ? drop(cases, place) : ERR_NONE;
    snprintf(now.team, sizeof now.team, "%.*s", SPAN_ARG(allocated->team));
    if (allocated->policy.size == sizeof now.policy)
        memcpy(now.policy, allocated->policy.at, sizeof now.policy);
    return place != 0 ? replace(cases, place, &now) : add(cases, &now);
}

static void take_stepped(struct replay_cases *cases, const struct stepped *stepped, uint32_t place)
{
    if (place == 0 || !HAS(stepped, stepped, worker))
        return; // else an allocated follows
    cases->at[place].level = (uint8_t)stepped->level;
    snprintf(cases->at[place].team, sizeof cases->at[place].team, "%.*s", SPAN_ARG(stepped->team));
}

static enum err take_settled(struct replay_cases *cases, const struct family_settled *settled)
{
    struct pair pair;

    if (!tag_parse(settled->family, 'F', &pair.family) || !tag_parse(settled->other, 'F', &pair.other))
        return ERR_NONE;
    for (uint32_t i = 0; i < cases->n_joined; i++)
        if ((cases->joined[i].family == pair.family && cases->joined[i].other == pair.other) ||
            (cases->joined[i].family == pair.other && cases->joined[i].other == pair.family))
            cases->joined[i--] = cases->joined[--cases->n_joined];
    if (settled->verdict != FAMILY_VERDICT_SAME)
        return ERR_NONE;
    if (cases->n_joined == cases->joined_room) {
        uint32_t room = cases->joined_room == 0 ? ROOM_AT_FIRST : 2 * cases->joined_room;
        struct pair *joined = realloc(cases->joined, room * sizeof *joined);

        if (joined == NULL)
            return ERR_NO_MEMORY;
        cases->joined = joined;
        cases->joined_room = room;
    }
    cases->joined[cases->n_joined++] = pair;
    return ERR_NONE;
}

enum err replay_cases_take(struct replay_cases *cases, const struct windscreen_event *event, const struct gist *gist)
{
    enum err err = ERR_NONE;

    if (event->type == EVENT_FAMILY_SETTLED)
        return take_settled(cases, &event->data->FAMILY_SETTLED);
    for (unsigned i = 0; i < gist->n_jobs && err == ERR_NONE; i++) {
        uint64_t referral;
        uint32_t place;

        if (!tag_parse(gist->jobs[i].referral, 'R', &referral))
            continue;
        place = number_map_get(&cases->by_job, job_number(referral, gist->jobs[i].part));
        if (event->type == EVENT_ALLOCATED)
            err = take_allocated(cases, event, referral, place);
        else if (event->type == EVENT_STEPPED)
            take_stepped(cases, &event->data->STEPPED, place);
        else if (place != 0)
            err = drop(cases, place);
    }
    return err;
}

// ---------------------------------------------------------------- reading

// The families of one household, the one asked for first.
static unsigned household_of(const struct replay_cases *cases, uint64_t family, uint64_t household[JOINED_MAX])
{
    unsigned n = 1;

    household[0] = family;
    for (unsigned i = 0; i < n; i++)
        for (uint32_t k = 0; k < cases->n_joined; k++) {
            const struct pair *pair = &cases->joined[k];
            uint64_t other = pair->family == household[i] ? pair->other : pair->other == household[i] ? pair->family : 0;
            bool known = other == 0;

            for (unsigned j = 0; j < n && !known; j++)
                known = household[j] == other;
            if (!known && n < JOINED_MAX)
                household[n++] = other;
        }
    return n;
}

// As family_case.c finds it.
static const struct team *team_of(const struct replay_cases *cases, const struct policy *policy, const struct open_case *open)
{
    unsigned team = rules_team(policy, span_text(open->team));
    const struct policy *own = team == 0 ? cases->policy_of(cases->context, span_of(open->policy, sizeof open->policy)) : NULL;

    return own != NULL ? &own->teams[rules_team(own, span_text(open->team))] : &policy->teams[team];
}

static void consider(const struct team *team, const struct open_case *open, struct family_state *state)
{
    if (team->parenting && state->parenting_team.size == 0)
        state->parenting_team = span_text(open->team);
    if (!team->opens_case || (state->open && state->level >= open->level))
        return;
    *state = (struct family_state){.open = true,
                                   .level = open->level,
                                   .opened_ms = open->since_ms,
                                   .team = span_text(open->team),
                                   .parenting_team = state->parenting_team};
}

void replay_cases_read(const struct replay_cases *cases, const struct policy *policy, struct span family, struct span except,
                       struct family_state *state)
{
    uint64_t household[JOINED_MAX], number, referral = 0;
    unsigned n;

    *state = (struct family_state){0};
    if (!tag_parse(family, 'F', &number))
        return;
    (void)!tag_parse(except, 'R', &referral);
    n = household_of(cases, number, household);
    for (unsigned i = 0; i < n; i++)
        for (uint32_t place = number_map_get(&cases->by_family, household[i]); place != 0; place = cases->at[place].next)
            if (cases->at[place].referral != referral)
                consider(team_of(cases, policy, &cases->at[place]), &cases->at[place], state);
}
