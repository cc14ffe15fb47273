// SPDX-License-Identifier: MIT
// Groups of joined numbers, checked against a plain matrix of pairs; the rows depend on the pairs alone.
#include "common/store/joined.h"

#include "tests/unit/unit.h"

static const struct projection_table tables[] = {{.name = "joined"}, {.name = "again"}, {.name = NULL}};

enum { MAP_SIZE = 64 << 20, NUMBERS = 12 };

struct fixture {
    char directory[64];
    struct joined joined;
    bool pairs[NUMBERS + 1][NUMBERS + 1];
};

static int set_up(void **state)
{
    static struct fixture f;

    memset(&f, 0, sizeof f);
    unit_directory(f.directory);
    assert_int_equal(projection_open(f.directory, tables, MAP_SIZE, &f.joined.projection), ERR_NONE);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    projection_close(&f->joined.projection);
    unit_remove(f->directory);
    return 0;
}

static uint64_t head_of(const struct joined *joined, uint64_t number)
{
    uint64_t head;

    assert_int_equal(joined_head(joined, number, &head), ERR_NONE);
    return head;
}

// Which numbers the pairs lead to from one.
static void reach(const struct fixture *f, unsigned from, bool *reached)
{
    reached[from] = true;
    for (unsigned to = 1; to <= NUMBERS; to++)
        if (f->pairs[from][to] && !reached[to])
            reach(f, to, reached);
}

static void assert_groups(const struct fixture *f)
{
    for (unsigned number = 1; number <= NUMBERS; number++) {
        bool reached[NUMBERS + 1] = {false};
        struct joined_group group;
        unsigned n = 0, head = 0;

        reach(f, number, reached);
        for (unsigned i = NUMBERS; i >= 1; i--)
            if (reached[i]) {
                n++;
                head = i;
            }
        assert_int_equal(joined_group(&f->joined, number, &group), ERR_NONE);
        assert_int_equal(group.n, n);
        assert_int_equal(group.at[0], number);
        for (unsigned i = 0; i < group.n; i++)
            assert_true(reached[group.at[i]]);
        assert_int_equal(head_of(&f->joined, number), head);
    }
}

static void strangers_are_alone(void **state)
{
    struct fixture *f = *state;
    bool otherwise;

    assert_groups(f);
    assert_int_equal(joined_drop(&f->joined, 1, 2), ERR_NONE);
    assert_int_equal(joined_add(&f->joined, 3, 3), ERR_NONE);
    assert_int_equal(joined_otherwise(&f->joined, 1, 2, &otherwise), ERR_NONE);
    assert_false(otherwise);
    assert_groups(f);
}

static void parts_what_was_joined(void **state)
{
    struct fixture *f = *state;
    bool otherwise;

    assert_int_equal(joined_add(&f->joined, 7, 9), ERR_NONE);
    assert_int_equal(joined_add(&f->joined, 9, 5), ERR_NONE);
    assert_int_equal(head_of(&f->joined, 7), 5);
    assert_int_equal(joined_otherwise(&f->joined, 7, 9, &otherwise), ERR_NONE);
    assert_false(otherwise);
    assert_int_equal(joined_otherwise(&f->joined, 7, 5, &otherwise), ERR_NONE);
    assert_true(otherwise);
    assert_int_equal(joined_drop(&f->joined, 9, 7), ERR_NONE);
    assert_int_equal(head_of(&f->joined, 7), 7);
    assert_int_equal(head_of(&f->joined, 9), 5);
}

static void follows_any_pairs(void **state)
{
    struct fixture *f = *state;
    uint32_t seed = 7;

    for (unsigned i = 0; i < 600; i++) {
        unsigned a, b;

        seed = seed * 1664525 + 1013904223;
        a = 1 + (seed >> 8) % NUMBERS;
        b = 1 + (seed >> 16) % NUMBERS;
        if (a == b)
            continue;
        f->pairs[a][b] = f->pairs[b][a] = (seed >> 28) % 3 == 0;
        assert_int_equal(f->pairs[a][b] ? joined_add(&f->joined, a, b) : joined_drop(&f->joined, a, b), ERR_NONE);
        assert_groups(f);
    }
}

// The pairs that are left, joined in another order in another table, make the same rows.
static void rows_depend_on_the_pairs_alone(void **state)
{
    struct fixture *f = *state;
    struct joined again = {.projection = f->joined.projection, .table = 1};

    follows_any_pairs(state);
    for (unsigned a = NUMBERS; a >= 1; a--)
        for (unsigned b = 1; b < a; b++)
            if (f->pairs[a][b])
                assert_int_equal(joined_add(&again, b, a), ERR_NONE);
    for (unsigned number = 1; number <= NUMBERS; number++) {
        uint8_t key[8] = {0, 0, 0, 0, 0, 0, 0, (uint8_t)number};
        uint8_t kept[1024];
        struct span value;
        size_t size = 0;

        if (projection_get(again.projection, 0, span_of(key, sizeof key), &value) == ERR_NONE) {
            size = value.size;
            memcpy(kept, value.at, size);
        }
        assert_int_equal(projection_get(again.projection, 1, span_of(key, sizeof key), &value), size > 0 ? ERR_NONE : ERR_NOT_FOUND);
        assert_true(span_equal(value, span_of(kept, size)));
    }
}

static void bounds_a_group(void **state)
{
    struct fixture *f = *state;

    for (uint64_t number = 1; number < JOINED_MAX; number++)
        assert_int_equal(joined_add(&f->joined, number, number + 1), ERR_NONE);
    assert_int_equal(joined_add(&f->joined, JOINED_MAX, JOINED_MAX + 1), ERR_NO_ROOM);
    assert_int_equal(head_of(&f->joined, JOINED_MAX + 1), JOINED_MAX + 1);
    assert_int_equal(head_of(&f->joined, JOINED_MAX), 1);
    assert_int_equal(joined_add(&f->joined, 1, JOINED_MAX), ERR_NONE); // within the group there is room
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(strangers_are_alone), TEST(parts_what_was_joined), TEST(follows_any_pairs), TEST(rows_depend_on_the_pairs_alone),
        TEST(bounds_a_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
