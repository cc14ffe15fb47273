// SPDX-License-Identifier: MIT
// What came about a referral after it: partners' later events, notes, and who has read the personal part.
// Used by the registry's own files. Rows depend only on own events, so a rebuild makes the same bytes.
#pragma once

#include "services/registry/rows.h"

// What a record is; stored, so a letter stays what it means.
enum about_kind {
    ABOUT_WITHDRAWAL = 'W',
    ABOUT_CONSENT = 'C',
    ABOUT_ASSESSMENT = 'A',
    ABOUT_CHALLENGE = 'D',
    ABOUT_NOTE = 'N',
};

struct about_head {
    uint32_t n_records;    // they count from 1
    uint32_t n_readers;    // the same
    uint32_t last_consent; // record; 0: none
};

struct about_record {
    enum about_kind kind;
    uint64_t sequence; // of its event; 0: not yet durable
};

enum { ABOUT_READERS_MAX = 255 }; // of one referral; beyond, the one who read it longest ago is forgotten

struct about_reader {
    int64_t at_ms; // the last time
    uint8_t purpose;
    uint8_t worker_size;
    char worker[64];
};

// Type of the event that a record stands for.
enum event_type about_type(enum about_kind kind);
enum about_kind about_kind_of(enum event_type type);

// All zero when nothing came yet.
CHECKED enum err about_get_head(struct rows *rows, uint64_t referral, struct about_head *head);
// Adds a record behind the others, and says which.
CHECKED enum err about_add(struct rows *rows, uint64_t referral, const struct about_record *record, uint32_t *place);
CHECKED enum err about_get(struct rows *rows, uint64_t referral, uint32_t place, struct about_record *record);
// The record's event is durable now.
CHECKED enum err about_settle(struct rows *rows, uint64_t referral, uint32_t place, uint64_t sequence);
// The record whose event has this sequence; ERR_NOT_FOUND when it is none of this referral.
CHECKED enum err about_find(struct rows *rows, uint64_t referral, uint64_t sequence, struct about_record *record);

// Somebody has read the personal part.
CHECKED enum err about_read(struct rows *rows, uint64_t referral, const struct about_reader *reader);
// How many have, and the last of them, at most `max`, who read it last first.
CHECKED enum err about_readers(struct rows *rows, uint64_t referral, unsigned max, struct about_reader *readers, unsigned *n,
                               uint32_t *n_all);
