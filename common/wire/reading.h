// SPDX-License-Identifier: MIT
// Where the decoder is in a message, and how it refuses what it finds there.
// Used by decode alone.
#pragma once

#include "common/wire/fault.h"
#include "common/wire/token.h"

// A field or an item of a list; NULL is the whole record.
struct place {
    const struct place *around;
    const char *name; // NULL: a place in a list
    size_t index;
};

struct reading {
    const uint8_t *at;
    const uint8_t *end;
    uint64_t pairs_left; // of the map that is read, behind this one
    const char *path;    // of the whole record
    struct faults *faults;
    bool good;
    bool is_checked; // asked for, and nothing has been read that wire_check would look at more closely
};

// Adds the fault at its place; false.
bool reading_refuse(struct reading *reading, enum fault code, const struct place *place);
// A fault is told already, of this place or of what is inside it.
bool reading_told(const struct reading *reading, const struct place *place);

// Takes the next token; of a list or map without its items.
static inline void reading_token(struct reading *reading, struct token *token)
{
    token_read_to(reading->at, reading->end, token);
    reading->at = token->kind == TOKEN_CUT ? reading->end : reading->at + token->size;
}
