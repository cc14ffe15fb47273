// SPDX-License-Identifier: MIT
// Text put together piece by piece in a fixed buffer; what does not fit is cut.
// Used by wording and commands.
#pragma once

#include "common/base/span.h"
#include "proto/proto.h"

struct phrase {
    char *at; // caller's; always ends with NUL
    size_t size;
    size_t used;
};

struct phrase phrase_on(char *buffer, size_t size);
void phrase_add(struct phrase *phrase, const char *format, ...) __attribute__((format(printf, 2, 3)));
// "a, b, c": the wire texts of a set of codes.
void phrase_add_set(struct phrase *phrase, enum code_list list, uint64_t set);
// A time for people; "no time" for 0.
void phrase_add_when(struct phrase *phrase, int64_t ms);
