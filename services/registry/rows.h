// SPDX-License-Identifier: MIT
// The registry's projection, table by table: what is kept of each referral, family and identity, and who holds what.
// Used by the registry's own files. Rows depend only on events and their attachments, so a rebuild makes the same bytes.
#pragma once

#include "common/store/projection.h"
#include "services/registry/identity.h"
#include "services/registry/seal.h"
#include "services/registry/traits.h"

enum rows_table { ROWS_SUBMISSION, ROWS_CONFLICT, ROWS_INDEX, ROWS_REFERRAL, ROWS_HOLDER, ROWS_ABOUT, ROWS_PAIR, ROWS_JOINED, ROWS_LINK, ROWS_ADOPTED, ROWS_COUNTER };

struct rows {
    struct projection *projection;
};

// Opens or creates the projection under `directory`. {0} before; rows_close after, in any case.
CHECKED enum err rows_open(const char *directory, struct rows *rows);
void rows_close(struct rows *rows);

// Adopted policies: sequence of the event, and from when it is in force. `each` is called in the order of the log; its error ends it.
CHECKED enum err rows_put_adopted(struct rows *rows, uint64_t sequence, int64_t effective_ms);
CHECKED enum err rows_each_adopted(struct rows *rows, enum err (*each)(void *context, uint64_t sequence, int64_t effective_ms), void *context);

// What a partner's source and id stand for.
struct row_submission {
    uint64_t referral;
    uint64_t family;
    uint32_t record; // of an event about the referral: its place among those (about.h); 0: the event that sent it
    uint8_t content[SEAL_HMAC_SIZE];
};

// Each rows_fetch_ begins to fetch what getting or putting that row looks at first: worth it when there is something else to do before,
// or when there are several.
void rows_fetch_submission(const struct rows *rows, const struct identity *event);
CHECKED enum err rows_get_submission(struct rows *rows, const struct identity *event, struct row_submission *row);
CHECKED enum err rows_put_submission(struct rows *rows, const struct identity *event, const struct row_submission *row);

// The same source and id with other content, stored because it was urgent. `content` is under the first referral's family's key.
CHECKED enum err rows_get_conflict(struct rows *rows, const struct identity *event, const uint8_t content[SEAL_HMAC_SIZE],
                                   uint64_t *referral);
CHECKED enum err rows_put_conflict(struct rows *rows, const struct identity *event, const uint8_t content[SEAL_HMAC_SIZE],
                                   uint64_t referral);

// Identity to family.
struct row_index {
    uint64_t family;
    bool has_born;
    uint8_t born[IDENTITY_BORN_SIZE];
};

void rows_fetch_index(const struct rows *rows, const struct identity *identity);
CHECKED enum err rows_get_index(struct rows *rows, const struct identity *identity, struct row_index *row);
CHECKED enum err rows_put_index(struct rows *rows, const struct identity *identity, const struct row_index *row);

// A referral that is durable in the log.
struct row_referral {
    uint64_t family;
    uint64_t sequence;
    struct traits traits; // of members by a name that was new
};

void rows_fetch_referral(const struct rows *rows, uint64_t referral);
CHECKED enum err rows_get_referral(struct rows *rows, uint64_t referral, struct row_referral *row);
// Once, when its event is durable: the row belongs to what may be held by then.
CHECKED enum err rows_put_referral(struct rows *rows, uint64_t referral, const struct row_referral *row);
// Of the referrals behind *after that have been committed, in the order of their numbers, at most `n_max`; *after becomes the last of them.
// ERR_NOT_FOUND: these were the last. `each` must not put or delete.
CHECKED enum err rows_next_referrals(struct rows *rows, uint64_t *after, unsigned n_max,
                                     enum err (*each)(void *context, uint64_t referral, const struct row_referral *row), void *context);

// Who holds a referral, or a part of one. No row: nobody.
struct row_holder {
    enum state state; // LEASED, ACCEPTED, DECIDING or DEAD
    uint64_t token;
    uint8_t team_size; // whose queue it came from, while a worker has it
    uint8_t worker_size;
    char team[32];
    char worker[64];
};

enum { ROWS_PARTS = 64 };

void rows_fetch_holder(const struct rows *rows, uint64_t referral, unsigned part);
CHECKED enum err rows_get_holder(struct rows *rows, uint64_t referral, unsigned part, struct row_holder *row);
CHECKED enum err rows_put_holder(struct rows *rows, uint64_t referral, unsigned part, const struct row_holder *row);
CHECKED enum err rows_del_holder(struct rows *rows, uint64_t referral, unsigned part);

// Where the next event and the next family begin. Written only with a commit.
struct row_counter {
    uint64_t next_n;
    uint64_t next_slot;
};

// The referral up to which look-alikes were looked for.
CHECKED enum err rows_get_compared(struct rows *rows, uint64_t *referral);
CHECKED enum err rows_put_compared(struct rows *rows, uint64_t referral);

CHECKED enum err rows_get_counter(struct rows *rows, struct row_counter *row);
CHECKED enum err rows_put_counter(struct rows *rows, const struct row_counter *row);
