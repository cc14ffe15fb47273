// SPDX-License-Identifier: MIT
// The allocation daemon: what persons decide, what goes with it, and what time brings. It is Friday 18 November 2016, 11:00.
#include "allocation_kit.h"

enum { MINUTE_MS = 60000, LEASE_MS = 15 * MINUTE_MS };

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

static void expect_refusal(const struct kit *kit, const char *path, enum fault code, const char *message)
{
    assert_true(span_is(kit->refusal.path, path));
    assert_int_equal(kit->refusal.code, code);
    assert_true(span_is(kit->refusal.message, message));
}

// ---------------------------------------------------------------- decisions

static void a_declined_job_waits_for_a_person(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_decline(kit, "ben", taken.token, 1), ANSWER_STALE);
    assert_int_equal(kit_decline(kit, "anna", taken.token, 1), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 1, 0).reason, REASON_DECLINED);
    allocation_check(kit);
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK); // asked again: the first answer
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_CONFIRMED), 1);
    assert_int_equal(kit_override(kit, 1, 0, "taf", 0, WHY_OTHER), ANSWER_STALE); // it waits no more
    assert_int_equal(kit_confirm(kit, 2, 0), ANSWER_NOT_FOUND);
    allocation_check(kit);
}

static void an_override_needs_a_team_and_a_reason(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2, .consent = CONSENT_REFUSED});
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_override(kit, 1, 0, NULL, 0, WHY_OTHER), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 0, WHY_NONE), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_override(kit, 1, 0, "nobody", 0, WHY_OTHER), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_override(kit, 1, 0, "hub-decision", 0, WHY_OTHER), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 1, WHY_OTHER), ANSWER_BAD_REQUEST); // lower, and not said why
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 3, WHY_CONSENT_OBTAINED), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 1, 0).level, 3);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_OVERRIDDEN), 1);
    allocation_check(kit);
}

static void level_4_goes_without_a_reason_which_is_asked_for(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2, .consent = CONSENT_REFUSED});
    assert_int_equal(kit_override(kit, 1, 0, "specialist", 4, WHY_NONE), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    kit_expect(kit, 1, kit_part(kit, 1, REASON_DATA_QUALITY), STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_override(kit, 1, kit_part(kit, 1, REASON_DATA_QUALITY), "fsw", 4, WHY_NONE), ANSWER_BAD_REQUEST);
    assert_int_equal(kit_confirm(kit, 1, kit_part(kit, 1, REASON_DATA_QUALITY)), ANSWER_OK);
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 2, .consent = CONSENT_REFUSED});
    assert_int_equal(kit_override(kit, 2, 0, "specialist", 4, WHY_NEED_HIGHER), ANSWER_OK);
    assert_int_equal(kit_part(kit, 2, REASON_DATA_QUALITY), 0);
    allocation_check(kit);
}

// The newest event of a type, and the allocated that followed it, go on this basis.
static void expect_basis(const struct kit *kit, enum event_type type, enum basis basis)
{
    union event_data data;
    struct event head;

    assert_true(fake_runtime_last(kit->fake, type, &head, &data));
    assert_int_equal(type == EVENT_HELD ? data.HELD.basis : data.CONFIRMED.basis, basis);
    if (type == EVENT_HELD)
        return;
    assert_true(fake_runtime_last(kit->fake, EVENT_ALLOCATED, &head, &data));
    assert_int_equal(data.ALLOCATED.basis, basis);
}

static void what_a_person_decides_says_on_what_lawful_basis(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 3, .without_consent = true});
    expect_basis(kit, EVENT_HELD, BASIS_PUBLIC_TASK);
    kit_refer(kit, &(struct kit_referral){.number = 4, .level = 3, .outside = true});
    assert_int_equal(kit_confirm(kit, 4, 0), ANSWER_OK);
    expect_basis(kit, EVENT_CONFIRMED, BASIS_PUBLIC_TASK);
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 2, .consent = CONSENT_REFUSED});
    assert_int_equal(kit_override(kit, 2, 0, "specialist", 4, WHY_NEED_HIGHER), ANSWER_OK);
    expect_basis(kit, EVENT_OVERRIDDEN, BASIS_LEGAL_OBLIGATION);
    kit_refer(kit, &(struct kit_referral){.number = 3, .level = 2, .consent = CONSENT_REFUSED});
    assert_int_equal(kit_override(kit, 3, 0, "specialist", 4, WHY_CONSENT_OBTAINED), ANSWER_OK);
    expect_basis(kit, EVENT_OVERRIDDEN, BASIS_PUBLIC_TASK); // the family has agreed
    allocation_check(kit);
}

static void a_person_may_lower_a_level(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 3, .consent = CONSENT_REFUSED});
    assert_int_equal(kit_override(kit, 1, 0, "universal", 1, WHY_NEED_LOWER), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "universal");
    assert_int_equal(kit_row(kit, 1, 0).level, 1);
}

static void a_conflict_of_families_is_a_task(void **state)
{
    struct kit *kit = *state;

    kit_conflict(kit, 1); // before the referral is allocated
    refer(kit, 1, 3);
    kit_expect(kit, 1, 1, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 1, 1).reason, REASON_FAMILY_CONFLICT);
    assert_int_equal(kit_row(kit, 1, 1).level, 3);
    refer(kit, 2, 3);
    kit_conflict(kit, 2); // after
    kit_expect(kit, 2, 1, STATE_DECIDING, "hub-decision");
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_ALLOCATED), 4);
    assert_int_equal(kit_confirm(kit, 2, 1), ANSWER_OK);
    assert_int_equal(kit_row(kit, 2, 1).state, STATE_CLOSED);
    assert_int_equal(kit_settle(kit, 2, 1, DECIDE_UPHOLD), ANSWER_STALE);
    allocation_check(kit);
}

// Level 3 without an assessment, with a young person whose parents want support: beside fsw stand take3 and a task.
static const struct kit_referral with_parts = {
    .number = 1, .level = 3, .kind = KIND_CONTACT, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150};

static void expect_parts_held(struct kit *kit, enum decision_reason reason)
{
    for (unsigned part = 1; part <= 2; part++) {
        kit_expect(kit, 1, part, STATE_HELD, "hub-decision");
        assert_int_equal(kit_row(kit, 1, part).reason, reason);
    }
    assert_false(job_table_has(&kit->allocation->jobs, (struct job_key){.referral = 1, .part = 3}));
}

static void expect_parts_released(struct kit *kit)
{
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    kit_expect(kit, 1, 2, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 1, 2).reason, REASON_EHA_MISSING);
}

static void refuse_parts(struct kit *kit)
{
    static const char *const says = "it goes when its lead is decided: decide the lead first";

    for (unsigned part = 1; part <= 2; part++) {
        assert_int_equal(kit_confirm(kit, 1, part), ANSWER_BAD_REQUEST);
        expect_refusal(kit, "/part", FAULT_OUT_OF_RANGE, says);
        assert_int_equal(kit_override(kit, 1, part, "universal", 0, WHY_CONSENT_OBTAINED), ANSWER_BAD_REQUEST);
        expect_refusal(kit, "/part", FAULT_OUT_OF_RANGE, says);
    }
}

static void parts_are_held_and_released_with_their_lead(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;

    referral.without_consent = true;
    kit_refer(kit, &referral);
    kit_expect(kit, 1, 0, STATE_HELD, "hub-decision");
    expect_parts_held(kit, REASON_AWAITING_CONSENT);
    allocation_check(kit);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 0, WHY_CONSENT_OBTAINED), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    expect_parts_released(kit);
    allocation_check(kit);
}

static void a_part_does_not_go_before_its_lead(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;

    referral.without_consent = true;
    kit_conflict(kit, 1); // a task that waits for nothing
    kit_refer(kit, &referral);
    refuse_parts(kit);
    assert_int_equal(kit_confirm(kit, 1, 3), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 3).state, STATE_CLOSED);
    kit_pass_to(kit, kit_row(kit, 1, 0).due_ms);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    refuse_parts(kit); // the family has still not been asked
    kit_expect(kit, 1, 1, STATE_HELD, "hub-decision");
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_CONFIRMED) + fake_runtime_count_of(kit->fake, EVENT_OVERRIDDEN), 0);
    allocation_check(kit);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 0, WHY_CONSENT_OBTAINED), ANSWER_OK);
    expect_parts_released(kit);
    assert_int_equal(kit_confirm(kit, 1, 2), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 2).state, STATE_CLOSED);
    allocation_check(kit);
}

static void a_confirmed_proposal_brings_what_stands_beside_it(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;

    referral.solo = true; // but a parent is named
    kit_refer(kit, &referral);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 1, 0).reason, REASON_SOLO_UNCLEAR);
    expect_parts_held(kit, REASON_SOLO_UNCLEAR);
    refuse_parts(kit);
    allocation_check(kit);
    assert_int_equal(kit_confirm(kit, 1, 0), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    expect_parts_released(kit);
    allocation_check(kit);
}

static void what_stands_beside_a_proposal_goes_with_an_override_too(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;

    referral.outside = true;
    kit_refer(kit, &referral);
    expect_parts_held(kit, REASON_CROSS_BORDER);
    assert_int_equal(kit_override(kit, 1, 0, "taf", 0, WHY_OTHER_TEAM_FITS), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "taf");
    expect_parts_released(kit);
    allocation_check(kit);
}

static void who_follows_the_proposal_may_have_the_answer_with_it(void **state)
{
    struct kit *kit = *state;
    struct decide decide = {.action = DECIDE_CONFIRM};

    kit_refer(kit,
              &(struct kit_referral){.number = 1, .without_consent = true, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150});
    PUT(&decide, decide, why, WHY_EHA_OBTAINED);
    assert_int_equal(kit_decide(kit, 1, 0, decide), ANSWER_BAD_REQUEST);
    expect_refusal(kit, "/why", FAULT_OUT_OF_RANGE, "who follows the proposal may only say consent_obtained");
    kit_expect(kit, 1, 0, STATE_HELD, "hub-decision");
    PUT(&decide, decide, why, WHY_CONSENT_OBTAINED);
    assert_int_equal(kit_decide(kit, 1, 0, decide), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    kit_expect(kit, 1, 1, STATE_QUEUED, "take3");
    assert_int_equal(kit_row(kit, 1, 0).consent, CONSENT_GIVEN);
    allocation_check(kit);
}

static void what_was_not_seen_is_not_confirmed(void **state)
{
    struct kit *kit = *state;
    struct decide decide = {.action = DECIDE_CONFIRM};
    struct taken taken;

    kit_refer(kit, &(struct kit_referral){.number = 1, .outside = true});
    PUT(&decide, decide, seen, kit_row(kit, 1, 0).token);
    assert_int_equal(kit_decide(kit, 1, 0, decide), ANSWER_OK);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_decline(kit, "anna", taken.token, 1), ANSWER_OK);
    assert_int_equal(kit_decide(kit, 1, 0, decide), ANSWER_BAD_REQUEST);
    expect_refusal(kit, "/seen", FAULT_OUT_OF_RANGE, "something newer is proposed: look at it again with `windscreen show`");
    decide.seen = kit_row(kit, 1, 0).token;
    kit_pass(kit, 27 * 4 * LEASE_MS, LEASE_MS); // warnings and the like propose nothing
    assert_int_equal(kit_decide(kit, 1, 0, decide), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    assert_int_equal(kit_row(kit, 1, 0).token, 0);
    allocation_check(kit);
}

static void expect_unagreed(struct kit *kit)
{
    expect_refusal(kit, "/why", FAULT_NOT_YET,
                   "the family has not agreed, or no longer does: ask it, then decide with why consent_obtained");
}

static void nobody_is_helped_who_has_not_agreed(void **state)
{
    struct kit *kit = *state;
    unsigned part;

    kit_refer(kit, &(struct kit_referral){.number = 4, .wants = UINT64_C(1) << WANT_PARENTING, .child_months = 150});
    kit_accept_lead(kit, 4, "fsw", "anna");
    kit_consent(kit, 4, CONSENT_WITHDRAWN);
    part = kit_part(kit, 4, REASON_CONSENT_WITHDRAWN);
    assert_int_equal(kit_override(kit, 4, part, "take3", 0, WHY_OTHER), ANSWER_BAD_REQUEST);
    expect_unagreed(kit);
    assert_int_equal(kit_override(kit, 4, part, "take3", 0, WHY_CONSENT_OBTAINED), ANSWER_OK);
    kit_refer(kit, &(struct kit_referral){.number = 1, .without_consent = true});
    kit_refer(kit, &(struct kit_referral){.number = 2, .outside = true, .without_consent = true}); // waits for something else
    kit_refer(kit, &(struct kit_referral){.number = 3, .consent = CONSENT_REFUSED});
    for (uint64_t number = 1; number <= 2; number++) {
        assert_int_equal(kit_confirm(kit, number, 0), ANSWER_BAD_REQUEST);
        expect_unagreed(kit);
    }
    assert_int_equal(kit_override(kit, 3, 0, "taf", 0, WHY_OTHER_TEAM_FITS), ANSWER_BAD_REQUEST);
    expect_unagreed(kit);
    assert_int_equal(kit_confirm(kit, 3, 0), ANSWER_OK); // universal services are anybody's
    kit_consent(kit, 2, CONSENT_GIVEN);
    assert_int_equal(kit_confirm(kit, 2, 0), ANSWER_OK);
    assert_int_equal(kit_override(kit, 1, 0, "specialist", 4, WHY_NEED_HIGHER), ANSWER_OK); // never waits
    allocation_check(kit);
}

static const char *const level_4_goes = "level 4 goes to specialist; a lower level needs need_lower or facts_corrected";

static void refuse_level_4(struct kit *kit, uint64_t referral, const char *team, unsigned level, enum override_why why)
{
    assert_int_equal(kit_override(kit, referral, 0, team, level, why), ANSWER_BAD_REQUEST);
    expect_refusal(kit, "/team", FAULT_OUT_OF_RANGE, level_4_goes);
    kit_expect(kit, referral, 0, STATE_DECIDING, "hub-decision");
}

static void decline(struct kit *kit, const char *team, uint64_t referral)
{
    struct taken taken;

    assert_int_equal(kit_take(kit, team, "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_decline(kit, "anna", taken.token, referral), ANSWER_OK);
}

static void level_4_goes_nowhere_else_while_it_is_level_4(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 4);
    decline(kit, "specialist", 1);
    refuse_level_4(kit, 1, "fsw", 0, WHY_OTHER_TEAM_FITS);
    refuse_level_4(kit, 1, "fsw", 4, WHY_OTHER);
    refuse_level_4(kit, 1, "universal", 0, WHY_NEED_LOWER); // which level, then?
    refuse_level_4(kit, 1, "family-information-service", 0, WHY_FACTS_CORRECTED);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_OVERRIDDEN), 0);
    assert_int_equal(kit_override(kit, 1, 0, "specialist", 0, WHY_OTHER), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    decline(kit, "specialist", 1);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 3, WHY_NEED_LOWER), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

static void what_becomes_level_4_goes_to_specialist(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2, .consent = CONSENT_REFUSED});
    refuse_level_4(kit, 1, "taf", 4, WHY_NEED_HIGHER);
    assert_int_equal(kit_override(kit, 1, 0, "specialist", 4, WHY_NEED_HIGHER), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    assert_int_equal(kit_row(kit, 1, 0).level, 4);
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 4, .without_consent = true}); // no reason either: a task
    assert_int_equal(kit_row(kit, 2, 1).reason, REASON_BASIS_MISSING);
    assert_int_equal(kit_override(kit, 2, 1, "fsw", 0, WHY_OTHER_TEAM_FITS), ANSWER_OK); // is no level 4 of its own
    kit_expect(kit, 2, 1, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

// As an older policy, or an older log, may have left it.
static void a_proposal_below_specialist_is_not_confirmed_at_level_4(void **state)
{
    struct kit *kit = *state;
    struct job_row old, row;

    refer(kit, 1, 3); // makes the name known
    refer(kit, 2, 4);
    decline(kit, "specialist", 2);
    row = old = kit_row(kit, 2, 0);
    row.proposal = kit_row(kit, 1, 0).team;
    assert_int_equal(job_table_put(&kit->allocation->jobs, (struct job_key){.referral = 2}, &old, &row), ERR_NONE);
    assert_int_equal(kit_confirm(kit, 2, 0), ANSWER_BAD_REQUEST);
    expect_refusal(kit, "/action", FAULT_OUT_OF_RANGE, level_4_goes);
    kit_expect(kit, 2, 0, STATE_DECIDING, "hub-decision");
}

// ---------------------------------------------------------------- clocks

static void a_decision_starts_the_clock_of_the_team_it_goes_to(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;
    const int64_t decided = kit_moment("2016-11-22T16:30:00Z"); // a Tuesday

    referral.without_consent = true;
    kit_refer(kit, &referral);
    kit_refer(kit, &(struct kit_referral){.number = 2, .level = 2, .consent = CONSENT_REFUSED});
    kit_refer(kit, &(struct kit_referral){.number = 3, .level = 1});
    kit_pass_to(kit, decided);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 0, WHY_CONSENT_OBTAINED), ANSWER_OK);
    assert_int_equal(kit_override(kit, 2, 0, "specialist", 4, WHY_NEED_HIGHER), ANSWER_OK);
    assert_int_equal(kit_confirm(kit, 3, 0), ANSWER_OK);
    assert_int_equal(kit_row(kit, 1, 0).due_ms, kit_moment("2016-11-30T17:00:00Z")); // 6 working days of fsw
    assert_int_equal(kit_row(kit, 1, 1).due_ms, kit_moment("2016-11-30T17:00:00Z")); // and of take3
    assert_int_equal(kit_row(kit, 1, 2).due_ms, kit_moment("2016-11-23T17:00:00Z")); // a task: 1 working day
    assert_int_equal(kit_row(kit, 2, 0).due_ms, kit_moment("2016-11-22T20:30:00Z")); // 4 hours, whatever the time of day
    assert_int_equal(kit_row(kit, 3, 0).due_ms, kit_moment("2016-11-30T17:00:00Z"));
    for (uint64_t number = 1; number <= 3; number++) {
        assert_int_equal(kit_row(kit, number, 0).since_ms, decided);
        assert_int_equal(kit_row(kit, number, 0).rung, STAGE_NONE);
    }
    allocation_check(kit);
}

// Nothing is told before; at `due` it is told once, and never again for this clock, restarts or not.
static void expect_told_at(struct kit *kit, const char *due, enum state state)
{
    uint64_t before = kit_rung(kit, EVENT_OVERDUE, NULL, NULL);
    struct rung rung = {0};

    assert_int_equal(kit_row(kit, 1, 0).due_ms, kit_moment(due));
    kit_pass_to(kit, kit_moment(due) - 1);
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, NULL), before);
    kit_pass_to(kit, kit_moment(due));
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, &rung), before + 1);
    assert_int_equal(rung.state, state);
    assert_int_equal(rung.due, kit_moment(due));
}

static void expect_told_no_more(struct kit *kit)
{
    const int64_t month_ms = INT64_C(30) * 24 * 60 * MINUTE_MS;
    uint64_t told = kit_rung(kit, EVENT_OVERDUE, NULL, NULL), all;

    kit_pass(kit, month_ms, 1);
    kit_restart(kit, true);
    kit_pass(kit, month_ms, 1);
    kit_restart(kit, false);
    all = fake_runtime_count(kit->fake);
    kit_pass(kit, month_ms, 1);
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, NULL), told);
    assert_int_equal(fake_runtime_count(kit->fake), all);
    allocation_check(kit);
}

static void a_queue_that_is_late_is_told_once(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 3);
    expect_told_at(kit, "2016-11-28T17:00:00Z", STATE_QUEUED);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    expect_told_no_more(kit);
}

static void an_older_and_longer_clock_does_not_ring_again(void **state)
{
    struct kit *kit = *state;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 2, .without_consent = true}); // held for 10 working days
    assert_int_equal(kit_override(kit, 1, 0, "specialist", 4, WHY_NEED_HIGHER), ANSWER_OK);
    expect_told_at(kit, "2016-11-18T15:00:00Z", STATE_QUEUED); // 4 hours
    kit_expect(kit, 1, 0, STATE_QUEUED, "specialist");
    expect_told_no_more(kit);
}

static void a_decision_that_is_late_is_told_once(void **state)
{
    struct kit *kit = *state;

    refer(kit, 1, 1);
    expect_told_at(kit, "2016-11-21T17:00:00Z", STATE_DECIDING);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    assert_int_equal(kit_row(kit, 1, 0).reason, REASON_UNIVERSAL); // only a person decides
    expect_told_no_more(kit);
}

static void a_review_that_is_late_is_told_once_after_a_late_queue(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    expect_told_at(kit, "2016-11-28T17:00:00Z", STATE_QUEUED);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    expect_told_at(kit, "2017-01-09T17:00:00Z", STATE_ACCEPTED); // six weeks on
    kit_expect(kit, 1, 0, STATE_ACCEPTED, "fsw");
    expect_told_no_more(kit);
}

static void a_dead_letter_that_is_late_is_told_once(void **state)
{
    struct kit *kit = *state;
    struct taken taken;

    refer(kit, 1, 3);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
        assert_int_equal(kit_answer(kit, WORK_RELEASE, "anna", taken.token, 1, 0, 0), ANSWER_OK);
    }
    expect_told_at(kit, "2016-11-21T17:00:00Z", STATE_DEAD);
    kit_expect(kit, 1, 0, STATE_DEAD, "hub-decision");
    expect_told_no_more(kit);
}

static void a_hold_that_runs_out_comes_to_a_person(void **state)
{
    struct kit *kit = *state;
    struct job_row row;

    kit_refer(kit, &(struct kit_referral){.number = 1, .level = 3, .without_consent = true});
    kit_expect(kit, 1, 0, STATE_HELD, "hub-decision");
    allocation_check(kit);
    expect_told_at(kit, "2016-12-02T17:00:00Z", STATE_HELD); // 10 working days
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    row = kit_row(kit, 1, 0);
    assert_int_equal(row.reason, REASON_HOLD_EXPIRED);
    assert_true(span_is(name_table_text(kit->allocation->names, row.proposal), "fsw"));
    expect_told_at(kit, "2016-12-05T17:00:00Z", STATE_DECIDING); // the person's own clock
    expect_told_no_more(kit);
    assert_int_equal(fake_runtime_count_of(kit->fake, EVENT_ALLOCATED), 1);
    assert_int_equal(kit_override(kit, 1, 0, "fsw", 0, WHY_CONSENT_OBTAINED), ANSWER_OK);
    kit_expect(kit, 1, 0, STATE_QUEUED, "fsw");
    allocation_check(kit);
}

static void parts_wait_on_when_the_hold_of_their_lead_runs_out(void **state)
{
    struct kit *kit = *state;
    struct kit_referral referral = with_parts;

    referral.without_consent = true;
    kit_refer(kit, &referral);
    kit_pass_to(kit, kit_moment("2016-12-02T17:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, NULL), 3);
    kit_expect(kit, 1, 0, STATE_DECIDING, "hub-decision");
    expect_parts_held(kit, REASON_AWAITING_CONSENT);
    kit_pass_to(kit, kit_moment("2016-12-05T17:00:00Z"));
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, NULL), 4); // the lead's decision
    expect_told_no_more(kit);
}

static void what_is_due_while_leased_is_told_when_it_comes_back(void **state)
{
    struct kit *kit = *state;
    struct taken taken;
    struct job_row row;

    refer(kit, 1, 3);
    row = kit_row(kit, 1, 0);
    assert_int_equal(kit_take(kit, "fsw", "anna", 1, &taken), ANSWER_OK);
    kit_pass(kit, row.due_ms - fake_runtime_clock(kit->fake)->wall_ms, 1);
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, NULL), 0);
    kit_pass(kit, LEASE_MS, LEASE_MS);
    kit_pass(kit, MINUTE_MS, MINUTE_MS);
    assert_int_equal(kit_rung(kit, EVENT_OVERDUE, NULL, NULL), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_declined_job_waits_for_a_person),
        TEST(an_override_needs_a_team_and_a_reason),
        TEST(level_4_goes_without_a_reason_which_is_asked_for),
        TEST(what_a_person_decides_says_on_what_lawful_basis),
        TEST(a_person_may_lower_a_level),
        TEST(parts_are_held_and_released_with_their_lead),
        TEST(a_conflict_of_families_is_a_task),
        TEST(a_part_does_not_go_before_its_lead),
        TEST(a_confirmed_proposal_brings_what_stands_beside_it),
        TEST(what_stands_beside_a_proposal_goes_with_an_override_too),
        TEST(who_follows_the_proposal_may_have_the_answer_with_it),
        TEST(what_was_not_seen_is_not_confirmed),
        TEST(nobody_is_helped_who_has_not_agreed),
        TEST(level_4_goes_nowhere_else_while_it_is_level_4),
        TEST(what_becomes_level_4_goes_to_specialist),
        TEST(a_proposal_below_specialist_is_not_confirmed_at_level_4),
        TEST(a_decision_starts_the_clock_of_the_team_it_goes_to),
        TEST(a_queue_that_is_late_is_told_once),
        TEST(an_older_and_longer_clock_does_not_ring_again),
        TEST(a_decision_that_is_late_is_told_once),
        TEST(a_review_that_is_late_is_told_once_after_a_late_queue),
        TEST(a_dead_letter_that_is_late_is_told_once),
        TEST(a_hold_that_runs_out_comes_to_a_person),
        TEST(parts_wait_on_when_the_hold_of_their_lead_runs_out),
        TEST(what_is_due_while_leased_is_told_when_it_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
