// SPDX-License-Identifier: MIT
// Who gets work: rosters, days off, caseloads, and the choice among workers who wait.
// Run by ctest.
#include "allocation_kit.h"

#include "common/base/tag.h"

enum { DAY_MS = 86400000, WAIT_MS = 60000 };

static int set_up(void **state)
{
    struct kit *kit = calloc(1, sizeof *kit);

    if (kit == NULL)
        return 1;
    kit_open(kit);
    *state = kit;
    return 0;
}

static int tear_down(void **state)
{
    struct kit *kit = *state;

    kit_close(kit);
    free(kit);
    return 0;
}

static void refer(struct kit *kit, uint64_t number, unsigned level)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .level = level});
}

// Several, and only then the tick that gives them to whoever waits.
static void refer_many(struct kit *kit, uint64_t first, unsigned n, unsigned level)
{
    for (uint64_t i = 0; i < n; i++)
        refer(kit, first + i, level);
}

static struct leased last_leased(struct kit *kit)
{
    static union event_data data;
    struct event head;

    assert_true(fake_runtime_last(kit->fake, EVENT_LEASED, &head, &data));
    return data.LEASED;
}

static enum answer accept_all(struct kit *kit, const char *worker, const struct taken *taken)
{
    for (uint64_t i = 0; i < taken->n_jobs; i++) {
        uint64_t referral;

        assert_true(tag_parse(taken->jobs[i].referral, 'R', &referral));
        if (kit_answer(kit, WORK_ACCEPT, worker, taken->token, referral, (unsigned)taken->jobs[i].part, taken->jobs[i].marks) != ANSWER_OK)
            return ANSWER_STALE;
    }
    return ANSWER_OK;
}

// ---------------------------------------------------------------- caseloads

static void who_is_on_no_roster_takes_what_is_asked_for(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer_many(kit, 1, 30, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 30, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 30);
}

static void nobody_on_a_roster_gets_more_than_fits(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    assert_int_equal(kit_roster(kit, "anna", "fsw", -1, 0), ANSWER_OK); // twelve by the policy: three families at level 3
    refer_many(kit, 1, 5, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 64, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 3);
    assert_int_equal(accept_all(kit, "anna", &taken), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_AT_CAPACITY);
    assert_int_equal(taken.queued, 2);
    assert_int_equal(kit_roster(kit, "anna", "fsw", 16, 0), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 64, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 1);
    allocation_check(kit);
}

static void a_case_that_ends_makes_room(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint64_t token;

    assert_int_equal(kit_roster(kit, "anna", "fsw", 4, 0), ANSWER_OK);
    refer_many(kit, 1, 2, 3);
    token = kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_AT_CAPACITY);
    assert_int_equal(kit_close_job(kit, 1, 0, "anna", token, OUTCOME_NEEDS_MET), ANSWER_OK);
    kit_accept_lead(kit, 2, "fsw", "anna");
}

static void one_case_is_taken_whatever_it_weighs_and_none_at_nought(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    assert_int_equal(kit_roster(kit, "anna", "fsw", 2, 0), ANSWER_OK);
    assert_int_equal(kit_roster(kit, "ben", "fsw", 0, 0), ANSWER_OK);
    refer_many(kit, 1, 2, 3);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_AT_CAPACITY);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_AT_CAPACITY);
}

static void level_4_is_taken_whatever_a_worker_has(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    assert_int_equal(kit_roster(kit, "anna", "specialist", 1, 0), ANSWER_BAD_REQUEST);
    assert_true(span_is(kit->refusal.path, "/team"));
    assert_int_equal(kit_away(kit, "anna", DAY_MS), ANSWER_OK);
    refer_many(kit, 1, 6, 4);
    assert_int_equal(kit_take(kit, "specialist", "anna", 6, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 6);
}

static void news_comes_to_a_worker_who_is_full(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    assert_int_equal(kit_roster(kit, "anna", "fsw", 4, 0), ANSWER_OK);
    refer(kit, 1, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    refer(kit, 2, 3); // another family's, which is more pressing
    kit_pass(kit, 1000, 1000);
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 1, .level = 3});
    assert_int_equal(kit_take(kit, "fsw", "anna", 4, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 1);
    assert_true(span_is(taken.jobs[0].news_of, "R0000000000001"));
    assert_int_equal(kit_take(kit, "fsw", "ben", 4, &taken), ANSWER_OK); // nothing was lost on the way
    assert_int_equal(taken.n_jobs, 1);
    allocation_check(kit);
}

// ---------------------------------------------------------------- away

static void who_is_away_gets_nothing(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint32_t ref;

    refer(kit, 1, 3);
    assert_int_equal(kit_away(kit, "anna", DAY_MS), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_AWAY);
    assert_int_equal(taken.queued, 1);
    kit_pass(kit, DAY_MS, 1000);
    kit_accept_lead(kit, 1, "fsw", "anna"); // back
    assert_int_equal(kit_away(kit, "anna", DAY_MS), ANSWER_OK);
    assert_int_equal(kit_away(kit, "anna", 0), ANSWER_OK); // back before it was over
    ref = kit_ask_take(kit, "fsw", "anna", 1, WAIT_MS);
    refer(kit, 2, 3);
    assert_int_equal(kit_taken(kit, ref, &taken), ANSWER_OK);
    for (unsigned i = 0; i < POST_AWAY_MAX; i++) {
        assert_int_equal(kit_away(kit, "anna", DAY_MS + i), ANSWER_OK);
        assert_int_equal(kit_away(kit, "anna", DAY_MS + i), ANSWER_OK); // told before: nothing more comes of it
    }
    assert_int_equal(kit_away(kit, "anna", DAY_MS - 1), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_away(kit, "anna", -1), ANSWER_OK);
    allocation_check(kit);
}

static void nothing_is_kept_for_whom_the_team_does_not_know(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 3, .team = "fsw", .to = "bne", .why = WHY_OTHER};

    refer(kit, 1, 3);
    step.token = kit_accept_lead(kit, 1, "fsw", "anna"); // on no roster
    refer(kit, 2, 3);
    assert_int_equal(kit_assign(kit, 2, 0, "bne"), ANSWER_OK); // there is none
    assert_int_equal(kit_roster(kit, "ben", "fsw", -1, 0), ANSWER_OK);
    assert_int_equal(kit_assign(kit, 2, 0, "cem"), ANSWER_BAD_REQUEST);
    assert_true(span_is(kit->refusal.path, "/worker"));
    assert_int_equal(kit_step(kit, &step), ANSWER_BAD_REQUEST);
    assert_true(span_is(kit->refusal.path, "/to_worker"));
    assert_int_equal(kit_assign(kit, 2, 0, "anna"), ANSWER_OK); // she works there
    step.to = "ben";
    assert_int_equal(kit_step(kit, &step), ANSWER_OK);
    allocation_check(kit);
}

static void the_roster_knows_days(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_pass_to(kit, kit_moment("2016-11-18T15:00:00Z")); // a Friday
    assert_int_equal(kit_roster(kit, "anna", "fsw", -1, UINT64_C(1) << WEEKDAY_MONDAY | UINT64_C(1) << WEEKDAY_FRIDAY), ANSWER_OK);
    refer_many(kit, 1, 3, 2);
    refer_many(kit, 4, 3, 3);
    kit_accept_lead(kit, 4, "fsw", "anna");
    kit_pass_to(kit, kit_moment("2016-11-19T10:00:00Z"));
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_AWAY);
    kit_pass_to(kit, kit_moment("2016-11-21T00:00:00Z"));
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
}

// ---------------------------------------------------------------- the choice

static void work_goes_to_who_has_least_and_the_event_says_so(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    struct leased leased;
    uint32_t anna, ben, cem, dora;

    refer(kit, 1, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_roster(kit, "cem", "fsw", 0, 0), ANSWER_OK);
    assert_int_equal(kit_away(kit, "dora", DAY_MS), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "dora", 1, &taken), ANSWER_AWAY);
    assert_int_equal(kit_away(kit, "dora", 0), ANSWER_OK);
    anna = kit_ask_take(kit, "fsw", "anna", 1, WAIT_MS); // she asked first
    ben = kit_ask_take(kit, "fsw", "ben", 1, WAIT_MS);
    dora = kit_ask_take(kit, "fsw", "dora", 1, WAIT_MS);
    cem = kit_ask_take(kit, "fsw", "cem", 1, WAIT_MS);
    assert_int_equal(kit_taken(kit, cem, &taken), ANSWER_AT_CAPACITY);
    assert_int_equal(kit_away(kit, "dora", DAY_MS), ANSWER_OK);
    refer(kit, 2, 3);
    assert_int_equal(kit_taken(kit, ben, &taken), ANSWER_OK);
    assert_int_equal(kit_taken(kit, anna, &taken), ANSWER_NONE);
    assert_int_equal(kit_taken(kit, dora, &taken), ANSWER_NONE);
    leased = last_leased(kit);
    assert_int_equal(leased.because, BECAUSE_LEAST_WORK);
    assert_int_equal(leased.n_passed_over, 2);
    assert_true(span_is(leased.passed_over[0].worker, "anna"));
    assert_int_equal(leased.passed_over[0].why, PASSED_MORE_WORK);
    assert_true(span_is(leased.passed_over[1].worker, "dora"));
    assert_int_equal(leased.passed_over[1].why, PASSED_AWAY);
}

static void nobody_else_waiting_nothing_is_told(void **state)
{
    struct kit *kit = *state;
    uint32_t ref = kit_ask_take(kit, "fsw", "anna", 1, WAIT_MS);
    struct taken taken;

    refer(kit, 1, 3);
    assert_int_equal(kit_taken(kit, ref, &taken), ANSWER_OK);
    assert_int_equal(last_leased(kit).because, BECAUSE_NONE);
    assert_int_equal(last_leased(kit).n_passed_over, 0);
}

// Workers who wait for work, asking again as soon as they got some, in an order that the seed makes.
enum { WORKERS = 4 };

struct crew {
    struct kit *kit;
    uint64_t seed;
    uint32_t refs[WORKERS];
    uint64_t n_got[WORKERS];
};

static const char *const names[WORKERS] = {"anna", "ben", "cem", "dora"};

static void ask_all(struct crew *crew)
{
    unsigned first = (unsigned)(crew->seed = crew->seed * 6364136223846793005U + 1442695040888963407U) % WORKERS;

    for (unsigned i = 0; i < WORKERS; i++) {
        unsigned worker = (first + i) % WORKERS;

        if (crew->refs[worker] == 0)
            crew->refs[worker] = kit_ask_take(crew->kit, "fsw", names[worker], 1, WAIT_MS);
    }
}

// Takes what has come to those who wait; `finish`: they end it at once.
static void work(struct crew *crew, bool finish)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        struct taken taken;
        uint64_t referral;
        enum answer answer = crew->refs[i] == 0 ? ANSWER_NONE : kit_taken(crew->kit, crew->refs[i], &taken);

        if (answer == ANSWER_NONE)
            continue;
        crew->refs[i] = 0;
        if (answer != ANSWER_OK)
            continue;
        crew->n_got[i] += taken.n_jobs;
        assert_int_equal(accept_all(crew->kit, names[i], &taken), ANSWER_OK);
        assert_true(tag_parse(taken.jobs[0].referral, 'R', &referral));
        if (finish)
            assert_int_equal(kit_close_job(crew->kit, referral, 0, names[i], taken.token, OUTCOME_NEEDS_MET), ANSWER_OK);
    }
}

static void work_is_in_proportion_to_what_each_can_take(void **state)
{
    static const int most[WORKERS] = {40, 40, 80, 160}; // a case of level 3 weighs 4: 10, 10, 20 and 40 of them
    struct crew crew = {.kit = *state, .seed = 7};

    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(kit_roster(crew.kit, names[i], "fsw", most[i], 0), ANSWER_OK);
    for (unsigned n = 1; n <= 80; n++) {
        ask_all(&crew);
        refer(crew.kit, n, 3);
        work(&crew, false);
        for (unsigned i = 0; i < WORKERS; i++) // at any time nobody is more than two cases ahead or behind of what would be just
            assert_in_range(80 * crew.n_got[i] + 160, (uint64_t)most[i] / 4 * n, (uint64_t)most[i] / 4 * n + 320);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(crew.n_got[i], most[i] / 4);
    allocation_check(crew.kit);
}

static void nobody_starves(void **state)
{
    struct crew crew = {.kit = *state, .seed = 11};

    for (unsigned n = 1; n <= 200; n++) {
        ask_all(&crew);
        refer(crew.kit, n, 3);
        work(&crew, true); // all are free again: who was served longest ago is next
    }
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(crew.n_got[i], 50);
}

// Runs the same referrals with workers who ask in an order that the seed makes; gives who got each.
static void run_crew(uint64_t seed, char got[100][8])
{
    static const int most[WORKERS] = {40, 24, 60, 16};
    struct kit kit;
    struct crew crew = {.kit = &kit, .seed = seed};

    kit_open(&kit);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(kit_roster(&kit, names[i], "fsw", most[i], 0), ANSWER_OK);
    for (unsigned n = 1; n <= 100; n++) {
        uint64_t leases = fake_runtime_count_of(kit.fake, EVENT_LEASED);

        ask_all(&crew);
        refer(&kit, n, 3);
        got[n - 1][0] = '\0';
        if (fake_runtime_count_of(kit.fake, EVENT_LEASED) > leases) {
            struct span worker = last_leased(&kit).worker;

            memcpy(got[n - 1], worker.at, worker.size);
            got[n - 1][worker.size] = '\0';
        }
        work(&crew, n % 3 != 0);
    }
    kit_close(&kit);
}

static void who_asks_first_does_not_matter(void **state)
{
    char got[2][100][8];

    (void)state;
    run_crew(7, got[0]);
    run_crew(12345, got[1]);
    for (unsigned n = 0; n < 100; n++)
        assert_string_equal(got[0][n], got[1][n]);
}

// The order of the queue and a full worker: the pressing case that does not fit is not hidden by easier ones behind it.
static void the_easier_case_is_not_given_past_the_pressing_one(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    assert_int_equal(kit_roster(kit, "anna", "fsw", 6, 0), ANSWER_OK);
    refer_many(kit, 1, 2, 3);
    refer(kit, 3, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_take(kit, "fsw", "anna", 2, &taken), ANSWER_AT_CAPACITY); // 4 of 6, and the next weighs 4
    assert_int_equal(taken.queued, 2);
}

static void same_events_same_choice(void **state)
{
    struct kit *kit = *state, after;
    struct taken taken;
    uint32_t refs[2];

    refer_many(kit, 1, 2, 3);
    kit_accept_lead(kit, 1, "fsw", "ben");
    kit_accept_lead(kit, 2, "fsw", "anna"); // as much work, served later
    kit_open_after(&after, kit);
    refs[0] = kit_ask_take(kit, "fsw", "anna", 1, WAIT_MS);
    refs[1] = kit_ask_take(kit, "fsw", "ben", 1, WAIT_MS);
    refer(kit, 3, 3);
    assert_int_equal(kit_taken(kit, refs[1], &taken), ANSWER_OK);
    assert_int_equal(last_leased(kit).because, BECAUSE_LONGEST_UNSERVED);
    refs[0] = kit_ask_take(&after, "fsw", "anna", 1, WAIT_MS); // what was rebuilt from the log chooses alike
    refs[1] = kit_ask_take(&after, "fsw", "ben", 1, WAIT_MS);
    refer(&after, 3, 3);
    assert_int_equal(kit_taken(&after, refs[1], &taken), ANSWER_OK);
    kit_close(&after);
    kit_restart(kit, true);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 3, 0, 0), ANSWER_OK);
    refs[1] = kit_ask_take(kit, "fsw", "ben", 1, WAIT_MS); // and so does what was saved: ben has more now
    refs[0] = kit_ask_take(kit, "fsw", "anna", 1, WAIT_MS);
    refer(kit, 4, 3);
    assert_int_equal(kit_taken(kit, refs[0], &taken), ANSWER_OK);
}

// ---------------------------------------------------------------- linked families

static void linked_families_never_have_the_same_worker(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint32_t anna, ben;

    kit_link(kit, 1, 2);
    refer_many(kit, 1, 3, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_take(kit, "fsw", "anna", 3, &taken), ANSWER_OK); // the third, not the second
    assert_int_equal(taken.n_jobs, 1);
    assert_true(span_is(taken.jobs[0].referral, "R0000000000003"));
    assert_int_equal(kit_take(kit, "fsw", "anna", 3, &taken), ANSWER_EMPTY);
    kit_accept_lead(kit, 2, "fsw", "ben");
    kit_refer(kit, &(struct kit_referral){.number = 4, .family = 2, .level = 3, .child_months = 100}); // news of ben's case
    assert_int_equal(kit_take(kit, "fsw", "anna", 3, &taken), ANSWER_EMPTY);
    anna = kit_ask_take(kit, "fsw", "anna", 1, WAIT_MS);
    ben = kit_ask_take(kit, "fsw", "ben", 1, WAIT_MS);
    assert_int_equal(kit_taken(kit, ben, &taken), ANSWER_OK);
    assert_int_equal(kit_taken(kit, anna, &taken), ANSWER_NONE);
    allocation_check(kit);
}

static void not_in_one_lease_either(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_link(kit, 1, 2);
    refer_many(kit, 1, 2, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 2, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 1);
    assert_int_equal(kit_take(kit, "fsw", "anna", 2, &taken), ANSWER_EMPTY); // she is still looking at the first
}

static void the_event_says_who_was_passed_over_for_it(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    struct leased leased;
    uint32_t anna, ben;

    kit_link(kit, 1, 5);
    refer(kit, 1, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    refer_many(kit, 2, 2, 3);
    kit_accept_lead(kit, 2, "fsw", "ben");
    kit_accept_lead(kit, 3, "fsw", "ben");
    anna = kit_ask_take(kit, "fsw", "anna", 1, WAIT_MS); // she has least
    ben = kit_ask_take(kit, "fsw", "ben", 1, WAIT_MS);
    refer(kit, 5, 3);
    assert_int_equal(kit_taken(kit, ben, &taken), ANSWER_OK);
    assert_int_equal(kit_taken(kit, anna, &taken), ANSWER_NONE);
    leased = last_leased(kit);
    assert_int_equal(leased.n_passed_over, 1);
    assert_true(span_is(leased.passed_over[0].worker, "anna"));
    assert_int_equal(leased.passed_over[0].why, PASSED_KEPT_APART);
}

static void a_link_that_comes_between_lease_and_accept_is_kept(void **state)
{
    struct kit *kit = *state;
    struct taken first, second;

    refer_many(kit, 1, 2, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &first), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &second), ANSWER_OK);
    kit_link(kit, 1, 2);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", first.token, 1, 0, first.jobs[0].marks), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", second.token, 2, 0, second.jobs[0].marks), ANSWER_KEPT_APART);
    assert_int_equal(kit_answer(kit, WORK_RELEASE, "anna", second.token, 2, 0, 0), ANSWER_OK);
    kit_accept_lead(kit, 2, "fsw", "ben");
}

static void a_link_that_comes_too_late_comes_to_a_person(void **state)
{
    struct kit *kit = *state;

    refer_many(kit, 1, 2, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    kit_accept_lead(kit, 2, "fsw", "anna");
    kit_link(kit, 1, 2);
    assert_true(kit_part(kit, 1, REASON_KEPT_APART) > 0);
    assert_int_equal(kit_confirm(kit, 1, kit_part(kit, 1, REASON_KEPT_APART)), ANSWER_OK);
    allocation_check(kit);
}

static void households_are_kept_apart_and_one_household_is_not(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_link(kit, 11, 2);
    kit_say(kit, 1, 11, FAMILY_VERDICT_SAME);
    refer_many(kit, 1, 2, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_EMPTY);
    kit_say(kit, 11, 2, FAMILY_VERDICT_SAME); // a person knows better
    kit_accept_lead(kit, 2, "fsw", "anna");
}

static void level_4_is_not_kept_waiting_by_a_link(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_link(kit, 1, 2);
    refer_many(kit, 1, 2, 4);
    assert_int_equal(kit_take(kit, "specialist", "anna", 2, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 2);
}

static void a_case_is_not_offered_to_whom_it_is_kept_apart_from(void **state)
{
    struct kit *kit = *state;
    struct kit_step step = {.referral = 1, .by = "anna", .level = 3, .team = "fsw", .to = "ben", .why = WHY_OTHER_TEAM_FITS};

    kit_link(kit, 1, 2);
    refer_many(kit, 1, 2, 3);
    step.token = kit_accept_lead(kit, 1, "fsw", "anna");
    kit_accept_lead(kit, 2, "fsw", "ben");
    assert_int_equal(kit_step(kit, &step), ANSWER_BAD_REQUEST);
    assert_true(span_is(kit->refusal.path, "/to_worker"));
}

// ---------------------------------------------------------------- continuity

static struct allocated last_allocated(struct kit *kit)
{
    static union event_data data;
    struct event head;

    assert_true(fake_runtime_last(kit->fake, EVENT_ALLOCATED, &head, &data));
    return data.ALLOCATED;
}

// The family's case ends, so many days ago.
static void close_case(struct kit *kit, uint64_t referral, const char *worker, int64_t days)
{
    uint64_t token;

    refer(kit, referral, 3);
    token = kit_accept_lead(kit, referral, "fsw", worker);
    assert_int_equal(kit_close_job(kit, referral, 0, worker, token, OUTCOME_NEEDS_MET), ANSWER_OK);
    kit_pass(kit, days * DAY_MS, 1000);
}

static void refer_again(struct kit *kit, uint64_t number, uint64_t family)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .family = family, .level = 3});
}

static void a_family_that_comes_again_goes_back_to_its_worker(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_pass_to(kit, kit_moment("2016-11-14T10:00:00Z"));
    close_case(kit, 1, "anna", 30);
    refer_again(kit, 2, 1);
    assert_true(span_is(last_allocated(kit).for_worker, "anna"));
    assert_int_equal(last_allocated(kit).because, BECAUSE_PREVIOUS_WORKER);
    assert_int_equal(last_allocated(kit).kept_until, kit_moment("2016-12-15T17:00:00Z")); // one working day
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_EMPTY);
    allocation_check(kit);
    kit_accept_lead(kit, 2, "fsw", "anna");
    assert_int_equal(last_leased(kit).because, BECAUSE_PREVIOUS_WORKER);
    allocation_check(kit);
}

static void it_is_anybodys_when_it_was_kept_long_enough(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint32_t ben;

    kit_pass_to(kit, kit_moment("2016-11-14T10:00:00Z"));
    close_case(kit, 1, "anna", 30);
    refer_again(kit, 2, 1);
    kit_restart(kit, true); // it stays kept
    ben = kit_ask_take(kit, "fsw", "ben", 1, WAIT_MS);
    assert_int_equal(kit_taken(kit, ben, &taken), ANSWER_NONE);
    kit_pass(kit, 2 * DAY_MS, 1000);
    assert_int_equal(kit_taken(kit, ben, &taken), ANSWER_OK);
    assert_int_equal(last_leased(kit).because, BECAUSE_NONE);
    assert_int_equal(kit_answer(kit, WORK_RELEASE, "ben", taken.token, 2, 0, 0), ANSWER_OK); // and stays so
    kit_accept_lead(kit, 2, "fsw", "cem");
    allocation_check(kit);
}

static void after_twelve_weeks_it_is_new(void **state)
{
    struct kit *kit = *state;

    close_case(kit, 1, "anna", 90);
    refer_again(kit, 2, 1);
    assert_int_equal(last_allocated(kit).for_worker.size, 0);
    kit_accept_lead(kit, 2, "fsw", "ben");
}

static void nothing_is_kept_for_who_cannot_have_it(void **state)
{
    struct kit *kit = *state;

    for (uint64_t family = 1; family <= 3; family++)
        close_case(kit, family, "anna", 1);
    assert_int_equal(kit_away(kit, "anna", DAY_MS), ANSWER_OK);
    refer_again(kit, 11, 1);
    assert_int_equal(last_allocated(kit).for_worker.size, 0);
    assert_int_equal(kit_away(kit, "anna", 0), ANSWER_OK);
    assert_int_equal(kit_roster(kit, "anna", "fsw", 0, 0), ANSWER_OK);
    refer_again(kit, 12, 2);
    assert_int_equal(last_allocated(kit).for_worker.size, 0);
    assert_int_equal(kit_roster(kit, "anna", "fsw", -1, 0), ANSWER_OK);
    refer_again(kit, 13, 3);
    assert_true(span_is(last_allocated(kit).for_worker, "anna"));
    assert_int_equal(kit_away(kit, "anna", DAY_MS), ANSWER_OK); // since then: nobody waits for her
    kit_pass(kit, 0, 1000);
    refer_many(kit, 14, 1, 3);
    for (unsigned i = 0; i < 4; i++) {
        struct taken taken;

        assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    }
    allocation_check(kit);
}

static void a_person_sends_it_back_to_the_worker_who_knows_the_family(void **state)
{
    struct kit *kit = *state;

    close_case(kit, 1, "anna", 5);
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 1, .level = 3, .consent = CONSENT_REFUSED});
    kit_expect(kit, 2, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_override(kit, 2, 0, "fsw", 3, WHY_CONSENT_OBTAINED), ANSWER_OK);
    assert_true(span_is(last_allocated(kit).for_worker, "anna"));
    kit_accept_lead(kit, 2, "fsw", "anna");
}

static void only_the_last_workers_are_remembered(void **state)
{
    struct kit *kit = *state;
    struct family_workers workers;

    for (uint64_t number = 1; number <= 6; number++) {
        char name[2] = {(char)('a' + number), '\0'};
        uint64_t token;

        refer_again(kit, number, 1);
        assert_int_equal(kit_assign(kit, number, 0, name), ANSWER_OK);
        token = kit_accept_lead(kit, number, "fsw", name);
        assert_int_equal(kit_close_job(kit, number, 0, name, token, OUTCOME_NEEDS_MET), ANSWER_OK);
    }
    family_case_workers(&kit->allocation->families, &kit->allocation->jobs, 1, &workers);
    assert_int_equal(workers.n, FAMILY_CASE_ENDED_MAX);
    assert_true(workers.at[0].worker[0] == 'd' && workers.at[3].worker[0] == 'g');
    assert_int_equal(kit_reopen(kit, 6, "manager"), ANSWER_OK); // an open one again
    kit_accept_lead(kit, 6, "fsw", "g");
    family_case_workers(&kit->allocation->families, &kit->allocation->jobs, 1, &workers);
    assert_int_equal(workers.n, FAMILY_CASE_ENDED_MAX);
    assert_true(workers.at[3].open);
}

// ---------------------------------------------------------------- assign

static void a_person_names_a_worker(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer_many(kit, 1, 2, 3);
    assert_int_equal(kit_assign(kit, 1, 0, "ben"), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 2, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 1);
    assert_true(span_is(taken.jobs[0].referral, "R0000000000002"));
    allocation_check(kit);
    assert_int_equal(kit_assign(kit, 1, 0, "cem"), ANSWER_OK); // another
    assert_int_equal(kit_take(kit, "fsw", "ben", 2, &taken), ANSWER_EMPTY);
    allocation_check(kit);
    assert_int_equal(kit_roster(kit, "cem", "fsw", 0, 0), ANSWER_OK); // whatever cem has
    kit_accept_lead(kit, 1, "fsw", "cem");
    assert_int_equal(last_leased(kit).because, BECAUSE_NAMED);
    assert_int_equal(kit_assign(kit, 9, 0, "cem"), ANSWER_NOT_FOUND);
}

static void a_named_worker_is_unnamed(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint32_t ben;

    refer(kit, 1, 3);
    assert_int_equal(kit_assign(kit, 1, 0, "anna"), ANSWER_OK);
    ben = kit_ask_take(kit, "fsw", "ben", 1, WAIT_MS);
    assert_int_equal(kit_assign(kit, 1, 0, NULL), ANSWER_OK);
    kit_pass(kit, 0, 0);
    assert_int_equal(kit_taken(kit, ben, &taken), ANSWER_OK);
    allocation_check(kit);
}

static void some_cannot_be_named(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_link(kit, 1, 2);
    refer_many(kit, 1, 2, 3);
    refer(kit, 3, 4);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_assign(kit, 2, 0, "anna"), ANSWER_BAD_REQUEST); // kept apart
    assert_int_equal(kit_away(kit, "ben", DAY_MS), ANSWER_OK);
    assert_int_equal(kit_assign(kit, 2, 0, "ben"), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_assign(kit, 3, 0, "cem"), ANSWER_BAD_REQUEST); // level 4
    assert_int_equal(kit_take(kit, "fsw", "cem", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_assign(kit, 2, 0, "dora"), ANSWER_BAD_REQUEST); // cem is looking at it
}

static void a_case_is_offered_to_who_is_named(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    struct job_row lead;
    unsigned part;

    refer(kit, 1, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    assert_int_equal(kit_assign(kit, 1, 0, "ben"), ANSWER_OK);
    part = kit_part(kit, 1, REASON_HANDOVER);
    assert_true(part > 0);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, part, 0), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw");
    lead = kit_row(kit, 1, 0);
    assert_true(span_is(job_worker(&lead), "ben"));
    allocation_check(kit);
}

// ---------------------------------------------------------------- capacity

// Parenting support in the north; gives the team that the part came to.
static const char *refer_parenting(struct kit *kit, uint64_t number, bool elsewhere)
{
    kit_refer(kit, &(struct kit_referral){
                       .number = number, .level = 3, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 30, .elsewhere = elsewhere});
    return kit_team(kit, number, 1);
}

static void a_full_teams_work_goes_elsewhere_only_if_the_family_agrees(void **state)
{
    struct kit *kit = *state;

    assert_string_equal(refer_parenting(kit, 1, true), "flying-start-north"); // it has room
    assert_int_equal(kit_capacity(kit, "flying-start-north", CAPACITY_FULL, 0), ANSWER_OK);
    assert_string_equal(refer_parenting(kit, 2, false), "flying-start-north"); // it waits there
    assert_string_equal(refer_parenting(kit, 3, true), "flying-start-west");
    assert_true(span_is(last_allocated(kit).instead_of, "flying-start-north"));
    assert_int_equal(last_allocated(kit).level, 3);
    assert_int_equal(kit_capacity(kit, "flying-start-west", CAPACITY_WAITLIST, 0), ANSWER_OK);
    assert_string_equal(refer_parenting(kit, 4, true), "flying-start-central");
    assert_int_equal(kit_capacity(kit, "flying-start-central", CAPACITY_FULL, 0), ANSWER_OK);
    assert_int_equal(kit_capacity(kit, "flying-start-south", CAPACITY_FULL, 0), ANSWER_OK);
    assert_string_equal(refer_parenting(kit, 5, true), "flying-start-north"); // all are full
    kit_restart(kit, true);
    assert_int_equal(kit_capacity(kit, "flying-start-central", CAPACITY_AVAILABLE, 0), ANSWER_OK);
    assert_string_equal(refer_parenting(kit, 6, true), "flying-start-central");
    assert_int_equal(kit_capacity(kit, "flying-start-north", CAPACITY_ASSESSMENT, 0), ANSWER_OK);
    assert_string_equal(refer_parenting(kit, 7, true), "flying-start-north");
    allocation_check(kit);
}

static void a_team_is_full_no_longer_than_was_said(void **state)
{
    struct kit *kit = *state;

    assert_int_equal(kit_capacity(kit, "flying-start-north", CAPACITY_FULL, DAY_MS), ANSWER_OK);
    assert_string_equal(refer_parenting(kit, 1, true), "flying-start-west");
    kit_pass(kit, DAY_MS, 1000);
    assert_string_equal(refer_parenting(kit, 2, true), "flying-start-north");
    assert_int_equal(kit_capacity(kit, "specialist", CAPACITY_FULL, 0), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_capacity(kit, "hub-decision", CAPACITY_FULL, 0), ANSWER_BAD_REQUEST);
}

static struct queue_depth queue_of(struct kit *kit, const char *team)
{
    struct queues_of asked = {.team = span_text(team)};
    static struct queues queues;

    SET_HAS(&asked, queues_of, team);
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_QUEUES, &asked), &record_queues, &queues));
    assert_int_equal(queues.n_queues, 1);
    return queues.queues[0];
}

static void a_queue_says_what_room_there_is_and_how_long_it_will_take(void **state)
{
    struct kit *kit = *state;
    struct queue_depth queue;

    refer_many(kit, 1, 12, 3);
    queue = queue_of(kit, "fsw");
    assert_false(HAS(&queue, queue_depth, free) || HAS(&queue, queue_depth, capacity) || HAS(&queue, queue_depth, expected_wait_ms));
    assert_int_equal(kit_roster(kit, "anna", "fsw", 20, 0), ANSWER_OK);
    assert_int_equal(kit_roster(kit, "ben", "fsw", 10, 0), ANSWER_OK);
    assert_int_equal(kit_capacity(kit, "fsw", CAPACITY_WAITLIST, DAY_MS), ANSWER_OK);
    for (uint64_t number = 1; number <= 4; number++) { // one an hour
        kit_accept_lead(kit, number, "fsw", "anna");
        kit_pass(kit, 3600000, 1000);
    }
    assert_int_equal(kit_assign(kit, 5, 0, "ben"), ANSWER_OK);
    queue = queue_of(kit, "fsw");
    assert_int_equal(queue.queued, 8);
    assert_int_equal(queue.reserved, 1);
    assert_int_equal(queue.capacity, CAPACITY_WAITLIST);
    assert_int_equal(queue.free, 4 + 10);
    assert_in_range(queue.expected_wait_ms, 8 * 3600000 - 10000, 8 * 3600000);
    assert_int_equal(kit_away(kit, "ben", DAY_MS), ANSWER_OK);
    assert_int_equal(queue_of(kit, "fsw").free, 4);
}

// ---------------------------------------------------------------- what is told

static void workers_and_their_cases_are_told(void **state)
{
    struct kit *kit = *state;
    struct workers_of asked = {0};
    struct jobs_of jobs_of = {0};
    static struct workers workers;
    static struct jobs jobs;

    assert_int_equal(kit_roster(kit, "anna", "fsw", 12, 0), ANSWER_OK);
    assert_int_equal(kit_roster(kit, "ben", "taf", -1, UINT64_C(1) << WEEKDAY_MONDAY), ANSWER_OK);
    refer_many(kit, 1, 2, 3);
    kit_accept_lead(kit, 1, "fsw", "anna");
    PUT(&asked, workers_of, worker, span_text("anna"));
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_WORKERS, &asked), &record_workers, &workers));
    assert_int_equal(workers.n_workers, 1);
    assert_int_equal(workers.workers[0].cases, 1);
    assert_int_equal(workers.workers[0].load, 4);
    assert_int_equal(workers.workers[0].most, 12);
    PUT(&jobs_of, jobs_of, worker, span_text("anna"));
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_JOBS, &jobs_of), &record_jobs, &jobs));
    assert_int_equal(jobs.n_jobs, 1);
    assert_true(span_is(jobs.jobs[0].referral, "R0000000000001"));
    asked = (struct workers_of){0};
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_WORKERS, &asked), &record_workers, &workers));
    assert_int_equal(workers.n_workers, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_is_on_no_roster_takes_what_is_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_on_a_roster_gets_more_than_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_case_that_ends_makes_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_case_is_taken_whatever_it_weighs_and_none_at_nought, set_up, tear_down),
        cmocka_unit_test_setup_teardown(level_4_is_taken_whatever_a_worker_has, set_up, tear_down),
        cmocka_unit_test_setup_teardown(news_comes_to_a_worker_who_is_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_away_gets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_kept_for_whom_the_team_does_not_know, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_roster_knows_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(work_goes_to_who_has_least_and_the_event_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_else_waiting_nothing_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(work_is_in_proportion_to_what_each_can_take, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_starves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_asks_first_does_not_matter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_easier_case_is_not_given_past_the_pressing_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(same_events_same_choice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(linked_families_never_have_the_same_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(not_in_one_lease_either, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_event_says_who_was_passed_over_for_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_that_comes_between_lease_and_accept_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_that_comes_too_late_comes_to_a_person, set_up, tear_down),
        cmocka_unit_test_setup_teardown(households_are_kept_apart_and_one_household_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(level_4_is_not_kept_waiting_by_a_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_case_is_not_offered_to_whom_it_is_kept_apart_from, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_family_that_comes_again_goes_back_to_its_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_anybodys_when_it_was_kept_long_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(after_twelve_weeks_it_is_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_kept_for_who_cannot_have_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_person_sends_it_back_to_the_worker_who_knows_the_family, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_last_workers_are_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_person_names_a_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_named_worker_is_unnamed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(some_cannot_be_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_case_is_offered_to_who_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_teams_work_goes_elsewhere_only_if_the_family_agrees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_team_is_full_no_longer_than_was_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_queue_says_what_room_there_is_and_how_long_it_will_take, set_up, tear_down),
        cmocka_unit_test_setup_teardown(workers_and_their_cases_are_told, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
