// SPDX-License-Identifier: MIT
// Scenes of a projection: making it, opening it, committing beside the reader.
// Run by fault_walk.c.
#include "tests/crash/fault_walk.h"

#include <stdio.h>
#include <string.h>

#include "common/store/projection.h"

enum { MAP_SIZE = 32 << 20, ROWS = 150, VALUE_SIZE = 300, HASHED = 2, HASH_SIZE = 16, RUNS = 4 };

static const struct projection_table tables[] = {{.name = "first"}, {.name = "second"}, {"hashed", HASH_SIZE, VALUE_SIZE}, {.name = NULL}};
static struct projection *opened;

static enum err open_projection(const char *directory)
{
    return projection_open(directory, tables, MAP_SIZE, &opened);
}

static struct span key_of(unsigned row)
{
    static char key[16];

    snprintf(key, sizeof key, "row-%04u", row);
    return span_text(key);
}

static struct span hash_of(unsigned row)
{
    static uint8_t hash[HASH_SIZE];
    uint32_t bits = row;

    for (unsigned i = 0; i < HASH_SIZE; i++) {
        bits = bits * 1664525 + 1013904223;
        hash[i] = (uint8_t)(bits >> 24);
    }
    return span_of(hash, sizeof hash);
}

// Every row says which version wrote it; of each version another tenth is deleted.
static bool is_deleted(unsigned row, uint64_t version)
{
    return row % 10 == version;
}

static enum err put_version(uint64_t version)
{
    uint8_t value[VALUE_SIZE];
    enum err err = ERR_NONE;

    memset(value, (int)version, sizeof value);
    for (unsigned row = 0; row < ROWS && err == ERR_NONE; row++)
        err = is_deleted(row, version) ? projection_del(opened, row % 2, key_of(row))
                                       : projection_put(opened, row % 2, key_of(row), span_of(value, sizeof value));
    for (unsigned row = 0; row < ROWS && err == ERR_NONE; row++)
        err = projection_put(opened, HASHED, hash_of(row), span_of(value, sizeof value));
    return err;
}

static struct projection_marks marks_of(uint64_t version)
{
    struct projection_marks marks = {.taken_to = version, .filed_to = version, .witness.sequence = version};

    memset(marks.witness.digest, (int)version, sizeof marks.witness.digest);
    return marks;
}

static enum err commit_version(uint64_t version)
{
    enum err err = projection_commit(opened, marks_of(version));

    return err == ERR_NONE ? projection_finish(opened) : err;
}

// All rows are of the version that the marks name.
static void check_version(uint64_t version)
{
    struct projection_marks marks = projection_marks(opened), expected = marks_of(version);
    struct span value;

    WALK_CHECK(memcmp(&marks, &expected, sizeof marks) == 0);
    for (unsigned row = 0; row < ROWS; row++) {
        enum err err = projection_get(opened, row % 2, key_of(row), &value);

        WALK_CHECK(err == (version == 0 || is_deleted(row, version) ? ERR_NOT_FOUND : ERR_NONE));
        WALK_CHECK(err != ERR_NONE || (value.size == VALUE_SIZE && value.at[0] == version && value.at[VALUE_SIZE - 1] == version));
        err = projection_get(opened, HASHED, hash_of(row), &value);
        WALK_CHECK(err == (version == 0 ? ERR_NOT_FOUND : ERR_NONE));
        WALK_CHECK(err != ERR_NONE || (value.at[0] == version && value.at[VALUE_SIZE - 1] == version));
    }
}

static void reopen(const char *directory)
{
    projection_close(&opened);
    WALK_CHECK(open_projection(directory) == ERR_NONE);
}

// From any version the work goes on.
static void check_goes_on(const char *directory)
{
    WALK_CHECK(put_version(3) == ERR_NONE && commit_version(3) == ERR_NONE);
    reopen(directory);
    check_version(3);
    projection_close(&opened);
}

static void leave_empty(const char *directory)
{
    (void)directory;
}

static void check_made(const char *directory, enum err err)
{
    WALK_CHECK((opened == NULL) == (err != ERR_NONE));
    reopen(directory);
    check_version(0);
    check_goes_on(directory);
}

// With as many runs as the next commit merges.
static void fill(const char *directory)
{
    WALK_CHECK(open_projection(directory) == ERR_NONE);
    for (unsigned i = 0; i < RUNS; i++)
        WALK_CHECK(put_version(1) == ERR_NONE && commit_version(1) == ERR_NONE);
}

static void fill_and_close(const char *directory)
{
    fill(directory);
    projection_close(&opened);
}

static void check_opened(const char *directory, enum err err)
{
    WALK_CHECK((opened == NULL) == (err != ERR_NONE));
    reopen(directory);
    check_version(1);
    check_goes_on(directory);
}

static enum err change(const char *directory)
{
    enum err err = put_version(2);

    (void)directory;
    return err == ERR_NONE ? commit_version(2) : err;
}

static void check_changed(const char *directory, enum err err)
{
    uint64_t version;

    if (err == ERR_STORE_FULL) { // nothing was touched, and it may be tried again
        WALK_CHECK(commit_version(2) == ERR_NONE);
        err = ERR_NONE;
    }
    reopen(directory);
    version = projection_marks(opened).taken_to;
    WALK_CHECK(version == 2 || (err != ERR_NONE && version == 1));
    check_version(version);
    check_goes_on(directory);
}

const struct scene walk_projection[] = {
    {"projection_made", leave_empty, open_projection, check_made, false},
    {"projection_opened", fill_and_close, open_projection, check_opened, false},
    {"projection_committed", fill, change, check_changed, false},
    {0},
};
