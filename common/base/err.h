// SPDX-License-Identifier: MIT
// The errors of the whole project, one row each in err.def.
// Used by everybody; bytes from outside are judged with fault codes instead (proto/codes.def).
#pragma once

enum err {
#define ERR(symbol, text) ERR_##symbol,
#include "common/base/err.def"
#undef ERR
    ERR_COUNT
};

// Every function that can fail returns enum err and must be asked.
#define CHECKED __attribute__((warn_unused_result))

// Lends a sentence for people; never NULL.
const char *err_text(enum err err);
// What the errno of opening or making a file means: ERR_BAD_CONFIG where waiting will not mend it, ERR_STORE_FULL, else ERR_IO.
enum err err_of_errno(int number);
