// SPDX-License-Identifier: MIT
// The log's storage: order, fencing, retries, gaps, reading by type, attachments, drop, room, and all of it again after opening again.
// Run by ctest. Each test has a directory of its own.
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/store/log_inside.h"
#include "common/store/log_reader.h"
#include "common/store/log_store.h"
#include "common/store/log_type.h"
#include "common/store/store.h"
#include "common/store/tree.h"

enum { MAP_SIZE = 64 << 20 };

struct fixture {
    char directory[64];
    struct log_store *log;
    uint64_t epoch[8];
};

static void open_log(struct fixture *f, uint64_t map_size)
{
    const struct log_store_options options = {f->directory, map_size};

    assert_int_equal(log_store_open(&options, &f->log), ERR_NONE);
}

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){0};
    unit_directory(f.directory);
    open_log(&f, MAP_SIZE);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    log_store_close(&f->log);
    unit_remove(f->directory);
    return 0;
}

static void reopen(struct fixture *f)
{
    log_store_close(&f->log);
    open_log(f, MAP_SIZE);
}

static void begin(struct fixture *f, enum producer producer)
{
    struct log_producer row;

    log_store_begin_producer(f->log, producer, &row);
    assert_int_equal(log_store_commit(f->log), ERR_NONE);
    f->epoch[producer] = row.epoch;
}

// A batch of `n_texts` events; texts of attachments may be NULL.
static struct log_place append(struct fixture *f, enum producer producer, uint64_t n, enum event_type type, const char *const *texts,
                               const char *const *attachments, size_t n_texts)
{
    struct log_item items[LOG_ITEMS_MAX];
    struct log_batch batch = {.producer = producer, .epoch = f->epoch[producer], .n = n, .items = items, .n_items = n_texts};

    for (size_t i = 0; i < n_texts; i++) {
        items[i] = (struct log_item){.type = type, .event = span_text(texts[i])};
        if (attachments != NULL && attachments[i] != NULL)
            items[i].attachment = span_text(attachments[i]);
    }
    return log_store_append(f->log, &batch);
}

static struct log_place append_one(struct fixture *f, enum producer producer, uint64_t n, enum event_type type, const char *text)
{
    return append(f, producer, n, type, &text, NULL, 1);
}

static void commit(struct fixture *f)
{
    assert_int_equal(log_store_commit(f->log), ERR_NONE);
}

static void assert_reads(struct fixture *f, uint64_t from, uint64_t types, const char *expected)
{
    char seen[512] = "";
    struct log_record record;
    enum err err;

    log_reader_seek(f->log, from, types);
    while ((err = log_reader_next(f->log, &record)) == ERR_NONE)
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%llu:%.*s ", (unsigned long long)record.sequence,
                 SPAN_ARG(record.event));
    assert_int_equal(err, ERR_NOT_FOUND);
    assert_string_equal(seen, expected);
    assert_true(log_reader_from(f->log) == (from > log_store_head(f->log) ? from : log_store_head(f->log) + 1));
}

static const char *const abc[] = {"a", "b", "c"};

static void events_are_in_one_order_and_stay(void **state)
{
    struct fixture *f = *state;
    struct log_place place;

    begin(f, PRODUCER_REGISTRY);
    begin(f, PRODUCER_TRIAGE);
    place = append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, NULL, 3);
    assert_int_equal(place.outcome, LOG_OK);
    assert_int_equal(place.first, 1);
    assert_int_equal(place.last, 3);
    place = append_one(f, PRODUCER_TRIAGE, 1, EVENT_TRIAGED, "t");
    assert_int_equal(place.first, 4);
    assert_int_equal(log_store_head(f->log), 0); // not yet durable
    commit(f);
    assert_int_equal(log_store_head(f->log), 4);
    place = append_one(f, PRODUCER_REGISTRY, 4, EVENT_PERSON_OPENED, "o");
    assert_int_equal(place.first, 5);
    commit(f);
    for (int again = 0; again < 2; again++) {
        assert_reads(f, 1, UINT64_MAX, "1:a 2:b 3:c 4:t 5:o ");
        assert_reads(f, 3, UINT64_MAX, "3:c 4:t 5:o ");
        assert_reads(f, 2, EVENT_BIT(RECEIVED), "2:b 3:c ");
        assert_reads(f, 1, EVENT_BIT(TRIAGED) | EVENT_BIT(PERSON_OPENED), "4:t 5:o ");
        assert_reads(f, 1, EVENT_BIT(CLOSED), "");
        assert_reads(f, 6, UINT64_MAX, "");
        assert_reads(f, 99, UINT64_MAX, "");
        reopen(f);
    }
}

static void the_root_is_that_of_the_events(void **state)
{
    struct fixture *f = *state;
    uint8_t root[DIGEST_SIZE], expected[DIGEST_SIZE], leaf[DIGEST_SIZE];
    struct tree tree = {0};

    log_store_root(f->log, root);
    assert_hex(root, DIGEST_SIZE, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    begin(f, PRODUCER_REGISTRY);
    append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, NULL, 3);
    commit(f);
    reopen(f);
    append(f, PRODUCER_REGISTRY, 4, EVENT_RECEIVED, abc, abc, 3);
    commit(f);
    for (int i = 0; i < 6; i++) {
        tree_leaf(span_text(abc[i % 3]), leaf);
        tree_push(&tree, leaf);
    }
    tree_root(&tree, expected);
    log_store_root(f->log, root);
    assert_memory_equal(root, expected, DIGEST_SIZE);
}

static void a_batch_sent_again_has_the_same_answer(void **state)
{
    struct fixture *f = *state;
    struct log_place place;

    begin(f, PRODUCER_REGISTRY);
    append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, abc, 3);
    append_one(f, PRODUCER_REGISTRY, 4, EVENT_RECEIVED, "d");
    commit(f);
    reopen(f);
    place = append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, abc, 3);
    assert_int_equal(place.outcome, LOG_OK);
    assert_true(place.again);
    assert_int_equal(place.first, 1);
    assert_int_equal(place.last, 3);
    place = append_one(f, PRODUCER_REGISTRY, 4, EVENT_RECEIVED, "d");
    assert_int_equal(place.outcome, LOG_OK);
    assert_int_equal(place.first, 4);
    assert_int_equal(place.n, 5);
    commit(f);
    assert_int_equal(log_store_head(f->log), 4);
}

static void other_old_numbers_are_stale(void **state)
{
    static const char *const other_attachments[] = {"a", "b", "x"};
    struct fixture *f = *state;

    begin(f, PRODUCER_REGISTRY);
    append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, abc, 3);
    commit(f);
    assert_int_equal(append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, other_attachments, 3).outcome, LOG_STALE);
    assert_int_equal(append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, NULL, 3).outcome, LOG_STALE);
    assert_int_equal(append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, abc, 2).outcome, LOG_STALE);
    assert_int_equal(append_one(f, PRODUCER_REGISTRY, 2, EVENT_RECEIVED, "b").outcome, LOG_STALE);
    for (uint64_t n = 4; n < 4 + LOG_SEEN_MAX; n++)
        assert_int_equal(append_one(f, PRODUCER_REGISTRY, n, EVENT_RECEIVED, "d").outcome, LOG_OK);
    commit(f);
    assert_int_equal(append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, abc, 3).outcome, LOG_STALE); // too long ago
    assert_int_equal(append_one(f, PRODUCER_REGISTRY, 4, EVENT_RECEIVED, "d").outcome, LOG_OK);
}

static void a_gap_names_the_number_expected(void **state)
{
    struct fixture *f = *state;
    struct log_place place;

    begin(f, PRODUCER_REGISTRY);
    place = append_one(f, PRODUCER_REGISTRY, 3, EVENT_RECEIVED, "a");
    assert_int_equal(place.outcome, LOG_GAP);
    assert_int_equal(place.n, 1);
    append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, NULL, 3);
    place = append_one(f, PRODUCER_REGISTRY, 5, EVENT_RECEIVED, "a");
    assert_int_equal(place.outcome, LOG_GAP);
    assert_int_equal(place.n, 4);
}

static void an_older_epoch_is_stale(void **state)
{
    struct fixture *f = *state;
    uint64_t old;

    assert_int_equal(append_one(f, PRODUCER_TRIAGE, 1, EVENT_TRIAGED, "a").outcome, LOG_STALE); // never begun
    begin(f, PRODUCER_TRIAGE);
    append_one(f, PRODUCER_TRIAGE, 1, EVENT_TRIAGED, "a");
    commit(f);
    old = f->epoch[PRODUCER_TRIAGE];
    reopen(f);
    begin(f, PRODUCER_TRIAGE);
    assert_true(f->epoch[PRODUCER_TRIAGE] == old + 1);
    f->epoch[PRODUCER_TRIAGE] = old;
    assert_int_equal(append_one(f, PRODUCER_TRIAGE, 1, EVENT_TRIAGED, "a").outcome, LOG_STALE); // even a retry
    assert_int_equal(append_one(f, PRODUCER_TRIAGE, 2, EVENT_TRIAGED, "b").outcome, LOG_STALE);
    f->epoch[PRODUCER_TRIAGE] = old + 1;
    assert_int_equal(append_one(f, PRODUCER_TRIAGE, 2, EVENT_TRIAGED, "b").outcome, LOG_OK);
}

static void decided_to_only_goes_forward(void **state)
{
    struct fixture *f = *state;
    struct log_batch batch = {.producer = PRODUCER_TRIAGE, .n = 1, .decided_to = 7};

    begin(f, PRODUCER_TRIAGE);
    batch.epoch = f->epoch[PRODUCER_TRIAGE];
    assert_int_equal(log_store_append(f->log, &batch).outcome, LOG_OK); // without events
    batch.decided_to = 5;
    assert_int_equal(log_store_append(f->log, &batch).outcome, LOG_OK);
    commit(f);
    reopen(f);
    assert_int_equal(log_store_producer(f->log, PRODUCER_TRIAGE)->decided_to, 7);
    assert_int_equal(log_store_producer(f->log, PRODUCER_TRIAGE)->n, 0);
}

static void assert_attachment(struct fixture *f, uint64_t sequence, const char *expected)
{
    struct span found;
    enum err err = log_reader_attachment(f->log, sequence, &found);

    assert_int_equal(err, expected == NULL ? ERR_NOT_FOUND : ERR_NONE);
    if (expected != NULL)
        assert_true(span_is(found, expected));
}

static void attachments_are_found_until_dropped(void **state)
{
    static const char *const attachments[] = {"first", NULL, "third"};
    struct fixture *f = *state;
    const uint64_t sequences[] = {3, 2, 77};
    struct log_record record;

    assert_attachment(f, 1, NULL);
    begin(f, PRODUCER_REGISTRY);
    append(f, PRODUCER_REGISTRY, 1, EVENT_RECEIVED, abc, attachments, 3);
    append(f, PRODUCER_REGISTRY, 4, EVENT_RECEIVED, abc, abc, 3);
    commit(f);
    assert_attachment(f, 1, "first");
    assert_attachment(f, 2, NULL);
    assert_attachment(f, 3, "third");
    assert_attachment(f, 6, "c");
    assert_attachment(f, 7, NULL);
    log_store_drop(f->log, sequences, 3);
    commit(f);
    reopen(f);
    assert_attachment(f, 1, "first");
    assert_attachment(f, 3, NULL);
    assert_attachment(f, 6, "c");
    log_reader_seek(f->log, 3, UINT64_MAX);
    assert_int_equal(log_reader_next(f->log, &record), ERR_NONE);
    assert_true(record.has_attachment && span_is(record.event, "c")); // the event itself stays
}

// Gathered and dropped in one transaction, and chunks that are cut in pieces.
static void large_batches_are_cut_and_found(void **state)
{
    static uint8_t bytes[POLICY_BYTES_MAX];
    struct fixture *f = *state;
    struct log_item items[LOG_ITEMS_MAX];
    struct log_batch batch = {.producer = PRODUCER_REGISTRY, .n = 1, .items = items, .n_items = LOG_ITEMS_MAX};
    const uint64_t drop[] = {200};
    struct log_record record;
    struct span found;

    begin(f, PRODUCER_REGISTRY);
    batch.epoch = f->epoch[PRODUCER_REGISTRY];
    memset(bytes, 'z', sizeof bytes);
    for (size_t i = 0; i < LOG_ITEMS_MAX; i++)
        items[i] = (struct log_item){EVENT_RECEIVED, span_of(bytes, 3000 + i), span_of(bytes, i % 3 == 0 ? 0 : 20000 + i)};
    items[100].attachment = span_of(bytes, POLICY_BYTES_MAX); // more than a chunk
    assert_int_equal(log_store_append(f->log, &batch).outcome, LOG_OK);
    log_store_drop(f->log, drop, 1);
    commit(f);
    log_reader_seek(f->log, 1, UINT64_MAX);
    for (size_t i = 0; i < LOG_ITEMS_MAX; i++) {
        assert_int_equal(log_reader_next(f->log, &record), ERR_NONE);
        assert_int_equal(record.sequence, i + 1);
        assert_int_equal(record.event.size, 3000 + i);
        if (i % 3 == 0 || i + 1 == drop[0]) {
            assert_int_equal(log_reader_attachment(f->log, i + 1, &found), ERR_NOT_FOUND);
            continue;
        }
        assert_int_equal(log_reader_attachment(f->log, i + 1, &found), ERR_NONE);
        assert_int_equal(found.size, i == 100 ? POLICY_BYTES_MAX : 20000 + i);
        assert_int_equal(found.at[found.size - 1], 'z');
    }
}

static struct log_place admit(struct fixture *f, uint64_t n, enum log_admits admits, size_t size)
{
    static uint8_t bytes[EVENT_BYTES_MAX];
    struct log_item items[8];
    struct log_batch batch = {PRODUCER_REGISTRY, f->epoch[PRODUCER_REGISTRY], n, 0, admits, items, 8};

    for (size_t i = 0; i < 8; i++)
        items[i] = (struct log_item){.type = EVENT_RECEIVED, .event = span_of(bytes, size)};
    return log_store_append(f->log, &batch);
}

// Fills with batches that admit this until one is refused; says from which thousandths on.
static unsigned fill(struct fixture *f, uint64_t *n, enum log_admits admits, enum admission before)
{
    for (;;) {
        struct log_usage usage = log_store_usage(f->log);
        struct log_place place = admit(f, *n, admits, 4000);

        if (place.outcome == LOG_FULL)
            return log_store_usage(f->log).fullness;
        assert_int_equal(place.outcome, LOG_OK);
        *n += 8;
        commit(f);
        assert_true(usage.admission <= before || usage.fullness < 970);
        assert_true(usage.fullness < 1000);
    }
}

static void a_filling_map_closes_by_and_by(void **state)
{
    struct fixture *f = *state;
    uint64_t n = 1;
    unsigned at;

    log_store_close(&f->log);
    unit_remove(f->directory);
    open_log(f, 8 << 20);
    begin(f, PRODUCER_REGISTRY);
    assert_int_equal(log_store_usage(f->log).admission, ADMISSION_OPEN);
    at = fill(f, &n, LOG_ADMITS_ORDINARY, ADMISSION_OPEN);
    assert_in_range(at, 820, 830);
    assert_int_equal(log_store_usage(f->log).admission, ADMISSION_URGENT_ONLY);
    at = fill(f, &n, LOG_ADMITS_URGENT, ADMISSION_URGENT_ONLY);
    assert_in_range(at, 960, 970);
    assert_int_equal(log_store_usage(f->log).admission, ADMISSION_CLOSED);
    assert_int_equal(admit(f, n, LOG_ADMITS_ORDINARY, 10).outcome, LOG_FULL);
    assert_int_equal(admit(f, n - 8, LOG_ADMITS_ORDINARY, 4000).outcome, LOG_OK); // a retry is no admission
    assert_int_equal(admit(f, n, LOG_ADMITS_NOTHING, 1000).outcome, LOG_OK);      // what is in goes on
    commit(f);
    log_store_close(&f->log);
    open_log(f, 8 << 20);
    assert_int_equal(log_store_usage(f->log).admission, ADMISSION_CLOSED);
}

static void what_cannot_be_ours_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct log_store_options options = {f->directory, MAP_SIZE};
    struct log_store *second;
    char path[128];
    FILE *file;

    assert_int_equal(log_store_open(&options, &second), ERR_LOCKED);
    assert_null(second);
    log_store_close(&f->log);
    snprintf(path, sizeof path, "%s/data.mdb", f->directory);
    file = fopen(path, "r+");
    assert_non_null(file);
    fputs("no LMDB meta page any more, in neither of the two places where one should be", file);
    fseek(file, 4096, SEEK_SET);
    fputs("no LMDB meta page any more, in neither of the two places where one should be", file);
    fclose(file);
    assert_int_equal(log_store_open(&options, &second), ERR_BAD_STORE);
}

// A crash while the file is made leaves only the name aside, in any condition.
static void a_crash_while_making_is_passed_over(void **state)
{
    struct fixture *f = *state;
    char path[128];
    FILE *file;

    log_store_close(&f->log);
    snprintf(path, sizeof path, "%s/data.mdb", f->directory);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/data.mdb.new", f->directory);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("half a page", file);
    fclose(file);
    open_log(f, MAP_SIZE);
    assert_int_equal(log_store_head(f->log), 0);
}

// A row is taken as it was written, or as older logs have it; with any other bit it is not.
static void a_type_keeps_its_number(void **state)
{
    struct span name = span_text("earlyhelp.referral.received.v1");
    uint8_t row[LOG_TYPE_SIZE], code = 0;

    (void)state;
    log_type_write(name, 7, row);
    assert_true(log_type_read(name, span_of(row, sizeof row), &code));
    assert_int_equal(code, 7);
    assert_false(log_type_read(span_text("earlyhelp.referral.received.v3"), span_of(row, sizeof row), &code));
    for (unsigned bit = 0; bit < 8 * sizeof row; bit++) {
        row[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(log_type_read(name, span_of(row, sizeof row), &code));
        row[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(log_type_read(name, span_of(row, 1), &code));
    assert_false(log_type_read(name, span_of(row, 3), &code));
}

static uint64_t count_events(struct fixture *f)
{
    struct log_record record;
    uint64_t n = 0;
    enum err err;

    log_reader_seek(f->log, 1, UINT64_MAX);
    while ((err = log_reader_next(f->log, &record)) == ERR_NONE)
        n++;
    assert_int_equal(err, ERR_NOT_FOUND);
    return n;
}

// Of a long log only the end stays in memory: what lies before it is still read from the first event on.
static void the_beginning_of_a_long_log_is_read_again(void **state)
{
    struct fixture *f = *state;
    uint64_t n = 1;

    log_store_close(&f->log);
    unit_remove(f->directory);
    open_log(f, 8 << 20);
    begin(f, PRODUCER_REGISTRY);
    fill(f, &n, LOG_ADMITS_ORDINARY, ADMISSION_OPEN);
    assert_true(f->log->room.forgotten > 0);
    assert_int_equal(count_events(f), log_store_head(f->log));
}

// Memory is given back; what was written, and what was lent before, is as it was.
static void what_is_forgotten_is_read_again(void **state)
{
    static const char *const names[] = {"rows", NULL};
    struct fixture *f = *state;
    struct store *store;
    struct span value, other;
    uint8_t bytes[3000];
    char directory[96];

    snprintf(directory, sizeof directory, "%s/store", f->directory);
    memset(bytes, 7, sizeof bytes);
    assert_int_equal(store_open(&(struct store_options){directory, "test", 1, names, 1 << 20, false}, &store), ERR_NONE);
    store_begin(store);
    store_put(store, 0, span_text("small"), span_of(bytes, 10));
    store_put(store, 0, span_text("large"), span_of(bytes, sizeof bytes));
    assert_int_equal(store_commit(store), ERR_NONE);
    assert_int_equal(store_get(store, 0, span_text("large"), &value), ERR_NONE);
    store_forget(store, 0, store_room(store).used);
    assert_true(span_equal(value, span_of(bytes, sizeof bytes)));
    assert_int_equal(store_get(store, 0, span_text("small"), &other), ERR_NONE);
    assert_true(span_equal(other, span_of(bytes, 10)));
    store_begin(store);
    store_put(store, 0, span_text("more"), span_of(bytes, 100));
    assert_int_equal(store_commit(store), ERR_NONE);
    assert_int_equal(store_get(store, 0, span_text("more"), &other), ERR_NONE);
    store_close(&store);
    unit_remove(directory);
}

// Where the first byte behind `from` is that the file system knows as never written.
static uint64_t first_hole(const struct fixture *f, uint64_t from)
{
    char path[96];
    off_t hole;
    int file;

    snprintf(path, sizeof path, "%s/data.mdb", f->directory);
    file = open(path, O_RDONLY);
    assert_true(file >= 0);
    hole = lseek(file, (off_t)from, SEEK_HOLE);
    close(file);
    return (uint64_t)hole;
}

static unsigned prepare(struct fixture *f)
{
    unsigned pieces = 0;

    for (bool more = true; more; pieces++)
        assert_int_equal(log_store_prepare(f->log, &more), ERR_NONE);
    return pieces;
}

// Whether a descriptor of this process was left as only zeros are written.
static bool any_direct(void)
{
    bool found = false;

    for (int file = 0; file < 64; file++) {
        int flags = fcntl(file, F_GETFL);

        found = found || (flags >= 0 && (flags & O_DIRECT) != 0);
    }
    return found;
}

// What is reserved is also written, once, and the log grows into it; where the file system can do that in place.
static void room_is_written_before_it_is_used(void **state)
{
    struct fixture *f = *state;
    uint64_t n = 1, used;
    struct statfs at;

    log_store_close(&f->log);
    unit_remove(f->directory);
    open_log(f, 16 << 20);
    begin(f, PRODUCER_REGISTRY);
    assert_int_equal(statfs(f->directory, &at), 0);
    if (at.f_type != EXT4_SUPER_MAGIC)
        skip();
    used = f->log->room.room.used;
    assert_true(first_hole(f, used) < f->log->room.room.allocated);
    assert_true(prepare(f) > 1);
    assert_true(first_hole(f, used) >= f->log->room.room.allocated);
    assert_false(any_direct());
    log_store_close(&f->log);
    open_log(f, 16 << 20);
    begin(f, PRODUCER_REGISTRY);
    assert_int_equal(prepare(f), 1); // to see that all is written, but for what was used since
    fill(f, &n, LOG_ADMITS_ORDINARY, ADMISSION_OPEN);
    assert_int_equal(count_events(f), log_store_head(f->log));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_are_in_one_order_and_stay),       TEST(the_root_is_that_of_the_events),
        TEST(a_batch_sent_again_has_the_same_answer), TEST(other_old_numbers_are_stale),
        TEST(a_gap_names_the_number_expected),        TEST(an_older_epoch_is_stale),
        TEST(decided_to_only_goes_forward),           TEST(attachments_are_found_until_dropped),
        TEST(large_batches_are_cut_and_found),        TEST(the_beginning_of_a_long_log_is_read_again),
        TEST(what_is_forgotten_is_read_again),        TEST(room_is_written_before_it_is_used),
        TEST(a_filling_map_closes_by_and_by),         TEST(what_cannot_be_ours_is_refused),
        TEST(a_crash_while_making_is_passed_over),    cmocka_unit_test(a_type_keeps_its_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
