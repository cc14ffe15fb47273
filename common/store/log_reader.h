// SPDX-License-Identifier: MIT
// Reading the log: events from a sequence on, filtered by type, and attachments. The other half of log_store.h.
// Used by audit only. While something is gathered only log_reader_seek_ahead and what follows it may be used.
#pragma once

#include "common/store/log_store.h"

struct log_record {
    uint64_t sequence;
    enum event_type type;
    bool has_attachment; // or had one, before it was dropped
    struct span event;   // lent until something is gathered
};

// Positions the log's one reader at the first event from `from` on whose type is in `types` (EVENT_BITs; UINT64_MAX: all).
void log_reader_seek(struct log_store *log, uint64_t from, uint64_t types);
// The same over what is durable and what is gathered: nothing of it may leave the hub before the commit.
void log_reader_seek_ahead(struct log_store *log, uint64_t from, uint64_t types);
// The next such event. ERR_NOT_FOUND: there is none up to the head, or ahead of it. ERR_AGAIN: much was passed over; call again to go on.
CHECKED enum err log_reader_next(struct log_store *log, struct log_record *record);
// Where a later seek goes on: everything wanted before it was given.
uint64_t log_reader_from(const struct log_store *log);
// Lends an attachment until something is gathered. ERR_NOT_FOUND: none, or dropped. Leaves the reader where it is.
CHECKED enum err log_reader_attachment(struct log_store *log, uint64_t sequence, struct span *attachment);
