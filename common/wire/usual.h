// SPDX-License-Identifier: MIT
// What nearly every sender writes: keys and values in their shortest form, known and good.
// Called by decode before it looks at how else something may be written and what may be wrong with it.
#pragma once

#include "common/wire/fields.h"

// Takes pairs from `at` on, never beyond `end`, as long as they are such ones: wire_check would find nothing in them. The field whose value
// is at `at`, when its key has been read and the value is another one: it may be good all the same, and nothing of it has been kept. NULL:
// nothing is left, or there is no such key. The record has been cleared, but for lists of a large one.
const struct field_desc *usual_take_pairs(struct fields *fields, const uint8_t **at, const uint8_t *end);

// The same for a row, whose values have no keys.
const struct field_desc *usual_take_row(struct fields *fields, const uint8_t **at, const uint8_t *end);
