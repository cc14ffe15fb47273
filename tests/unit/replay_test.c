// SPDX-License-Identifier: MIT
// A projection is rebuilt piece by piece, and a disk that has no room or time for one of them does not stop it.
// Run by ctest; the log is played.
#include "tests/unit/unit.h"

#include "common/runtime/report.h"
#include "common/runtime/runtime.h"

enum { PIECES = 4, HEAD = PIECES * REBUILD_SAVE_EVENTS };

enum err __wrap_log_begin(struct runtime *runtime);
bool __wrap_log_read_now(struct runtime *runtime, uint64_t from, uint64_t types, bool attachments);
__attribute__((format(printf, 2, 3))) void __wrap_report(const char *id, const char *format, ...);

static struct {
    enum err answers[PIECES]; // of the disk, to each piece
    unsigned n;
    uint64_t filed_to; // by the last piece that was taken
} disk;

enum err __wrap_log_begin(struct runtime *runtime)
{
    runtime->head = HEAD;
    return ERR_NONE;
}

// As many events at a time as make a piece, none of which concerns this daemon.
bool __wrap_log_read_now(struct runtime *runtime, uint64_t from, uint64_t types, bool attachments)
{
    (void)types;
    (void)attachments;
    runtime->events->n_events = 0;
    runtime->events->next = from + REBUILD_SAVE_EVENTS;
    return true;
}

void __wrap_report(const char *id, const char *format, ...)
{
    (void)format;
    assert_string_equal(id, "replayed");
}

static enum err save(void *state, struct projection_marks marks)
{
    enum err err = disk.answers[disk.n++];

    (void)state;
    if (err == ERR_NONE)
        disk.filed_to = marks.filed_to;
    return err;
}

static const struct daemon registry = {.name = "registry", .producer = PRODUCER_REGISTRY, .inputs = EVENT_BIT(TRIAGED), .save = save};

static enum err replay(enum err first, enum err second, enum err third, enum err last)
{
    static struct runtime runtime;
    enum err err;

    disk.answers[0] = first;
    disk.answers[1] = second;
    disk.answers[2] = third;
    disk.answers[3] = last;
    disk.n = 0;
    disk.filed_to = 0;
    runtime = (struct runtime){.daemon = &registry, .state_dir = "/hub"};
    runtime.events = calloc(1, sizeof *runtime.events);
    assert_non_null(runtime.events);
    err = runtime_replay(&runtime);
    assert_true(runtime.saved.filed_to == disk.filed_to);
    free(runtime.events);
    return err;
}

static void each_piece_goes_to_the_disk(void **state)
{
    (void)state;
    assert_int_equal(replay(ERR_NONE, ERR_NONE, ERR_NONE, ERR_NONE), ERR_NONE);
    assert_int_equal(disk.n, PIECES);
    assert_int_equal(disk.filed_to, HEAD);
}

static void what_the_disk_is_not_ready_for_goes_with_the_next_piece(void **state)
{
    (void)state;
    assert_int_equal(replay(ERR_NONE, ERR_AGAIN, ERR_STORE_FULL, ERR_NONE), ERR_NONE);
    assert_int_equal(disk.filed_to, HEAD);
    assert_int_equal(replay(ERR_NONE, ERR_AGAIN, ERR_AGAIN, ERR_AGAIN), ERR_NONE); // the rest is saved when it works
    assert_int_equal(disk.filed_to, REBUILD_SAVE_EVENTS);
}

static void a_disk_that_fails_ends_it(void **state)
{
    (void)state;
    assert_int_equal(replay(ERR_NONE, ERR_IO, ERR_NONE, ERR_NONE), ERR_IO);
    assert_int_equal(disk.n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_goes_to_the_disk),
        cmocka_unit_test(what_the_disk_is_not_ready_for_goes_with_the_next_piece),
        cmocka_unit_test(a_disk_that_fails_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
