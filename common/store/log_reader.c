// SPDX-License-Identifier: MIT
// Reading the log: one reader that walks chunks, and attachments by their sequence.
// Called by audit between two commits.
// Must not keep what it lends over a commit.
#include "common/store/log_reader.h"

#include "common/base/big_endian.h"
#include "common/store/log_inside.h"

enum { CHUNKS_A_SCAN = 4096 }; // passed over in one go, some milliseconds

void log_reader_seek(struct log_store *log, uint64_t from, uint64_t types)
{
    uint64_t codes = types == UINT64_MAX ? types : 0; // all: also those that our tables know no more

    for (unsigned t = 1; t < EVENT_COUNT; t++)
        if ((types >> t & 1) != 0)
            codes |= UINT64_C(1) << log->code_of[t];
    log->reader = (struct log_reader){.from = from, .codes = codes};
}

void log_reader_seek_ahead(struct log_store *log, uint64_t from, uint64_t types)
{
    log_reader_seek(log, from, types);
    log->reader.ahead = true;
}

static uint64_t end_of(const struct log_store *log)
{
    return log->reader.ahead ? log->tree.size : log->head;
}

static enum err enter_chunk(struct log_store *log, enum err err, struct span key, struct span value)
{
    struct log_reader *reader = &log->reader;

    if (err != ERR_NONE)
        return err;
    if (key.size != CHUNK_KEY_SIZE || !chunk_open(value, &reader->chunk))
        return ERR_BAD_STORE;
    reader->first = big_endian_get(key.at, CHUNK_KEY_SIZE);
    if ((reader->chunk.codes & reader->codes) == 0)
        reader->chunk.at = reader->chunk.count;
    return ERR_NONE;
}

static enum err position(struct log_store *log)
{
    uint8_t key[CHUNK_KEY_SIZE];
    struct span found, value;
    enum err err;

    chunk_key(log->reader.from, key);
    if (!log->reader.ahead)
        err = store_seek(log->store, LOG_EVENTS, span_of(key, sizeof key), &found, &value);
    else
        err = store_txn_seek(log->store, LOG_EVENTS, span_of(key, sizeof key), &found, &value) ? ERR_NONE : ERR_BAD_STORE;
    err = enter_chunk(log, err, found, value);
    log->reader.positioned = err == ERR_NONE;
    return err;
}

static enum err next_chunk(struct log_store *log)
{
    struct span key, value;
    enum err err;

    if (log->reader.ahead)
        return position(log);
    err = store_next(log->store, LOG_EVENTS, &key, &value);
    return enter_chunk(log, err, key, value);
}

// Goes through the chunk that the reader is in; false at its end.
static bool next_in_chunk(struct log_store *log, struct log_record *record)
{
    struct log_reader *reader = &log->reader;
    uint32_t from = reader->from > reader->first ? (uint32_t)(reader->from - reader->first) : 0;
    struct chunk_event event;

    if (!chunk_next(&reader->chunk, reader->codes, from, &event))
        return false;
    *record = (struct log_record){reader->first + event.index, (enum event_type)log->type_of[event.code & LOG_CODES_MAX],
                                  event.has_attachment, event.event};
    reader->from = record->sequence + 1;
    return true;
}

enum err log_reader_next(struct log_store *log, struct log_record *record)
{
    struct log_reader *reader = &log->reader;
    enum err err = ERR_NONE;

    if (reader->from > end_of(log))
        return ERR_NOT_FOUND;
    if (!reader->positioned)
        err = position(log);
    for (unsigned i = 0; err == ERR_NONE && i < CHUNKS_A_SCAN; i++) {
        if (next_in_chunk(log, record))
            return ERR_NONE;
        reader->from = reader->first + reader->chunk.count;
        if (reader->from > end_of(log))
            return ERR_NOT_FOUND;
        err = next_chunk(log);
    }
    if (err == ERR_NOT_FOUND)
        return ERR_BAD_STORE; // the head says that there is more
    return err == ERR_NONE ? ERR_AGAIN : err;
}

uint64_t log_reader_from(const struct log_store *log)
{
    return log->reader.from;
}

enum err log_reader_attachment(struct log_store *log, uint64_t sequence, struct span *attachment)
{
    uint8_t key[CHUNK_KEY_SIZE];
    struct span found, value;
    enum err err;

    chunk_key(sequence, key);
    *attachment = (struct span){0};
    err = store_seek(log->store, LOG_ATTACHMENTS, span_of(key, sizeof key), &found, &value);
    if (err != ERR_NONE)
        return err;
    sequence -= big_endian_get(found.at, CHUNK_KEY_SIZE);
    if (sequence >= CHUNK_EVENTS_MAX || !chunk_attachment(value, (uint32_t)sequence, attachment))
        return ERR_NOT_FOUND;
    return ERR_NONE;
}
