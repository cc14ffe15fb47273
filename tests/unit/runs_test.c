// SPDX-License-Identifier: MIT
// Sorted runs find what was put whatever was merged meanwhile, checked against a plain array; merging stays cheap, and notices rot.
// Run by ctest.
#include "tests/unit/unit.h"

#include "common/store/run_merge.h"
#include "common/store/runs.h"

enum { KEY = 16, VALUE = 12, MAP_SIZE = 256 << 20, KEYS = 60000, PAGE = 4096 };

static const struct stretch_form form = {KEY, VALUE};

struct fixture {
    char directory[64];
    struct store *store;
    struct runs *runs;
    struct overlay *overlay;
    uint32_t model[KEYS]; // what was put last; 0: nothing
    bool counted;         // keys are numbers one behind the other instead of hashes
    uint64_t random;
};

static uint64_t mix(uint64_t number)
{
    number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
    return number ^ number >> 31;
}

static uint64_t dice(struct fixture *f, uint64_t n)
{
    return mix(++f->random) % n;
}

static void make_key(const struct fixture *f, uint64_t number, uint8_t key[KEY])
{
    uint64_t first = mix(2 * number + 1), second = mix(2 * number + 2);

    memset(key, 0, KEY);
    if (f->counted) {
        key[6] = (uint8_t)(number >> 9);
        key[7] = (uint8_t)(number >> 1);
        key[KEY - 1] = number & 1; // two each begin with the same eight bytes
        return;
    }
    memcpy(key, &first, sizeof first);
    memcpy(key + sizeof first, &second, sizeof second);
}

static void make_value(uint32_t content, uint8_t value[VALUE])
{
    memset(value, (uint8_t)content, VALUE);
    memcpy(value, &content, sizeof content);
}

static enum err open_runs(struct fixture *f)
{
    static const char *const tables[] = {"rows", NULL};
    struct store_options options = {.directory = f->directory, .kind = "test", .format = 1, .tables = tables, .map_size = MAP_SIZE};

    assert_int_equal(store_open(&options, &f->store), ERR_NONE);
    return runs_open(f->store, 0, form, &f->runs);
}

static void close_runs(struct fixture *f)
{
    runs_free(&f->runs);
    store_close(&f->store);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    unit_directory(f->directory);
    assert_int_equal(open_runs(f), ERR_NONE);
    f->overlay = overlay_new(1);
    assert_non_null(f->overlay);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    close_runs(f);
    overlay_free(&f->overlay);
    unit_remove(f->directory);
    free(f);
    return 0;
}

static void put(struct fixture *f, uint32_t number, uint32_t content)
{
    uint8_t key[KEY], value[VALUE];

    make_key(f, number, key);
    make_value(content, value);
    assert_int_equal(overlay_put(f->overlay, 0, span_of(key, KEY), span_of(value, VALUE)), ERR_NONE);
    f->model[number] = content;
}

// As projection does it, and no more room is taken than was asked for.
static enum err commit(struct fixture *f)
{
    const struct overlay_row *const *rows;
    size_t n = overlay_count(f->overlay);
    uint64_t used = store_room(f->store).used, most = (runs_pages(f->runs, n) + 16) * PAGE;
    enum err err;

    assert_int_equal(overlay_sorted(f->overlay, &rows), ERR_NONE);
    store_begin_beside(f->store);
    err = runs_write(f->runs, rows, n);
    if (err != ERR_NONE) {
        store_abort(f->store);
        return err;
    }
    assert_int_equal(store_commit(f->store), ERR_NONE);
    assert_true(store_room(f->store).used <= used + most);
    store_read_anew(f->store);
    overlay_reset(f->overlay);
    return runs_read_anew(f->runs);
}

static void assert_row(struct fixture *f, uint32_t number)
{
    uint8_t key[KEY], value[VALUE];
    struct span found;

    make_key(f, number, key);
    runs_fetch(f->runs, key);
    assert_int_equal(runs_get(f->runs, key, &found), f->model[number] == 0 ? ERR_NOT_FOUND : ERR_NONE);
    if (f->model[number] == 0)
        return;
    make_value(f->model[number], value);
    assert_true(span_equal(found, span_of(value, VALUE)));
}

struct scan {
    const struct fixture *f;
    uint8_t last[KEY];
    size_t n;
};

static enum err check_order(void *context, struct span key, struct span value)
{
    struct scan *scan = context;

    assert_int_equal(key.size, KEY);
    assert_int_equal(value.size, VALUE);
    assert_true(scan->n == 0 || memcmp(scan->last, key.at, KEY) < 0);
    memcpy(scan->last, key.at, KEY);
    scan->n++;
    return ERR_NONE;
}

static void assert_rows(struct fixture *f)
{
    struct scan scan = {.f = f};
    size_t n = 0;

    for (uint32_t number = 0; number < KEYS; number++) {
        assert_row(f, number);
        n += f->model[number] != 0;
    }
    assert_int_equal(runs_scan(f->runs, check_order, &scan), ERR_NONE);
    assert_int_equal(scan.n, n);
}

static void reopen(struct fixture *f)
{
    close_runs(f);
    assert_int_equal(open_runs(f), ERR_NONE);
}

// Commits of all sizes, so that merges go on over several of them; a third of the keys is put again and again.
static void commit_at_random(struct fixture *f, unsigned commits)
{
    for (unsigned i = 1; i <= commits; i++) {
        uint64_t n = dice(f, 4) == 0 ? 1 + dice(f, 20000) : 1 + dice(f, 300);

        while (n-- > 0)
            put(f, (uint32_t)dice(f, dice(f, 3) == 0 ? KEYS / 100 : KEYS * 9 / 10), i);
        assert_int_equal(commit(f), ERR_NONE);
        if (i % 7 == 0)
            reopen(f);
        assert_rows(f); // merges stop anywhere: what is written of one counts, and the rest of what it is made of
    }
}

static void rows_are_found_in_whatever_run_they_are(void **state)
{
    commit_at_random(*state, 120);
}

static void keys_that_are_no_hashes_are_found_too(void **state)
{
    struct fixture *f = *state;

    f->counted = true;
    commit_at_random(f, 40);
}

static void a_table_of_other_rows_is_refused(void **state)
{
    struct fixture *f = *state;
    struct runs *other;

    put(f, 1, 1);
    assert_int_equal(commit(f), ERR_NONE);
    assert_int_equal(runs_open(f->store, 0, (struct stretch_form){KEY, VALUE + 1}, &other), ERR_BAD_STORE);
    assert_null(other);
}

static void what_is_not_committed_is_not_there(void **state)
{
    struct fixture *f = *state;
    const struct overlay_row *const *rows;

    put(f, 1, 1);
    assert_int_equal(overlay_sorted(f->overlay, &rows), ERR_NONE);
    store_begin_beside(f->store);
    assert_int_equal(runs_write(f->runs, rows, 1), ERR_NONE);
    f->model[1] = 0;
    assert_row(f, 1); // the thread that reads sees what was before
    store_abort(f->store);
    reopen(f);
    assert_row(f, 1);
}

// ---------------------------------------------------------------- what merging costs

// As if every merge were done at once; tells how many rows were written again.
static uint64_t merge_all(struct run_list *list)
{
    uint64_t written = 0;

    assert_int_equal(run_merge_plan(list, form), ERR_NONE);
    for (size_t i = 0; i < list->n; i++) {
        size_t sources = 0;

        if (run_is_whole(&list->at[i]))
            continue;
        for (; i + 1 + sources < list->n && list->at[i + 1 + sources].into == list->at[i].id; sources++)
            list->at[i].n_rows += list->at[i + 1 + sources].n_rows;
        list->at[i].n_whole = run_stretches(&list->at[i]);
        written += list->at[i].n_rows;
        run_list_remove(list, i + 1, sources);
    }
    return written;
}

static void add_run(struct run_list *list, uint64_t n_rows)
{
    struct run run = {.id = list->next_id++, .bits = stretch_bits(form, n_rows), .n_rows = n_rows};

    run.n_whole = run_stretches(&run);
    assert_int_equal(run_list_insert(list, 0, run), ERR_NONE);
}

// `scale` rows a commit, sometimes a hundred times as many: a row is written once for each power of the tier, and few runs are left.
static void a_row_is_written_again_a_few_times_only(void **state)
{
    (void)state;
    for (uint64_t scale = 1000; scale <= 100000; scale *= 10) {
        struct run_list list = {.next_id = 1};
        uint64_t rows = 0, written = 0;
        size_t most = 0;

        for (unsigned i = 0; i < 5000; i++) {
            uint64_t n = i % 1000 < 20 ? 100 * scale : scale;

            written += merge_all(&list);
            add_run(&list, n);
            rows += n;
            most = list.n > most ? list.n : most;
        }
        assert_true(written < 5 * rows);
        assert_true(most < 25);
        run_list_fini(&list);
    }
}

static void most_keys_that_are_not_there_cost_no_search(void **state)
{
    enum { ROWS = 1500, OTHERS = 100000 };
    struct fixture *f = *state;
    size_t size = stretch_size(form, ROWS), wrong = 0;
    uint8_t *bytes = aligned_alloc(64, (size + 63) / 64 * 64), key[KEY], value[VALUE] = {0};
    struct stretch_writer writer;
    struct stretch stretch;

    assert_non_null(bytes);
    stretch_begin(&writer, form, 0, bytes, size);
    for (uint32_t i = 0; i < ROWS; i++) { // of the filter alone: the order of rows is not asked for
        make_key(f, i, key);
        stretch_add(&writer, key, value);
    }
    stretch_end(&writer);
    assert_true(stretch_open(span_of(bytes, size), form, &stretch));
    for (uint32_t i = 0; i < ROWS + OTHERS; i++) {
        bool has;

        make_key(f, i, key);
        has = stretch_has_perhaps(&stretch, 0, key);
        assert_true(has || i >= ROWS);
        wrong += i >= ROWS && has;
    }
    assert_true(wrong < OTHERS / 100);
    free(bytes);
}

// ---------------------------------------------------------------- rot

// Changes a byte of the first stretch of run 1.
static void rot(struct fixture *f, size_t at)
{
    uint8_t key[RUN_KEY_SIZE], copy[PAGE];
    struct span value;

    run_key(1, 0, key);
    assert_int_equal(store_get(f->store, 0, span_of(key, sizeof key), &value), ERR_NONE);
    assert_true(value.size <= sizeof copy);
    memcpy(copy, value.at, value.size);
    copy[at < value.size ? at : value.size - 1] ^= 0x80;
    store_begin(f->store);
    store_put(f->store, 0, span_of(key, sizeof key), span_of(copy, value.size));
    assert_int_equal(store_commit(f->store), ERR_NONE);
    reopen(f);
}

static void a_count_that_cannot_be_is_refused(void **state)
{
    struct fixture *f = *state;
    struct span value;
    uint8_t key[KEY];

    put(f, 1, 1);
    assert_int_equal(commit(f), ERR_NONE);
    rot(f, 3);
    make_key(f, 1, key);
    assert_int_equal(runs_get(f->runs, key, &value), ERR_BAD_STORE);
}

static void a_row_out_of_place_is_not_merged(void **state)
{
    enum { HEAD = 48, BLOCK = 64 };
    struct fixture *f = *state;
    enum err err = ERR_NONE;

    for (uint32_t i = 0; i < 20; i++)
        put(f, i, 1);
    assert_int_equal(commit(f), ERR_NONE);
    rot(f, HEAD + 5 * BLOCK + 10 * (KEY + VALUE)); // the first byte of a key in the middle
    for (uint32_t i = 20; i < 40 && err == ERR_NONE; i++) {
        put(f, i, 1);
        err = commit(f);
    }
    assert_int_equal(err, ERR_BAD_STORE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_found_in_whatever_run_they_are), TEST(keys_that_are_no_hashes_are_found_too),
        TEST(a_table_of_other_rows_is_refused),        TEST(what_is_not_committed_is_not_there),
        TEST(a_row_is_written_again_a_few_times_only), TEST(most_keys_that_are_not_there_cost_no_search),
        TEST(a_count_that_cannot_be_is_refused),       TEST(a_row_out_of_place_is_not_merged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
