// SPDX-License-Identifier: MIT
// Where the reading of one record is.
// Used by decode and usual.
#pragma once

#include "proto/proto.h"

struct fields {
    const struct record_desc *desc;
    const struct field_desc *end;
    const struct field_desc *next; // the one that is looked for first: senders mostly keep to the row's order, with some fields left out
    uint8_t *record;
    uint64_t left;  // pairs, or values of a row, that are still to be read
    uint64_t named; // bits of keys that stood there
    uint64_t has;   // bits of fields that were taken
};

static inline struct fields fields_of(const struct record_desc *desc, void *record, uint64_t count)
{
    return (struct fields){
        .desc = desc, .end = desc->fields + desc->n_fields, .next = desc->fields, .record = record, .left = count};
}

// The field behind this one; behind the last the first.
static inline const struct field_desc *fields_step(const struct fields *fields, const struct field_desc *field)
{
    return field + 1 < fields->end ? field + 1 : fields->desc->fields;
}
