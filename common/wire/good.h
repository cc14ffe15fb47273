// SPDX-License-Identifier: MIT
// Recognizes MessagePack in which there is nothing to find, quickly.
// Called by check before it looks for what there is.
#pragma once

#include "common/base/span.h"

// Lends what is behind the value at `at`, which is inside `depth` others, when check would find nothing in it: within all bounds, keys in
// the shortest form and ASCII. NULL says nothing.
const uint8_t *good_value(const uint8_t *at, const uint8_t *end, unsigned depth);
