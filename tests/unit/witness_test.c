// SPDX-License-Identifier: MIT
// A projection and the log it was made from: the same, one without that event, one with another in its place.
// Run by ctest; the log is played. Fails when any of the three is taken for another.
#include "tests/unit/unit.h"

#include "common/runtime/report.h"
#include "common/runtime/runtime.h"

enum { WITNESS = 7 };

static struct {
    uint64_t sequence; // of the one event that a read gives; 0: it gives none
    const char *event;
    uint64_t asked_from, asked_types;
    unsigned reads;
    bool stopping;
    char said[1024];
} log_played;

bool __wrap_log_read_now(struct runtime *runtime, uint64_t from, uint64_t types, bool attachments);
__attribute__((format(printf, 2, 3))) void __wrap_report(const char *id, const char *format, ...);

static void put_events(struct runtime *runtime, uint64_t sequence, const char *event)
{
    runtime->events->n_events = sequence != 0;
    runtime->events->events[0].sequence = sequence;
    runtime->events->events[0].event = span_text(event);
}

bool __wrap_log_read_now(struct runtime *runtime, uint64_t from, uint64_t types, bool attachments)
{
    assert_false(attachments);
    log_played.reads++;
    log_played.asked_from = from;
    log_played.asked_types = types;
    put_events(runtime, log_played.sequence, log_played.event);
    return !log_played.stopping;
}

void __wrap_report(const char *id, const char *format, ...)
{
    va_list arguments;

    assert_string_equal(id, "projection-of-another-log");
    va_start(arguments, format);
    vsnprintf(log_played.said, sizeof log_played.said, format, arguments);
    va_end(arguments);
}

static enum err save_nothing(void *state, struct projection_marks marks)
{
    (void)state;
    (void)marks;
    return ERR_NONE;
}

static const struct daemon registry = {
    .name = "registry", .producer = PRODUCER_REGISTRY, .inputs = EVENT_BIT(TRIAGED), .save = save_nothing};

static struct runtime runtime;

static int set_up(void **state)
{
    (void)state;
    memset(&log_played, 0, sizeof log_played);
    runtime = (struct runtime){.daemon = &registry, .state_dir = "/hub"};
    runtime.events = calloc(1, sizeof *runtime.events);
    return runtime.events == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    free(runtime.events);
    return 0;
}

// What a projection saved that has read this event, and starts on a log that has that one.
static enum err start(const char *saved, uint64_t sequence, const char *event)
{
    put_events(&runtime, WITNESS, saved);
    witness_take(&runtime);
    runtime.saved.witness = runtime.witness;
    log_played.sequence = sequence;
    log_played.event = event;
    return witness_check(&runtime);
}

static void the_log_it_was_made_from_is_known_again(void **state)
{
    (void)state;
    assert_int_equal(start("an event", WITNESS, "an event"), ERR_NONE);
    assert_string_equal(log_played.said, "");
    assert_int_equal(log_played.asked_from, WITNESS);
    assert_true((log_played.asked_types & EVENT_BIT(TRIAGED)) != 0); // others' that it reads, and its own
    assert_true((log_played.asked_types & EVENT_BIT(RECEIVED)) != 0);
}

static void another_event_in_its_place_is_refused(void **state)
{
    (void)state;
    assert_int_equal(start("an event", WITNESS, "an evenT"), ERR_OTHER_STORE);
    assert_non_null(strstr(log_played.said, "/hub/registry"));
    assert_non_null(strstr(log_played.said, "event 7 is not in /hub/audit"));
    assert_non_null(strstr(log_played.said, "call a person"));
}

static void a_log_without_it_is_refused(void **state)
{
    (void)state;
    assert_int_equal(start("an event", WITNESS + 1, "an event"), ERR_OTHER_STORE);
    assert_int_equal(start("an event", 0, ""), ERR_OTHER_STORE);
}

static void one_that_has_read_nothing_has_none_to_compare(void **state)
{
    (void)state;
    put_events(&runtime, 0, "");
    witness_take(&runtime);
    assert_int_equal(runtime.witness.sequence, 0);
    assert_int_equal(witness_check(&runtime), ERR_NONE);
    assert_int_equal(log_played.reads, 0);
}

static void an_empty_read_keeps_the_one_before(void **state)
{
    (void)state;
    put_events(&runtime, WITNESS, "an event");
    witness_take(&runtime);
    put_events(&runtime, 0, "");
    witness_take(&runtime);
    assert_int_equal(runtime.witness.sequence, WITNESS);
}

static void the_last_own_event_is_one_too(void **state)
{
    const struct span event = span_text("an own event");
    struct append append = {0};

    (void)state;
    digest_sha256(&event, 1, append.last_digest);
    put_events(&runtime, WITNESS + 1, "an event");
    witness_take(&runtime);
    witness_take_own(&runtime.witness, &append, WITNESS); // it stands before what was read
    assert_int_equal(runtime.witness.sequence, WITNESS + 1);
    witness_take_own(&runtime.witness, &append, WITNESS + 3);
    put_events(&runtime, WITNESS + 2, "an event");
    witness_take(&runtime); // read later, but it stands before it
    assert_int_equal(runtime.witness.sequence, WITNESS + 3);
    runtime.saved.witness = runtime.witness;
    log_played.sequence = WITNESS + 3;
    log_played.event = "an own event";
    assert_int_equal(witness_check(&runtime), ERR_NONE);
}

static void being_stopped_is_no_verdict(void **state)
{
    (void)state;
    log_played.stopping = true;
    assert_int_equal(start("an event", 0, ""), ERR_AGAIN);
    assert_string_equal(log_played.said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_it_was_made_from_is_known_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_event_in_its_place_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_without_it_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_has_read_nothing_has_none_to_compare, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_read_keeps_the_one_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_own_event_is_one_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(being_stopped_is_no_verdict, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
