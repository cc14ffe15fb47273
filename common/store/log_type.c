// SPDX-License-Identifier: MIT
// A number, and a check over it and the name: of a type that has no event yet, nothing else in the log would say which number it has.
// Called by log_store and log_verify.
#include "common/store/log_type.h"

static void make_check(struct span name, uint8_t code, uint8_t check[DIGEST_SIZE])
{
    digest_sha256((struct span[]){name, span_of(&code, 1)}, 2, check);
}

void log_type_write(struct span name, uint8_t code, uint8_t row[LOG_TYPE_SIZE])
{
    uint8_t check[DIGEST_SIZE];

    make_check(name, code, check);
    row[0] = code;
    memcpy(row + 1, check, LOG_TYPE_CHECK);
}

bool log_type_read(struct span name, struct span row, uint8_t *code)
{
    uint8_t check[DIGEST_SIZE];

    if (row.size != 1 && row.size != LOG_TYPE_SIZE) // more than a bit apart
        return false;
    *code = row.at[0];
    make_check(name, *code, check);
    return row.size == 1 || memcmp(row.at + 1, check, LOG_TYPE_CHECK) == 0;
}
