// SPDX-License-Identifier: MIT
// A projection reads what was put at once, and what was committed after opening again; checked against a plain array.
// Run by ctest.
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/resource.h>

#include "common/store/projection.h"

enum { MAP_SIZE = 64 << 20, KEYS = 500, HASHED = 2, HASH_SIZE = 16, VALUE_SIZE = 4 };

static const struct projection_table tables[] = {{.name = "first"}, {.name = "second"}, {"hashed", HASH_SIZE, VALUE_SIZE}, {.name = NULL}};

struct fixture {
    char directory[64];
    struct projection *projection;
};

static void open_projection(struct fixture *f)
{
    assert_int_equal(projection_open(f->directory, tables, MAP_SIZE, &f->projection), ERR_NONE);
}

static int set_up(void **state)
{
    static struct fixture f;

    unit_directory(f.directory);
    open_projection(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    projection_close(&f->projection);
    unit_remove(f->directory);
    return 0;
}

static void put(struct fixture *f, unsigned table, const char *key, const char *value)
{
    assert_int_equal(projection_put(f->projection, table, span_text(key), span_text(value)), ERR_NONE);
}

static void assert_value(struct fixture *f, unsigned table, const char *key, const char *expected)
{
    struct span value;
    enum err err;

    projection_fetch(f->projection, table, span_text(key));
    err = projection_get(f->projection, table, span_text(key), &value);
    assert_int_equal(err, expected == NULL ? ERR_NOT_FOUND : ERR_NONE);
    if (expected != NULL)
        assert_true(span_is(value, expected));
}

static void commit(struct fixture *f, uint64_t taken_to)
{
    struct projection_marks marks = {.taken_to = taken_to, .filed_to = taken_to + 1, .witness.sequence = taken_to};

    memset(marks.witness.digest, (int)taken_to, sizeof marks.witness.digest);
    assert_int_equal(projection_commit(f->projection, marks), ERR_NONE);
    assert_int_equal(projection_pending(f->projection), 0);
}

static void what_was_put_is_seen_at_once_and_kept_by_commit(void **state)
{
    struct fixture *f = *state;

    put(f, 0, "k", "one");
    put(f, 1, "k", "two");
    assert_value(f, 0, "k", "one");
    assert_value(f, 1, "k", "two");
    put(f, 0, "k", "longer than before, by far");
    assert_value(f, 0, "k", "longer than before, by far");
    assert_int_equal(projection_pending(f->projection), 2);
    commit(f, 5);
    assert_value(f, 0, "k", "longer than before, by far");
    put(f, 0, "k", "lost");
    projection_close(&f->projection); // as by kill: not committed
    open_projection(f);
    assert_value(f, 0, "k", "longer than before, by far");
    assert_int_equal(projection_marks(f->projection).taken_to, 5);
    assert_int_equal(projection_marks(f->projection).filed_to, 6);
    assert_int_equal(projection_marks(f->projection).witness.sequence, 5);
    for (unsigned i = 0; i < DIGEST_SIZE; i++)
        assert_int_equal(projection_marks(f->projection).witness.digest[i], 5);
}

static void what_was_deleted_is_gone(void **state)
{
    struct fixture *f = *state;

    put(f, 0, "kept", "1");
    put(f, 0, "gone", "2");
    commit(f, 1);
    assert_int_equal(projection_del(f->projection, 0, span_text("gone")), ERR_NONE);
    assert_int_equal(projection_del(f->projection, 0, span_text("never there")), ERR_NONE);
    assert_value(f, 0, "gone", NULL);
    commit(f, 2);
    assert_value(f, 0, "gone", NULL);
    assert_value(f, 0, "kept", "1");
    put(f, 0, "gone", "again");
    assert_value(f, 0, "gone", "again");
}

// Reading, changing and deleting go on over the rows that a commit is writing; what came after its beginning waits for the next one.
static void work_goes_on_while_a_commit_runs(void **state)
{
    enum { ROWS = 20000 };
    struct fixture *f = *state;
    char key[16];

    for (unsigned i = 0; i < ROWS; i++) {
        snprintf(key, sizeof key, "%05u", i);
        put(f, 0, key, "old");
    }
    commit(f, 1); // twenty thousand rows take a while
    for (unsigned i = 0; i < ROWS; i += 2) {
        snprintf(key, sizeof key, "%05u", i);
        assert_value(f, 0, key, "old");
        if (i % 4 == 0)
            put(f, 0, key, "new");
        else
            assert_int_equal(projection_del(f->projection, 0, span_text(key)), ERR_NONE);
    }
    assert_int_equal(projection_finish(f->projection), ERR_NONE);
    assert_int_equal(projection_marks(f->projection).taken_to, 1);
    for (unsigned i = 0; i < ROWS; i++) {
        snprintf(key, sizeof key, "%05u", i);
        assert_value(f, 0, key, i % 4 == 0 ? "new" : i % 4 == 2 ? NULL : "old");
    }
    projection_close(&f->projection); // as by kill: the second half was not committed
    open_projection(f);
    assert_value(f, 0, "00000", "old");
    assert_value(f, 0, "00002", "old");
}

// What is held is seen, may be added to, and is committed without what came after it.
static void what_is_held_waits_for_its_commit(void **state)
{
    struct fixture *f = *state;

    put(f, 0, "a", "1");
    put(f, 0, "b", "1");
    assert_int_equal(projection_hold(f->projection), ERR_NONE);
    assert_true(projection_is_held(f->projection));
    assert_value(f, 0, "a", "1");
    put(f, 0, "a", "2");
    assert_int_equal(projection_del(f->projection, 0, span_text("b")), ERR_NONE);
    assert_int_equal(projection_put_held(f->projection, 0, span_text("c"), span_text("1")), ERR_NONE);
    assert_value(f, 0, "a", "2");
    assert_value(f, 0, "b", NULL);
    assert_value(f, 0, "c", "1");
    assert_int_equal(projection_commit(f->projection, (struct projection_marks){.taken_to = 1}), ERR_NONE);
    assert_false(projection_is_held(f->projection));
    assert_int_equal(projection_put_held(f->projection, 0, span_text("d"), span_text("1")), ERR_NONE); // as any other
    assert_value(f, 0, "a", "2");
    assert_int_equal(projection_finish(f->projection), ERR_NONE);
    assert_value(f, 0, "a", "2");
    assert_value(f, 0, "b", NULL);
    projection_close(&f->projection); // as by kill
    open_projection(f);
    assert_value(f, 0, "a", "1");
    assert_value(f, 0, "b", "1");
    assert_value(f, 0, "c", "1");
    assert_value(f, 0, "d", NULL);
}

// The disk has no room for this commit.
static enum err commit_without_room(struct fixture *f, uint64_t taken_to)
{
    struct rlimit before, none;
    enum err err;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = (struct rlimit){4096, before.rlim_max};
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    err = projection_commit(f->projection, (struct projection_marks){.taken_to = taken_to});
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    return err;
}

// Marks never go to the disk without the rows that they cover, however often there was no room.
static void what_finds_no_room_goes_with_the_marks_that_cover_it(void **state)
{
    struct fixture *f = *state;

    put(f, 0, "a", "1");
    assert_int_equal(commit_without_room(f, 1), ERR_STORE_FULL);
    assert_false(projection_is_held(f->projection));
    put(f, 0, "b", "2");
    assert_int_equal(projection_hold(f->projection), ERR_NONE);
    put(f, 0, "c", "3");
    assert_int_equal(commit_without_room(f, 2), ERR_STORE_FULL);
    assert_true(projection_is_held(f->projection));
    assert_int_equal(projection_commit(f->projection, (struct projection_marks){.taken_to = 2}), ERR_NONE);
    projection_close(&f->projection); // as by kill
    open_projection(f);
    assert_int_equal(projection_marks(f->projection).taken_to, 2);
    assert_value(f, 0, "a", "1");
    assert_value(f, 0, "b", "2");
    assert_value(f, 0, "c", NULL);
}

// The value handed to put may be one that get lent.
static void a_lent_value_may_be_put(void **state)
{
    struct fixture *f = *state;
    struct span value;

    put(f, 0, "a", "0123456789");
    assert_int_equal(projection_get(f->projection, 0, span_text("a"), &value), ERR_NONE);
    value.at += 3;
    value.size -= 3;
    assert_int_equal(projection_put(f->projection, 0, span_text("a"), value), ERR_NONE);
    assert_value(f, 0, "a", "3456789");
}

struct scan {
    char seen[256];
    enum err stop;
};

static enum err note(void *context, struct span key, struct span value)
{
    struct scan *scan = context;

    snprintf(scan->seen + strlen(scan->seen), sizeof scan->seen - strlen(scan->seen), "%.*s=%.*s ", SPAN_ARG(key), SPAN_ARG(value));
    return scan->stop;
}

static void a_scan_goes_in_key_order(void **state)
{
    struct fixture *f = *state;
    struct scan scan = {"", ERR_NONE};

    put(f, 1, "b", "2");
    put(f, 1, "bb", "3");
    put(f, 0, "x", "other table");
    put(f, 1, "a", "1");
    put(f, 1, "c", "4");
    commit(f, 1);
    assert_int_equal(projection_scan(f->projection, 1, note, &scan), ERR_NONE);
    assert_string_equal(scan.seen, "a=1 b=2 bb=3 c=4 ");
    scan = (struct scan){"", ERR_NO_ROOM};
    assert_int_equal(projection_scan(f->projection, 1, note, &scan), ERR_NO_ROOM);
    assert_string_equal(scan.seen, "a=1 ");
}

static void a_scan_may_go_in_pieces(void **state)
{
    struct fixture *f = *state;
    struct projection_place place = {.key_size = 0};
    struct scan scan = {"", ERR_NONE};
    uint64_t n;

    put(f, 1, "a", "1");
    put(f, 1, "b", "2");
    put(f, 1, "c", "3");
    commit(f, 1);
    assert_int_equal(projection_finish(f->projection), ERR_NONE);
    assert_int_equal(projection_count(f->projection, 1, &n), ERR_NONE);
    assert_int_equal(n, 3);
    assert_int_equal(projection_scan_some(f->projection, 1, &place, 2, note, &scan), ERR_NONE);
    assert_string_equal(scan.seen, "a=1 b=2 ");
    put(f, 1, "d", "4"); // rows may be put between two pieces, and committed
    commit(f, 2);
    assert_int_equal(projection_scan_some(f->projection, 1, &place, 2, note, &scan), ERR_NOT_FOUND);
    assert_memory_equal(scan.seen, "a=1 b=2 c=3 ", strlen("a=1 b=2 c=3 "));
    place = (struct projection_place){.key_size = 0};
    assert_int_equal(projection_scan_some(f->projection, 0, &place, 2, note, &scan), ERR_NOT_FOUND); // an empty table
}

static void a_long_run_agrees_with_a_plain_array(void **state)
{
    struct fixture *f = *state;
    uint32_t model[2][KEYS] = {{0}}; // 0: absent; else size of the value
    uint32_t random = 12345;
    uint8_t bytes[600];

    memset(bytes, 'v', sizeof bytes);
    for (unsigned step = 0; step < 60000; step++) {
        unsigned table, number;
        char key[16];

        random = random * 1664525 + 1013904223;
        table = random >> 31;
        number = (random >> 8) % KEYS;
        snprintf(key, sizeof key, "key-%u", number);
        if (random % 7 == 0) {
            model[table][number] = 0;
            assert_int_equal(projection_del(f->projection, table, span_text(key)), ERR_NONE);
        } else if (random % 3 == 0) {
            model[table][number] = 1 + (random >> 4) % 599;
            assert_int_equal(projection_put(f->projection, table, span_text(key), span_of(bytes, model[table][number])), ERR_NONE);
        } else {
            struct span value;
            enum err err = projection_get(f->projection, table, span_text(key), &value);

            assert_int_equal(err, model[table][number] == 0 ? ERR_NOT_FOUND : ERR_NONE);
            assert_int_equal(value.size, model[table][number]);
        }
        if (step % 9973 == 0)
            commit(f, step);
    }
}

// ---------------------------------------------------------------- a hashed table

static struct span hash_of(uint32_t number, uint8_t key[HASH_SIZE])
{
    for (unsigned i = 0; i < HASH_SIZE; i++) {
        number = number * 1664525 + 1013904223;
        key[i] = (uint8_t)(number >> 24);
    }
    return span_of(key, HASH_SIZE);
}

static void put_hashed(struct fixture *f, uint32_t first, uint32_t n, uint32_t content)
{
    uint8_t key[HASH_SIZE];

    for (uint32_t i = first; i < first + n; i++)
        assert_int_equal(projection_put(f->projection, HASHED, hash_of(i, key), span_of(&content, sizeof content)), ERR_NONE);
}

static void assert_hashed(struct fixture *f, uint32_t first, uint32_t n, uint32_t content)
{
    uint8_t key[HASH_SIZE];
    struct span value;

    for (uint32_t i = first; i < first + n; i++) {
        projection_fetch(f->projection, HASHED, hash_of(i, key));
        assert_int_equal(projection_get(f->projection, HASHED, span_of(key, sizeof key), &value), content == 0 ? ERR_NOT_FOUND : ERR_NONE);
        assert_true(content == 0 || span_equal(value, span_of(&content, sizeof content)));
    }
}

static void hashed_rows_are_seen_at_once_and_kept_by_commit(void **state)
{
    struct fixture *f = *state;

    put_hashed(f, 0, 10, 1);
    assert_hashed(f, 0, 10, 1);
    assert_hashed(f, 10, 10, 0);
    commit(f, 1);
    put_hashed(f, 5, 10, 2); // some anew, over what a commit is writing
    assert_hashed(f, 0, 5, 1);
    assert_hashed(f, 5, 10, 2);
    assert_int_equal(projection_finish(f->projection), ERR_NONE);
    assert_hashed(f, 0, 5, 1);
    assert_hashed(f, 5, 10, 2);
    projection_close(&f->projection); // as by kill: the second half was not committed
    open_projection(f);
    assert_hashed(f, 0, 10, 1);
    assert_hashed(f, 10, 10, 0);
    assert_int_equal(projection_marks(f->projection).taken_to, 1);
}

// Commits of tens of thousands of rows, whose merging goes on over several of them, and some that have none.
static void hashed_rows_stay_whatever_is_merged(void **state)
{
    enum { ROWS = 20000, ROUNDS = 24 };
    struct fixture *f = *state;

    for (uint32_t round = 1; round <= ROUNDS; round++) {
        put_hashed(f, (round - 1) * ROWS / 2, ROWS, round);
        put(f, 0, "k", "v");
        commit(f, round);
        put(f, 0, "k", "w");
        commit(f, round);
        if (round % 5 == 0)
            projection_close(&f->projection);
        if (round % 5 == 0)
            open_projection(f);
        for (uint32_t i = 1; i < round; i++)
            assert_hashed(f, (i - 1) * ROWS / 2, 50, i);
        assert_hashed(f, (round - 1) * ROWS / 2, ROWS, round);
    }
}

static enum err count(void *context, struct span key, struct span value)
{
    assert_int_equal(key.size, HASH_SIZE);
    assert_int_equal(value.size, VALUE_SIZE);
    ++*(unsigned *)context;
    return ERR_NONE;
}

static void each_hashed_row_is_scanned_once(void **state)
{
    struct fixture *f = *state;
    unsigned n = 0;

    for (uint32_t round = 1; round <= 3; round++) {
        put_hashed(f, 0, 100 * round, round);
        commit(f, round);
    }
    assert_int_equal(projection_scan(f->projection, HASHED, count, &n), ERR_NONE);
    assert_int_equal(n, 300);
}

// More rows than the first table of slots holds.
static void many_rows_are_all_found(void **state)
{
    struct fixture *f = *state;

    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 100000; i++)
            assert_int_equal(projection_put(f->projection, 0, span_of(&i, sizeof i), span_of(&i, sizeof i)), ERR_NONE);
        for (uint32_t i = 0; i < 100000; i += 7) {
            struct span value;

            assert_int_equal(projection_get(f->projection, 0, span_of(&i, sizeof i), &value), ERR_NONE);
            assert_memory_equal(value.at, &i, sizeof i);
        }
        commit(f, round);
    }
}

static void a_second_opening_is_refused(void **state)
{
    struct fixture *f = *state;
    struct projection *second;

    assert_int_equal(projection_open(f->directory, tables, MAP_SIZE, &second), ERR_LOCKED);
    assert_null(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_put_is_seen_at_once_and_kept_by_commit),
        TEST(what_was_deleted_is_gone),
        TEST(work_goes_on_while_a_commit_runs),
        TEST(what_is_held_waits_for_its_commit),
        TEST(what_finds_no_room_goes_with_the_marks_that_cover_it),
        TEST(a_lent_value_may_be_put),
        TEST(a_scan_goes_in_key_order),
        TEST(a_scan_may_go_in_pieces),
        TEST(a_long_run_agrees_with_a_plain_array),
        TEST(hashed_rows_are_seen_at_once_and_kept_by_commit),
        TEST(hashed_rows_stay_whatever_is_merged),
        TEST(each_hashed_row_is_scanned_once),
        TEST(many_rows_are_all_found),
        TEST(a_second_opening_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
