// SPDX-License-Identifier: MIT
// Texts of errors, from err.def, and what an errno means.
#include "common/base/err.h"

#include <errno.h>

static const char *const texts[ERR_COUNT] = {
#define ERR(symbol, text) [ERR_##symbol] = text,
#include "common/base/err.def"
#undef ERR
};

const char *err_text(enum err err)
{
    return (unsigned)err < ERR_COUNT ? texts[err] : "unknown error";
}

enum err err_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return ERR_STORE_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
    case ENOENT:
    case ELOOP:
    case ENAMETOOLONG:
        return ERR_BAD_CONFIG;
    default: // a disk that does not answer, descriptors or memory that are short: later it may be good
        return ERR_IO;
    }
}
