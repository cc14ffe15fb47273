// SPDX-License-Identifier: MIT
// The row that says which number stands for an event type on disk.
// Used by log_store and log_verify. Pure.
#pragma once

#include "common/crypto/digest.h"

enum { LOG_TYPE_CHECK = 6, LOG_TYPE_SIZE = 1 + LOG_TYPE_CHECK };

void log_type_write(struct span name, uint8_t code, uint8_t row[LOG_TYPE_SIZE]);
// False when these bytes are no row of this name, or not as they were written. A row without a check, as older logs have it, is taken.
bool log_type_read(struct span name, struct span row, uint8_t *code);
