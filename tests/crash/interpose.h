// SPDX-License-Identifier: MIT
// Standing before functions of libc, as a library to preload or linked in: how the real one is found.
// Used by recorder.c and fault_shim.c. Must not allocate.
#pragma once

#include <dlfcn.h>
#include <stdlib.h>

// The function of this name that we stand before.
#define REAL(name) ((__typeof__(&name))interpose_real(#name))

static inline void *interpose_real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);

    if (function == NULL)
        abort();
    return function;
}

// The mode that open's callers give only with some flags; `more` begins behind the flags.
#define INTERPOSE_MODE(flags, mode)                 \
    do {                                            \
        va_list more;                               \
                                                    \
        va_start(more, flags);                      \
        if (((flags) & (O_CREAT | O_TMPFILE)) != 0) \
            mode = va_arg(more, unsigned);          \
        va_end(more);                               \
    } while (0)
