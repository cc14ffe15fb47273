// SPDX-License-Identifier: MIT
// Proves teams.yaml, clocks.yaml and calendar.yaml against each other and against what the hub itself relies on.
// Called by prove.c.
#include "common/policy/prove_parts.h"

// ---------------------------------------------------------------- teams that the hub knows by name

static const struct {
    const char *team, *why;
    bool decides, guarded;
} known[] = {
    {"hub-decision", "here everything waits that a person must decide: it needs `decides: yes`", .decides = true},
    {"specialist", "here urgent referrals wait that cannot be judged: it needs `protected: yes`", .guarded = true},
};

static void prove_teams(struct proof *proof)
{
    const struct policy *policy = proof->policy;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct team *team = &policy->teams[rules_team(policy, span_text(known[i].team))];
        if (team->code.size == 0)
            complaints_add(proof->complaints, "teams.yaml", policy->teams[1].origin.line,
                           "team `%s` is missing, and the hub relies on it: %s", known[i].team, known[i].why);
        else if ((known[i].decides && !team->decides) || (known[i].guarded && !team->guarded))
            complaints_add(proof->complaints, "teams.yaml", team->origin.line, "the hub relies on this team: %s", known[i].why);
    }
}

// ---------------------------------------------------------------- caseloads

// The highest level whose cases wait until a worker has room.
enum { LEVEL_WAITS = 3 };

static void prove_caseloads(struct proof *proof)
{
    const struct policy *policy = proof->policy;

    for (unsigned i = 1; i <= policy->n_teams; i++) {
        const struct team *team = &policy->teams[i];
        if (team->caseload > 0 && !team->decides && !team->guarded && team->weights[LEVEL_WAITS] > team->caseload)
            complaints_add(proof->complaints, "teams.yaml", team->origin.line,
                           "no worker of `%.*s` could ever take a case of level %d: it weighs %u, and %u is the most", SPAN_ARG(team->code),
                           LEVEL_WAITS, team->weights[LEVEL_WAITS], team->caseload);
    }
}

// ---------------------------------------------------------------- leases

enum { LEASE_GUARDED_MS = 60 * 60000 }; // within an hour somebody looks at level 4 (St Helens practice standard)

static void prove_leases(struct proof *proof)
{
    const struct policy *policy = proof->policy;

    for (unsigned i = 1; i <= policy->n_teams; i++) {
        const struct team *team = &policy->teams[i];
        if (team->guarded && !team->decides && team->lease_ms > LEASE_GUARDED_MS)
            complaints_add(proof->complaints, "teams.yaml", team->origin.line,
                           "while a worker is shown a job its clock is quiet: `lease` at a protected team is one hour at most");
    }
}

// ---------------------------------------------------------------- overflow

// Why a team cannot have another's work; NULL: it can.
static const char *cannot_have(const struct team *other, const struct team *team)
{
    if (other == team)
        return "it is the same team";
    if (other->decides || other->guarded)
        return "people decide there, or it is protected";
    if (other->agency != team->agency)
        return "its workers are of another agency, and are given other fields";
    if (other->parenting != team->parenting || other->opens_case != team->opens_case)
        return "work there means something else for the family: `parenting` and `opens_case` must be the same";
    return NULL;
}

static void prove_overflow(struct proof *proof)
{
    const struct policy *policy = proof->policy;

    for (unsigned i = 1; i <= policy->n_teams; i++) {
        const struct team *team = &policy->teams[i];
        uint64_t named = 0;
        for (unsigned j = 0; j < team->n_overflow; j++) {
            const struct team *other = &policy->teams[team->overflow[j]];
            const char *why = (named >> team->overflow[j] & 1) != 0 ? "it is named twice" : cannot_have(other, team);
            if (why != NULL)
                complaints_add(proof->complaints, "teams.yaml", team->origin.line, "`%.*s` cannot have what `%.*s` has no room for: %s",
                               SPAN_ARG(other->code), SPAN_ARG(team->code), why);
            named |= UINT64_C(1) << team->overflow[j];
        }
    }
}

// ---------------------------------------------------------------- clocks

// In which states a job of a team can be; held jobs have no team, leased ones run on their lease, closed ones on nothing.
static bool runs_at(enum state state, const struct team *team)
{
    switch (state) {
    case STATE_QUEUED:
    case STATE_ACCEPTED:
        return !team->decides;
    case STATE_DECIDING:
        return team->decides;
    case STATE_DEAD:
        return !team->decides && !team->guarded;
    default:
        return false;
    }
}

static bool runs_anywhere(enum state state)
{
    return state == STATE_QUEUED || state == STATE_ACCEPTED || state == STATE_DECIDING || state == STATE_DEAD || state == STATE_HELD;
}

static void prove_clocks(struct proof *proof)
{
    const struct policy *policy = proof->policy;

    for (unsigned i = 0; i < policy->n_clocks; i++) {
        const struct clock_rule *clock = &policy->clocks[i];
        enum state state = (enum state)clock->state;
        if (state == STATE_NONE)
            continue;
        if (!runs_anywhere(state))
            complaints_add(proof->complaints, "clocks.yaml", clock->origin.line, "no clock of a policy runs in state %s: remove it",
                           code_text(LIST_STATE, state));
        else if (clock->team != 0 && !runs_at(state, &policy->teams[clock->team]))
            complaints_add(proof->complaints, "clocks.yaml", clock->origin.line,
                           "this clock never runs: nothing is ever %s at `%.*s`; mend or remove it", code_text(LIST_STATE, state),
                           SPAN_ARG(policy->teams[clock->team].code));
    }
}

// Periods that the hub asks for by name.
static const struct {
    const char *name, *what;
} asked[] = {
    {"previous_worker", "how long a family that comes again goes back to its worker"},
    {"kept_for_worker", "how long new work of a known family is kept for its worker"},
    {"challenge_plan", "the first stage of a challenge"},
    {"challenge_manager", "the second stage of a challenge"},
    {"challenge_head", "the third stage of a challenge"},
};

static void prove_periods(struct proof *proof)
{
    const struct policy *policy = proof->policy;

    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        if (rules_clock_named(policy, span_text(asked[i].name)) == NULL)
            complaints_add(proof->complaints, "clocks.yaml", policy->clocks[policy->n_clocks - 1].origin.line,
                           "`%s` is missing among the periods, and the hub asks for it: %s", asked[i].name, asked[i].what);
}

// Happenings that only a worker brings about who has taken the job on.
static const uint16_t by_workers =
    1U << HAPPENING_ACCEPTED | 1U << HAPPENING_ASSESSMENT | 1U << HAPPENING_PLAN | 1U << HAPPENING_REVIEW | 1U << HAPPENING_CONTACT;

static void prove_reminders(struct proof *proof)
{
    const struct policy *policy = proof->policy;
    uint64_t deciding = 0;

    for (unsigned team = 1; team <= policy->n_teams; team++)
        deciding |= (uint64_t)policy->teams[team].decides << team;
    for (unsigned i = 0; i < policy->n_clocks; i++) {
        const struct clock_rule *clock = &policy->clocks[i];
        if (clock->starts != 0 && (clock->starts & ~by_workers) == 0 && clock->teams != 0 && (clock->teams & ~deciding) == 0)
            complaints_add(proof->complaints, "clocks.yaml", clock->origin.line,
                           "this reminder never runs: nobody accepts where people decide; name other teams, or start it with `arrived`");
    }
}

// ---------------------------------------------------------------- calendar

static void prove_calendar(struct proof *proof)
{
    const struct policy *policy = proof->policy;

    if (policy->effective < policy->calendar.first_day || policy->effective > policy->calendar.last_day)
        complaints_add(
            proof->complaints, "calendar.yaml", policy->calendar.origin.line,
            "holidays are not known for the day from which the policy is in force (`effective` in policy.yaml): mend `from` and `to`");
}

void prove_rest(struct proof *proof)
{
    prove_teams(proof);
    prove_caseloads(proof);
    prove_leases(proof);
    prove_overflow(proof);
    prove_clocks(proof);
    prove_periods(proof);
    prove_reminders(proof);
    prove_calendar(proof);
}
