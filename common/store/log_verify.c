// SPDX-License-Identifier: MIT
// One walk over all chunks of events, beside it one over all attachments.
// Called by the command line, in a process of its own.
// Must not write, nor believe a length.
#include "common/store/log_verify.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/big_endian.h"
#include "common/store/log_inside.h"
#include "common/store/log_type.h"
#include "common/store/store_file.h"
#include "common/store/store_pages.h"
#include "common/wire/check.h"
#include "common/wire/event_wire.h"

enum { TRIES = 20 };

static const uint8_t no_sequence[CHUNK_KEY_SIZE]; // before all others

struct verify {
    struct log_verdict *verdict;
    struct log_store *log; // only its tables and numbers are used
    struct tree tree;      // of the events gone through
    uint64_t n_of[LOG_PRODUCERS_MAX], epoch_of[LOG_PRODUCERS_MAX];
    struct chunk_attachments attachments; // of the chunk that the walk is in
    uint64_t attachments_key;
    uint64_t n_chunks[2]; // keys of the two tables
    bool attachments_begun;
    struct event envelope;
    union event_data data;
};

const char *log_damage_text(enum log_damage damage)
{
    static const char *const texts[] = {
#define ROW(symbol, text) text,
        LOG_DAMAGES(ROW)
#undef ROW
    };

    return texts[damage];
}

static bool refuse(struct verify *verify, enum log_damage damage, uint64_t sequence)
{
    if (verify->verdict->damage == LOG_DAMAGE_NONE) {
        verify->verdict->damage = damage;
        verify->verdict->sequence = sequence;
    }
    return false;
}

// ---------------------------------------------------------------- attachments

// The next one in the table, whoever's it is; false at the end, or at what is no attachment.
static bool next_attachment(struct verify *verify, uint64_t *sequence, struct chunk_attachment *attachment)
{
    while (!chunk_attachments_next(&verify->attachments, attachment)) {
        struct span key, value;
        enum err err = verify->attachments_begun
                           ? store_next(verify->log->store, LOG_ATTACHMENTS, &key, &value)
                           : store_seek(verify->log->store, LOG_ATTACHMENTS, span_of(no_sequence, CHUNK_KEY_SIZE), &key, &value);

        if (verify->attachments.left > 0 || verify->attachments.bytes != verify->attachments.end)
            return refuse(verify, LOG_DAMAGE_ATTACHMENT, verify->tree.size + 1);
        if (err != ERR_NONE)
            return err == ERR_NOT_FOUND ? false : refuse(verify, LOG_DAMAGE_ATTACHMENT, verify->tree.size + 1);
        verify->attachments_begun = true;
        verify->n_chunks[LOG_ATTACHMENTS]++;
        if (key.size != CHUNK_KEY_SIZE || !chunk_attachments_open(value, &verify->attachments))
            return refuse(verify, LOG_DAMAGE_ATTACHMENT, verify->tree.size + 1);
        verify->attachments_key = big_endian_get(key.at, CHUNK_KEY_SIZE);
    }
    *sequence = verify->attachments_key + attachment->offset;
    return true;
}

static bool is_zeros(struct span bytes)
{
    return bytes.size == 0 || (bytes.at[0] == 0 && memcmp(bytes.at, bytes.at + 1, bytes.size - 1) == 0);
}

static bool is_policy(const struct verify *verify, struct span text)
{
    uint8_t digest[DIGEST_SIZE];

    digest_sha256(&text, 1, digest);
    return span_equal(verify->data.POLICY_ADOPTED.policy, span_of(digest, sizeof digest));
}

static bool check_attachment(struct verify *verify, uint64_t sequence, enum event_type type)
{
    struct chunk_attachment attachment;
    uint64_t of;

    if (!next_attachment(verify, &of, &attachment) || of != sequence)
        return refuse(verify, LOG_DAMAGE_ATTACHMENT, sequence);
    verify->verdict->n_attachments++;
    verify->verdict->n_dropped += attachment.is_dropped;
    if (attachment.is_dropped)
        return is_zeros(attachment.bytes) || refuse(verify, LOG_DAMAGE_ATTACHMENT, sequence);
    if (type == EVENT_POLICY_ADOPTED)
        return is_policy(verify, attachment.bytes) || refuse(verify, LOG_DAMAGE_ATTACHMENT, sequence);
    verify->verdict->n_sealed++;
    return true;
}

// ---------------------------------------------------------------- events

// The producer's own number, one more than before; its epoch, never less.
static bool check_number(struct verify *verify, uint64_t sequence, enum producer producer)
{
    uint64_t epoch = strtoull((const char *)verify->envelope.id.at, NULL, 10); // the digits end at a dot: event_number has seen it
    uint64_t n = event_number(verify->envelope.id);

    if (n != verify->n_of[producer] + 1 || epoch < verify->epoch_of[producer])
        return refuse(verify, LOG_DAMAGE_NUMBER, sequence);
    verify->n_of[producer] = n;
    verify->epoch_of[producer] = epoch;
    return true;
}

static bool check_event(struct verify *verify, uint64_t sequence, const struct chunk_event *event)
{
    uint8_t leaf[DIGEST_SIZE];
    struct faults faults = {0};
    enum event_type type;

    tree_leaf(event->event, leaf);
    if (memcmp(leaf, event->check, CHUNK_CHECK_SIZE) != 0)
        return refuse(verify, LOG_DAMAGE_EVENT, sequence);
    if (!wire_check(event->event, &faults) || !event_decode(event->event, &verify->envelope, &type, &verify->data, &faults))
        return refuse(verify, LOG_DAMAGE_EVENT, sequence);
    if (verify->log->type_of[event->code & LOG_CODES_MAX] != type)
        return refuse(verify, LOG_DAMAGE_TYPE, sequence);
    if (!check_number(verify, sequence, event_desc(type)->producer))
        return false;
    tree_push(&verify->tree, leaf);
    verify->verdict->n_events++;
    return !event->has_attachment || check_attachment(verify, sequence, type);
}

static bool check_chunk(struct verify *verify, struct span key, struct span value)
{
    uint64_t sequence = verify->tree.size + 1, codes = 0;
    struct chunk chunk;
    struct chunk_event event;

    verify->n_chunks[LOG_EVENTS]++;
    if (key.size != CHUNK_KEY_SIZE || !chunk_open(value, &chunk) || chunk.count == 0)
        return refuse(verify, LOG_DAMAGE_CHUNK, sequence);
    if (big_endian_get(key.at, CHUNK_KEY_SIZE) != sequence)
        return refuse(verify, LOG_DAMAGE_MISSING, sequence);
    for (; chunk_next(&chunk, UINT64_MAX, 0, &event); sequence++) {
        codes |= UINT64_C(1) << (event.code & LOG_CODES_MAX);
        if (event.code > LOG_CODES_MAX || !check_event(verify, sequence, &event))
            return refuse(verify, LOG_DAMAGE_CHUNK, sequence);
    }
    return chunk_is_whole(&chunk, codes) || refuse(verify, LOG_DAMAGE_CHUNK, verify->tree.size + 1);
}

static bool check_events(struct verify *verify)
{
    struct span key, value;
    enum err err = store_seek(verify->log->store, LOG_EVENTS, span_of(no_sequence, CHUNK_KEY_SIZE), &key, &value);

    for (; err == ERR_NONE; err = store_next(verify->log->store, LOG_EVENTS, &key, &value))
        if (!check_chunk(verify, key, value))
            return false;
    return err == ERR_NOT_FOUND || refuse(verify, LOG_DAMAGE_CHUNK, verify->tree.size + 1);
}

// ---------------------------------------------------------------- what stands over them

static bool check_end(struct verify *verify)
{
    const struct tree *told = &verify->log->tree;
    struct chunk_attachment attachment;
    uint64_t sequence;

    if (verify->tree.size != told->size)
        return refuse(verify, LOG_DAMAGE_MISSING, verify->tree.size + 1);
    if (memcmp(verify->tree.roots, told->roots, (size_t)tree_roots(told) * DIGEST_SIZE) != 0)
        return refuse(verify, LOG_DAMAGE_ROOT, 0);
    tree_root(&verify->tree, verify->verdict->root);
    if (next_attachment(verify, &sequence, &attachment))
        return refuse(verify, LOG_DAMAGE_ATTACHMENT, sequence);
    return verify->verdict->damage == LOG_DAMAGE_NONE;
}

static bool check_producers(struct verify *verify)
{
    for (unsigned p = 1; p < code_count(LIST_PRODUCER); p++) {
        const struct log_producer *row = &verify->log->producers[p];

        if (row->n != verify->n_of[p] || row->epoch < verify->epoch_of[p] || row->decided_to > verify->tree.size)
            return refuse(verify, LOG_DAMAGE_PRODUCER, 0);
    }
    return true;
}

// As many keys as the file says that there are: LMDB would find the others again.
static bool check_counts(struct verify *verify)
{
    for (unsigned table = LOG_EVENTS; table <= LOG_ATTACHMENTS; table++) {
        uint64_t n;

        if (store_count(verify->log->store, table, &n) != ERR_NONE || n != verify->n_chunks[table])
            return refuse(verify, LOG_DAMAGE_CHUNK, 0);
    }
    return true;
}

// Of producers, tree and types: as many rows as the file says, each as it was written. Opening has read the first two.
static bool check_rows(struct verify *verify)
{
    for (unsigned table = LOG_PRODUCERS; table <= LOG_TYPES; table++) {
        struct span key, row;
        uint64_t n = 0, told;
        uint8_t code;
        enum err err = store_seek(verify->log->store, table, span_of(no_sequence, CHUNK_KEY_SIZE), &key, &row);

        for (; err == ERR_NONE; err = store_next(verify->log->store, table, &key, &row), n++)
            if (table == LOG_TYPES && !log_type_read(key, row, &code))
                return refuse(verify, LOG_DAMAGE_ROWS, 0);
        if (err != ERR_NOT_FOUND || store_count(verify->log->store, table, &told) != ERR_NONE || told != n)
            return refuse(verify, LOG_DAMAGE_ROWS, 0);
    }
    return true;
}

static enum err check_all(struct verify *verify)
{
    enum err err = store_pages_check(verify->log->store, &verify->verdict->page);

    if (err == ERR_BAD_STORE)
        (void)refuse(verify, LOG_DAMAGE_PAGE, 0);
    if (err != ERR_NONE)
        return err == ERR_BAD_STORE ? ERR_NONE : err;
    (void)(check_events(verify) && check_end(verify) && check_producers(verify) && check_counts(verify) && check_rows(verify));
    return ERR_NONE;
}

// Whoever reads nothing but bytes reads all of them.
static bool can_be_read(const char *directory)
{
    uint8_t bytes[1 << 16];
    char path[STORE_PATH_MAX];
    ssize_t n = -1;
    int file = store_file_path(directory, "data.mdb", path) == ERR_NONE ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    while (file >= 0 && (n = read(file, bytes, sizeof bytes)) > 0)
        continue;
    if (file >= 0)
        close(file);
    return n == 0;
}

static bool can_be_mapped(void)
{
    void *map = mmap(NULL, log_map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return map != MAP_FAILED && munmap(map, log_map_size) == 0;
}

// LMDB asks for what a damaged number says: then there is no such memory, or a call fails, though nothing is wrong with the machine.
static bool is_damage(const char *directory, enum err err)
{
    if (err == ERR_IO || err == ERR_NO_MEMORY)
        return can_be_mapped() && can_be_read(directory);
    return err == ERR_BAD_STORE || err == ERR_CUT_STORE || err == ERR_NEWER_STORE;
}

enum err log_verify(const char *directory, struct log_verdict *verdict)
{
    struct verify *verify = calloc(1, sizeof *verify);
    enum err err = ERR_NO_MEMORY;

    *verdict = (struct log_verdict){0};
    if (verify == NULL)
        return err;
    verify->verdict = verdict;
    for (unsigned i = 0; i < TRIES; i++) {
        err = log_store_look(directory, &verify->log);
        err = err == ERR_NONE ? check_all(verify) : err;
        log_store_close(&verify->log);
        if (err != ERR_AGAIN)
            break;
    }
    if (is_damage(directory, err)) {
        (void)refuse(verify, LOG_DAMAGE_OPEN, 0);
        err = ERR_NONE;
    }
    free(verify);
    return err;
}
