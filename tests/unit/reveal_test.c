// SPDX-License-Identifier: MIT
// Who may open the personal part, when, and that each opening is recorded.
#include "tests/unit/registry_rig.h"

#define EVENT "{\"source\":\"/s\",\"id\":\"e1\",\"type\":\"t\",\"data\":{\"kind\":\"eha\",\"reason\":\"story\",\"extra\":[1,2,3]}}"

static char referral[TAG_SIZE + 1];

static int set_up(void **state)
{
    (void)state;
    rig_start();
    memcpy(referral, rig_admit(rig_event(EVENT), false)->referral.at, sizeof referral);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_stop();
    return 0;
}

static void lease(const char *worker, uint64_t token, unsigned part)
{
    struct leased data = {.team = span_text("fsw"), .worker = span_text(worker), .lease_ms = 1000, .n_jobs = 1};

    data.jobs[0].referral = span_text(referral);
    if (part > 0)
        PUT(&data.jobs[0], job, part, part);
    rig_input(EVENT_LEASED, "", token, &data);
}

static void end_lease(enum event_type type, const char *worker, uint64_t token)
{
    struct lease_changed data = {.team = span_text("fsw"), .worker = span_text(worker), .token = token, .n_jobs = 1};

    data.jobs[0].referral = span_text(referral);
    rig_input(type, "", 90, &data);
}

static void accept_job(const char *worker, uint64_t token)
{
    struct accepted data = {.team = span_text("fsw"), .worker = span_text(worker), .token = token, .n_jobs = 1};

    data.jobs[0].referral = span_text(referral);
    rig_input(EVENT_ACCEPTED, "", 91, &data);
}

static const uint8_t policy[32] = {1};

static void allocate(const char *team)
{
    struct allocated data = {.team = span_text(team), .level = 2, .family = span_text("F0000000000001"), .policy = span_of(policy, 32)};

    rig_input(EVENT_ALLOCATED, referral, 92, &data);
}

static enum answer open_as(const char *worker, uint64_t token)
{
    return rig_open_person(referral, worker, token, PURPOSE_ALLOCATED_WORK);
}

static enum answer open_to_decide(void)
{
    return rig_open_person(referral, "manager", 0, PURPOSE_DECISION);
}

static void nobody_may_before_it_is_leased(void **state)
{
    (void)state;
    assert_int_equal(open_as("w1", 1), ANSWER_NOT_ALLOWED);
    assert_int_equal(open_to_decide(), ANSWER_NOT_ALLOWED);
    allocate("fsw");
    assert_int_equal(open_as("w1", 1), ANSWER_NOT_ALLOWED);
    assert_int_equal(open_to_decide(), ANSWER_NOT_ALLOWED);
    assert_int_equal(rig.person.size, 0);
    assert_int_equal(rig_count(EVENT_PERSON_OPENED), 0);
}

static void the_leaseholder_gets_the_exact_bytes(void **state)
{
    struct span sent = rig_event(EVENT);
    const struct person_opened *opened;
    struct event head;

    (void)state;
    lease("w1", 50, 0);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_true(span_equal(span_of(rig.person.event, rig.person.size), sent));
    opened = &rig_last(EVENT_PERSON_OPENED, &head)->PERSON_OPENED;
    assert_true(span_is(head.subject, referral) && span_is(opened->worker, "w1"));
    assert_true(opened->token == 50 && opened->purpose == PURPOSE_ALLOCATED_WORK);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_int_equal(rig_count(EVENT_PERSON_OPENED), 2); // each time
}

static void others_may_not(void **state)
{
    (void)state;
    lease("w1", 50, 0);
    assert_int_equal(open_as("w2", 50), ANSWER_NOT_ALLOWED);
    assert_int_equal(open_as("w1", 49), ANSWER_STALE);
    assert_int_equal(open_as("w1", 0), ANSWER_STALE);
    assert_int_equal(open_as("w", 50), ANSWER_NOT_ALLOWED);
    assert_int_equal(open_to_decide(), ANSWER_NOT_ALLOWED);
    assert_int_equal(rig_count(EVENT_PERSON_OPENED), 0);
}

static void a_lease_that_ended_opens_nothing(void **state)
{
    (void)state;
    lease("w1", 50, 0);
    end_lease(EVENT_LAPSED, "w1", 50);
    assert_int_equal(open_as("w1", 50), ANSWER_NOT_ALLOWED);
    lease("w2", 51, 0);
    assert_int_equal(open_as("w1", 50), ANSWER_NOT_ALLOWED);
    assert_int_equal(open_as("w2", 51), ANSWER_OK);
    end_lease(EVENT_RELEASED, "w2", 51);
    assert_int_equal(open_as("w2", 51), ANSWER_NOT_ALLOWED);
}

static void who_accepted_may_until_it_is_closed(void **state)
{
    struct closed closed = {.by = span_text("w1"), .outcome = OUTCOME_DONE};

    (void)state;
    lease("w1", 50, 0);
    accept_job("w1", 50);
    assert_int_equal(open_as("w1", 0), ANSWER_OK);
    assert_int_equal(open_as("w2", 50), ANSWER_NOT_ALLOWED);
    rig_input(EVENT_CLOSED, referral, 93, &closed);
    assert_int_equal(open_as("w1", 50), ANSWER_NOT_ALLOWED);
}

static void a_decision_needs_the_hubs_queue(void **state)
{
    struct declined declined = {.team = span_text("fsw"), .worker = span_text("w1"), .token = 50, .reason = DECLINE_UNSAFE};
    struct dead dead = {.team = span_text("fsw"), .reason = REASON_FIVE_ATTEMPTS};

    (void)state;
    allocate("hub-decision");
    assert_int_equal(open_to_decide(), ANSWER_OK);
    assert_int_equal(open_as("w1", 50), ANSWER_NOT_ALLOWED);
    allocate("fsw");
    assert_int_equal(open_to_decide(), ANSWER_NOT_ALLOWED);
    lease("w1", 50, 0);
    rig_input(EVENT_DECLINED, referral, 94, &declined);
    assert_int_equal(open_to_decide(), ANSWER_OK);
    assert_int_equal(open_as("w1", 50), ANSWER_NOT_ALLOWED);
    rig_input(EVENT_DEAD, referral, 95, &dead);
    assert_int_equal(open_to_decide(), ANSWER_OK);
}

static void a_part_opens_its_referral(void **state)
{
    (void)state;
    lease("w1", 50, 0);
    lease("w2", 51, 3);
    assert_int_equal(open_as("w2", 51), ANSWER_OK);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_int_equal(open_as("w1", 51), ANSWER_STALE);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    lease("w1", 50, 0);
    assert_int_equal(rig_open_person("R0000000000000", "w1", 50, PURPOSE_ALLOCATED_WORK), ANSWER_NOT_FOUND);
    assert_int_equal(rig_open_person("F0000000000000", "w1", 50, PURPOSE_ALLOCATED_WORK), ANSWER_NOT_FOUND);
    rig.entries[0].attachment[30] ^= 1; // damaged: told, recorded nowhere, and the daemon goes on
    assert_int_equal(open_as("w1", 50), ANSWER_NOT_FOUND);
    rig.entries[0].attachment_size = 0; // dropped
    assert_int_equal(open_as("w1", 50), ANSWER_NOT_FOUND);
    assert_int_equal(rig_count(EVENT_PERSON_OPENED), 0);
}

static void an_erased_family_stays_shut(void **state)
{
    (void)state;
    lease("w1", 50, 0);
    assert_int_equal(keys_destroy(rig.registry->keys, 0), ERR_NONE);
    assert_int_equal(open_as("w1", 50), ANSWER_NOT_FOUND);
    assert_int_equal(rig_count(EVENT_PERSON_OPENED), 0);
}

#define CONSENT(id, service)                                                                                           \
    "{\"specversion\":\"1.0\",\"source\":\"/s\",\"id\":\"" id "\",\"type\":\"earlyhelp.consent.changed.v1\",\"time\":" \
    "\"2026-11-23T09:12:00Z\",\"data\":{\"about\":\"e1\",\"consent\":{\"service\":\"" service "\"}}}"

static const struct consent_recorded *change_consent(const char *event)
{
    struct event head;

    assert_int_equal(rig_admit(rig_event("%s", event), false)->status, RECEIPT_ACCEPTED);
    return &rig_last(EVENT_CONSENT_RECORDED, &head)->CONSENT_RECORDED;
}

static void a_withdrawal_of_consent_lists_who_has_read_it(void **state)
{
    const struct consent_recorded *consent = change_consent(CONSENT("c1", "refused"));

    (void)state;
    assert_true(HAS(consent, consent_recorded, readers) && consent->readers == 0 && consent->n_seen == 0);
    for (unsigned i = 0; i < 12; i++) {
        char worker[8];

        snprintf(worker, sizeof worker, "w%u", i % 10); // w0 and w1 come back
        rig.now.wall_ms += 1000;
        lease(worker, 50 + i, 0);
        assert_int_equal(open_as(worker, 50 + i), ANSWER_OK);
    }
    assert_int_equal(change_consent(CONSENT("c2", "given"))->readers, 0);
    for (unsigned stage = 0; stage < 2; stage++) {
        consent = change_consent(stage == 0 ? CONSENT("c3", "withdrawn") : CONSENT("c4", "withdrawn"));
        assert_int_equal(consent->readers, 10);
        assert_int_equal(consent->n_seen, 8);
        assert_true(span_is(consent->seen[0].worker, "w1") && span_is(consent->seen[1].worker, "w0") &&
                    span_is(consent->seen[2].worker, "w9") && span_is(consent->seen[7].worker, "w4"));
        assert_true(consent->seen[0].purpose == PURPOSE_ALLOCATED_WORK && consent->seen[0].at == rig.now.wall_ms);
        rig_restart(true);
    }
}

#define SHARED(id, about, share_with)                                                                                  \
    "{\"specversion\":\"1.0\",\"source\":\"/s\",\"id\":\"" id "\",\"type\":\"earlyhelp.consent.changed.v1\",\"time\":" \
    "\"2026-11-23T09:12:00Z\",\"data\":{\"about\":\"" about "\",\"consent\":{\"service\":\"given\",\"share_with\":" share_with "}}}"

// A referral with words of its own, leased by a worker of take3.
static void lease_at(const char *team, uint64_t token)
{
    struct leased data = {.team = span_text(team), .worker = span_text("w1"), .lease_ms = 1000, .n_jobs = 1};

    data.jobs[0].referral = span_text(referral);
    rig_input(EVENT_LEASED, "", token, &data);
}

static bool is_shown(const char *word)
{
    return memmem(rig.person.event, rig.person.size, word, strlen(word)) != NULL;
}

static void another_agency_is_given_what_is_for_it(void **state)
{
    struct event head;

    (void)state;
    memcpy(referral,
           rig_admit(rig_event("{\"source\":\"/s\",\"id\":\"e2\",\"type\":\"earlyhelp.referral.submitted.v1\",\"data\":{\"kind\":\"eha\","
                               "\"reason\":\"story\",\"consent\":{\"service\":\"given\",\"share_with\":[\"youth-offending\"]},"
                               "\"household\":{\"address\":\"1 Road\"},\"members\":[{\"ref\":\"m\",\"given_name\":\"Ann\"}]}}"),
                     false)
               ->referral.at,
           sizeof referral);
    lease_at("take3", 50);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_true(is_shown("Ann") && is_shown("story") && !is_shown("Road"));
    assert_int_equal(rig.person.reply.withheld, UINT64_C(1) << PERSONAL_ADDRESS | UINT64_C(1) << PERSONAL_CONSENT);
    assert_true(rig_last(EVENT_PERSON_OPENED, &head)->PERSON_OPENED.limited);
    assert_int_equal(rig_open_person(referral, "w1", 50, PURPOSE_SAFEGUARDING), ANSWER_OK);
    assert_true(is_shown("Road"));
    rig_admit(rig_event(SHARED("c1", "e2", "[\"gp\"]")), false); // the last answer counts
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_true(is_shown("Ann") && !is_shown("story"));
    rig_write_note(referral, "m2", "words");
    assert_int_equal(rig_open_later(referral, "w1", 50, PURPOSE_ALLOCATED_WORK, rig.note.sequence), ANSWER_NOT_ALLOWED);
    rig_admit(rig_event(SHARED("c2", "e2", "[\"youth-offending\"]")), false);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_true(is_shown("story"));
    assert_int_equal(rig_open_later(referral, "w1", 50, PURPOSE_ALLOCATED_WORK, rig.note.sequence), ANSWER_OK);
    lease_at("unheard-of", 51);
    assert_int_equal(open_as("w1", 51), ANSWER_OK);
    assert_true(!is_shown("Ann") && !is_shown("story") && is_shown("eha"));
    allocate("hub-decision");
    assert_int_equal(open_to_decide(), ANSWER_OK);
    assert_true(is_shown("Ann") && is_shown("Road") && rig.person.reply.withheld == 0);
    assert_false(HAS(&rig_last(EVENT_PERSON_OPENED, &head)->PERSON_OPENED, person_opened, limited));
}

static const char other_teams[] = "teams:\n  - {team: fsw, agency: early-help}\n";

static const char names_only[] = "sharing:\n  - {agency: early-help, with: always, fields: [names], source: sample}\n"
                                 "  - {agency: youth-offending, with: always, fields: [reason], source: sample}\n";

static struct span policy_of_opening(void)
{
    struct event head;

    return rig_last(EVENT_PERSON_OPENED, &head)->PERSON_OPENED.policy;
}

static void the_policy_in_force_when_it_is_opened_counts(void **state)
{
    uint8_t first[32];

    (void)state;
    lease("w1", 50, 0);
    rig_adopt(rig.now.wall_ms);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_true(is_shown("story"));
    memcpy(first, policy_of_opening().at, sizeof first);
    rig_write("sharing.yaml", names_only);
    assert_int_equal(open_as("w1", 50), ANSWER_OK); // the folder is not asked any more
    assert_true(is_shown("story") && span_equal(policy_of_opening(), span_of(first, sizeof first)));
    rig_adopt(rig.now.wall_ms + 60000);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_true(is_shown("story"));
    rig.now.wall_ms += 60000;
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_true(!is_shown("story") && !span_equal(policy_of_opening(), span_of(first, sizeof first)));
    rig_restart(true);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_false(is_shown("story"));
    rig_restart(false);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_false(is_shown("story"));
}

// Its workers have cases still, and their agency is what it was; what the agency is given is what the new policy says.
static void a_team_that_a_policy_drops_keeps_its_agency(void **state)
{
    (void)state;
    rig_adopt(rig.now.wall_ms);
    lease_at("take3", 50);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_false(is_shown("story"));
    rig_write("teams.yaml", other_teams);
    rig_write("sharing.yaml", names_only);
    rig_adopt(rig.now.wall_ms);
    assert_int_equal(open_as("w1", 50), ANSWER_OK);
    assert_true(is_shown("story"));
}

static void readers_beyond_the_bound_push_out_the_oldest(void **state)
{
    const struct consent_recorded *consent;

    (void)state;
    for (unsigned i = 0; i < 260; i++) {
        char worker[8];

        snprintf(worker, sizeof worker, "w%u", i);
        rig.now.wall_ms += 1000;
        lease(worker, 50 + i, 0);
        assert_int_equal(open_as(worker, 50 + i), ANSWER_OK);
    }
    consent = change_consent(CONSENT("c1", "withdrawn"));
    assert_int_equal(consent->readers, 255);
    assert_true(span_is(consent->seen[0].worker, "w259"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nobody_may_before_it_is_leased),
        TEST(the_leaseholder_gets_the_exact_bytes),
        TEST(others_may_not),
        TEST(a_lease_that_ended_opens_nothing),
        TEST(who_accepted_may_until_it_is_closed),
        TEST(a_decision_needs_the_hubs_queue),
        TEST(a_withdrawal_of_consent_lists_who_has_read_it),
        TEST(readers_beyond_the_bound_push_out_the_oldest),
        TEST(another_agency_is_given_what_is_for_it),
        TEST(the_policy_in_force_when_it_is_opened_counts),
        TEST(a_team_that_a_policy_drops_keeps_its_agency),
        TEST(a_part_opens_its_referral),
        TEST(what_is_not_there_is_not_found),
        TEST(an_erased_family_stays_shut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
