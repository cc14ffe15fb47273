// SPDX-License-Identifier: MIT
// Allocation under long random sequences of everything that can happen to it, another council's policy half way among it: after each, every
// referral has a lead, every job is in exactly one state with one owner and one clock, and a rebuild from its own events gives the same rows
// byte for byte. A seed that fails is printed: WS_SEED=n repeats it alone.
#include "allocation_kit.h"

#include "common/base/tag.h"

enum { SEEDS = 12, STEPS = 1500, CHECK_EVERY = 250, MINUTE_MS = 60000, LEASES_MAX = 16 };

struct lease {
    uint64_t token;
    unsigned worker;
    uint64_t referral;
    unsigned part;
    uint64_t marks;
};

struct world {
    struct kit kit;
    uint64_t seed;
    uint64_t n_referrals;
    bool moved; // to the other policy
    struct lease leases[LEASES_MAX]; // some that were given, ended or not
    unsigned n_leases;
};

static const char *const workers[] = {"anna", "ben", "cem", "dora"};
static const char *const teams[] = {"specialist", "fsw", "fsw-asb", "taf", "single-agency", "take3", "family-information-service",
                                    "universal"};
static const char *const other_teams[] = {"specialist", "families-first", "early-intervention", "asb-team", "youth-offending",
                                          "parent-support", "mothers-against-gangs", "childrens-centre-central"};

static uint64_t roll(struct world *world, uint64_t sides)
{
    world->seed ^= world->seed << 13; // xorshift
    world->seed ^= world->seed >> 7;
    world->seed ^= world->seed << 17;
    return world->seed % sides;
}

// Of the policy in force three times of four, else of the other.
static const char *any_team(struct world *world)
{
    bool other = world->moved != (roll(world, 4) == 0);

    return (other ? other_teams : teams)[roll(world, 8)];
}

// A new referral, or the assessment of one that is there.
static void refer(struct world *world)
{
    bool again = world->n_referrals > 0 && roll(world, 5) == 0;
    struct kit_referral referral = {.number = again ? 1 + roll(world, world->n_referrals) : ++world->n_referrals,
                                    .family = 1 + roll(world, 40),
                                    .level = 1 + (unsigned)roll(world, 4)};

    referral.kind = roll(world, 3) == 0 ? KIND_CONTACT : KIND_EHA;
    referral.consent = roll(world, 4) == 0 ? CONSENT_REFUSED : CONSENT_GIVEN;
    referral.without_consent = roll(world, 4) == 0;
    referral.agency = (enum agency)roll(world, 5);
    referral.problems = roll(world, 4) == 0 ? UINT64_C(2) << roll(world, 6) : 0;
    referral.needs = roll(world, 4) == 0 ? UINT64_C(1) << INDICATOR_I313 : 0;
    referral.marks = roll(world, 4) == 0 ? UINT64_C(1) << MARK_SINGLE_INDICATOR : 0;
    referral.outside = roll(world, 8) == 0;
    referral.elsewhere = roll(world, 2) == 0;
    referral.solo = roll(world, 8) == 0;
    referral.wants = roll(world, 2) == 0 ? UINT64_C(1) << WANT_PARENTING : 0;
    referral.child_months = 1 + (unsigned)roll(world, 215);
    if (roll(world, 30) == 0)
        kit_link(&world->kit, 1 + roll(world, 20), 21 + roll(world, 20));
    if (roll(world, 30) == 0)
        kit_say(&world->kit, 1 + roll(world, 20), 21 + roll(world, 20), (enum family_verdict)(1 + roll(world, 2)));
    if (roll(world, 10) == 0)
        kit_conflict(&world->kit, referral.number);
    kit_refer(&world->kit, &referral);
}

static void take(struct world *world)
{
    unsigned worker = (unsigned)roll(world, 4);
    const char *team = any_team(world);
    struct taken taken;

    if (roll(world, 3) == 0) {
        kit_ask_take(&world->kit, team, workers[worker], 1 + (unsigned)roll(world, 3), 1000);
        return;
    }
    if (kit_take(&world->kit, team, workers[worker], 1 + (unsigned)roll(world, 4), &taken) != ANSWER_OK)
        return;
    for (uint64_t i = 0; i < taken.n_jobs; i++) {
        struct lease *lease = &world->leases[roll(world, LEASES_MAX)];

        *lease = (struct lease){.token = taken.token, .worker = worker, .part = (unsigned)taken.jobs[i].part, .marks = taken.jobs[i].marks};
        assert_true(tag_parse(taken.jobs[i].referral, 'R', &lease->referral));
    }
}

static void answer(struct world *world)
{
    const enum work_request requests[] = {WORK_ACCEPT, WORK_ACCEPT, WORK_ACCEPT, WORK_EXTEND, WORK_RELEASE};
    const struct lease *lease = &world->leases[roll(world, LEASES_MAX)];
    const char *worker = workers[roll(world, 10) == 0 ? roll(world, 4) : lease->worker];

    if (lease->token == 0)
        return;
    if (roll(world, 6) == 0 && lease->part == 0)
        kit_decline(&world->kit, worker, lease->token, lease->referral);
    else
        kit_answer(&world->kit, requests[roll(world, 5)], worker, lease->token, lease->referral, lease->part,
                   roll(world, 5) == 0 ? 0 : lease->marks);
}

static void decide(struct world *world)
{
    uint64_t referral = 1 + roll(world, world->n_referrals + 1);

    if (roll(world, 2) == 0)
        kit_confirm(&world->kit, referral, (unsigned)roll(world, 4));
    else
        kit_override(&world->kit, referral, (unsigned)roll(world, 4), any_team(world), (unsigned)roll(world, 5),
                     (enum override_why)(1 + roll(world, WHY_OTHER)));
}

// What partners tell later, also of what is still to come.
static void tell(struct world *world)
{
    uint64_t referral = 1 + roll(world, world->n_referrals + 1);

    switch (roll(world, 5)) {
    case 0:
        kit_withdraw(&world->kit, referral);
        break;
    case 1:
        kit_challenged(&world->kit, referral);
        break;
    default:
        kit_consent(&world->kit, referral, (enum consent_service)(1 + roll(world, CONSENT_COUNT - 1)));
    }
}

static void step_case(struct world *world, const struct lease *lease)
{
    struct kit_step step = {.referral = lease->referral, .by = workers[lease->worker], .token = lease->token};

    if (lease->token == 0 || lease->part > 0)
        return;
    if (roll(world, 4) == 0)
        step.token = 0;
    else
        kit_progress(&world->kit, lease->referral, step.by, lease->token, PROGRESS_PLAN);
    step.level = 1 + (unsigned)roll(world, 4);
    step.team = step.level == 4 ? "specialist" : any_team(world);
    step.to = roll(world, 2) == 0 ? workers[roll(world, 4)] : NULL;
    step.why = roll(world, 2) == 0 ? WHY_NEED_LOWER : WHY_NEED_HIGHER;
    kit_step(&world->kit, &step);
}

// What happens to cases; more often than not in vain.
static void change(struct world *world)
{
    const struct lease *lease = &world->leases[roll(world, LEASES_MAX)];
    uint64_t referral = roll(world, 2) == 0 && lease->token != 0 ? lease->referral : 1 + roll(world, world->n_referrals + 1);

    switch (roll(world, 8)) {
    case 0:
        kit_close_job(&world->kit, referral, (unsigned)roll(world, 3), "manager", 0, (enum outcome)(1 + roll(world, OUTCOME_COUNT - 1)));
        break;
    case 1:
        if (lease->token != 0)
            kit_close_job(&world->kit, lease->referral, lease->part, workers[lease->worker], lease->token,
                          roll(world, 2) == 0 ? OUTCOME_NEEDS_MET : OUTCOME_DONE);
        break;
    case 2:
        kit_reopen(&world->kit, referral, "manager");
        break;
    case 3:
        kit_challenge(&world->kit, referral, workers[roll(world, 4)]);
        break;
    case 4:
        kit_settle(&world->kit, referral, (unsigned)roll(world, 5), roll(world, 2) == 0 ? DECIDE_UPHOLD : DECIDE_DISMISS);
        break;
    case 5:
    case 6:
        step_case(world, lease);
        break;
    default:
        if (lease->token != 0)
            kit_progress(&world->kit, lease->referral, workers[lease->worker], lease->token,
                         (enum progress)(1 + roll(world, PROGRESS_COUNT - 1)));
    }
}

// Who works where, with how much, and when.
static void staff(struct world *world)
{
    const char *worker = workers[roll(world, 4)];

    if (roll(world, 3) == 0)
        kit_assign(&world->kit, 1 + roll(world, world->n_referrals + 1), (unsigned)roll(world, 3), roll(world, 4) == 0 ? NULL : worker);
    else if (roll(world, 4) == 0)
        kit_capacity(&world->kit, roll(world, 2) == 0 ? "flying-start-north" : any_team(world),
                     (enum capacity)(1 + roll(world, CAPACITY_COUNT - 1)), (int64_t)roll(world, 3) * 60 * MINUTE_MS);
    else if (roll(world, 2) == 0)
        kit_roster(&world->kit, worker, any_team(world), (int)roll(world, 40) - 1,
                   roll(world, 3) == 0 ? 2 + 2 * roll(world, 127) : 0);
    else
        kit_away(&world->kit, worker, (int64_t)roll(world, 3) * 24 * 60 * MINUTE_MS);
}

static void step(struct world *world)
{
    switch (roll(world, 18)) {
    case 0:
    case 1:
    case 2:
        refer(world);
        break;
    case 3:
    case 4:
    case 5:
        take(world);
        break;
    case 6:
    case 7:
        answer(world);
        break;
    case 8:
    case 9:
        decide(world);
        break;
    case 10:
    case 11:
    case 12:
        change(world);
        break;
    case 13:
    case 14:
        tell(world);
        break;
    case 15:
        staff(world);
        break;
    case 16:
        kit_pass(&world->kit, (int64_t)roll(world, 8 * MINUTE_MS), (int64_t)roll(world, 8 * MINUTE_MS));
        break;
    default:
        if (roll(world, 10) == 0)
            kit_pass(&world->kit, (int64_t)roll(world, 20) * 24 * 60 * MINUTE_MS, MINUTE_MS);
        if (roll(world, 20) == 0)
            kit_restart(&world->kit, roll(world, 2) == 0);
    }
}

// Half way another policy comes into force, and towards the end the first again.
static void adopt(struct world *world, unsigned step)
{
    if (step != STEPS / 2 && step != STEPS - STEPS / 6)
        return;
    world->moved = !world->moved;
    kit_adopt(&world->kit, world->moved ? "harrow-2013" : "luton-2017");
}

// None is lost: kit_row ends the test when the lead is not there.
static void check_leads(struct world *world)
{
    for (uint64_t referral = 1; referral <= world->n_referrals; referral++)
        (void)kit_row(&world->kit, referral, 0);
}

static void run(uint64_t seed, uint64_t seen[EVENT_COUNT])
{
    static struct world world;
    struct kit rebuilt;
    uint64_t said;

    world = (struct world){.seed = seed * UINT64_C(0x9E3779B97F4A7C15) | 1};
    print_message("WS_SEED=%llu\n", (unsigned long long)seed);
    kit_open(&world.kit);
    for (unsigned i = 1; i <= STEPS; i++) {
        adopt(&world, i);
        step(&world);
        if (i % CHECK_EVERY != 0)
            continue;
        allocation_check(&world.kit);
        check_leads(&world);
    }
    for (unsigned type = 1; type < EVENT_COUNT; type++) // else the run has not met what it is about
        seen[type] += fake_runtime_count_of(world.kit.fake, (enum event_type)type);
    do { // what time has brought is told in portions, and a minute late where a lease hid it: let it all be said
        said = fake_runtime_count(world.kit.fake);
        kit_pass(&world.kit, MINUTE_MS, 0);
    } while (fake_runtime_count(world.kit.fake) > said);
    kit_open_after(&rebuilt, &world.kit);
    kit_expect_equal(&world.kit, &rebuilt);
    allocation_check(&rebuilt);
    kit_close(&rebuilt);
    kit_close(&world.kit);
}

static void random_lives_keep_their_rules_and_are_rebuilt_alike(void **state)
{
    const char *only = getenv("WS_SEED");
    uint64_t seen[EVENT_COUNT] = {0};

    (void)state;
    if (only != NULL) {
        run(strtoull(only, NULL, 10), seen);
        return;
    }
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed, seen);
    for (unsigned type = 1; type < EVENT_COUNT; type++) {
        if (event_desc((enum event_type)type)->producer != PRODUCER_ALLOCATION)
            continue;
        print_message("%s: %llu\n", event_desc((enum event_type)type)->name, (unsigned long long)seen[type]);
        assert_true(seen[type] > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_lives_keep_their_rules_and_are_rebuilt_alike)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
