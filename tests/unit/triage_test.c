// SPDX-License-Identifier: MIT
// Triage as a daemon: adopts its folder's policy once, answers what is received, and judges each referral by the policy in force when it
// came.
#include "services/triage/triage.h"

#include "common/crypto/digest.h"
#include "services/triage/level.h"
#include "services/triage/on_adopt.h"
#include "tests/unit/fake_runtime.h"
#include "tests/unit/policy_kit.h"

#define SAMPLE "deploy/policy/luton-2017"

static struct triage triage;

static const on_request on_policy[] = {[POLICY_ADOPT] = on_adopt};
static const struct service services[] = {
    {.name = "policy", .rows = service_policy, .on = on_policy, .max_message_bytes = 72 << 10, .max_record_bytes = sizeof(struct adopt)}};

static const struct daemon daemon_row = {
    .name = "triage",
    .producer = PRODUCER_TRIAGE,
    .inputs = EVENT_BIT(RECEIVED) | EVENT_BIT(CONFLICTING),
    .reads = &triage_reads,
    .services = services,
    .n_services = 1,
    .state = &triage,
    .open = triage_open,
    .take = triage_take,
    .decide = triage_decide,
    .tick = triage_tick,
    .settled = triage_settled,
    .save = triage_save,
    .close = triage_close,
};

// The fake runtime knows one folder; the linker sends that question here.
static const char *folder;
const char *__wrap_runtime_policy_dir(const struct runtime *runtime);
const char *__wrap_runtime_policy_dir(const struct runtime *runtime)
{
    (void)runtime;
    return folder;
}

static char directory[64];

static int setup(void **state)
{
    (void)state;
    unit_directory(directory);
    folder = SAMPLE;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unit_remove(directory);
    return 0;
}

// A policy of its own: the sample, in which I203 is of level 3.
static void make_other_policy(char path[96])
{
    char command[512];

    snprintf(path, 96, "%s/other", directory);
    snprintf(command, sizeof command, "cp -r " SAMPLE " '%s' && sed -i 's/code: I203, level: 2/code: I203, level: 3/' '%s/indicators.yaml'",
             path, path);
    assert_int_equal(system(command), 0);
}

static const uint8_t digest[32] = {1, 2, 3};

static uint64_t receive(struct fake_runtime *fake, const char *members, bool urgent)
{
    static struct received received;

    received =
        (struct received){.partner_source = span_text("/schools/1"), .partner_id = span_text("a"), .family = span_text("F0000000000000")};
    received.commitment = received.content = received.neighbourhoods = span_of(digest, sizeof digest);
    if (urgent)
        PUT(&received, received, urgent, true);
    PUT(&received.facts, facts, kind, KIND_EHA);
    PUT(&received.facts, facts, agency, AGENCY_SCHOOL);
    SET_HAS(&received.facts, facts, members);
    kit_members(members, &received.facts);
    for (unsigned i = 0; i < received.facts.n_members; i++) {
        SET_HAS(&received.facts.members[i], member_facts, role);
        SET_HAS(&received.facts.members[i], member_facts, needs);
    }
    return fake_runtime_input(fake, urgent ? EVENT_CONFLICTING : EVENT_RECEIVED, "R0000000000001", &received, (struct span){0});
}

static void expect_triaged(struct fake_runtime *fake, uint64_t cause, unsigned level, const char *rule)
{
    static union event_data data;
    struct event head;

    assert_true(fake_runtime_last(fake, EVENT_TRIAGED, &head, &data));
    assert_int_equal(head.cause, cause);
    assert_true(span_is(head.subject, "R0000000000001"));
    assert_int_equal(data.TRIAGED.level, level);
    assert_true(span_is(data.TRIAGED.rule, rule));
    assert_true(span_is(data.TRIAGED.family, "F0000000000000"));
}

static void the_policy_is_adopted_once(void **state)
{
    static union event_data data;
    struct fake_runtime *fake = fake_runtime_new(&daemon_row);
    struct event head;
    uint8_t hash[DIGEST_SIZE], *bytes;
    size_t size;
    struct span text;

    (void)state;
    assert_int_equal(fake_runtime_start(fake, directory, NULL), ERR_NONE);
    fake_runtime_tick(fake);
    assert_int_equal(fake_runtime_count_of(fake, EVENT_POLICY_ADOPTED), 1);
    assert_true(fake_runtime_last(fake, EVENT_POLICY_ADOPTED, &head, &data));
    assert_true(span_is(data.POLICY_ADOPTED.name, "luton-2017"));
    assert_int_equal(data.POLICY_ADOPTED.effective, 17167 * INT64_C(86400000));
    assert_false(HAS(&head, event, cause));
    assert_int_equal(runtime_attachment(fake_runtime_of(fake), 1, &bytes, &size), ERR_NONE);
    text = span_of(bytes, size);
    digest_sha256(&text, 1, hash);
    assert_true(span_equal(data.POLICY_ADOPTED.policy, span_of(hash, sizeof hash)));
    free(bytes);
    fake_runtime_free(&fake);
}

static void an_assessment_is_triaged_like_a_referral(void **state)
{
    struct fake_runtime *fake = fake_runtime_new(&daemon_row);
    static union event_data data;
    static struct assessment_recorded recorded;
    struct event head;
    uint64_t cause;

    (void)state;
    assert_int_equal(fake_runtime_start(fake, directory, NULL), ERR_NONE);
    receive(fake, "c100(I203)", false);
    recorded = (struct assessment_recorded){.family = span_text("F0000000000000")};
    recorded.event = (struct partner_event){.source = span_text("/schools/1"), .id = span_text("b")};
    recorded.event.commitment = recorded.event.content = recorded.neighbourhoods = span_of(digest, sizeof digest);
    SET_HAS(&recorded, assessment_recorded, problems);
    recorded.n_problems = 1;
    recorded.problems[0].code = FAULT_MISSING;
    PUT(&recorded.facts, facts, kind, KIND_CONTACT);
    SET_HAS(&recorded.facts, facts, members);
    kit_members("c100(I301 I310)", &recorded.facts);
    SET_HAS(&recorded.facts.members[0], member_facts, role);
    SET_HAS(&recorded.facts.members[0], member_facts, needs);
    cause = fake_runtime_input(fake, EVENT_ASSESSMENT_RECORDED, "R0000000000001", &recorded, (struct span){0});
    expect_triaged(fake, cause, 3, "SEVERAL_INTENSIVE");
    assert_true(fake_runtime_last(fake, EVENT_TRIAGED, &head, &data));
    assert_int_equal(data.TRIAGED.facts.kind, KIND_EHA); // it is one, whatever it calls itself
    assert_int_equal(data.TRIAGED.n_problems, 1);
    fake_runtime_free(&fake);
}

static void what_is_received_is_answered(void **state)
{
    struct fake_runtime *fake = fake_runtime_new(&daemon_row);
    static union event_data data;
    struct event head;
    uint64_t cause;

    (void)state;
    assert_int_equal(fake_runtime_start(fake, directory, NULL), ERR_NONE);
    cause = receive(fake, "c100(I301 I302) p", false);
    expect_triaged(fake, cause, 3, "SEVERAL_INTENSIVE");
    cause = receive(fake, "c100(I203)", false);
    expect_triaged(fake, cause, 2, "SINGLE_ADDITIONAL");
    cause = receive(fake, "c100(I203)", true);
    expect_triaged(fake, cause, 4, "URGENT");
    assert_true(fake_runtime_last(fake, EVENT_TRIAGED, &head, &data));
    assert_true(data.TRIAGED.urgent);
    assert_int_equal(data.TRIAGED.n_used, 2);
    assert_int_equal(data.TRIAGED.facts.n_members, 1);
    assert_int_equal(data.TRIAGED.facts.members[0].months, 100);
    assert_int_equal(data.TRIAGED.received, fake_runtime_clock(fake)->wall_ms);
    fake_runtime_free(&fake);
}

// The decision is a function of the event and the policy that it names: anybody can do it again.
static void decisions_can_be_recomputed(void **state)
{
    struct fake_runtime *fake = fake_runtime_new(&daemon_row);
    struct policy *policy = kit_policy(SAMPLE);
    static union event_data data;
    struct event head;
    struct level_decision again;

    (void)state;
    assert_int_equal(fake_runtime_start(fake, directory, NULL), ERR_NONE);
    receive(fake, "c100(I301 I201 I213) p(I216) u-3", false);
    assert_true(fake_runtime_last(fake, EVENT_TRIAGED, &head, &data));
    assert_true(span_equal(data.TRIAGED.policy, span_of(policy->version, POLICY_VERSION_SIZE)));
    level_decide(policy, &data.TRIAGED.facts, data.TRIAGED.urgent, &again);
    assert_int_equal(again.level, data.TRIAGED.level);
    assert_true(span_equal(again.rule, data.TRIAGED.rule));
    assert_int_equal(again.n_used, data.TRIAGED.n_used);
    for (unsigned i = 0; i < again.n_used; i++)
        assert_true(span_equal(again.used[i].fact, data.TRIAGED.used[i].fact) && again.used[i].value == data.TRIAGED.used[i].value);
    policy_free(&policy);
    fake_runtime_free(&fake);
}

static void a_restart_adopts_nothing_again(void **state)
{
    struct fake_runtime *first = fake_runtime_new(&daemon_row);
    struct fake_runtime *second = fake_runtime_new(&daemon_row);

    (void)state;
    assert_int_equal(fake_runtime_start(first, directory, NULL), ERR_NONE);
    receive(first, "c100(I203)", false);
    assert_int_equal(fake_runtime_save(first), ERR_NONE);
    triage_close(&triage);
    assert_int_equal(fake_runtime_start(second, directory, first), ERR_NONE);
    assert_int_equal(fake_runtime_count_of(second, EVENT_POLICY_ADOPTED), 1);
    expect_triaged(second, receive(second, "c100(I203)", false), 2, "SINGLE_ADDITIONAL");
    fake_runtime_free(&second);
    fake_runtime_free(&first);
}

// Adopted, but not yet in the projection: the log tells, with the text.
static void a_rebuild_finds_what_was_adopted(void **state)
{
    struct fake_runtime *first = fake_runtime_new(&daemon_row);
    struct fake_runtime *second = fake_runtime_new(&daemon_row);

    (void)state;
    assert_int_equal(fake_runtime_start(first, directory, NULL), ERR_NONE);
    triage_close(&triage);
    assert_int_equal(fake_runtime_start(second, directory, first), ERR_NONE);
    assert_int_equal(fake_runtime_count_of(second, EVENT_POLICY_ADOPTED), 1);
    assert_int_equal(triage.versions.n, 1);
    assert_int_equal(triage.versions.at[0].sequence, 1);
    fake_runtime_free(&second);
    fake_runtime_free(&first);
}

// What the folder holds later is nobody's word: another sample, or a draft with faults.
static void the_folder_only_seeds(void **state)
{
    struct fake_runtime *first = fake_runtime_new(&daemon_row);
    struct fake_runtime *second = fake_runtime_new(&daemon_row);
    struct fake_runtime *third = fake_runtime_new(&daemon_row);
    char other[96];

    (void)state;
    make_other_policy(other);
    assert_int_equal(fake_runtime_start(first, directory, NULL), ERR_NONE);
    expect_triaged(first, receive(first, "c100(I203)", false), 2, "SINGLE_ADDITIONAL");
    assert_int_equal(fake_runtime_save(first), ERR_NONE);
    triage_close(&triage);
    folder = other;
    assert_int_equal(fake_runtime_start(second, directory, first), ERR_NONE);
    assert_int_equal(fake_runtime_count_of(second, EVENT_POLICY_ADOPTED), 1);
    expect_triaged(second, receive(second, "c100(I203)", false), 2, "SINGLE_ADDITIONAL");
    triage_close(&triage);
    folder = "/nowhere/at/all";
    assert_int_equal(fake_runtime_start(third, directory, second), ERR_NONE);
    expect_triaged(third, receive(third, "c100(I203)", false), 2, "SINGLE_ADDITIONAL");
    fake_runtime_free(&third);
    fake_runtime_free(&second);
    fake_runtime_free(&first);
}

// ---------------------------------------------------------------- adopting while it runs

struct bundle {
    uint8_t *bytes;
    size_t size;
};

static struct bundle bundle_of(const char *path)
{
    struct complaints complaints = {0};
    struct bundle bundle;

    assert_int_equal(policy_read_folder(path, &complaints, &bundle.bytes, &bundle.size), ERR_NONE);
    return bundle;
}

// effective_ms 0: from now on.
static enum answer adopt(struct fake_runtime *fake, const struct bundle *bundle, int64_t effective_ms, struct adopted_policy *reply)
{
    struct adopt asked = {.bundle = span_of(bundle->bytes, bundle->size), .by = span_text("m2")};
    uint32_t ref;

    if (effective_ms != 0)
        PUT(&asked, adopt, effective, effective_ms);
    ref = fake_runtime_request(fake, POLICY_ADOPT, &asked);
    assert_true(fake_runtime_reply(fake, ref, &record_adopted_policy, reply));
    return (enum answer)reply->answer;
}

static void expect_at(struct fake_runtime *fake, int64_t ms, unsigned level)
{
    int64_t now = fake_runtime_clock(fake)->wall_ms;

    fake_runtime_clock(fake)->wall_ms = ms;
    expect_triaged(fake, receive(fake, "c100(I203)", false), level, level == 2 ? "SINGLE_ADDITIONAL" : "SINGLE_INTENSIVE");
    fake_runtime_clock(fake)->wall_ms = now;
}

static void a_policy_is_adopted_by_request(void **state)
{
    struct fake_runtime *fake = fake_runtime_new(&daemon_row);
    struct fake_runtime *second = fake_runtime_new(&daemon_row);
    struct bundle sample = bundle_of(SAMPLE), other;
    struct adopted_policy reply;
    static union event_data data;
    struct event head;
    char path[96];
    int64_t start = INT64_C(1490000000000);

    (void)state;
    make_other_policy(path);
    other = bundle_of(path);
    fake_runtime_clock(fake)->wall_ms = start - ADOPT_AHEAD_MS;
    assert_int_equal(fake_runtime_start(fake, directory, NULL), ERR_NONE);
    assert_int_equal(adopt(fake, &other, 0, &reply), ANSWER_OK);
    assert_true(fake_runtime_last(fake, EVENT_POLICY_ADOPTED, &head, &data));
    assert_true(span_is(data.POLICY_ADOPTED.by, "m2") && data.POLICY_ADOPTED.effective == start && reply.effective == start);
    assert_true(span_equal(reply.policy, data.POLICY_ADOPTED.policy));
    assert_int_equal(reply.sequence, fake_runtime_count(fake));
    expect_at(fake, start - ADOPT_AHEAD_MS, 2); // in the same moment: decided before or after the adoption, it is the same
    expect_at(fake, start - 1, 2);
    expect_at(fake, start, 3);
    // from a later day on; until then what is in force stays, also when something else is adopted meanwhile
    assert_int_equal(adopt(fake, &sample, start + 5000, &reply), ANSWER_OK);
    assert_int_equal(adopt(fake, &other, start + 3000, &reply), ANSWER_OK);
    expect_at(fake, start + 4999, 3);
    expect_at(fake, start + 5000, 2);
    // of the same moment the one adopted last: so a day that lies ahead can be taken back
    assert_int_equal(adopt(fake, &other, start + 5000, &reply), ANSWER_OK);
    expect_at(fake, start + 5000, 3);
    // and all of it is so after a restart
    assert_int_equal(fake_runtime_save(fake), ERR_NONE);
    triage_close(&triage);
    fake_runtime_clock(second)->wall_ms = start + 100;
    assert_int_equal(fake_runtime_start(second, directory, fake), ERR_NONE);
    assert_int_equal(fake_runtime_count_of(second, EVENT_POLICY_ADOPTED), 5);
    expect_at(second, start - 1, 2);
    expect_at(second, start + 5000, 3);
    fake_runtime_free(&second);
    fake_runtime_free(&fake);
    free(sample.bytes);
    free(other.bytes);
}

static void what_cannot_be_adopted_is_told_and_changes_nothing(void **state)
{
    struct fake_runtime *fake = fake_runtime_new(&daemon_row);
    struct bundle sample = bundle_of(SAMPLE), faulty;
    struct bundle nothing = {.bytes = (uint8_t *)(uintptr_t) "\xc0", .size = 1};
    struct adopted_policy reply;
    char path[96], command[256];

    (void)state;
    make_other_policy(path);
    snprintf(command, sizeof command, "sed -i '/row: STEP_UP/,/source:/s/hub-decision/hub-decisoin/' '%s/destinations.yaml'", path);
    assert_int_equal(system(command), 0);
    faulty = bundle_of(path);
    fake_runtime_clock(fake)->wall_ms = INT64_C(1490000000000);
    assert_int_equal(fake_runtime_start(fake, directory, NULL), ERR_NONE);
    assert_int_equal(adopt(fake, &faulty, 0, &reply), ANSWER_BAD_REQUEST);
    assert_true(reply.n_errors >= 1 && span_is(reply.errors[0].path, "/bundle"));
    assert_memory_equal(reply.errors[0].message.at, "destinations.yaml:", 18);
    assert_int_equal(adopt(fake, &nothing, 0, &reply), ANSWER_BAD_REQUEST);
    assert_int_equal(adopt(fake, &sample, INT64_C(1489999999999), &reply), ANSWER_BAD_REQUEST);
    assert_true(span_is(reply.errors[0].path, "/effective"));
    assert_int_equal(fake_runtime_count_of(fake, EVENT_POLICY_ADOPTED), 1);
    fake_runtime_free(&fake);
    free(sample.bytes);
    free(faulty.bytes);
}

static void a_bad_policy_is_refused(void **state)
{
    struct fake_runtime *fake = fake_runtime_new(&daemon_row);
    char other[96], command[256];

    (void)state;
    make_other_policy(other);
    folder = other;
    snprintf(command, sizeof command, "sed -i 's/level: 3/level: 9/' '%s/indicators.yaml'", other);
    assert_int_equal(system(command), 0);
    assert_int_equal(fake_runtime_start(fake, directory, NULL), ERR_BAD_CONFIG);
    triage_close(&triage);
    folder = "/nowhere/at/all";
    assert_int_equal(fake_runtime_start(fake, directory, NULL), ERR_BAD_CONFIG);
    triage_close(&triage);
    fake_runtime_free(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_policy_is_adopted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(an_assessment_is_triaged_like_a_referral, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_received_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(decisions_can_be_recomputed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_adopts_nothing_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_rebuild_finds_what_was_adopted, setup, teardown),
        cmocka_unit_test_setup_teardown(the_folder_only_seeds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_policy_is_adopted_by_request, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_adopted_is_told_and_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_policy_is_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
