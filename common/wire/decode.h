// SPDX-License-Identifier: MIT
// Reads MessagePack maps into the structs of proto.h by their rows, with every bound checked.
// Used on all messages. Values are spans into `bytes` (lends: valid as long as the bytes).
#pragma once

#include "common/wire/check.h"

// Reads one map. Unknown keys are passed over. Every fault is added to `faults` under `path` ("" or "/data") and the field
// left absent (a list that is too long keeps its first items, a set its highest codes), so that a lenient caller can go on.
// `bytes` should have passed wire_check; bytes that have not are refused safely.
// A RAW value that ends the outermost map is not walked: it lends what is left, and whoever decodes it judges it.
// Unwanted fields are passed over, however they are. True when there was no fault.
CHECKED bool decode(const struct record_desc *desc, struct span bytes, const char *path, void *record, struct faults *faults);

enum decoded {
    DECODED_FAULTS,  // there were some
    DECODED_GOOD,    // none, but there may be more in the bytes than was read: they need wire_check
    DECODED_CHECKED, // none, and wire_check would find none, but for what it finds inside RAW values
};

// The same, for bytes that have not passed wire_check yet: those of most senders need no second walk.
CHECKED enum decoded decode_unchecked(const struct record_desc *desc, struct span bytes, const char *path, void *record,
                                      struct faults *faults);

// wire_check, then decode, for one whole message; true when there was no fault.
CHECKED bool decode_message(const struct record_desc *desc, struct span bytes, void *record, struct faults *faults);
