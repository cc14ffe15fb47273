// SPDX-License-Identifier: MIT
// Walks all trees of the file from its two first pages, by reading, not by the map.
// Used by log_verify.
// Must not trust a number it reads.
//
// page:  number u64 | pad u16 | flags u16 | lower u16, upper u16 (or pages u32) | node offsets u16 ... node: lo u16, hi u16, flags u16,
// ksize u16 first: page header | magic u32 | version u32 | address u64 | map u64 | two trees of 48 bytes | last page u64 | transaction u64
// tree:  pad u32 | flags u16 | depth u16 | branch, leaf, overflow pages u64 | entries u64 | root u64
#include "common/store/store_pages.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/store/store_inside.h"

enum {
    PAGE = 4096,
    HEAD = 16,
    NODE_HEAD = 8,
    TREE_SIZE = 48,
    TREE_FLAGS = 4,
    TREE_ROOT = 40,
    TREE_OF_FREE = 0x4008, // its flags: integer keys; those of the whole file stand there too, one file without a directory
    DEPTH_MAX = 32,
    FIRST_TREES = HEAD + 24,
    FIRST_LAST_PAGE = HEAD + 120,
    FIRST_TRANSACTION = HEAD + 128,
    PAGES_FIRST = 2,
};

enum { IS_BRANCH = 0x01, IS_LEAF = 0x02, IS_OVERFLOW = 0x04, IS_FIRST = 0x08 }; // of a page
enum { DATA_OUTSIDE = 0x01, DATA_TREE = 0x02 };                                 // of a node

static const uint64_t no_page = UINT64_MAX;

struct walk {
    int file;
    uint64_t last_page, bad_page;
    uint8_t *known;   // a bit for each page
    bool counts_free; // in the tree of free pages, whose values are page numbers
    enum err err;
};

static uint64_t read_number(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;

    while (size-- > 0) // as the machine has it: little-endian
        value = value << 8 | at[size];
    return value;
}

static void refuse(struct walk *walk, uint64_t page, enum err err)
{
    if (walk->err != ERR_NONE)
        return;
    walk->err = err;
    walk->bad_page = page;
}

// A page is met: it must be one of the file's, and not have been met before.
static bool meet(struct walk *walk, uint64_t page)
{
    if (walk->err == ERR_NONE && (page < PAGES_FIRST || page > walk->last_page || (walk->known[page / 8] >> page % 8 & 1) != 0))
        refuse(walk, page, ERR_BAD_STORE);
    if (walk->err != ERR_NONE)
        return false;
    walk->known[page / 8] |= (uint8_t)(1 << page % 8);
    return true;
}

static bool read_at(struct walk *walk, uint64_t page, size_t offset, uint8_t *bytes, size_t size)
{
    ssize_t n = pread(walk->file, bytes, size, (off_t)(page * PAGE + offset));

    if (n != (ssize_t)size)
        refuse(walk, page, n < 0 ? ERR_IO : ERR_BAD_STORE);
    return n == (ssize_t)size;
}

static bool read_page(struct walk *walk, uint64_t page, uint8_t bytes[PAGE])
{
    if (read_at(walk, page, 0, bytes, PAGE) && read_number(bytes, 8) != page)
        refuse(walk, page, ERR_BAD_STORE);
    return walk->err == ERR_NONE;
}

static void walk_page(struct walk *walk, uint64_t page, unsigned depth);

static void walk_tree(struct walk *walk, uint64_t page, const uint8_t tree[TREE_SIZE], unsigned flags)
{
    uint64_t root = read_number(tree + TREE_ROOT, 8);

    if (read_number(tree + TREE_FLAGS, 2) != flags)
        refuse(walk, page, ERR_BAD_STORE);
    else if (root != no_page)
        walk_page(walk, root, 0);
}

// ---------------------------------------------------------------- values

// A list of free pages: how many, then their numbers.
static void meet_free(struct walk *walk, uint64_t page, struct span list)
{
    uint64_t count = list.size >= 8 ? read_number(list.at, 8) : 0;

    if (list.size < 8 || count > list.size / 8 - 1)
        refuse(walk, page, ERR_BAD_STORE);
    for (uint64_t i = 1; walk->err == ERR_NONE && i <= count; i++)
        (void)meet(walk, read_number(list.at + 8 * i, 8));
}

// A value with pages of its own, one behind the other.
static void walk_outside(struct walk *walk, uint64_t page, uint64_t size)
{
    uint8_t bytes[PAGE];
    uint64_t n = (HEAD + size + PAGE - 1) / PAGE;
    uint8_t *list;

    if (!meet(walk, page) || !read_page(walk, page, bytes))
        return;
    if (read_number(bytes + 10, 2) != IS_OVERFLOW || read_number(bytes + 12, 4) < n)
        refuse(walk, page, ERR_BAD_STORE);
    n = read_number(bytes + 12, 4); // more than it needs when a longer value was there before
    for (uint64_t i = 1; i < n; i++)
        if (!meet(walk, page + i))
            return;
    if (!walk->counts_free || walk->err != ERR_NONE)
        return;
    list = malloc(size);
    if (list == NULL)
        refuse(walk, page, ERR_NO_MEMORY);
    else if (read_at(walk, page, HEAD, list, size))
        meet_free(walk, page, span_of(list, size));
    free(list);
}

static void walk_value(struct walk *walk, uint64_t page, const uint8_t *node, struct span value, uint64_t size)
{
    switch (read_number(node + 4, 2)) {
    case 0:
        if (walk->counts_free)
            meet_free(walk, page, value);
        break;
    case DATA_OUTSIDE:
        walk_outside(walk, read_number(value.at, 8), size);
        break;
    case DATA_TREE:
        if (size == TREE_SIZE)
            walk_tree(walk, page, value.at, 0);
        else
            refuse(walk, page, ERR_BAD_STORE);
        break;
    default:
        refuse(walk, page, ERR_BAD_STORE);
    }
}

// ---------------------------------------------------------------- pages of a tree

static void walk_leaf(struct walk *walk, uint64_t page, const uint8_t *bytes, size_t at)
{
    const uint8_t *node = bytes + at;
    size_t key = at + NODE_HEAD <= PAGE ? read_number(node + 6, 2) : PAGE, value = at + NODE_HEAD + key;
    uint64_t size, inside;

    if (value > PAGE) {
        refuse(walk, page, ERR_BAD_STORE);
        return;
    }
    size = read_number(node, 4);
    inside = (read_number(node + 4, 2) & DATA_OUTSIDE) != 0 ? 8 : size;
    if (inside > PAGE - value)
        refuse(walk, page, ERR_BAD_STORE);
    else
        walk_value(walk, page, node, span_of(bytes + value, inside), size);
}

static void walk_branch(struct walk *walk, uint64_t page, const uint8_t *bytes, size_t at, unsigned depth)
{
    if (at + NODE_HEAD > PAGE)
        refuse(walk, page, ERR_BAD_STORE);
    else
        walk_page(walk, read_number(bytes + at, 6), depth + 1);
}

static void walk_page(struct walk *walk, uint64_t page, unsigned depth)
{
    uint8_t bytes[PAGE];
    uint64_t flags, lower;

    if (depth > DEPTH_MAX)
        refuse(walk, page, ERR_BAD_STORE);
    if (!meet(walk, page) || !read_page(walk, page, bytes))
        return;
    flags = read_number(bytes + 10, 2);
    lower = read_number(bytes + 12, 2);
    if ((flags != IS_BRANCH && flags != IS_LEAF) || lower < HEAD || lower > read_number(bytes + 14, 2) || lower % 2 != 0 || lower > PAGE)
        refuse(walk, page, ERR_BAD_STORE);
    for (size_t at = HEAD; walk->err == ERR_NONE && at < lower; at += 2) {
        size_t node = read_number(bytes + at, 2);

        if (flags == IS_LEAF)
            walk_leaf(walk, page, bytes, node);
        else
            walk_branch(walk, page, bytes, node, depth);
    }
}

// ---------------------------------------------------------------- the two first pages

// The one of this transaction. The other one is of the transaction before it: LMDB opens the greater, so both must be right.
static bool read_first(struct walk *walk, uint64_t transaction, uint8_t first[PAGE])
{
    uint8_t other[PAGE];
    uint64_t page = transaction % 2, before;

    for (unsigned i = 0; i < 2; i++) {
        uint8_t *bytes = i == page ? first : other;

        if (!read_page(walk, i, bytes))
            return false;
        if (read_number(bytes + 10, 2) != IS_FIRST)
            refuse(walk, i, ERR_BAD_STORE);
    }
    before = read_number(other + FIRST_TRANSACTION, 8);
    if (read_number(first + FIRST_TRANSACTION, 8) != transaction || before == transaction + 1)
        refuse(walk, page, ERR_AGAIN);
    else if (before + 1 != transaction && transaction > 1)
        refuse(walk, 1 - page, ERR_BAD_STORE);
    return walk->err == ERR_NONE;
}

static void walk_all(struct walk *walk, const uint8_t first[PAGE])
{
    const uint8_t *trees = first + FIRST_TREES;

    walk->counts_free = true;
    walk_tree(walk, 0, trees, TREE_OF_FREE);
    walk->counts_free = false;
    walk_tree(walk, 0, trees + TREE_SIZE, 0);
    for (uint64_t page = PAGES_FIRST; walk->err == ERR_NONE && page <= walk->last_page; page++)
        if ((walk->known[page / 8] >> page % 8 & 1) == 0)
            refuse(walk, page, ERR_BAD_STORE);
}

enum err store_pages_check(struct store *store, uint64_t *page)
{
    struct walk walk = {.file = store->file};
    uint8_t first[PAGE];

    *page = 0;
    if (read_first(&walk, mdb_txn_id(store->read), first)) {
        walk.last_page = read_number(first + FIRST_LAST_PAGE, 8); // opening has seen that the file is so long
        walk.known = calloc(1, walk.last_page / 8 + 1);
        if (walk.known != NULL)
            walk_all(&walk, first);
        else
            refuse(&walk, 0, ERR_NO_MEMORY);
        free(walk.known);
    }
    *page = walk.bad_page;
    return walk.err;
}
