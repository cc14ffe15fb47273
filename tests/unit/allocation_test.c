// SPDX-License-Identifier: MIT
// The allocation daemon: queues, leases and cases. Decisions, holds and clocks: allocation_decide_test.
#include "allocation_kit.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000, LEASE_MS = 15 * MINUTE_MS };

static int set_up(void **state)
{
    static struct kit kit;

    kit_open(&kit);
    *state = &kit;
    return 0;
}

static int tear_down(void **state)
{
    kit_close(*state);
    return 0;
}

static void refer(struct kit *kit, uint64_t number, unsigned level)
{
    kit_refer(kit, &(struct kit_referral){.number = number, .level = level});
}

// ---------------------------------------------------------------- the way of a job

static void a_referral_is_queued_leased_and_accepted(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    union event_data data;
    struct event head;

    refer(kit, 1, 3);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_true(fake_runtime_last(kit->fake, EVENT_ALLOCATED, &head, &data));
    assert_int_equal(head.cause, 2); // the triaged event
    assert_true(span_is(data.ALLOCATED.rule, "INTENSIVE"));

    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_LEASED, "fsw");
    assert_true(fake_runtime_last(kit->fake, EVENT_LEASED, &head, &data));
    assert_int_equal(taken.token, event_number(head.id)); // the token is the event's own number
    assert_int_equal(taken.n_jobs, 1);
    assert_int_equal(taken.jobs[0].attempt, 1);
    assert_int_equal(taken.jobs[0].sequence, 2);
    assert_int_equal(taken.lease_ms, LEASE_MS);

    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw");
    allocation_check(kit);
}

static void accept_is_once_only(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 0, 0), ANSWER_STALE);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token + 1, 1, 0, 0), ANSWER_STALE);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 9, 0, 0), ANSWER_NOT_FOUND);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_OK); // again: the first answer
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_ACCEPTED), 1);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", taken.token, 1, 0, 0), ANSWER_STALE);
    assert_int_equal(kit_answer(kit, WORK_RELEASE, "anna", taken.token, 1, 0, 0), ANSWER_STALE);
    assert_int_equal(kit_decline(kit, "anna", taken.token, 1), ANSWER_STALE);
}

static void one_accept_may_name_a_job_twice(void **state)
{
    struct kit *kit = *state;
    struct answer_jobs asked = {.worker = span_text("anna"), .n_jobs = 2};
    struct answered answered;
    struct taken taken;

    refer(kit, 1, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    asked.token = taken.token;
    asked.jobs[0].referral = asked.jobs[1].referral = taken.jobs[0].referral;
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_ACCEPT, &asked), &record_answered, &answered));
    assert_int_equal(answered.answer, ANSWER_OK);
    assert_int_equal(answered.n_jobs, 2);
    allocation_check(kit);
}

static void level_then_due_then_sequence_is_the_order(void **state)
{
    struct kit *kit = *state;
    int64_t now_ms = fake_runtime_clock(kit->fake)->wall_ms;
    struct taken taken;
    const uint64_t expected[] = {4, 5, 2, 3, 1};

    // one queue with several levels: the person's override sends them there
    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2});
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 3});
    kit_refer(kit, &(struct kit_referral){.number = 3, .level = 3});
    kit_refer(kit, &(struct kit_referral){.number = 4, .level = 3, .received_ms = now_ms - 5 * DAY_MS});
    kit_refer(kit, &(struct kit_referral){.number = 5, .level = 3, .received_ms = now_ms - 2 * DAY_MS});
    assert_int_equal(kit_take(kit, "taf", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_decline(kit, "anna", taken.token, 1), ANSWER_OK);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 0, WHY_OTHER_TEAM_FITS), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 64, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 5);
    for (unsigned i = 0; i < 5; i++) {
        struct job_row row = kit_row(kit, expected[i], 0);

        assert_int_equal(taken.jobs[i].due, row.due_ms);
        assert_int_equal(taken.jobs[i].sequence, row.input);
    }
    allocation_check(kit);
}

static void one_take_gives_at_most_what_it_asks(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    for (uint64_t number = 1; number <= 70; number++)
        refer(kit, number, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 64, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 64);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_LEASED), 1);
    assert_int_equal(kit_take(kit, "fsw", "ben", 4, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 4);
    allocation_check(kit);
}

static void unknown_teams_and_the_hub_give_no_jobs(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 1});
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_take(kit, "nobody", "anna", 1, &taken), ANSWER_NOT_FOUND);
    assert_int_equal(kit_take(kit, "hub-decision", "anna", 1, &taken), ANSWER_NOT_ALLOWED);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_EMPTY);
}

// ---------------------------------------------------------------- takes that wait

static void a_take_waits_for_work(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint32_t first = kit_ask_take(kit, "fsw", "anna", 1, 5000);
    uint32_t second = kit_ask_take(kit, "fsw", "ben", 64, 9000);

    assert_int_equal(kit_taken(kit, first, &taken), ANSWER_NONE);
    refer(kit, 1, 3);
    assert_int_equal(kit_taken(kit, first, &taken), ANSWER_OK); // first come, first served
    assert_int_equal(kit_taken(kit, second, &taken), ANSWER_NONE);
    refer(kit, 2, 3);
    assert_int_equal(kit_taken(kit, second, &taken), ANSWER_OK);
    kit_expect(kit, 2, 0, STATE_LEASED, "fsw");
    allocation_check(kit);
}

static void a_take_ends_empty_when_its_time_is_up(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint32_t first = kit_ask_take(kit, "fsw", "anna", 1, 5000), second = kit_ask_take(kit, "tys", "ben", 1, 9000);

    kit_pass(kit, DAY_MS, 4999); // the wall clock does not count
    assert_int_equal(kit_taken(kit, first, &taken), ANSWER_NONE);
    kit_pass(kit, 0, 1);
    assert_int_equal(kit_taken(kit, first, &taken), ANSWER_EMPTY);
    kit_pass(kit, 0, 4000);
    assert_int_equal(kit_taken(kit, second, &taken), ANSWER_EMPTY);
    refer(kit, 1, 3);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
}

static void too_many_takes_are_told_so_but_not_those_for_level_4(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint32_t last = 0;

    for (unsigned i = 0; i < PARKED_TAKE_MAX - PARKED_TAKE_RESERVED; i++)
        last = kit_ask_take(kit, "fsw", "anna", 1, 60000);
    assert_int_equal(kit_taken(kit, last, &taken), ANSWER_NONE);
    assert_int_equal(kit_taken(kit, kit_ask_take(kit, "fsw", "anna", 1, 60000), &taken), ANSWER_BUSY);
    assert_true(taken.retry_after_ms > 0);
    last = kit_ask_take(kit, "specialist", "anna", 1, 60000);
    assert_int_equal(kit_taken(kit, last, &taken), ANSWER_NONE);
    refer(kit, 1, 4);
    assert_int_equal(kit_taken(kit, last, &taken), ANSWER_OK);
}

// ---------------------------------------------------------------- leases

static void a_lease_ends_by_the_boot_clock_and_a_late_accept_is_stale(void **state)
{
    struct kit *kit = *state;
    struct taken first, second;

    refer(kit, 1, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &first), ANSWER_OK);
    kit_pass(kit, HOUR_MS, LEASE_MS - 1); // setting the wall clock ends no lease
    kit_expect(kit, 1, 0, STATE_LEASED, "fsw");
    kit_pass(kit, 0, 1);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", first.token, 1, 0, 0), ANSWER_STALE);
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &second), ANSWER_OK);
    assert_int_equal(second.jobs[0].attempt, 2);
    assert_true(second.token > first.token);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", first.token, 1, 0, 0), ANSWER_STALE);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "ben", second.token, 1, 0, 0), ANSWER_OK);
    allocation_check(kit);
}

static void extend_keeps_a_lease_and_release_gives_it_back(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_pass(kit, 0, LEASE_MS - 1);
    assert_int_equal(kit_answer(kit, WORK_EXTEND, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    kit_pass(kit, 0, LEASE_MS - 1);
    kit_expect(kit, 1, 0, STATE_LEASED, "fsw");
    assert_int_equal(kit_answer(kit, WORK_RELEASE, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 1, 0).attempts, 1); // it counts as an attempt
    kit_pass(kit, 0, LEASE_MS);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_LAPSED), 0);
    allocation_check(kit);
}

static void jobs_of_one_lease_lapse_in_one_event(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    for (uint64_t number = 1; number <= 6; number++)
        refer(kit, number, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 4, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 2, 0, 0), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "ben", 4, &taken), ANSWER_OK);
    kit_pass(kit, 0, LEASE_MS);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_LAPSED), 2);
    kit_expect(kit, 2, 0, STATE_ACCEPTED, "fsw");
    kit_expect(kit, 6, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

static void attempt(struct kit *kit, const char *team, bool release)
{
    struct taken taken;

    assert_int_equal(kit_take(kit, team, "anna", 1, &taken), ANSWER_OK);
    if (release)
        assert_int_equal(kit_answer(kit, WORK_RELEASE, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    else
        kit_pass(kit, 0, LEASE_MS);
}

static void after_five_attempts_a_job_is_dead(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 3);
    for (unsigned i = 0; i < 5; i++) {
        kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
        attempt(kit, "fsw", i == 2);
    }
    kit_expect(kit, 1, 0, STATE_DEAD, "hub-decision");
    allocation_check(kit);
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK); // back to where it was
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 1, 0).attempts, 0);
    allocation_check(kit);
}

static void level_4_is_never_dead(void **state)
{
    struct kit *kit = *state;
    struct job_row row;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 4, .consent = CONSENT_REFUSED});
    for (unsigned i = 0; i < 5; i++)
        attempt(kit, "specialist", i == 4);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    row = kit_row(kit, 1, 0);
    assert_int_equal(row.reason, REASON_FIVE_ATTEMPTS);
    assert_int_equal(row.proposal, NAME_SPECIALIST);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_DEAD), 0);
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    allocation_check(kit);
}

static void after_a_restart_a_lease_has_its_whole_length(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_pass(kit, LEASE_MS - 1, LEASE_MS - 1);
    for (unsigned saved = 0; saved < 2; saved++) {
        kit_restart(kit, saved == 1);
        fake_runtime_clock(kit->fake)->boot_ms = 500; // a new boot
        kit_restart(kit, false);
        kit_pass(kit, LEASE_MS - 1, LEASE_MS - 1);
        kit_expect(kit, 1, 0, STATE_LEASED, "fsw");
    }
    kit_pass(kit, 1, 1);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

static void marks_must_be_answered(void **state)
{
    struct kit *kit = *state;
    const uint64_t both = UINT64_C(1) << MARK_SINGLE_INDICATOR | UINT64_C(1) << MARK_CLAIM_ABOVE_COMPUTED;
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 3, .marks = both});
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(taken.jobs[0].marks, both);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_MARKS_UNANSWERED);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, UINT64_C(1) << MARK_SINGLE_INDICATOR),
                     ANSWER_MARKS_UNANSWERED);
    kit_expect(kit, 1, 0, STATE_LEASED, "fsw");
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, both), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw");
}

// ---------------------------------------------------------------- families

static void news_goes_to_the_worker_who_has_the_case(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    uint32_t waiting;

    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 7, .level = 3});
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 7, .level = 2}); // nobody has accepted: any worker of the team
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 2, 0).news_of, 1);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_OK);

    assert_int_equal(kit_take(kit, "fsw", "ben", 64, &taken), ANSWER_EMPTY); // not ben's
    waiting = kit_ask_take(kit, "fsw", "cem", 64, 60000);
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 7, .level = 3});
    assert_int_equal(kit_taken(kit, waiting, &taken), ANSWER_NONE);
    allocation_check(kit);
    assert_int_equal(kit_take(kit, "fsw", "anna", 64, &taken), ANSWER_OK);
    assert_int_equal(taken.n_jobs, 2);
    kit_expect(kit, 2, 0, STATE_LEASED, "fsw");
    kit_expect(kit, 3, 0, STATE_LEASED, "fsw");
    allocation_check(kit);
}

static void a_higher_level_for_an_open_family_is_a_step_up(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    struct job_row row;

    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 7, .level = 2});
    kit_expect(kit, 1, 0, STATE_QUEUED, "taf");
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 7, .level = 3});
    kit_expect(kit, 2, 0, STATE_DECIDING, "hub-decision");
    row = kit_row(kit, 2, 0);
    assert_int_equal(row.reason, REASON_STEP_UP);
    assert_int_equal(row.news_of, 1);
    kit_expect(kit, 2, 1, STATE_QUEUED, "taf"); // the news
    assert_int_equal(kit_confirm(kit, 2, 0), ANSWER_OK);
    kit_expect(kit, 2, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 2, 0).news_of, 0); // a case of its own
    assert_int_equal(kit_take(kit, "fsw", "ben", 1, &taken), ANSWER_OK);
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 7, .level = 3});
    assert_int_equal(kit_row(kit, 3, 0).news_of, 2); // the higher case
    allocation_check(kit);
}

static void level_4_goes_to_specialist_whatever_is_open(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .family = 7, .level = 3});
    kit_refer(kit, &(struct kit_referral){.number = 2, .family = 7, .level = 4, .without_consent = true});
    kit_expect(kit, 2, 0, STATE_QUEUED, "specialist");
    kit_refer(kit, &(struct kit_referral){.number = 3, .family = 7, .level = 3});
    assert_int_equal(kit_row(kit, 3, 0).news_of, 1); // specialist opens no case of early help
    allocation_check(kit);
}

// ---------------------------------------------------------------- looking

static uint64_t count_of(const struct counts *counts, enum state state)
{
    for (uint64_t i = 0; i < counts->n_states; i++)
        if (counts->states[i].state == state)
            return counts->states[i].leads;
    fail_msg("state %s is not counted", code_text(LIST_STATE, state));
    return 0;
}

static void counts_are_of_one_sequence(void **state)
{
    struct kit *kit = *state;
    struct request_head asked = {.has = 0};
    struct counts counts;
    uint64_t at;
    uint32_t ref;

    refer(kit, 1, 3);
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 1});
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_COUNTS, &asked), &record_counts, &counts));
    assert_int_equal(count_of(&counts, STATE_QUEUED), 1);
    assert_int_equal(count_of(&counts, STATE_DECIDING), 1);
    assert_int_equal(counts.sequence, fake_runtime_count(kit->fake));

    fake_runtime_hold(kit->fake, true); // appends are in flight: the counts are of the last of them
    refer(kit, 3, 3);
    at = fake_runtime_count(kit->fake);
    ref = fake_runtime_request(kit->fake, WORK_COUNTS, &asked);
    refer(kit, 4, 3);
    assert_false(fake_runtime_reply(kit->fake, ref, &record_counts, &counts));
    fake_runtime_hold(kit->fake, false);
    assert_true(fake_runtime_reply(kit->fake, ref, &record_counts, &counts));
    assert_int_equal(counts.sequence, at);
    assert_int_equal(count_of(&counts, STATE_QUEUED), 2);
}

static void queues_and_jobs_tell_what_waits(void **state)
{
    struct kit *kit = *state;
    static struct queues queues;
    static struct jobs jobs;
    struct queues_of of = {.has = 0};
    struct jobs_of which = {.has = 0};

    PUT(&of, queues_of, team, span_text("fsw"));
    PUT(&which, jobs_of, team, span_text("fsw"));
    refer(kit, 1, 3);
    kit_pass(kit, 1000, 1000);
    refer(kit, 2, 3);
    kit_pass(kit, 2000, 2000);
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_QUEUES, &of), &record_queues, &queues));
    assert_int_equal(queues.n_queues, 1);
    assert_int_equal(queues.queues[0].queued, 2);
    assert_int_equal(queues.queues[0].oldest_ms, 3000);
    for (unsigned again = 0; again < 2; again++) { // looking changes nothing
        assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_JOBS, &which), &record_jobs, &jobs));
        assert_int_equal(jobs.n_jobs, 2);
        assert_int_equal(jobs.jobs[0].due, kit_row(kit, 1, 0).due_ms);
    }
    allocation_check(kit);
    PUT(&of, queues_of, team, span_text("nobody"));
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_QUEUES, &of), &record_queues, &queues));
    assert_int_equal(queues.answer, ANSWER_NOT_FOUND);
}

static void the_largest_lease_fits_an_event(void **state)
{
    struct kit *kit = *state;
    const char *worker = "w23456789012345678901234567890123456789012345678901234567890abcd"; // 64 bytes
    struct taken taken;
    struct answer_jobs asked = {.worker = span_text(worker)};
    static struct answered answered;

    for (uint64_t number = 1; number <= 64; number++)
        kit_refer(kit, &(struct kit_referral){
                           .number = UINT64_MAX - number, .level = 2, .kind = KIND_EHA, .wants = UINT64_C(1) << WANT_PARENTING});
    assert_int_equal(kit_take(kit, "family-information-service", worker, 64, &taken), ANSWER_OK); // the longest name; all of them parts
    assert_int_equal(taken.n_jobs, 64);
    asked.token = taken.token;
    for (; asked.n_jobs < 64; asked.n_jobs++) {
        asked.jobs[asked.n_jobs].referral = taken.jobs[asked.n_jobs].referral;
        PUT(&asked.jobs[asked.n_jobs], job_answer, part, taken.jobs[asked.n_jobs].part);
    }
    assert_true(fake_runtime_reply(kit->fake, fake_runtime_request(kit->fake, WORK_ACCEPT, &asked), &record_answered, &answered));
    assert_int_equal(answered.answer, ANSWER_OK);
    allocation_check(kit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_referral_is_queued_leased_and_accepted),
        TEST(accept_is_once_only),
        TEST(one_accept_may_name_a_job_twice),
        TEST(level_then_due_then_sequence_is_the_order),
        TEST(one_take_gives_at_most_what_it_asks),
        TEST(unknown_teams_and_the_hub_give_no_jobs),
        TEST(a_take_waits_for_work),
        TEST(a_take_ends_empty_when_its_time_is_up),
        TEST(too_many_takes_are_told_so_but_not_those_for_level_4),
        TEST(a_lease_ends_by_the_boot_clock_and_a_late_accept_is_stale),
        TEST(extend_keeps_a_lease_and_release_gives_it_back),
        TEST(jobs_of_one_lease_lapse_in_one_event),
        TEST(after_five_attempts_a_job_is_dead),
        TEST(level_4_is_never_dead),
        TEST(after_a_restart_a_lease_has_its_whole_length),
        TEST(marks_must_be_answered),
        TEST(news_goes_to_the_worker_who_has_the_case),
        TEST(a_higher_level_for_an_open_family_is_a_step_up),
        TEST(level_4_goes_to_specialist_whatever_is_open),
        TEST(counts_are_of_one_sequence),
        TEST(queues_and_jobs_tell_what_waits),
        TEST(the_largest_lease_fits_an_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
