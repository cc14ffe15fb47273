// SPDX-License-Identifier: MIT
// The audit log on LMDB.
// Called by audit: gathers appends of many producers in one transaction, reads chunks in order.
// Must not know what an event means, nor who may say it.
#include "common/store/log_store.h"

#include <assert.h>
#include <stdlib.h>

#include "common/base/big_endian.h"
#include "common/store/log_inside.h"
#include "common/store/log_type.h"

const char *const log_tables[] = {"events", "attachments", "producers", "tree", "types", NULL};

enum {
    ENTRY_OVERHEAD = 64, // bytes of pages and rows an event costs beyond its own, roughly
    BATCH_OVERHEAD = 3 * 4096,
    ATTACHMENT_END = 32, // bytes of each end that stand for it in a batch's digest
};

// Thousandths from which the log says so, and those from which it refuses: who obeys the first is never refused.
enum { URGENT_ONLY_FROM = 800, REFUSE_ORDINARY_FROM = 820, CLOSED_FROM = 950, REFUSE_URGENT_FROM = 960 };

const uint64_t log_map_size = UINT64_C(64) << 30;

// ---------------------------------------------------------------- opening

static enum err read_producers(struct log_store *log)
{
    for (unsigned p = 1; p < code_count(LIST_PRODUCER); p++) {
        struct span row;
        enum err err = store_get(log->store, LOG_PRODUCERS, span_text(code_text(LIST_PRODUCER, p)), &row);

        if (err == ERR_NOT_FOUND)
            continue;
        if (err == ERR_NONE && !log_producer_read(row, &log->producers[p]))
            err = ERR_BAD_STORE;
        if (err != ERR_NONE)
            return err;
    }
    return ERR_NONE;
}

static enum err read_tree(struct log_store *log)
{
    struct span row;
    enum err err = store_get(log->store, LOG_TREE, span_text("frontier"), &row);

    if (err == ERR_NOT_FOUND)
        return ERR_NONE;
    if (err != ERR_NONE)
        return err;
    if (row.size < 8)
        return ERR_BAD_STORE;
    log->tree.size = big_endian_get(row.at, 8);
    if (row.size != 8 + (size_t)tree_roots(&log->tree) * DIGEST_SIZE)
        return ERR_BAD_STORE;
    memcpy(log->tree.roots, row.at + 8, row.size - 8);
    log->head = log->tree.size;
    return ERR_NONE;
}

// The chunk that the frontier says is last must be there and end where it says.
static enum err check_end(struct log_store *log)
{
    uint8_t key[CHUNK_KEY_SIZE];
    struct span found, value;
    struct chunk chunk;
    enum err err;

    chunk_key(UINT64_MAX, key);
    err = store_seek(log->store, LOG_EVENTS, span_of(key, sizeof key), &found, &value);
    if (err == ERR_NOT_FOUND)
        return log->head == 0 ? ERR_NONE : ERR_BAD_STORE;
    if (err != ERR_NONE)
        return err;
    if (found.size != CHUNK_KEY_SIZE || !chunk_open(value, &chunk) || big_endian_get(found.at, 8) + chunk.count != log->head + 1)
        return ERR_BAD_STORE;
    return ERR_NONE;
}

static enum err read_types(struct log_store *log, uint8_t *greatest, bool *complete)
{
    *greatest = 0;
    *complete = true;
    for (unsigned t = 1; t < EVENT_COUNT; t++) {
        struct span name = span_text(event_desc((enum event_type)t)->name), row;
        enum err err = store_get(log->store, LOG_TYPES, name, &row);
        uint8_t code = 0;

        if (err == ERR_NOT_FOUND) {
            *complete = false;
            continue;
        }
        if (err != ERR_NONE)
            return err;
        if (!log_type_read(name, row, &code) || code == 0 || code > LOG_CODES_MAX)
            return ERR_BAD_STORE;
        log->code_of[t] = code;
        log->type_of[code] = (uint8_t)t;
        *greatest = code > *greatest ? code : *greatest;
    }
    return ERR_NONE;
}

// Names that are in the store but in our tables no more keep their numbers too.
static enum err read_greatest_code(struct log_store *log, uint8_t *greatest)
{
    struct span key, row;
    enum err err = store_seek(log->store, LOG_TYPES, span_text("!"), &key, &row);

    for (; err == ERR_NONE; err = store_next(log->store, LOG_TYPES, &key, &row))
        if (row.size > 0 && row.at[0] > *greatest)
            *greatest = row.at[0];
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static enum err number_types(struct log_store *log)
{
    uint8_t greatest;
    bool complete;
    enum err err = read_types(log, &greatest, &complete);

    if (err == ERR_NONE)
        err = read_greatest_code(log, &greatest);
    if (err != ERR_NONE || complete)
        return err;
    store_begin(log->store);
    for (unsigned t = 1; t < EVENT_COUNT; t++) {
        struct span name = span_text(event_desc((enum event_type)t)->name);
        uint8_t row[LOG_TYPE_SIZE];

        if (log->code_of[t] != 0)
            continue;
        if (greatest == LOG_CODES_MAX) {
            store_abort(log->store);
            return ERR_NO_ROOM;
        }
        log->code_of[t] = ++greatest;
        log->type_of[greatest] = (uint8_t)t;
        log_type_write(name, greatest, row);
        store_put(log->store, LOG_TYPES, name, span_of(row, sizeof row));
    }
    return store_commit(log->store);
}

static enum err open_log(const struct store_options *options, struct log_store **log)
{
    struct log_store *new = calloc(1, sizeof *new);
    enum err err;

    assert(code_count(LIST_PRODUCER) <= LOG_PRODUCERS_MAX && (int)EVENT_COUNT <= LOG_CODES_MAX);
    *log = new;
    if (new == NULL)
        return ERR_NO_MEMORY;
    err = store_open(options, &new->store);
    if (err == ERR_NONE)
        err = read_producers(new);
    if (err == ERR_NONE)
        err = read_tree(new);
    return err == ERR_NONE ? check_end(new) : err;
}

enum err log_store_open(const struct log_store_options *options, struct log_store **log)
{
    uint64_t map_size = options->map_size == 0 ? log_map_size : options->map_size;
    enum err err = open_log(&(struct store_options){options->directory, "log", LOG_FORMAT, log_tables, map_size, false}, log);

    if (err == ERR_NONE) {
        (*log)->map_size = map_size;
        log_room_init(&(*log)->room, (*log)->store, options->directory, map_size);
        err = number_types(*log);
    }
    if (err != ERR_NONE)
        log_store_close(log);
    return err;
}

enum err log_store_look(const char *directory, struct log_store **log)
{
    uint8_t greatest;
    bool complete;
    enum err err = open_log(&(struct store_options){directory, "log", LOG_FORMAT, log_tables, log_map_size, true}, log);

    if (err == ERR_NONE)
        err = read_types(*log, &greatest, &complete);
    if (err != ERR_NONE)
        log_store_close(log);
    return err;
}

void log_store_close(struct log_store **log)
{
    if (*log == NULL)
        return;
    store_close(&(*log)->store);
    free(*log);
    *log = NULL;
}

// ---------------------------------------------------------------- writing

void log_store_begin_producer(struct log_store *log, enum producer producer, struct log_producer *row)
{
    store_begin(log->store);
    log->producers[producer].epoch++;
    log->changed[producer] = true;
    *row = log->producers[producer];
}

static void hash_leaves(struct log_store *log, const struct log_batch *batch)
{
    for (size_t i = 0; i < batch->n_items; i++)
        tree_leaf(batch->items[i].event, log->leaves[i]);
}

// What tells two attachments apart: its ends. A sealed one begins with its nonce and ends with its tag; of a text the event names the hash.
static size_t add_ends(struct span attachment, struct span *parts)
{
    if (attachment.size <= 2 * ATTACHMENT_END) {
        parts[0] = attachment;
        return attachment.size > 0;
    }
    parts[0] = span_of(attachment.at, ATTACHMENT_END);
    parts[1] = span_of(attachment.at + attachment.size - ATTACHMENT_END, ATTACHMENT_END);
    return 2;
}

// Over the leaves' hashes, which stand for the events, and the attachments' sizes and ends.
static void hash_batch(const struct log_store *log, const struct log_batch *batch, uint8_t digest[DIGEST_SIZE])
{
    struct span parts[2 * LOG_ITEMS_MAX + 2];
    uint32_t sizes[LOG_ITEMS_MAX];
    size_t n = 0;

    parts[n++] = span_of(log->leaves, batch->n_items * DIGEST_SIZE);
    parts[n++] = span_of(sizes, batch->n_items * sizeof sizes[0]);
    for (size_t i = 0; i < batch->n_items; i++) {
        sizes[i] = (uint32_t)batch->items[i].attachment.size;
        n += add_ends(batch->items[i].attachment, &parts[n]);
    }
    digest_sha256(parts, n, digest);
}

static bool is_refused(const struct log_store *log, enum log_admits admits)
{
    if (admits == LOG_ADMITS_NOTHING)
        return false;
    return log_room_fullness(&log->room, log->gathered) >= (admits == LOG_ADMITS_URGENT ? REFUSE_URGENT_FROM : REFUSE_ORDINARY_FROM);
}

static void put_chunk(struct log_store *log, uint64_t sequence, const struct chunk_item *items, size_t n_items)
{
    uint8_t key[CHUNK_KEY_SIZE];
    uint8_t *chunk;

    chunk_key(sequence, key);
    chunk = store_append(log->store, LOG_EVENTS, span_of(key, sizeof key), chunk_size(items, n_items));
    if (chunk != NULL)
        chunk_write(items, n_items, chunk);
}

static void put_attachments(struct log_store *log, uint64_t sequence, const struct chunk_item *items, size_t n_items)
{
    size_t size = chunk_attachments_size(items, n_items);
    uint8_t key[CHUNK_KEY_SIZE];
    uint8_t *chunk;

    if (size == chunk_attachments_size(items, 0))
        return;
    chunk_key(sequence, key);
    chunk = store_append(log->store, LOG_ATTACHMENTS, span_of(key, sizeof key), size);
    if (chunk != NULL)
        chunk_attachments_write(items, n_items, chunk);
}

typedef void (*put_run)(struct log_store *log, uint64_t sequence, const struct chunk_item *items, size_t n_items);

// Cuts the items into runs of at most `max` bytes (one item may be more) and puts each.
static void put_in_runs(struct log_store *log, uint64_t first, size_t n_items, size_t max, put_run put)
{
    size_t begin = 0, size = 0;

    for (size_t i = 0; i < n_items; i++) {
        size_t more = put == put_chunk ? log->items[i].event.size : log->items[i].attachment.size;

        if (size + more > max && i > begin) {
            put(log, first + begin, log->items + begin, i - begin);
            begin = i;
            size = 0;
        }
        size += more;
    }
    put(log, first + begin, log->items + begin, n_items - begin);
}

static void put_items(struct log_store *log, const struct log_batch *batch)
{
    uint64_t first = log->tree.size + 1;

    log->gathered += BATCH_OVERHEAD;
    for (size_t i = 0; i < batch->n_items; i++) {
        const struct log_item *item = &batch->items[i];

        assert(item->event.size >= 1 && item->event.size <= EVENT_BYTES_MAX);
        log->items[i] = (struct chunk_item){item->event, item->attachment, log->leaves[i], log->code_of[item->type]};
        log->gathered += item->event.size + item->attachment.size + ENTRY_OVERHEAD;
        tree_push(&log->tree, log->leaves[i]);
    }
    put_in_runs(log, first, batch->n_items, LOG_EVENTS_CHUNK_MAX, put_chunk);
    put_in_runs(log, first, batch->n_items, LOG_ATTACHMENTS_CHUNK_MAX, put_attachments);
}

// An old number: good when the very batch is among the last ones, else stale.
static struct log_place find_again(struct log_store *log, const struct log_batch *batch)
{
    const struct log_producer *producer = &log->producers[batch->producer];
    struct log_place place = {.outcome = LOG_STALE, .n = producer->n + 1};
    const struct log_seen *seen;
    uint8_t digest[DIGEST_SIZE];

    hash_leaves(log, batch);
    hash_batch(log, batch, digest);
    seen = log_producer_seen(producer, batch->n, digest);
    if (seen != NULL)
        place = (struct log_place){LOG_OK, true, seen->first, seen->first + seen->count - 1, producer->n + 1};
    return place;
}

static void move_decided(struct log_store *log, const struct log_batch *batch)
{
    struct log_producer *producer = &log->producers[batch->producer];

    if (batch->decided_to > producer->decided_to)
        producer->decided_to = batch->decided_to;
    log->changed[batch->producer] = true;
}

static struct log_place add(struct log_store *log, const struct log_batch *batch)
{
    struct log_producer *producer = &log->producers[batch->producer];
    struct log_seen seen = {.n = batch->n, .first = log->tree.size + 1, .count = (uint32_t)batch->n_items};

    store_begin(log->store);
    move_decided(log, batch);
    if (batch->n_items == 0)
        return (struct log_place){LOG_OK, false, 0, 0, producer->n + 1};
    hash_leaves(log, batch);
    hash_batch(log, batch, seen.digest);
    put_items(log, batch);
    log_producer_note(producer, &seen);
    return (struct log_place){LOG_OK, false, seen.first, log->tree.size, producer->n + 1};
}

struct log_place log_store_append(struct log_store *log, const struct log_batch *batch)
{
    const struct log_producer *producer = &log->producers[batch->producer];
    struct log_place refusal = {.outcome = LOG_STALE, .n = producer->n + 1};

    assert(batch->n_items <= LOG_ITEMS_MAX);
    if (producer->epoch == 0 || batch->epoch != producer->epoch)
        return refusal;
    if (batch->n > producer->n + 1) {
        refusal.outcome = LOG_GAP;
        return refusal;
    }
    if (batch->n <= producer->n && batch->n_items > 0)
        return find_again(log, batch);
    if (is_refused(log, batch->admits)) {
        refusal.outcome = LOG_FULL;
        return refusal;
    }
    return add(log, batch);
}

static void drop_one(struct log_store *log, uint64_t sequence)
{
    uint8_t key[CHUNK_KEY_SIZE];
    struct span found, value;
    uint64_t first;
    uint8_t *chunk;

    chunk_key(sequence, key);
    if (!store_txn_seek(log->store, LOG_ATTACHMENTS, span_of(key, sizeof key), &found, &value))
        return;
    first = big_endian_get(found.at, CHUNK_KEY_SIZE);
    if (sequence - first >= CHUNK_EVENTS_MAX || value.size > sizeof log->dropping)
        return;
    memcpy(log->dropping, value.at, value.size); // the store moves the value when it is written
    if (!chunk_attachment_drop(log->dropping, value.size, (uint32_t)(sequence - first)))
        return;
    log->gathered += value.size + BATCH_OVERHEAD;
    chunk_key(first, key);
    chunk = store_reserve(log->store, LOG_ATTACHMENTS, span_of(key, sizeof key), value.size);
    if (chunk != NULL)
        memcpy(chunk, log->dropping, value.size);
}

void log_store_drop(struct log_store *log, const uint64_t *sequences, size_t n_sequences)
{
    store_begin(log->store);
    for (size_t i = 0; i < n_sequences; i++)
        drop_one(log, sequences[i]);
}

static void put_tree(struct log_store *log)
{
    size_t size = (size_t)tree_roots(&log->tree) * DIGEST_SIZE;
    uint8_t row[8 + sizeof log->tree.roots];

    if (log->tree.size == log->head)
        return;
    chunk_key(log->tree.size, row);
    memcpy(row + 8, log->tree.roots, size);
    store_put(log->store, LOG_TREE, span_text("frontier"), span_of(row, 8 + size));
}

static void put_producers(struct log_store *log)
{
    uint8_t row[LOG_PRODUCER_SIZE];

    for (unsigned p = 1; p < code_count(LIST_PRODUCER); p++) {
        if (!log->changed[p])
            continue;
        log_producer_write(&log->producers[p], row);
        store_put(log->store, LOG_PRODUCERS, span_text(code_text(LIST_PRODUCER, p)), span_of(row, sizeof row));
        log->changed[p] = false;
    }
}

enum err log_store_commit(struct log_store *log)
{
    if (log->failed != ERR_NONE)
        return log->failed;
    if (!store_is_open(log->store))
        return store_sticky(log->store); // nothing was gathered, or not even a transaction could be begun
    put_tree(log);
    put_producers(log);
    log->failed = store_commit(log->store);
    if (log->failed != ERR_NONE)
        return log->failed;
    log->head = log->tree.size;
    log->gathered = 0;
    log->reader.positioned = false;
    log_room_measure(&log->room);
    return ERR_NONE;
}

uint64_t log_store_gathered(const struct log_store *log)
{
    return log->gathered;
}

// ---------------------------------------------------------------- asking

uint64_t log_store_head(const struct log_store *log)
{
    return log->head;
}

uint64_t log_store_end(const struct log_store *log)
{
    return log->tree.size;
}

void log_store_root(const struct log_store *log, uint8_t root[DIGEST_SIZE])
{
    assert(!store_is_open(log->store));
    tree_root(&log->tree, root);
}

const struct log_producer *log_store_producer(const struct log_store *log, enum producer producer)
{
    return &log->producers[producer];
}

struct log_usage log_store_usage(const struct log_store *log)
{
    unsigned fullness = log_room_fullness(&log->room, log->gathered);
    enum admission admission = fullness >= CLOSED_FROM        ? ADMISSION_CLOSED
                               : fullness >= URGENT_ONLY_FROM ? ADMISSION_URGENT_ONLY
                                                              : ADMISSION_OPEN;

    return (struct log_usage){admission, fullness, log->room.room.used, log->map_size};
}

void log_store_tend(struct log_store *log)
{
    log_room_measure(&log->room);
    store_check_readers(log->store);
}

enum err log_store_prepare(struct log_store *log, bool *more)
{
    *more = false;
    return store_is_open(log->store) ? ERR_NONE : log_room_write_ahead(&log->room, more);
}
