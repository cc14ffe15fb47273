// SPDX-License-Identifier: MIT
// The same for memory: malloc and its kin fail when it is their turn.
// Linked into fault_walk, without sanitizers, which stand there themselves. Never preloaded: libzmq aborts when memory is out.
//
// BUGS: libcrypto's own memory never fails here. A digest has no error to give, so digest.c ends the process; the next one decides again.
#include "tests/crash/fault_shim.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <openssl/crypto.h>

// glibc's own names for what it would call.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool strike(void)
{
    struct fault_control *control = fault_control();

    if ((control->calls & FAULT_CALL_BIT(ALLOCATE)) == 0)
        return false;
    control->counted++;
    if (control->counted < control->at || control->counted - control->at >= control->times)
        return false;
    control->failed++;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return strike() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return strike() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return strike() ? NULL : __libc_realloc(old, size);
}

// ---------------------------------------------------------------- libcrypto's

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return __libc_malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return __libc_realloc(old, size);
}

static void crypto_free(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

__attribute__((constructor)) static void begin(void)
{
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
        abort();
}
