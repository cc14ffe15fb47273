// SPDX-License-Identifier: MIT
// The log folded: states after each event, counts, and what must never happen; and the story of one referral by the same events.
// Run by ctest.
#include "services/windscreen/fold.h"

#include "common/base/tag.h"
#include "services/windscreen/story.h"
#include "services/windscreen/wording.h"
#include "tests/unit/unit.h"

struct scene {
    struct fold *fold;
    struct story story;
    uint64_t sequence;
    struct event head;
    union event_data data;
    struct gist gist;
    struct windscreen_event event;
    char line[WORDING_MAX + 1];
};

static struct scene scene;

static const char *tag_of(uint64_t number)
{
    static char texts[4][TAG_TEXT_MAX + 1];
    static unsigned next;
    char *text = texts[next++ % 4];

    tag_print('R', number, text);
    return text;
}

static int begin(void **state)
{
    (void)state;
    memset(&scene, 0, sizeof scene);
    scene.fold = fold_new();
    story_begin(&scene.story, span_text(tag_of(7)));
    return scene.fold == NULL;
}

static int end(void **state)
{
    (void)state;
    fold_free(&scene.fold);
    return 0;
}

// Sends the event whose data stands in the scene through gist, fold and story; then the data is blank again.
static void happens(enum event_type type, const char *referral)
{
    char id[32];

    scene.sequence++;
    snprintf(id, sizeof id, "3.%llu", (unsigned long long)scene.sequence);
    scene.head = (struct event){.id = span_text(id), .time = 1000000 + (int64_t)scene.sequence};
    if (referral != NULL)
        scene.head.subject = span_text(referral);
    scene.event = (struct windscreen_event){.sequence = scene.sequence, .type = type, .head = &scene.head, .data = &scene.data};
    gist_of(&scene.event, &scene.gist);
    assert_int_equal(fold_take(scene.fold, &scene.event, &scene.gist), ERR_NONE);
    (void)story_take(&scene.story, &scene.event, &scene.gist);
    wording_line(&scene.event, &scene.gist, scene.line);
    memset(&scene.data, 0, sizeof scene.data);
}

static void receive(uint64_t number)
{
    scene.data.RECEIVED.partner_source = span_text("/schools/1");
    scene.data.RECEIVED.partner_id = span_text("a");
    scene.data.RECEIVED.family = span_text("F0000000G00001");
    happens(EVENT_RECEIVED, tag_of(number));
}

static void allocate(uint64_t number, uint64_t part, const char *team)
{
    scene.data.ALLOCATED.part = part;
    scene.data.ALLOCATED.team = span_text(team);
    scene.data.ALLOCATED.level = 3;
    scene.data.ALLOCATED.due = 5000000;
    scene.data.ALLOCATED.rule = span_text("TO_TEAM");
    happens(EVENT_ALLOCATED, tag_of(number));
}

static void lease(enum event_type type, uint64_t number, uint64_t part)
{
    struct job job = {.referral = span_text(tag_of(number)), .part = part, .attempt = 1};

    if (type == EVENT_LEASED) {
        scene.data.LEASED = (struct leased){.team = span_text("fsw"), .worker = span_text("w1"), .due = 2000000, .n_jobs = 1};
        scene.data.LEASED.jobs[0] = job;
    } else if (type == EVENT_ACCEPTED) {
        scene.data.ACCEPTED = (struct accepted){.team = span_text("fsw"), .worker = span_text("w1"), .due = 3000000, .n_jobs = 1};
        scene.data.ACCEPTED.jobs[0] = job;
    } else {
        scene.data.LAPSED = (struct lease_changed){.team = span_text("fsw"), .worker = span_text("w1"), .n_jobs = 1};
        scene.data.LAPSED.jobs[0] = job;
    }
    happens(type, NULL);
}

static void assert_lead(enum state state)
{
    for (unsigned s = 1; s < STATE_COUNT; s++)
        assert_int_equal(fold_leads(scene.fold, (enum state)s), s == (unsigned)state);
    assert_int_equal(scene.story.parts[0].state, state);
}

static void a_referral_passes_through_its_states(void **state)
{
    (void)state;
    receive(7);
    assert_lead(STATE_ROUTING);
    assert_string_equal(story_owner(&scene.story.parts[0]), "hub");
    scene.data.TRIAGED = (struct triaged){.level = 3, .computed = 3, .rule = span_text("L3_ONE")};
    happens(EVENT_TRIAGED, tag_of(7));
    assert_lead(STATE_ROUTING);
    allocate(7, 0, "fsw");
    assert_lead(STATE_QUEUED);
    assert_string_equal(story_owner(&scene.story.parts[0]), "fsw");
    lease(EVENT_LEASED, 7, 0);
    assert_lead(STATE_LEASED);
    assert_string_equal(story_owner(&scene.story.parts[0]), "w1");
    assert_int_equal(scene.story.parts[0].due_ms, 2000000);
    lease(EVENT_LAPSED, 7, 0);
    assert_lead(STATE_QUEUED);
    assert_int_equal(scene.story.parts[0].due_ms, 5000000); // the queue's own clock runs on
    lease(EVENT_LEASED, 7, 0);
    lease(EVENT_RELEASED, 7, 0);
    assert_lead(STATE_QUEUED);
    lease(EVENT_LEASED, 7, 0);
    lease(EVENT_ACCEPTED, 7, 0);
    assert_lead(STATE_ACCEPTED);
    assert_int_equal(scene.story.parts[0].due_ms, 3000000);
    assert_int_equal(fold_received(scene.fold), 1);
    assert_int_equal(fold_n_problems(scene.fold), 0);
    assert_int_equal(scene.story.level, 3);
    assert_string_equal(scene.story.rule, "L3_ONE");
    assert_string_equal(scene.story.source, "/schools/1");
}

static void what_waits_for_a_person_is_deciding(void **state)
{
    (void)state;
    receive(7);
    allocate(7, 0, "hub-decision");
    assert_lead(STATE_DECIDING);
    assert_string_equal(story_owner(&scene.story.parts[0]), "hub-decision");
    scene.data.CONFIRMED = (struct decided){.by = span_text("m2"), .team = span_text("fsw"), .level = 3};
    happens(EVENT_CONFIRMED, tag_of(7));
    assert_lead(STATE_DECIDING);
    allocate(7, 0, "fsw");
    assert_lead(STATE_QUEUED);
    lease(EVENT_LEASED, 7, 0);
    scene.data.DECLINED = (struct declined){.team = span_text("fsw"), .worker = span_text("w1"), .reason = DECLINE_UNSAFE, .due = 9};
    happens(EVENT_DECLINED, tag_of(7));
    assert_lead(STATE_DECIDING);
    assert_string_equal(scene.story.parts[0].proposal, "fsw");
    allocate(7, 0, "fsw");
    lease(EVENT_LEASED, 7, 0);
    lease(EVENT_LAPSED, 7, 0);
    scene.data.DEAD = (struct dead){.team = span_text("fsw"), .reason = REASON_FIVE_ATTEMPTS, .due = 9};
    happens(EVENT_DEAD, tag_of(7));
    assert_lead(STATE_DEAD);
    assert_string_equal(story_owner(&scene.story.parts[0]), "hub-manager");
    assert_int_equal(fold_n_problems(scene.fold), 0);
}

static void parts_count_apart_from_leads(void **state)
{
    (void)state;
    receive(7);
    allocate(7, 1, "take3"); // a part may come before its lead is allocated
    allocate(7, 0, "fsw");
    lease(EVENT_LEASED, 7, 1);
    assert_int_equal(fold_leads(scene.fold, STATE_QUEUED), 1);
    assert_int_equal(fold_leads(scene.fold, STATE_LEASED), 0);
    assert_int_equal(fold_parts(scene.fold, STATE_LEASED), 1);
    assert_int_equal(fold_n_problems(scene.fold), 0);
    assert_int_equal(scene.story.n_parts, 2);
    assert_int_equal(scene.story.parts[1].state, STATE_LEASED);
}

static void a_closed_referral_stays_closed_until_it_is_reopened(void **state)
{
    (void)state;
    receive(7);
    scene.data.CLOSED = (struct closed){.by = span_text("m2"), .outcome = OUTCOME_DONE};
    allocate(7, 0, "hub-decision");
    happens(EVENT_CLOSED, tag_of(7));
    assert_lead(STATE_CLOSED);
    assert_int_equal(scene.story.parts[0].due_ms, 0);
    scene.data.REOPENED = (struct reopened){.by = span_text("m2"), .why = REOPEN_NEED_RETURNED};
    happens(EVENT_REOPENED, tag_of(7));
    assert_lead(STATE_DECIDING);
    allocate(7, 0, "hub-decision");
    scene.data.CLOSED = (struct closed){.by = span_text("m2"), .outcome = OUTCOME_DONE};
    happens(EVENT_CLOSED, tag_of(7));
    assert_int_equal(fold_n_problems(scene.fold), 0);
    allocate(7, 0, "fsw");
    assert_int_equal(fold_n_problems(scene.fold), 1);
    assert_int_equal(fold_problem_at(scene.fold, 0)->fault, FOLD_TWICE);
    assert_int_equal(fold_problem_at(scene.fold, 0)->before, STATE_CLOSED);
}

static void a_worker_loses_a_case_only_when_what_it_rests_on_has_changed(void **state)
{
    (void)state;
    receive(7);
    allocate(7, 0, "fsw");
    allocate(7, 1, "take3");
    lease(EVENT_LEASED, 7, 0);
    scene.data.UPDATED.consent = CONSENT_WITHDRAWN;
    happens(EVENT_UPDATED, tag_of(7));
    allocate(7, 0, "hub-decision");
    scene.data.HELD.part = 1;
    happens(EVENT_HELD, tag_of(7)); // waits with its lead
    assert_int_equal(fold_n_problems(scene.fold), 0);
    allocate(7, 1, "take3");
    allocate(7, 0, "fsw");
    lease(EVENT_LEASED, 7, 0);
    lease(EVENT_ACCEPTED, 7, 0);
    scene.data.STEPPED = (struct stepped){.by = span_text("w1"), .level = 4, .team = span_text("specialist")};
    happens(EVENT_STEPPED, tag_of(7));
    allocate(7, 0, "specialist");
    assert_lead(STATE_QUEUED);
    assert_int_equal(fold_n_problems(scene.fold), 0);
    lease(EVENT_LEASED, 7, 0);
    lease(EVENT_ACCEPTED, 7, 0);
    allocate(7, 0, "specialist"); // taken from its worker
    scene.data.HELD.part = 1;
    happens(EVENT_HELD, tag_of(7)); // taken out of its queue
    assert_int_equal(fold_n_problems(scene.fold), 2);
}

static void a_stepped_case_is_its_new_workers(void **state)
{
    struct story_part *lead = &scene.story.parts[0];

    (void)state;
    receive(7);
    allocate(7, 0, "fsw");
    lease(EVENT_LEASED, 7, 0);
    lease(EVENT_ACCEPTED, 7, 0);
    scene.data.OFFERED = (struct offered){.part = 1, .by = span_text("w1"), .team = span_text("taf"), .level = 2, .why = WHY_NEED_LOWER};
    happens(EVENT_OFFERED, tag_of(7));
    assert_non_null(strstr(scene.line, "w1 offers the case to taf at level 2"));
    scene.data.STEPPED =
        (struct stepped){.by = span_text("w2"), .from_level = 3, .from_team = span_text("fsw"), .level = 2, .team = span_text("taf")};
    PUT(&scene.data.STEPPED, stepped, worker, span_text("w2"));
    PUT(&scene.data.STEPPED, stepped, token, 17);
    PUT(&scene.data.STEPPED, stepped, due, 9000000);
    happens(EVENT_STEPPED, tag_of(7));
    assert_non_null(strstr(scene.line, "from level 3 to level 2; it goes from fsw to w2 of taf"));
    assert_lead(STATE_ACCEPTED);
    assert_string_equal(lead->team, "taf");
    assert_string_equal(story_owner(lead), "w2");
    assert_int_equal(lead->level, 2);
    assert_int_equal(lead->token, 17);
    assert_int_equal(lead->due_ms, 9000000);
    assert_int_equal(fold_n_problems(scene.fold), 0);
}

static void two_states_at_once_are_told(void **state)
{
    (void)state;
    receive(7);
    allocate(7, 0, "fsw");
    lease(EVENT_LEASED, 7, 0);
    lease(EVENT_LEASED, 7, 0); // a second worker
    assert_int_equal(fold_n_problems(scene.fold), 1);
    assert_int_equal(fold_problem_at(scene.fold, 0)->fault, FOLD_TWICE);
    assert_int_equal(fold_problem_at(scene.fold, 0)->before, STATE_LEASED);
    assert_int_equal(fold_problem_at(scene.fold, 0)->tag, 7);
    lease(EVENT_ACCEPTED, 7, 0);
    lease(EVENT_ACCEPTED, 7, 0); // accepted twice
    allocate(7, 0, "fsw");       // taken from its worker
    receive(7);                  // received twice: more came than there is
    assert_int_equal(fold_n_problems(scene.fold), 4);
    assert_int_equal(fold_received(scene.fold), 2);
    assert_int_equal(fold_leads(scene.fold, STATE_ROUTING), 1);
}

static void what_was_never_received_is_told(void **state)
{
    (void)state;
    allocate(7, 0, "fsw");
    lease(EVENT_LEASED, 8, 1);
    allocate(9, 1, "take3"); // a part without a lead
    happens(EVENT_CONFLICTING, "not-a-tag");
    assert_int_equal(fold_n_problems(scene.fold), 4);
    assert_int_equal(fold_problem_at(scene.fold, 0)->fault, FOLD_NOWHERE);
    assert_int_equal(fold_problem_at(scene.fold, 3)->fault, FOLD_BAD_TAG);
    assert_int_equal(fold_leads(scene.fold, STATE_QUEUED), 0);
}

// Grows over several sizes of the table.
static void a_hundred_thousand_referrals(void **state)
{
    enum { N = 100000 };
    size_t at = 0;
    uint64_t n = 0;

    (void)state;
    for (uint64_t i = 1; i <= N; i++)
        receive(i << 24 | i % 251);
    for (uint64_t i = 2; i <= N; i += 2) {
        allocate(i << 24 | i % 251, 0, "hub-decision");
        happens(EVENT_CLOSED, tag_of(i << 24 | i % 251));
    }
    for (uint64_t i = 1; i <= N; i++)
        assert_int_equal(fold_state(scene.fold, i << 24 | i % 251, 0), i % 2 == 0 ? STATE_CLOSED : STATE_ROUTING);
    while (fold_next(scene.fold, &at) != NULL)
        n++;
    assert_int_equal(n, N);
    assert_int_equal(fold_leads(scene.fold, STATE_ROUTING), N / 2);
    assert_int_equal(fold_leads(scene.fold, STATE_CLOSED), N / 2);
    assert_int_equal(fold_n_problems(scene.fold), 0);
}

static void events_are_told_in_words(void **state)
{
    (void)state;
    receive(7);
    assert_non_null(strstr(scene.line, "1970-01-01 00:16:40 GMT       1  R0000000000007  received "));
    assert_non_null(strstr(scene.line, "from /schools/1"));
    scene.data.TRIAGED =
        (struct triaged){.level = 3, .computed = 2, .rule = span_text("L3_CLAIM"), .marks = 1 << MARK_CLAIM_ABOVE_COMPUTED};
    happens(EVENT_TRIAGED, tag_of(7));
    assert_non_null(strstr(scene.line, "L3  L3_CLAIM"));
    assert_non_null(strstr(scene.line, "level 3 is proposed (by the needs alone it would be 2), to be confirmed by whoever takes it on: "
                                       "the referrer sees a higher level"));
    scene.data.ALLOCATED.proposal = span_text("universal");
    scene.data.ALLOCATED.reason = REASON_UNIVERSAL;
    allocate(7, 0, "hub-decision");
    assert_non_null(strstr(scene.line, "waits for a person: level 1: universal services are proposed; the proposal is universal; to be "
                                       "decided by Thursday 1 January 1970, 01:23"));
    scene.data.LEASED = (struct leased){.team = span_text("fsw"), .worker = span_text("w1"), .due = 0, .n_jobs = 2};
    scene.data.LEASED.jobs[0].referral = scene.data.LEASED.jobs[1].referral = span_text("R0000000000008");
    happens(EVENT_LEASED, NULL);
    assert_non_null(strstr(scene.line, "2 jobs: shown to w1, who is to answer by Thursday 1 January 1970, "));
    happens(EVENT_NONE, NULL); // of a newer hub
    assert_non_null(strstr(scene.line, "unknown"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_referral_passes_through_its_states, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_for_a_person_is_deciding, begin, end),
        cmocka_unit_test_setup_teardown(parts_count_apart_from_leads, begin, end),
        cmocka_unit_test_setup_teardown(a_closed_referral_stays_closed_until_it_is_reopened, begin, end),
        cmocka_unit_test_setup_teardown(a_worker_loses_a_case_only_when_what_it_rests_on_has_changed, begin, end),
        cmocka_unit_test_setup_teardown(a_stepped_case_is_its_new_workers, begin, end),
        cmocka_unit_test_setup_teardown(two_states_at_once_are_told, begin, end),
        cmocka_unit_test_setup_teardown(what_was_never_received_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_hundred_thousand_referrals, begin, end),
        cmocka_unit_test_setup_teardown(events_are_told_in_words, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
