// SPDX-License-Identifier: MIT
// A key store after a power cut: whoever was given a key has it, whoever was told that it is destroyed has not; then it is filled on.
// Called by power_cut_images.
#include "tests/crash/check.h"

#include <stdio.h>

#include "common/base/err.h"
#include "common/crypto/digest.h"
#include "services/registry/keys.h"

// 0: it must be there; 1: nobody knows; 2: it must not.
static unsigned destroyed(const struct check *check, uint64_t slot)
{
    unsigned state = 0;

    for (size_t i = 0; i < check->n_promises; i++)
        if (check->promises[i].head.op == TRACE_DESTROYED && check->promises[i].head.offset == slot)
            state = check->promises[i].head.length == 1 ? 2 : 1;
    return state;
}

static bool check_key(struct check *check, struct keys *keys, const struct trace_record *promise)
{
    unsigned state = destroyed(check, promise->head.offset);
    uint8_t key[KEYS_SIZE], digest[DIGEST_SIZE];
    struct span bytes = {key, sizeof key};
    enum err err = keys_get(keys, promise->head.offset, key);

    if (state == 2 ? err == ERR_NOT_FOUND : state == 1 && err == ERR_NOT_FOUND)
        return true;
    if (state == 2 || err != ERR_NONE)
        return check_fail(check, "slot %lu: %s", promise->head.offset, state == 2 ? "destroyed, and there again" : err_text(err));
    digest_sha256(&bytes, 1, digest);
    return memcmp(digest, promise->data, sizeof digest) == 0 || check_fail(check, "slot %lu holds another key", promise->head.offset);
}

bool check_keys(struct check *check)
{
    struct keys *keys = NULL;
    uint64_t first_unused = 0;
    bool good = true;
    char path[512];
    enum err err;

    snprintf(path, sizeof path, "%s/keys", check->directory);
    err = keys_open(path, check->kek, &keys);
    if (err != ERR_NONE)
        return check_fail(check, "the key store: %s", err_text(err));
    for (size_t i = 0; i < check->n_promises && good; i++) {
        if (check->promises[i].head.op != TRACE_KEY)
            continue;
        first_unused = check->promises[i].head.offset + 1;
        good = check_key(check, keys, &check->promises[i]);
    }
    err = good ? keys_refill(keys, first_unused) : ERR_NONE;
    if (err != ERR_NONE)
        good = check_fail(check, "filling from slot %lu on: %s", first_unused, err_text(err));
    keys_close(&keys);
    return good;
}
