// SPDX-License-Identifier: MIT
// The inside of audit, shared by its own files: what was gathered and who waits for it.
// Used by audit.c, audit_append.c and audit_read.c only.
#pragma once

#include "common/store/log_reader.h"
#include "common/store/log_store.h"
#include "common/wire/event_wire.h"
#include "services/audit/audit.h"
#include "services/audit/parked.h"

enum {
    WAITING_MAX = 1024,       // requests of one round
    GATHERED_MAX = 8 << 20,   // bytes of one commit, about; a single append may be more
    GATHERED_OF_MAP = 32,     // and no more than this part of a small map
    READ_BYTES_MAX = 4 << 20, // as requests.def says
    READ_EVENTS_MAX = 2048,
    READ_BYTES_DEFAULT = 1 << 20,
    READ_EVENTS_DEFAULT = 512,
    READ_BYTES_OF_OPERATORS = 1 << 20, // at most, also when they ask for more: 16 such replies may wait for one who does not read
    EVENT_OVERHEAD = 64,               // of one event in a reply: keys, lengths, sequence
    REPLY_ROOM = READ_BYTES_MAX + READ_EVENTS_MAX * EVENT_OVERHEAD + EVENT_BYTES_MAX + POLICY_BYTES_MAX + 1024,
    RETRY_AFTER_MS = 1000,
    PATIENCE_BYTES = 64 << 10, // gathered: beyond it a commit waits for no more
    PATIENCE_MS = 2,           // and no longer than this: who decides takes a tenth of it
    RESTS = 9,                 // times as long as a preparation took, none follows: a message seldom comes into one, also where the disk is slow
    LAG_MAX = 8192,            // events not yet routed, some 2,700 referrals: a fraction of a second, and level 4 waits behind no more
};

// A request whose answer waits for the commit.
struct waiting {
    struct peer peer;
    uint8_t request; // enum log_request
    enum producer producer;
    struct log_place place;  // append
    struct log_producer row; // begin
    uint64_t sequence;       // attachment
};

struct audit {
    struct log_store *log;
    struct audit_out out;
    int64_t started_ms;
    int64_t tended_ms;
    uint64_t gathered_max;
    uint64_t run;            // drawn at start: who knows tentative events of another run has to begin again
    uint64_t gathered_types; // of the events gathered
    bool patient;            // the commit waits for who decides ...
    int64_t patient_since_ms;
    unsigned n_deciding;   // ... tentative readers that have got events, and have not asked for more since
    bool unprepared;       // there is something to do while nothing comes ...
    int64_t rest_until_ms; // ... but not before
    bool scanning;         // a parked read has not reached the head yet
    uint8_t admission;     // as last reported
    int64_t reads_told_ms; // when it was last said that too many reads wait
    int64_t lag_told_ms;   // when it was last said that routing is behind
    unsigned n_waiting;
    struct waiting waiting[WAITING_MAX];
    struct parked parked;
    struct log_item items[LOG_ITEMS_MAX];
    union {
        struct log_begin begin;
        struct log_append append;
        struct log_read read;
        struct log_at at;
        struct log_drop drop;
    } request;
    struct event event; // of a refusable admission, looked at for its urgency
    union event_data data;
    uint8_t reply[REPLY_ROOM];
};

// audit.c
void audit_reply(struct audit *audit, const struct peer *peer, const struct record_desc *desc, const void *record);
void audit_refuse(struct audit *audit, const struct peer *peer, enum answer answer, const struct faults *faults);
// Notes a request for the answer after the commit. Lends the place.
struct waiting *audit_wait(struct audit *audit, const struct peer *peer, enum log_request request);

// What the log admits now: what it has room for, or less while routing is behind.
enum admission audit_admission(const struct audit *audit);

// audit_append.c: requests that write; the request is decoded in audit->request
void audit_append_take_begin(struct audit *audit, const struct peer *peer);
void audit_append_take(struct audit *audit, const struct peer *peer);
void audit_append_take_drop(struct audit *audit, const struct peer *peer);
void audit_append_answer_begin(struct audit *audit, const struct waiting *waiting);
void audit_append_answer(struct audit *audit, const struct waiting *waiting);

// audit_read.c: requests that read
void audit_read_take(struct audit *audit, const struct peer *peer, int64_t now_ms);
// Serves tentative reads that want what is gathered, before it is committed: the hub's daemons decide while the disk works.
CHECKED enum err audit_read_serve_ahead(struct audit *audit);
// Publishes the events behind `old_head`, then serves every parked read that can be served or has waited long enough.
CHECKED enum err audit_read_publish(struct audit *audit, uint64_t old_head);
CHECKED enum err audit_read_serve(struct audit *audit, uint64_t old_head, int64_t now_ms);
void audit_read_answer_attachment(struct audit *audit, const struct waiting *waiting);
void audit_read_answer_head(struct audit *audit, const struct waiting *waiting);
