// SPDX-License-Identifier: MIT
// Keeps the faults of one message.
// Filled by check and decode. Never holds a value of the message.
#include "common/wire/fault.h"

#include <stdio.h>

void faults_add(struct faults *faults, enum fault code, const char *path)
{
    struct fault_at *at;

    if (faults->n == FAULTS_MAX)
        return;
    at = &faults->at[faults->n++];
    at->code = code;
    snprintf(at->path, sizeof at->path, "%s", path);
}

struct problem fault_problem(const struct faults *faults, unsigned i)
{
    struct problem problem = {.code = (uint8_t)faults->at[i].code};

    PUT(&problem, problem, path, span_text(faults->at[i].path));
    PUT(&problem, problem, message, span_text(code_meaning(LIST_FAULT, problem.code)));
    return problem;
}
