// SPDX-License-Identifier: MIT
// Gathers what has come about a household, lets weigh judge it, and writes the signal and the suggestion down.
// Called once for each referral of a household that is known, and for each pair of families that are joined.
// Must not change a level, nor move anything that is there: a person does.
#include "services/allocation/suggest.h"

#include "common/base/tag.h"
#include "services/allocation/course.h"
#include "services/allocation/side_job.h"
#include "services/allocation/weigh.h"

enum { CONCERNS_MAX = 256 }; // of one household; then the families asked last are left out

struct gathering {
    struct allocation *allocation;
    struct joined_group household;
    unsigned n;
    struct weigh_concern concerns[CONCERNS_MAX];
};

// ---------------------------------------------------------------- what has come

static int64_t came_of(const struct allocation *allocation, struct job_key lead, const struct job_row *row)
{
    struct course_row course;

    if ((row->flags & JOB_HAS_COURSE) == 0 || course_read(allocation->projection, TABLE_COURSE, lead, &course) != ERR_NONE)
        return row->came_ms;
    return course.came_ms != 0 ? course.came_ms : row->came_ms;
}

static void add_concern(struct gathering *gathering, struct job_key lead)
{
    struct weigh_concern *concern = &gathering->concerns[gathering->n];
    struct job_row row;

    if (gathering->n == CONCERNS_MAX || job_table_get(&gathering->allocation->jobs, lead, &row) != ERR_NONE ||
        (row.state == STATE_CLOSED && row.outcome == OUTCOME_ENTERED_IN_ERROR))
        return;
    *concern = (struct weigh_concern){.referral = lead.referral,
                                      .family = row.family,
                                      .sequence = row.input,
                                      .came_ms = came_of(gathering->allocation, lead, &row),
                                      .agency = row.agency,
                                      .level = row.level,
                                      .news = row.news_of != 0,
                                      .signalled = (row.flags & JOB_SIGNALLED) != 0};
    gathering->n++;
}

static void gather(struct gathering *gathering, struct allocation *allocation, uint64_t family)
{
    gathering->allocation = allocation;
    gathering->n = 0;
    if (joined_group(&allocation->families.joined, family, &gathering->household) != ERR_NONE)
        gathering->household.n = 0;
    for (unsigned i = 0; i < gathering->household.n; i++) {
        struct job_key keys[FAMILY_CAME_MAX];
        unsigned n = family_case_came(&allocation->families, gathering->household.at[i], keys);

        for (unsigned k = 0; k < n; k++)
            add_concern(gathering, keys[k]);
    }
}

static const struct weigh_concern *find(const struct gathering *gathering, uint64_t referral)
{
    for (unsigned i = 0; i < gathering->n; i++)
        if (gathering->concerns[i].referral == referral)
            return &gathering->concerns[i];
    return NULL;
}

static const struct weigh_concern *last_of(const struct gathering *gathering)
{
    const struct weigh_concern *last = NULL;

    for (unsigned i = 0; i < gathering->n; i++)
        if (last == NULL || gathering->concerns[i].sequence > last->sequence)
            last = &gathering->concerns[i];
    return last;
}

// ---------------------------------------------------------------- who is told

struct case_worker {
    const struct allocation *allocation;
    uint64_t referral; // 0: nobody has accepted a case
    struct job_row row;
};

// What team opens a case is the word of the policy that the case is under.
static void consider(void *context, struct job_key key, const struct job_row *row)
{
    struct case_worker *worker = context;
    const struct policy *policy = compose_policy(worker->allocation, row);
    struct span team = name_table_text(worker->allocation->names, row->team);

    if (row->state != STATE_ACCEPTED || policy == NULL || !policy->teams[rules_team(policy, team)].opens_case ||
        (worker->referral != 0 && worker->row.level >= row->level))
        return;
    worker->referral = key.referral;
    worker->row = *row;
}

// The worker of the household's open case, or else whoever decides at the hub.
static void choose(const struct gathering *gathering, struct case_worker *worker, struct onward *to)
{
    const struct family_cases *families = &gathering->allocation->families;

    for (unsigned i = 0; i < gathering->household.n; i++)
        family_case_each(families, &gathering->allocation->jobs, gathering->household.at[i], consider, worker);
    to->team = worker->referral != 0 ? name_table_text(gathering->allocation->names, worker->row.team) : span_text("hub-decision");
}

// ---------------------------------------------------------------- the signal

struct tags {
    char family[TAG_TEXT_MAX + 1];
    char referrals[AGENCY_COUNT][TAG_TEXT_MAX + 1];
    char families[AGENCY_COUNT][TAG_TEXT_MAX + 1];
};

static void put_evidence(const struct weigh_evidence *evidence, uint64_t family, struct tags *tags, struct family_signalled *signalled)
{
    SET_HAS(signalled, family_signalled, evidence);
    for (unsigned i = 0; i < evidence->n; i++) {
        const struct weigh_concern *from = evidence->at[i];
        struct concern *concern = &signalled->evidence[signalled->n_evidence++];

        tag_print('R', from->referral, tags->referrals[i]);
        *concern = (struct concern){.referral = span_text(tags->referrals[i]), .agency = from->agency, .level = from->level};
        concern->sequence = from->sequence;
        concern->received = from->came_ms;
        if (from->family == family)
            continue;
        tag_print('F', from->family, tags->families[i]);
        PUT(concern, concern, family, span_text(tags->families[i]));
    }
}

static void raise(const struct gathering *gathering, struct effects *effects, const struct policy *policy, const struct signal_row *row,
                  const struct weigh_evidence *evidence, uint64_t cause)
{
    struct allocation *allocation = gathering->allocation;
    const struct weigh_concern *latest = evidence->at[evidence->n - 1];
    struct family_signalled signalled = {.signal = row->code, .concerns = evidence->n_concerns};
    struct case_worker worker = {.allocation = allocation};
    struct onward to = {.reason = REASON_STEP_UP_SUGGESTED, .cause = cause};
    uint8_t part = side_job_next(allocation, latest->referral);
    struct job_row lead;
    struct tags tags;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = latest->referral}, &lead) != ERR_NONE)
        return;
    tag_print('F', latest->family, tags.family);
    signalled.family = span_text(tags.family);
    signalled.policy = span_of(policy->version, POLICY_VERSION_SIZE);
    put_evidence(evidence, latest->family, &tags, &signalled);
    if (part > 0)
        PUT(&signalled, family_signalled, part, part);
    compose_append(effects, EVENT_FAMILY_SIGNALLED, latest->referral, cause, &signalled);
    to.level = lead.level;
    choose(gathering, &worker, &to);
    side_job_add(allocation, effects, latest->referral, &lead, worker.referral, &to);
}

// The first row that matches.
static void weigh_all(const struct gathering *gathering, struct effects *effects, const struct policy *policy,
                      const struct weigh_concern *latest, uint64_t cause)
{
    for (unsigned i = 0; i < policy->signals.n_rows; i++) {
        const struct signal_row *row = &policy->signals.rows[i];
        struct weigh_evidence evidence;

        if (weigh(row, gathering->concerns, gathering->n, latest, &evidence)) {
            raise(gathering, effects, policy, row, &evidence, cause);
            return;
        }
    }
}

void suggest_routed(const struct routing *routing)
{
    struct gathering gathering;
    const struct weigh_concern *latest;
    uint64_t family;

    if (!routing->has_come_before || routing->policy->signals.n_rows == 0 || routing->triaged->level >= LEVEL_GUARDED ||
        !tag_parse(routing->triaged->family, 'F', &family))
        return;
    gather(&gathering, routing->allocation, family);
    latest = find(&gathering, routing->referral);
    if (latest != NULL)
        weigh_all(&gathering, routing->effects, routing->policy, latest, routing->cause);
}

void suggest_joined(struct allocation *allocation, struct effects *effects, uint64_t family, uint64_t cause)
{
    struct gathering gathering;
    const struct weigh_concern *latest;
    const struct policy *policy;
    struct job_row lead;

    gather(&gathering, allocation, family);
    latest = last_of(&gathering);
    if (latest == NULL || latest->level >= LEVEL_GUARDED ||
        job_table_get(&allocation->jobs, (struct job_key){.referral = latest->referral}, &lead) != ERR_NONE)
        return;
    policy = compose_policy(allocation, &lead);
    if (policy != NULL)
        weigh_all(&gathering, effects, policy, NULL, cause);
}
