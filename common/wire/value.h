// SPDX-License-Identifier: MIT
// Single values in every form that they may be written in.
// Used by decode alone.
#pragma once

#include "common/wire/reading.h"

// Reads the value of `token`, of a kind without fields or items of its own. True when it was taken into `value`; else it is refused at `place`.
CHECKED bool value_read(struct reading *reading, const struct field_desc *field, const struct token *token, void *value,
                        const struct place *place);

// The same of an item of a set.
CHECKED bool value_read_uint(struct reading *reading, const struct field_desc *field, const struct token *token, uint64_t *value,
                             const struct place *place);
CHECKED bool value_read_code(struct reading *reading, const struct field_desc *field, const struct token *token, uint8_t *value,
                             const struct place *place);
