// SPDX-License-Identifier: MIT
// Allocation's indexes alone: the heap of jobs, the clock of leases, waiting takes, names; and the moves of a job's life.
#include "common/store/projection.h"
#include "services/allocation/job_heap.h"
#include "services/allocation/job_table.h"
#include "services/allocation/lease_clock.h"
#include "services/allocation/name_table.h"
#include "services/allocation/parked_take.h"
#include "unit.h"

static uint64_t seed = 88172645463325252;

static uint64_t roll(uint64_t sides)
{
    seed ^= seed << 13; // xorshift
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % sides;
}

static void a_heap_gives_jobs_in_order(void **state)
{
    struct job_heap heap = {0};
    struct job_node last = {.level = 4, .due_ms = INT64_MIN};

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        struct job_node node = {.level = (uint8_t)(1 + roll(4)), .due_ms = (int64_t)roll(50), .input = roll(50), .referral = i};

        assert_int_equal(job_heap_push(&heap, node), ERR_NONE);
    }
    for (unsigned i = 0; i < 5000; i++) {
        struct job_node first = *job_heap_top(&heap);

        job_heap_pop(&heap);
        assert_false(job_node_before(&first, &last));
        assert_true(first.level <= last.level);
        last = first;
    }
    assert_null(job_heap_top(&heap));
    job_heap_fini(&heap);
}

static bool is_even(void *context, const struct job_node *node)
{
    (void)context;
    return node->referral % 2 == 0;
}

static void keeping_drops_the_stale_and_the_double(void **state)
{
    struct job_heap heap = {0};

    (void)state;
    for (unsigned i = 0; i < 3000; i++)
        assert_int_equal(job_heap_push(&heap, (struct job_node){.level = 3, .referral = i % 1000}), ERR_NONE);
    assert_true(job_heap_crowded(&heap, 500));
    job_heap_keep(&heap, is_even, NULL);
    assert_int_equal(heap.n, 500);
    assert_false(job_heap_crowded(&heap, 500));
    for (uint64_t i = 0; i < 500; i++) {
        assert_int_equal(job_heap_top(&heap)->referral, 2 * i);
        job_heap_pop(&heap);
    }
    job_heap_fini(&heap);
}

static void a_node_remembers_since_when(void **state)
{
    const int64_t since_ms = INT64_C(4102444800123); // 2100
    struct job_row row = {.since_ms = since_ms};
    struct job_node node = job_node_of((struct job_key){.referral = 1}, &row);

    (void)state;
    assert_int_equal(job_node_since(&node), since_ms);
}

enum { KEYS = 700 };

// The model: the end of each lease, 0 when there is none.
static int64_t first_end(const int64_t *ends)
{
    int64_t first = INT64_MAX;

    for (unsigned i = 0; i < KEYS; i++)
        if (ends[i] != 0 && ends[i] < first)
            first = ends[i];
    return first;
}

static void leases_end_in_order_and_may_be_dropped_anywhere(void **state)
{
    struct lease_clock *clock = lease_clock_new();
    int64_t ends[KEYS] = {0};
    struct job_key key;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        unsigned which = (unsigned)roll(KEYS);
        int64_t end = 1 + (int64_t)roll(1000);

        key = (struct job_key){.referral = which / 3, .part = (uint8_t)(which % 3)};
        if (roll(3) == 0) {
            lease_clock_drop(clock, key);
            ends[which] = 0;
        } else {
            assert_int_equal(lease_clock_set(clock, key, end), ERR_NONE);
            ends[which] = end;
        }
        if (i % 50 == 0 && lease_clock_ended(clock, 2000, &key))
            assert_int_equal(ends[key.referral * 3 + key.part], first_end(ends));
    }
    while (lease_clock_ended(clock, 2000, &key)) {
        assert_int_equal(ends[key.referral * 3 + key.part], first_end(ends));
        ends[key.referral * 3 + key.part] = 0;
        lease_clock_drop(clock, key);
    }
    assert_int_equal(first_end(ends), INT64_MAX);
    assert_int_equal(lease_clock_count(clock), 0);
    lease_clock_free(&clock);
}

static void equal_ends_keep_the_order_in_which_they_were_set(void **state)
{
    struct lease_clock *clock = lease_clock_new();
    struct job_key key;

    (void)state;
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(lease_clock_set(clock, (struct job_key){.referral = (i * 7919) % 300}, 10), ERR_NONE);
    lease_clock_begin(clock, 90); // counted from 0 until the daemon runs
    assert_false(lease_clock_ended(clock, 99, &key));
    for (uint64_t i = 0; i < 300; i++) {
        assert_true(lease_clock_ended(clock, 100, &key));
        assert_int_equal(key.referral, (i * 7919) % 300);
        lease_clock_drop(clock, key);
    }
    lease_clock_free(&clock);
}

static void takes_wait_in_line_and_get_their_team_when_it_has_a_number(void **state)
{
    struct parked_takes *parked = parked_take_new();
    struct parked_take take = {.team = NAME_NONE, .name_size = 3, .name = "tys", .until_ms = 100};
    struct parked_take *waiting = NULL;

    (void)state;
    for (take.max = 1; take.max <= 3; take.max++)
        assert_true(parked_take_add(parked, &take, false));
    take.name_size = 2;
    assert_true(parked_take_add(parked, &take, false));
    parked_take_claim(parked, 9, span_text("tys"));
    assert_int_equal(parked_take_count(parked, 9), 3);
    assert_int_equal(parked_take_count(parked, NAME_NONE), 1);
    for (unsigned max = 1; max <= 3; max++) {
        waiting = parked_take_next(parked, 9, waiting);
        assert_int_equal(waiting->max, max); // in the order in which they came
        waiting->served = max != 1;
    }
    assert_null(parked_take_next(parked, 9, waiting));
    parked_take_sweep(parked, 9);
    assert_int_equal(parked_take_count(parked, 9), 1); // the first is still there
    assert_int_equal(parked_take_next(parked, 9, NULL)->max, 1);
    parked_take_free(&parked);
}

static const struct projection_table tables[] = {{.name = "name"}, {.name = NULL}};

static void names_keep_their_numbers(void **state)
{
    char directory[64];
    struct projection *projection;
    struct name_table *names = name_table_new();
    uint16_t first, again;

    (void)state;
    unit_directory(directory);
    assert_int_equal(projection_open(directory, tables, (size_t)16 << 20, &projection), ERR_NONE);
    assert_int_equal(name_table_find(names, span_text("specialist")), NAME_SPECIALIST);
    assert_int_equal(name_table_find(names, span_text("fsw")), NAME_NONE);
    assert_int_equal(name_table_number(names, projection, 0, span_text("fsw"), &first), ERR_NONE);
    assert_int_equal(first, NAME_FIRST_FREE);
    assert_int_equal(name_table_number(names, projection, 0, span_text("fsw"), &again), ERR_NONE);
    assert_int_equal(again, first);
    assert_int_equal(projection_commit(projection, (struct projection_marks){.taken_to = 1, .filed_to = 1}), ERR_NONE);
    name_table_free(&names);
    names = name_table_new();
    assert_int_equal(name_table_load(names, projection, 0), ERR_NONE);
    assert_int_equal(name_table_find(names, span_text("fsw")), first);
    name_table_free(&names);
    projection_close(&projection);
    unit_remove(directory);
}

static const struct projection_table job_tables[] = {{.name = "job"}, {.name = NULL}};

static void assert_jobs(const struct job_table *jobs, const uint64_t *inputs, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct job_key key = {.referral = i / 2, .part = (uint8_t)(i % 2)};
        struct job_row row;

        assert_int_equal(job_table_get(jobs, key, &row), inputs[i] == 0 ? ERR_NOT_FOUND : ERR_NONE);
        assert_int_equal(row.input, inputs[i]);
        if (inputs[i] != 0)
            assert_true(span_is(job_worker(&row), inputs[i] % 2 == 0 ? "ben" : ""));
    }
}

// Four times as many jobs as there are places at hand, touched at random and again; the projection has all of them whenever it is
// committed.
static void rows_at_hand_are_the_table_s_rows(void **state)
{
    enum { JOBS = 4 * JOB_HAND_MAX, STEPS = 200000 };
    static uint64_t inputs[JOBS];
    struct job_table *jobs = calloc(1, sizeof *jobs), *again = calloc(1, sizeof *again);
    char directory[64];

    (void)state;
    unit_directory(directory);
    assert_int_equal(projection_open(directory, job_tables, (size_t)64 << 20, &jobs->projection), ERR_NONE);
    for (uint64_t step = 1; step <= STEPS; step++) {
        unsigned which = (unsigned)(roll(3) == 0 ? roll(JOBS) : roll(300));
        struct job_key key = {.referral = which / 2, .part = (uint8_t)(which % 2)};
        struct job_row old, row;

        if (step % 2 == 0)
            assert_int_equal(job_table_lacks(jobs, key), inputs[which] == 0);
        assert_int_equal(job_table_get(jobs, key, &old), inputs[which] == 0 ? ERR_NOT_FOUND : ERR_NONE);
        assert_int_equal(old.input, inputs[which]);
        row = old;
        row.input = inputs[which] = step;
        row.state = STATE_QUEUED;
        job_set_worker(&row, span_text(step % 2 == 0 ? "ben" : ""));
        assert_int_equal(job_table_put(jobs, key, &old, &row), ERR_NONE);
        if (step % 50021 == 0)
            assert_int_equal(projection_commit(jobs->projection, (struct projection_marks){.taken_to = 1, .filed_to = 1}), ERR_NONE);
    }
    assert_jobs(jobs, inputs, JOBS);
    assert_int_equal(job_table_flush(jobs), ERR_NONE);
    assert_int_equal(projection_commit(jobs->projection, (struct projection_marks){.taken_to = 2, .filed_to = 2}), ERR_NONE);
    projection_close(&jobs->projection);
    assert_int_equal(projection_open(directory, job_tables, (size_t)64 << 20, &again->projection), ERR_NONE);
    assert_jobs(again, inputs, JOBS); // with nothing at hand
    projection_close(&again->projection);
    free(jobs);
    free(again);
    unit_remove(directory);
}

static void a_job_moves_only_as_the_table_says(void **state)
{
    (void)state;
    assert_int_equal(job_after(STATE_QUEUED, EVENT_LEASED), STATE_LEASED);
    assert_int_equal(job_after(STATE_LEASED, EVENT_ACCEPTED), STATE_ACCEPTED);
    assert_int_equal(job_after(STATE_QUEUED, EVENT_ACCEPTED), STATE_NONE); // never without a lease
    assert_int_equal(job_after(STATE_ACCEPTED, EVENT_LEASED), STATE_NONE); // never taken away by a machine
    assert_int_equal(job_after(STATE_ACCEPTED, EVENT_LAPSED), STATE_NONE);
    assert_int_equal(job_after(STATE_LEASED, EVENT_LEASED), STATE_NONE); // never two at once
    for (unsigned event = 0; event < EVENT_COUNT; event++) { // what is closed stays closed, until it is opened again
        enum state after = job_after(STATE_CLOSED, (enum event_type)event);

        if (event == EVENT_REOPENED)
            assert_int_equal(after, STATE_DECIDING);
        else if (event == EVENT_ALLOCATED)
            assert_int_equal(after, STATE_QUEUED); // of parts alone, take_event sees to it
        else if (event == EVENT_HELD)
            assert_int_equal(after, STATE_HELD); // the same
        else
            assert_true(after == STATE_NONE || after == STATE_CLOSED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heap_gives_jobs_in_order),
        cmocka_unit_test(keeping_drops_the_stale_and_the_double),
        cmocka_unit_test(a_node_remembers_since_when),
        cmocka_unit_test(leases_end_in_order_and_may_be_dropped_anywhere),
        cmocka_unit_test(equal_ends_keep_the_order_in_which_they_were_set),
        cmocka_unit_test(takes_wait_in_line_and_get_their_team_when_it_has_a_number),
        cmocka_unit_test(names_keep_their_numbers),
        cmocka_unit_test(rows_at_hand_are_the_table_s_rows),
        cmocka_unit_test(a_job_moves_only_as_the_table_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
