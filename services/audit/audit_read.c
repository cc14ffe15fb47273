// SPDX-License-Identifier: MIT
// Requests that read the log: reads that are parked until there is something, attachments, head and root, the feed.
// Called by audit after each commit, when everything in the store is durable.
// Must not run while something is gathered.
#include "services/audit/audit_inside.h"

#include "common/base/big_endian.h"
#include "common/runtime/report.h"
#include "common/wire/encode.h"

static void refuse_busy(struct audit *audit, const struct peer *peer, int64_t now_ms)
{
    struct plain_reply reply = {.answer = ANSWER_BUSY};

    PUT(&reply, plain_reply, ref, peer->ref);
    PUT(&reply, plain_reply, retry_after_ms, RETRY_AFTER_MS);
    if (report_due(&audit->reads_told_ms, now_ms))
        report("reads-full", "as many reads wait for events as may: a reader was told to come again");
    audit_reply(audit, peer, &record_plain_reply, &reply);
}

void audit_read_take(struct audit *audit, const struct peer *peer, int64_t now_ms)
{
    const struct log_read *read = &audit->request.read;
    struct parked_read parked = {.peer = *peer, .from = read->from, .types = UINT64_MAX, .deadline_ms = now_ms};

    parked.max_events = HAS(read, log_read, max_events) ? (uint32_t)read->max_events : READ_EVENTS_DEFAULT;
    parked.max_bytes = HAS(read, log_read, max_bytes) ? (uint32_t)read->max_bytes : READ_BYTES_DEFAULT;
    parked.attachments = HAS(read, log_read, attachments) && read->attachments;
    if (HAS(read, log_read, types))
        parked.types = read->types;
    if (HAS(read, log_read, wait_ms))
        parked.deadline_ms += (int64_t)read->wait_ms;
    if (peer->service != AUDIT_LOG && parked.max_bytes > READ_BYTES_OF_OPERATORS)
        parked.max_bytes = READ_BYTES_OF_OPERATORS;
    parked.tentative = HAS(read, log_read, tentative) && read->tentative;
    if (parked.tentative && audit->n_deciding > 0)
        audit->n_deciding--;
    if ((parked.attachments || parked.tentative) && (peer->service != AUDIT_LOG || (parked.attachments && parked.tentative))) {
        audit_refuse(audit, peer, ANSWER_NOT_ALLOWED, NULL);
        return;
    }
    if (HAS(read, log_read, run) && read->run != audit->run) { // what it knows may never have become durable
        audit_refuse(audit, peer, ANSWER_STALE, NULL);
        return;
    }
    if (parked_put(&audit->parked, &parked, peer->service == AUDIT_LOG ? PARKED_MAX : PARKED_OF_OPERATORS) != ERR_NONE)
        refuse_busy(audit, peer, now_ms);
    else
        audit->scanning = true; // to be tried once
}

// ---------------------------------------------------------------- one reply

static void put_key(struct wire_writer *writer, const char *key)
{
    wire_put_text(writer, span_text(key));
}

static void put_event(struct wire_writer *writer, const struct log_record *record, struct span attachment)
{
    wire_put_map(writer, attachment.size > 0 ? 3 : 2);
    put_key(writer, "sequence");
    wire_put_uint(writer, record->sequence);
    put_key(writer, "event");
    wire_put_bytes(writer, record->event);
    if (attachment.size == 0)
        return;
    put_key(writer, "attachment");
    wire_put_bytes(writer, attachment);
}

// An array whose length is known only behind it: 0xdd and 32 bits, filled in later.
static size_t put_open_array(struct wire_writer *writer)
{
    const uint8_t head[5] = {0xdd};

    wire_put_raw(writer, span_of(head, sizeof head));
    return writer->used - 4;
}

static void fill_open_array(struct wire_writer *writer, size_t at, uint32_t n)
{
    big_endian_put(writer->at + at, n, 4);
}

// The next event for this read with its attachment, where it wants one.
static enum err next_record(struct audit *audit, const struct parked_read *read, struct log_record *record, struct span *attachment)
{
    enum err err = log_reader_next(audit->log, record);

    *attachment = (struct span){0};
    if (err != ERR_NONE || !read->attachments || !record->has_attachment)
        return err;
    err = log_reader_attachment(audit->log, record->sequence, attachment);
    return err == ERR_NOT_FOUND ? ERR_NONE : err; // dropped
}

// Writes the events that this read may have; `next` is where to read on. ERR_NOT_FOUND: the head was reached; ERR_AGAIN: not yet.
static enum err put_events(struct audit *audit, const struct parked_read *read, bool ahead, struct wire_writer *writer, uint32_t *n,
                           uint64_t *next)
{
    size_t begin = writer->used;
    struct log_record record;
    struct span attachment;
    enum err err = ERR_NONE;

    if (ahead)
        log_reader_seek_ahead(audit->log, read->from, read->types);
    else
        log_reader_seek(audit->log, read->from, read->types);
    for (*n = 0; *n < read->max_events; (*n)++) {
        err = next_record(audit, read, &record, &attachment);
        if (err != ERR_NONE)
            break;
        if (*n > 0 && writer->used - begin + record.event.size + attachment.size + EVENT_OVERHEAD > read->max_bytes) {
            *next = record.sequence;
            return ERR_NONE;
        }
        put_event(writer, &record, attachment);
    }
    *next = log_reader_from(audit->log);
    return err;
}

static void put_tail(struct audit *audit, struct wire_writer *writer, uint64_t next)
{
    put_key(writer, "head");
    wire_put_uint(writer, log_store_head(audit->log));
    put_key(writer, "next");
    wire_put_uint(writer, next);
    put_key(writer, "admission");
    wire_put_text(writer, span_text(code_text(LIST_ADMISSION, audit_admission(audit))));
}

// Answers one read if there is something for it, or if it has waited long enough; else it stays parked.
static enum err try_read(struct audit *audit, struct parked_read *read, bool ahead, int64_t now_ms, bool *answered)
{
    struct wire_writer writer = wire_writer_on(audit->reply, sizeof audit->reply);
    size_t array;
    uint32_t n;
    enum err err;

    wire_put_map(&writer, read->tentative ? 7 : 6);
    put_key(&writer, "ref");
    wire_put_uint(&writer, read->peer.ref);
    if (read->tentative) {
        put_key(&writer, "run");
        wire_put_uint(&writer, audit->run);
    }
    put_key(&writer, "events");
    array = put_open_array(&writer);
    err = put_events(audit, read, ahead, &writer, &n, &read->from);
    if (err != ERR_NONE && err != ERR_NOT_FOUND && err != ERR_AGAIN)
        return err;
    *answered = n > 0 || now_ms >= read->deadline_ms;
    audit->scanning = audit->scanning || (err == ERR_AGAIN && !*answered);
    if (!*answered)
        return ERR_NONE;
    fill_open_array(&writer, array, n);
    put_key(&writer, "answer");
    wire_put_text(&writer, span_text(code_text(LIST_ANSWER, n > 0 ? ANSWER_OK : ANSWER_EMPTY)));
    put_tail(audit, &writer, read->from);
    audit->out.reply(audit->out.context, &read->peer, wire_written(&writer));
    if (read->tentative && n > 0)
        audit->n_deciding++;
    return ERR_NONE;
}

// The place of the next parked read; one that was answered is gone, and the last stands where it stood.
static unsigned pass(struct audit *audit, unsigned place, bool answered)
{
    if (answered)
        parked_remove(&audit->parked, place);
    return answered ? place : place + 1;
}

enum err audit_read_serve(struct audit *audit, uint64_t old_head, int64_t now_ms)
{
    uint64_t head = log_store_head(audit->log);
    unsigned i = 0;

    audit->scanning = false;
    while (i < audit->parked.n) {
        struct parked_read *read = &audit->parked.reads[i];
        bool answered = false;
        enum err err;

        if (read->from == old_head + 1 && (read->types & audit->gathered_types) == 0)
            read->from = head + 1; // nothing for it among the new ones
        if (read->from <= head || now_ms >= read->deadline_ms) {
            err = try_read(audit, read, false, now_ms, &answered);
            if (err != ERR_NONE)
                return err;
        }
        i = pass(audit, i, answered);
    }
    return ERR_NONE;
}

enum err audit_read_serve_ahead(struct audit *audit)
{
    unsigned i = 0;

    while (audit->gathered_types != 0 && i < audit->parked.n) {
        struct parked_read *read = &audit->parked.reads[i];
        bool answered = false;

        if (read->tentative && (read->types & audit->gathered_types) != 0) {
            enum err err = try_read(audit, read, true, INT64_MIN, &answered);

            if (err != ERR_NONE)
                return err;
        }
        i = pass(audit, i, answered);
    }
    return ERR_NONE;
}

// ---------------------------------------------------------------- the feed and small answers

enum err audit_read_publish(struct audit *audit, uint64_t old_head)
{
    struct log_record record;
    enum err err;

    if (log_store_head(audit->log) == old_head || !audit->out.is_watched(audit->out.context))
        return ERR_NONE;
    log_reader_seek(audit->log, old_head + 1, UINT64_MAX);
    while ((err = log_reader_next(audit->log, &record)) == ERR_NONE)
        audit->out.publish(audit->out.context, event_desc(record.type)->name, record.sequence, record.event);
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

// Operators may read the text of an adopted policy, which is nobody's secret; all else beside the log is sealed, and not theirs.
static bool may_see_attachment(struct audit *audit, const struct waiting *waiting)
{
    struct log_record record;

    if (waiting->peer.service == AUDIT_LOG)
        return true;
    log_reader_seek(audit->log, waiting->sequence, UINT64_MAX);
    return log_reader_next(audit->log, &record) == ERR_NONE && record.sequence == waiting->sequence && record.type == EVENT_POLICY_ADOPTED;
}

void audit_read_answer_attachment(struct audit *audit, const struct waiting *waiting)
{
    struct log_attachment reply = {.answer = ANSWER_NOT_FOUND};

    PUT(&reply, log_attachment, ref, waiting->peer.ref);
    if (!may_see_attachment(audit, waiting)) {
        reply.answer = ANSWER_NOT_ALLOWED;
    } else if (log_reader_attachment(audit->log, waiting->sequence, &reply.attachment) == ERR_NONE) {
        reply.answer = ANSWER_OK;
        SET_HAS(&reply, log_attachment, attachment);
    }
    audit_reply(audit, &waiting->peer, &record_log_attachment, &reply);
}

void audit_read_answer_head(struct audit *audit, const struct waiting *waiting)
{
    struct log_usage usage = log_store_usage(audit->log);
    struct log_head reply = {.answer = ANSWER_OK};
    uint8_t root[DIGEST_SIZE];

    PUT(&reply, log_head, ref, waiting->peer.ref);
    PUT(&reply, log_head, head, log_store_head(audit->log));
    PUT(&reply, log_head, admission, (uint8_t)audit_admission(audit));
    PUT(&reply, log_head, map_used, usage.map_used);
    PUT(&reply, log_head, map_size, usage.map_size);
    if (waiting->request == LOG_ROOT) {
        log_store_root(audit->log, root);
        PUT(&reply, log_head, root, span_of(root, sizeof root));
    }
    audit_reply(audit, &waiting->peer, &record_log_head, &reply);
}
