// SPDX-License-Identifier: MIT
// Judges UTF-8. Used by check and json.
#pragma once

#include "common/base/span.h"

// True when the text is well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool utf8_is_valid(struct span text);
