// SPDX-License-Identifier: MIT
// MessagePack to JSON and back. Integers beyond 2^53 and bytes become strings (bytes in base64); see PROTOCOL.md.
// Used by the command line and tests; not on the hot path.
#pragma once

#include "common/base/err.h"
#include "common/wire/writer.h"

#include <jansson.h>

// JSON text (one value, duplicate keys refused) to MessagePack. On ERR_BAD_INPUT `why` (size why_size) says line, column and
// fault, and quotes nothing of the text.
CHECKED enum err json_to_wire(struct span text, struct wire_writer *writer, char *why, size_t why_size);

// One checked MessagePack value as a new JSON value (gives: json_decref); NULL when out of memory or not well-formed.
json_t *json_from_wire(struct span value);
