// SPDX-License-Identifier: MIT
// Scenes of the log: making it, opening it, appending, dropping attachments.
// Run by fault_walk.c.
#include "tests/crash/fault_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/store/log_reader.h"
#include "common/store/log_store.h"
#include "common/store/tree.h"
#include "tests/crash/fault_shim.h"

enum { MAP_SIZE = 32 << 20, FIRST = 40, BATCH = 60, EVENT_SIZE = 600, ATTACHMENT_SIZE = 3000, DROPPED = 7 };

static struct log_store *opened;
static uint64_t epoch;

static enum err open_log(const char *directory)
{
    const struct log_store_options options = {directory, MAP_SIZE};

    return log_store_open(&options, &opened);
}

static struct span event_of(uint64_t n)
{
    static char text[EVENT_SIZE + 1];

    snprintf(text, sizeof text, "%0*llu", EVENT_SIZE, (unsigned long long)n);
    return span_of(text, EVENT_SIZE);
}

static bool has_attachment(uint64_t n)
{
    return n % 3 != 0;
}

// Events `first` to `first + count - 1`, and their attachments.
static struct log_place append(uint64_t first, size_t count)
{
    static char events[BATCH][EVENT_SIZE], attachments[BATCH][ATTACHMENT_SIZE];
    struct log_item items[BATCH];
    struct log_batch batch = {.producer = PRODUCER_REGISTRY, .epoch = epoch, .n = first, .items = items, .n_items = count};

    for (size_t i = 0; i < count; i++) {
        memcpy(events[i], event_of(first + i).at, EVENT_SIZE);
        memset(attachments[i], 'a' + (int)((first + i) % 26), ATTACHMENT_SIZE);
        items[i] = (struct log_item){.type = EVENT_RECEIVED, .event = span_of(events[i], EVENT_SIZE)};
        if (has_attachment(first + i))
            items[i].attachment = span_of(attachments[i], ATTACHMENT_SIZE);
    }
    return log_store_append(opened, &batch);
}

static void append_durably(uint64_t first, size_t count)
{
    WALK_CHECK(append(first, count).outcome == LOG_OK);
    WALK_CHECK(log_store_commit(opened) == ERR_NONE);
}

static void begin(void)
{
    struct log_producer row;

    log_store_begin_producer(opened, PRODUCER_REGISTRY, &row);
    WALK_CHECK(log_store_commit(opened) == ERR_NONE);
    epoch = row.epoch;
}

// The log holds exactly the first `head` events, in order, with their attachments, and the root that belongs to them.
static void check_events(uint64_t head, uint64_t dropped)
{
    uint8_t leaf[DIGEST_SIZE], root[DIGEST_SIZE], told[DIGEST_SIZE];
    struct tree tree = {0};
    struct log_record record;
    struct span attachment;

    WALK_CHECK(log_store_head(opened) == head);
    log_reader_seek(opened, 1, UINT64_MAX);
    for (uint64_t n = 1; n <= head; n++) {
        enum err err;

        WALK_CHECK(log_reader_next(opened, &record) == ERR_NONE && record.sequence == n);
        WALK_CHECK(span_equal(record.event, event_of(n)));
        tree_leaf(record.event, leaf);
        tree_push(&tree, leaf);
        err = log_reader_attachment(opened, n, &attachment);
        WALK_CHECK(err == (has_attachment(n) && n != dropped ? ERR_NONE : ERR_NOT_FOUND));
        WALK_CHECK(err != ERR_NONE || (attachment.size == ATTACHMENT_SIZE && attachment.at[ATTACHMENT_SIZE - 1] == 'a' + n % 26));
    }
    WALK_CHECK(log_reader_next(opened, &record) == ERR_NOT_FOUND);
    tree_root(&tree, root);
    log_store_root(opened, told);
    WALK_CHECK(memcmp(root, told, DIGEST_SIZE) == 0);
}

static void reopen(const char *directory)
{
    log_store_close(&opened);
    WALK_CHECK(open_log(directory) == ERR_NONE);
}

// ---------------------------------------------------------------- making it

static void leave_empty(const char *directory)
{
    (void)directory;
}

static void check_made(const char *directory, enum err err)
{
    WALK_CHECK((opened == NULL) == (err != ERR_NONE));
    reopen(directory);
    begin();
    append_durably(1, FIRST);
    check_events(FIRST, 0);
    log_store_close(&opened);
}

// ---------------------------------------------------------------- opening it

static void fill(const char *directory)
{
    WALK_CHECK(open_log(directory) == ERR_NONE);
    begin();
    append_durably(1, FIRST);
}

static void fill_and_close(const char *directory)
{
    fill(directory);
    log_store_close(&opened);
}

static void check_opened(const char *directory, enum err err)
{
    WALK_CHECK((opened == NULL) == (err != ERR_NONE));
    reopen(directory);
    check_events(FIRST, 0);
    WALK_CHECK(log_store_producer(opened, PRODUCER_REGISTRY)->epoch == epoch);
    append_durably(FIRST + 1, BATCH);
    check_events(FIRST + BATCH, 0);
    log_store_close(&opened);
}

// ---------------------------------------------------------------- appending

static enum err append_and_commit(const char *directory)
{
    (void)directory;
    (void)append(FIRST + 1, BATCH);
    return log_store_commit(opened);
}

// Whether it was acknowledged or not, the producer sends it again: then it is there once.
static void check_appended(const char *directory, enum err err)
{
    struct log_place place;
    uint64_t head;

    reopen(directory);
    head = log_store_head(opened);
    WALK_CHECK(head == FIRST + BATCH || (err != ERR_NONE && head == FIRST));
    check_events(head, 0);
    place = append(FIRST + 1, BATCH);
    WALK_CHECK(place.outcome == LOG_OK && place.first == FIRST + 1 && place.again == (head > FIRST));
    WALK_CHECK(log_store_commit(opened) == ERR_NONE);
    check_events(FIRST + BATCH, 0);
    log_store_close(&opened);
}

// Should the process go on after a failed commit, it must not call anything good that is not on disk.
static enum err append_on(const char *directory)
{
    enum err err = append_and_commit(directory);
    uint64_t told = err == ERR_NONE ? FIRST + BATCH : FIRST;

    for (int again = 0; again < 2; again++) {
        struct log_place place = append(FIRST + BATCH + 1, 1);
        enum err later = log_store_commit(opened);

        if (later == ERR_NONE && place.outcome == LOG_OK)
            told = FIRST + BATCH + 1;
        err = err == ERR_NONE ? later : err;
    }
    fault_control()->calls = 0; // the next process is spared
    reopen(directory);
    WALK_CHECK(log_store_head(opened) >= told);
    return err;
}

static void check_on(const char *directory, enum err err)
{
    (void)directory;
    WALK_CHECK(err != ERR_NONE || log_store_head(opened) == FIRST + BATCH + 1);
    check_events(log_store_head(opened), 0);
    log_store_close(&opened);
}

// ---------------------------------------------------------------- writing ahead

static enum err prepare(const char *directory)
{
    bool more = true;
    enum err err = ERR_NONE;

    (void)directory;
    while (err == ERR_NONE && more)
        err = log_store_prepare(opened, &more);
    return err;
}

static void check_prepared(const char *directory, enum err err)
{
    WALK_CHECK(err == ERR_NONE || err == ERR_IO || err == ERR_STORE_FULL);
    reopen(directory);
    check_events(FIRST, 0);
    append_durably(FIRST + 1, BATCH);
    reopen(directory);
    check_events(FIRST + BATCH, 0);
    log_store_close(&opened);
}

// ---------------------------------------------------------------- dropping

static enum err drop(const char *directory)
{
    const uint64_t sequence = DROPPED;

    (void)directory;
    log_store_drop(opened, &sequence, 1);
    return log_store_commit(opened);
}

static void check_dropped(const char *directory, enum err err)
{
    struct span attachment;
    bool gone;

    reopen(directory);
    gone = log_reader_attachment(opened, DROPPED, &attachment) == ERR_NOT_FOUND;
    WALK_CHECK(gone || err != ERR_NONE);
    check_events(FIRST, gone ? DROPPED : 0);
    WALK_CHECK(drop(directory) == ERR_NONE);
    check_events(FIRST, DROPPED);
    log_store_close(&opened);
}

const struct scene walk_log[] = {
    {"log_made", leave_empty, open_log, check_made, false},
    {"log_opened", fill_and_close, open_log, check_opened, false},
    {"log_appended", fill, append_and_commit, check_appended, false},
    {"log_appended_on", fill, append_on, check_on, false},
    {"log_prepared", fill, prepare, check_prepared, true},
    {"log_dropped", fill, drop, check_dropped, false},
    {0},
};
