// SPDX-License-Identifier: MIT
// Judges whether bytes from outside are one well-formed MessagePack map within the bounds of proto.h.
// Called on every frame before anything else looks at it. Never allocates, never recurses deeper than DEPTH_MAX.
#pragma once

#include "common/wire/fault.h"

// True when `bytes` is exactly one map: depth, counts, key kinds, duplicate keys, UTF-8, no floats, no extensions, nothing behind.
// Else false with one fault.
CHECKED bool wire_check(struct span bytes, struct faults *faults);

enum wire_form {
    WIRE_GOOD,
    WIRE_FLAWED,     // floats, extensions, duplicate keys, bad UTF-8: refused, but it can be read all the same
    WIRE_UNREADABLE, // anything else
};

// The same judgement in three steps, for a caller who must hear what can be heard. Flaws are all told, and where.
enum wire_form wire_look(struct span bytes, struct faults *faults);

// Bytes of the one value at the start of `bytes`, 0 when it is cut short or too deep. For walking checked bytes.
size_t wire_value_size(struct span bytes);

// The text at the start of checked bytes; false when it is of another type.
CHECKED bool wire_get_text(struct span bytes, struct span *text);
