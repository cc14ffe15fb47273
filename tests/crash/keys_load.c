// SPDX-License-Identifier: MIT
// Fills a key store slot after slot and destroys some keys, as years of families would; says in the trace what may be relied on.
// Started by power-cut with the recorder loaded: keys_load DIRECTORY TRACE KEK.
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/crypto/digest.h"
#include "services/registry/keys.h"
#include "tests/crash/trace.h"

enum { SLOTS = 6 * KEYS_BATCH, STEP = 97, DESTROY_EVERY = 5 };

static bool promise(int trace, enum trace_op op, uint64_t slot, uint64_t length, struct span data)
{
    struct trace_head head = {.magic = TRACE_MAGIC, .op = (uint8_t)op, .data_size = (uint32_t)data.size, .offset = slot, .length = length};
    const struct iovec parts[] = {{&head, sizeof head}, {(void *)(uintptr_t)data.at, data.size}};

    return writev(trace, parts, 2) == (ssize_t)(sizeof head + data.size);
}

static enum err use(struct keys *keys, int trace, uint64_t slot)
{
    uint8_t key[KEYS_SIZE], digest[DIGEST_SIZE];
    const struct span bytes = {key, sizeof key};
    enum err err = keys_get(keys, slot, key);

    if (err != ERR_NONE)
        return err;
    digest_sha256(&bytes, 1, digest);
    return promise(trace, TRACE_KEY, slot, 0, span_of(digest, sizeof digest)) ? ERR_NONE : ERR_IO;
}

static enum err destroy(struct keys *keys, int trace, uint64_t slot)
{
    enum err err;

    if (!promise(trace, TRACE_DESTROYED, slot, 0, span_of(NULL, 0)))
        return ERR_IO;
    err = keys_destroy(keys, slot);
    if (err == ERR_NONE && !promise(trace, TRACE_DESTROYED, slot, 1, span_of(NULL, 0)))
        err = ERR_IO;
    return err;
}

static enum err work(struct keys *keys, int trace)
{
    enum err err = ERR_NONE;

    for (uint64_t slot = 0, n = 1; slot < SLOTS && err == ERR_NONE; slot += STEP, n++) {
        err = keys_refill(keys, slot);
        if (err == ERR_NONE)
            err = use(keys, trace, slot);
        if (err == ERR_NONE && n % DESTROY_EVERY == 0)
            err = destroy(keys, trace, slot - 2 * STEP);
    }
    return err;
}

int main(int argc, char **argv)
{
    uint8_t kek[KEYS_SIZE];
    struct keys *keys = NULL;
    char path[512];
    int trace;
    enum err err;

    if (argc != 4)
        return 64;
    trace = open(argv[2], O_WRONLY | O_APPEND | O_CLOEXEC);
    snprintf(path, sizeof path, "%s/keys", argv[1]);
    err = trace < 0 ? ERR_IO : keys_read_kek(argv[3], kek);
    if (err == ERR_NONE)
        err = keys_open(path, kek, &keys);
    if (err == ERR_NONE)
        err = work(keys, trace);
    keys_close(&keys);
    if (err != ERR_NONE)
        fprintf(stderr, "keys_load: %s\n", err_text(err));
    return err == ERR_NONE ? 0 : 1;
}
