// SPDX-License-Identifier: MIT
// From what a household has shown to family.eligible.
// Called for each referral or assessment that shows something a programme counts, and for each pair of families that are joined.
// Must not change anything that is there: a count is a report, never a reason for a level.
#include "services/allocation/eligible.h"

#include "common/base/bits.h"
#include "common/base/civil.h"
#include "common/base/tag.h"
#include "services/allocation/shown.h"

struct judging {
    struct allocation *allocation;
    struct effects *effects;
    const struct policy *policy;
    uint64_t family, referral, cause;
    int32_t day; // on which the referral came
    struct shown_facts facts;
};

uint64_t eligible_needs(const struct policy *policy, const struct facts *facts)
{
    return policy != NULL && policy->programmes.needs != 0 ? programme_needs(facts) & policy->programmes.needs : 0;
}

static bool was_told(const struct judging *judging, const struct programme *programme)
{
    uint16_t number = name_table_find(judging->allocation->names, programme->code);

    for (unsigned i = 0; i < judging->facts.n_told && number != NAME_NONE; i++)
        if (judging->facts.told[i] == number)
            return true;
    return false;
}

// ---------------------------------------------------------------- what shows it

struct listing {
    struct family_eligible *eligible;
    char tags[PROGRAMME_PROBLEMS_MAX][TAG_TEXT_MAX + 1];
};

static struct shown *add_shown(struct listing *listing, const struct shown_by *by)
{
    struct shown *shown = &listing->eligible->shown[listing->eligible->n_shown];
    char *tag = listing->tags[listing->eligible->n_shown++];

    tag_print('R', by->referral, tag);
    *shown = (struct shown){.referral = span_text(tag), .sequence = by->sequence};
    return shown;
}

static bool is_earlier(const struct shown_by *by, const struct shown_by *than)
{
    return than == NULL || by->sequence < than->sequence;
}

// The first fact that shows the problem.
static void list_problem(const struct judging *judging, const struct programme *programme, unsigned place, struct listing *listing)
{
    const struct programme_problem *problem = &programme->problems[place];
    const struct shown_by *first = NULL;
    unsigned headline = 0, need = 0;
    struct shown *shown;

    for (unsigned i = 1; i < SHOWN_HEADLINES; i++)
        if ((judging->facts.headlines >> i & 1) != 0 && programme_places(programme, i) == UINT64_C(1) << place &&
            is_earlier(&judging->facts.by_headline[i], first)) {
            first = &judging->facts.by_headline[i];
            headline = i;
        }
    for (unsigned i = 1; i < SHOWN_NEEDS; i++)
        if ((judging->facts.needs & problem->needs) >> i & 1 && is_earlier(&judging->facts.by_need[i], first)) {
            first = &judging->facts.by_need[i];
            need = i;
        }
    if (first == NULL)
        return;
    shown = add_shown(listing, first);
    PUT(shown, shown, problem, problem->code);
    if (need != 0)
        PUT(shown, shown, need, (uint8_t)need);
    else
        PUT(shown, shown, headline, headline);
}

static void list_all(const struct judging *judging, const struct programme *programme, const struct programme_count *count,
                     struct listing *listing)
{
    SET_HAS(listing->eligible, family_eligible, shown);
    for (unsigned i = 0; i < programme->n_problems; i++)
        if ((count->shown >> i & 1) != 0)
            list_problem(judging, programme, i, listing);
    for (unsigned i = 1; i < SHOWN_HEADLINES && listing->eligible->n_shown < PROGRAMME_PROBLEMS_MAX; i++)
        if ((count->one_of >> i & 1) != 0) {
            struct shown *shown = add_shown(listing, &judging->facts.by_headline[i]);

            PUT(shown, shown, headline, i);
        }
}

// ---------------------------------------------------------------- the count

// Each headline problem counts once at most; an indicator may show several problems.
static bool may_be_enough(const struct shown_facts *facts, const struct programme *programme)
{
    return facts->needs != 0 || bits_count(facts->headlines) >= programme->at_least;
}

static void judge_programme(const struct judging *judging, const struct programme *programme)
{
    struct family_eligible eligible = {.programme = programme->code, .at_least = programme->at_least};
    struct listing listing = {.eligible = &eligible};
    struct programme_count count;
    char family[TAG_TEXT_MAX + 1];

    programme_count(programme, judging->facts.headlines, judging->facts.needs, &count);
    if (count.counted < programme->at_least || !programme_runs(programme, judging->day) || was_told(judging, programme))
        return;
    tag_print('F', judging->family, family);
    eligible.family = span_text(family);
    eligible.counted = count.counted;
    eligible.policy = span_of(judging->policy->version, POLICY_VERSION_SIZE);
    list_all(judging, programme, &count, &listing);
    compose_append(judging->effects, EVENT_FAMILY_ELIGIBLE, judging->referral, judging->cause, &eligible);
}

static void judge_all(struct judging *judging)
{
    if (judging->policy == NULL || judging->policy->programmes.n == 0 ||
        shown_read(judging->allocation, judging->family, &judging->facts) != ERR_NONE)
        return;
    for (unsigned i = 0; i < judging->policy->programmes.n; i++) {
        const struct programme *programme = &judging->policy->programmes.programmes[i];

        if (may_be_enough(&judging->facts, programme))
            judge_programme(judging, programme);
    }
}

static void judge_household(const struct routing *routing)
{
    struct judging judging = {.allocation = routing->allocation, .effects = routing->effects, .policy = routing->policy};

    if (!tag_parse(routing->triaged->family, 'F', &judging.family))
        return;
    judging.referral = routing->referral;
    judging.cause = routing->cause;
    judging.day = civil_london_day(routing->triaged->received);
    judge_all(&judging);
}

// Most households show nothing that counts, and cost nothing.
void eligible_judge(const struct routing *routing)
{
    const struct facts *facts = &routing->triaged->facts;

    if (facts->headline_problems != 0 || eligible_needs(routing->policy, facts) != 0)
        judge_household(routing);
}

// The referral that came last of those that have shown something.
static uint64_t last_of(const struct shown_facts *facts)
{
    struct shown_by last = {0};

    for (unsigned i = 0; i < SHOWN_HEADLINES; i++)
        if (facts->by_headline[i].sequence > last.sequence)
            last = facts->by_headline[i];
    for (unsigned i = 0; i < SHOWN_NEEDS; i++)
        if (facts->by_need[i].sequence > last.sequence)
            last = facts->by_need[i];
    return last.referral;
}

void eligible_joined(struct allocation *allocation, struct effects *effects, uint64_t family, uint64_t cause)
{
    struct judging judging = {.allocation = allocation, .effects = effects, .cause = cause};
    struct job_row lead;

    if (shown_read(allocation, family, &judging.facts) != ERR_NONE || (judging.referral = last_of(&judging.facts)) == 0 ||
        job_table_get(&allocation->jobs, (struct job_key){.referral = judging.referral}, &lead) != ERR_NONE)
        return;
    judging.family = lead.family;
    judging.policy = compose_policy(allocation, &lead);
    judging.day = civil_london_day(lead.came_ms);
    judge_all(&judging);
}
