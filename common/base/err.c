// SPDX-License-Identifier: MIT
// Texts of errors, from err.def.
#include "common/base/err.h"

static const char *const texts[ERR_COUNT] = {
#define ERR(symbol, text) [ERR_##symbol] = text,
#include "common/base/err.def"
#undef ERR
};

const char *err_text(enum err err)
{
    return (unsigned)err < ERR_COUNT ? texts[err] : "unknown error";
}
