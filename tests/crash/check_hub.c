// SPDX-License-Identifier: MIT
// The state directory of a whole hub after a power cut: the log and everything promised in it, keys, projections; then it is written to.
// Called by power_cut_images.
// Must open stores only as the daemons do.
#include "tests/crash/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/tag.h"
#include "common/store/log_reader.h"
#include "common/store/projection.h"
#include "common/store/tree.h"
#include "common/wire/event_wire.h"
#include "services/registry/family.h"

enum { REFERRALS_MAX = 1 << 14, EVENTS_MAX = 1 << 17, PATH_SIZE = 512 };

static const uint64_t map_size = UINT64_C(32) << 20; // as power-cut gives to audit

// What the log says, by the place of a tag in a table of its own.
struct referral {
    uint64_t tag;
    uint64_t family;
    uint64_t sequence;
    uint64_t accepted; // bit p: part p was accepted
    unsigned opened;
    bool conflicting; // the submission is another referral's
    bool submitted;   // the registry has a row of its submission
};

struct family {
    uint64_t tag;
    uint64_t slot;
};

static struct referral referrals[REFERRALS_MAX];
static struct family families[REFERRALS_MAX];
static uint8_t leaves[EVENTS_MAX][DIGEST_SIZE];
static uint64_t produced[16]; // events of each producer
static uint64_t next_slot;

bool check_fail(struct check *check, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(check->why, sizeof check->why, format, arguments);
    va_end(arguments);
    return false;
}

static struct referral *referral_of(uint64_t tag)
{
    uint64_t place = tag % REFERRALS_MAX;

    while (referrals[place].tag != tag && referrals[place].tag != 0)
        place = (place + 1) % REFERRALS_MAX;
    referrals[place].tag = tag;
    return &referrals[place];
}

static struct family *family_of(uint64_t tag)
{
    uint64_t place = tag % REFERRALS_MAX;

    while (families[place].tag != tag && families[place].tag != 0)
        place = (place + 1) % REFERRALS_MAX;
    families[place].tag = tag;
    return &families[place];
}

// ---------------------------------------------------------------- the log

static bool learn_received(struct check *check, uint64_t sequence, enum event_type type, const struct event *head,
                           const struct received *received)
{
    struct referral *referral;
    uint64_t tag, family;

    if (!tag_parse(head->subject, 'R', &tag) || !tag_parse(received->family, 'F', &family))
        return check_fail(check, "event %lu has no tags", sequence);
    referral = referral_of(tag);
    referral->family = family;
    referral->sequence = sequence;
    referral->conflicting = type == EVENT_CONFLICTING;
    if (HAS(received, received, key_slot)) {
        family_of(family)->slot = received->key_slot;
        next_slot = received->key_slot + 1;
    }
    return true;
}

static void learn_accepted(const struct accepted *accepted)
{
    uint64_t tag;

    for (uint64_t i = 0; i < accepted->n_jobs; i++)
        if (tag_parse(accepted->jobs[i].referral, 'R', &tag))
            referral_of(tag)->accepted |= UINT64_C(1) << accepted->jobs[i].part;
}

static bool learn(struct check *check, const struct log_record *record)
{
    static union event_data data;
    struct faults faults = {0};
    enum event_type type;
    struct event head;
    uint64_t tag;

    if (!event_decode(record->event, &head, &type, &data, &faults) || type != record->type)
        return check_fail(check, "event %lu cannot be read, or is filed under another type", record->sequence);
    if (event_number(head.id) != ++produced[event_desc(type)->producer])
        return check_fail(check, "event %lu is not its producer's next", record->sequence);
    if (type == EVENT_RECEIVED || type == EVENT_CONFLICTING)
        return learn_received(check, record->sequence, type, &head, &data.RECEIVED);
    if (type == EVENT_ACCEPTED)
        learn_accepted(&data.ACCEPTED);
    if (type == EVENT_PERSON_OPENED && tag_parse(head.subject, 'R', &tag))
        referral_of(tag)->opened++;
    return true;
}

// Walks all events, and compares those that readers were given.
static bool read_log(struct check *check, struct log_store *log)
{
    uint8_t root[DIGEST_SIZE], said[DIGEST_SIZE];
    static struct tree tree;
    struct log_record record;
    enum err err;

    log_reader_seek(log, 1, UINT64_MAX);
    while ((err = log_reader_next(log, &record)) == ERR_NONE || err == ERR_AGAIN) {
        if (err == ERR_AGAIN)
            continue;
        if (record.sequence != tree.size + 1 || tree.size == EVENTS_MAX)
            return check_fail(check, "event %lu follows event %lu", record.sequence, tree.size);
        tree_leaf(record.event, leaves[tree.size]);
        tree_push(&tree, leaves[tree.size]);
        if (!learn(check, &record))
            return false;
    }
    if (err != ERR_NOT_FOUND || tree.size != log_store_head(log))
        return check_fail(check, "reading ends at %lu of %lu: %s", tree.size, log_store_head(log), err_text(err));
    tree_root(&tree, root);
    log_store_root(log, said);
    if (memcmp(root, said, sizeof root) != 0)
        return check_fail(check, "the tree's root is not that of the %lu events", tree.size);
    return true;
}

static bool check_producers(struct check *check, struct log_store *log)
{
    for (unsigned p = 1; p < code_count(LIST_PRODUCER); p++) {
        const struct log_producer *row = log_store_producer(log, (enum producer)p);

        if (row->n != produced[p] || row->decided_to > log_store_head(log))
            return check_fail(check, "%s: its row says %lu events, decided to %lu; the log has %lu of its events, %lu in all",
                              code_text(LIST_PRODUCER, p), row->n, row->decided_to, produced[p], log_store_head(log));
    }
    return true;
}

// ---------------------------------------------------------------- promises

static bool opens(struct check *check, struct log_store *log, struct keys *keys, const struct referral *referral, struct span expected)
{
    static uint8_t opened[ATTACHMENT_BYTES_MAX];
    char referral_tag[TAG_TEXT_MAX + 1], family_tag[TAG_TEXT_MAX + 1];
    struct seal_keys derived;
    struct span sealed;
    size_t size;
    enum err err;

    tag_print('R', referral->tag, referral_tag);
    tag_print('F', referral->family, family_tag);
    err = log_reader_attachment(log, referral->sequence, &sealed);
    if (err != ERR_NONE)
        return check_fail(check, "%s (event %lu): attachment: %s", referral_tag, referral->sequence, err_text(err));
    err = family_keys(keys, referral->family, &derived);
    if (err == ERR_NONE)
        err = seal_open(&derived, (struct seal_owner){span_text(family_tag), span_text(referral_tag)}, sealed, opened, &size);
    if (err != ERR_NONE)
        return check_fail(check, "%s: key slot %lu: %s", referral_tag, family_of(referral->family)->slot, err_text(err));
    if (expected.size > 0 && !span_equal(expected, span_of(opened, size)))
        return check_fail(check, "%s: what is stored is not what was sent", referral_tag);
    return true;
}

static bool is_kept(struct check *check, struct log_store *log, struct keys *keys, const struct trace_record *promise)
{
    const struct referral *referral;
    uint64_t tag;

    if (!tag_parse(span_text(promise->path), 'R', &tag))
        return check_fail(check, "a promise names no referral: %s", promise->path);
    referral = referral_of(tag);
    switch (promise->head.op) {
    case TRACE_RECEIPT:
        if (referral->sequence != promise->head.offset)
            return check_fail(check, "%s was accepted as event %lu; the log has it as %lu (0: not at all)", promise->path,
                              promise->head.offset, referral->sequence);
        return opens(check, log, keys, referral, span_of(promise->data, promise->head.data_size));
    case TRACE_ACCEPTED:
        return (referral->accepted >> promise->head.offset & 1) != 0 ||
               check_fail(check, "%s: a worker's accept is not in the log", promise->path);
    case TRACE_OPENED:
        return referral->opened > 0 || check_fail(check, "%s was opened, and the log does not say so", promise->path);
    default:
        return true;
    }
}

static bool was_seen(struct check *check, struct log_store *log, const struct trace_record *promise)
{
    uint64_t sequence = promise->head.offset;

    if (sequence > log_store_head(log))
        return check_fail(check, "event %lu was given to a reader; the log ends at %lu", sequence, log_store_head(log));
    return memcmp(leaves[sequence - 1], promise->data, DIGEST_SIZE) == 0 ||
           check_fail(check, "event %lu is not the one that a reader was given", sequence);
}

static bool check_promises(struct check *check, struct log_store *log, struct keys *keys)
{
    for (size_t i = 0; i < check->n_promises; i++) {
        const struct trace_record *promise = &check->promises[i];

        if (promise->head.op == TRACE_SEEN ? !was_seen(check, log, promise)
                                           : promise->head.op >= TRACE_RECEIPT && !is_kept(check, log, keys, promise))
            return false;
    }
    for (size_t i = 0; i < REFERRALS_MAX; i++) // and what nobody was told of yet is whole too
        if (referrals[i].sequence != 0 && !opens(check, log, keys, &referrals[i], span_of(NULL, 0)))
            return false;
    return true;
}

// ---------------------------------------------------------------- projections

static bool check_marks(struct check *check, const char *name, struct projection *projection, uint64_t head)
{
    struct projection_marks marks = projection_marks(projection);

    if (marks.taken_to > head || marks.filed_to > head)
        return check_fail(check, "%s has taken to %lu, filed to %lu; the log ends at %lu", name, marks.taken_to, marks.filed_to, head);
    return true;
}

// A row, whose key begins with a referral's number, stands for something that is in the log.
static enum err is_in_log(void *context, struct span key, struct span value)
{
    uint64_t tag = 0;

    (void)value;
    for (size_t i = 0; i < sizeof tag && i < key.size; i++)
        tag = tag << 8 | key.at[i];
    if (referral_of(tag)->sequence != 0)
        return ERR_NONE;
    check_fail(context, "a row stands for referral %016lx, which the log does not have", tag);
    return ERR_STORE_AHEAD;
}

static enum err pass_over(void *context, struct span key, struct span value)
{
    (void)context;
    return key.size > 0 && value.size > 0 ? ERR_NONE : ERR_BAD_STORE;
}

// Opens a projection with one of its tables, reads that, writes and commits.
static bool check_projection(struct check *check, const char *name, const char *table,
                             enum err (*each)(void *context, struct span key, struct span value), uint64_t head)
{
    const struct projection_table tables[] = {{.name = table}, {.name = NULL}};
    struct projection *projection;
    char path[PATH_SIZE];
    bool good;
    enum err err;

    snprintf(path, sizeof path, "%s/%s", check->directory, name);
    err = projection_open(path, tables, (size_t)1 << 30, &projection);
    if (err == ERR_NONE)
        err = projection_scan(projection, 0, each, check);
    good = err == ERR_NONE && check_marks(check, name, projection, head);
    if (err == ERR_NONE)
        err = projection_put(projection, 0, span_text("zz"), span_text("zz"));
    if (err == ERR_NONE)
        err = projection_commit(projection, projection_marks(projection));
    if (err == ERR_NONE)
        err = projection_finish(projection);
    projection_close(&projection);
    if (err == ERR_NONE || err == ERR_STORE_AHEAD)
        return err == ERR_NONE && good;
    return check_fail(check, "%s: %s", name, err_text(err));
}

// The value begins with the referral's number.
static enum err note_submission(void *context, struct span key, struct span value)
{
    uint64_t tag = 0;

    for (size_t i = 0; i < sizeof tag && i < value.size; i++)
        tag = tag << 8 | value.at[i];
    referral_of(tag)->submitted = true;
    return is_in_log(context, span_of(value.at, sizeof tag), key);
}

// Reads all rows under hashed keys, writes one more and commits.
static enum err check_hashed(struct check *check, struct rows *rows)
{
    static const struct identity one_more = {{0}};
    enum err err;

    for (size_t i = 0; i < REFERRALS_MAX; i++)
        referrals[i].submitted = false;
    err = projection_scan(rows->projection, ROWS_SUBMISSION, note_submission, check);
    if (err == ERR_NONE)
        err = projection_scan(rows->projection, ROWS_INDEX, pass_over, check);
    if (err == ERR_NONE)
        err = rows_put_submission(rows, &one_more, &(struct row_submission){0});
    if (err == ERR_NONE)
        err = projection_commit(rows->projection, projection_marks(rows->projection));
    return err == ERR_NONE ? projection_finish(rows->projection) : err;
}

// The registry's rows of what it has taken are there.
static bool check_rows(struct check *check, uint64_t head)
{
    static struct rows rows;
    struct projection_marks marks;
    struct row_counter next;
    char path[PATH_SIZE];
    bool good = true;
    enum err err;

    snprintf(path, sizeof path, "%s/registry", check->directory);
    err = rows_open(path, &rows);
    if (err != ERR_NONE)
        return check_fail(check, "registry: %s", err_text(err));
    marks = projection_marks(rows.projection);
    err = rows_get_counter(&rows, &next);
    if (err == ERR_NONE && (next.next_n > produced[PRODUCER_REGISTRY] + 1 || next.next_slot > next_slot))
        good = check_fail(check, "registry counts events to %lu and slots to %lu; the log has %lu and %lu", next.next_n - 1, next.next_slot,
                          produced[PRODUCER_REGISTRY], next_slot);
    err = check_hashed(check, &rows);
    if (err != ERR_NONE)
        good = check_fail(check, "registry, rows under hashed keys: %s", err_text(err));
    for (size_t i = 0; i < REFERRALS_MAX && good; i++) {
        struct row_referral row = {0};

        if (referrals[i].sequence == 0 || referrals[i].sequence > marks.taken_to)
            continue;
        err = rows_get_referral(&rows, referrals[i].tag, &row);
        if (err != ERR_NONE || row.sequence != referrals[i].sequence || row.family != referrals[i].family ||
            (!referrals[i].submitted && !referrals[i].conflicting))
            good = check_fail(check, "registry has taken to %lu, but event %lu is not in it: %s", marks.taken_to, referrals[i].sequence,
                              err_text(err));
    }
    rows_close(&rows);
    return good && check_projection(check, "registry", "referral", is_in_log, head);
}

// ---------------------------------------------------------------- and it goes on

// Appends once more, and finds it again.
static bool write_on(struct check *check, const struct log_store_options *options, struct log_store **log)
{
    const struct log_item item = {EVENT_RECEIVED, span_text("one more"), span_text("and its attachment")};
    struct log_batch batch = {.producer = PRODUCER_REGISTRY, .admits = LOG_ADMITS_NOTHING, .items = &item, .n_items = 1};
    uint64_t head = log_store_head(*log);
    struct log_producer row;
    struct log_place place;
    struct span attachment;
    enum err err;

    log_store_begin_producer(*log, PRODUCER_REGISTRY, &row);
    batch.epoch = row.epoch;
    batch.n = row.n + 1;
    batch.decided_to = row.decided_to;
    place = log_store_append(*log, &batch);
    err = log_store_commit(*log);
    log_store_close(log);
    if (err == ERR_NONE)
        err = log_store_open(options, log);
    if (err == ERR_NONE)
        err = log_reader_attachment(*log, head + 1, &attachment);
    if (err != ERR_NONE || place.last != head + 1 || log_store_head(*log) != head + 1)
        return check_fail(check, "it does not go on: %s", err_text(err));
    return true;
}

static bool check_stores(struct check *check, const struct log_store_options *options, struct log_store **log, struct keys *keys)
{
    uint64_t head = log_store_head(*log);
    enum err err;

    if (!read_log(check, *log) || !check_producers(check, *log) || !check_promises(check, *log, keys))
        return false;
    err = keys_refill(keys, next_slot);
    if (err != ERR_NONE)
        return check_fail(check, "keys from slot %lu on: %s", next_slot, err_text(err));
    return check_rows(check, head) && check_projection(check, "allocation", "job", is_in_log, head) &&
           check_projection(check, "triage", "adopted", pass_over, head) && write_on(check, options, log);
}

bool check_hub(struct check *check)
{
    char log_path[PATH_SIZE], keys_path[PATH_SIZE];
    const struct log_store_options options = {log_path, map_size};
    struct log_store *log = NULL;
    struct keys *keys = NULL;
    bool good;
    enum err err;

    snprintf(log_path, sizeof log_path, "%s/audit", check->directory);
    snprintf(keys_path, sizeof keys_path, "%s/keys", check->directory);
    err = log_store_open(&options, &log);
    if (err != ERR_NONE)
        return check_fail(check, "the log: %s", err_text(err));
    err = keys_open(keys_path, check->kek, &keys);
    if (err != ERR_NONE)
        return check_fail(check, "the key store: %s", err_text(err));
    good = check_stores(check, &options, &log, keys);
    keys_close(&keys);
    log_store_close(&log);
    return good;
}
