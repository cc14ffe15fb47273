// SPDX-License-Identifier: MIT
// Fills any record to its bounds, by its rows: for tests of codecs and of the largest event.
#pragma once

#include "proto/proto.h"

// Every field present, at its largest. Texts and bytes are lent from constants. Lists of records are filled to `items_max` items at most.
void fill_record(const struct record_desc *desc, void *record, uint64_t items_max);
