// SPDX-License-Identifier: MIT
// A partner's event without the fields that are not for somebody: what is kept stands byte for byte as it came.
// Used by the registry before it shows the personal part. Any bytes are safe.
#pragma once

#include "common/wire/writer.h"
#include "proto/proto.h"

// The kind of a personal field; UNKNOWN for any that has no row in personal.def.
enum personal redact_kind(const struct record_desc *record, const struct field_desc *field);

// Writes the event with the fields of the kinds in `allowed` (bit k: kind k) and all that is not personal, and says which kinds were there
// and left out. Whatever the declaration does not name, or names as something else than it is, is of the kind UNKNOWN. Nothing is written
// when nothing is left out. False: it is no map that can be walked, or does not fit.
CHECKED bool redact_event(struct span event, uint64_t allowed, struct wire_writer *writer, uint64_t *withheld);
