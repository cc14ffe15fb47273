// SPDX-License-Identifier: MIT
// Judges the characters of a text by the rule of its field (text_rules.def).
// Called by the decoder on every text. Length bounds are the field's own and not judged here.
#pragma once

#include "common/base/span.h"
#include "proto/proto.h"

// FAULT_NONE when the text keeps the rule, else what is wrong. `text` must be valid UTF-8.
enum fault text_rule_check(enum text_rule rule, struct span text);
