// SPDX-License-Identifier: MIT
// The one encoding of a MessagePack value that all encodings of the same value share: map keys sorted by bytes, shortest forms.
// Used to tell a duplicate from a conflict. Pure; never allocates; any bytes are safe.
#pragma once

#include "common/wire/writer.h"

// Writes one value. False when `value` is not exactly one value of at most DEPTH_MAX levels, has a map with a key that is no text or with
// more than MAP_KEYS_MAX keys, or does not fit. Floats and extensions, which only urgent events may hold, count as they came. The result is
// never longer than `value`. `space` is as large as the writer's buffer, and holds nothing afterwards that matters.
bool canonical_write(struct span value, struct wire_writer *writer, uint8_t *space);
