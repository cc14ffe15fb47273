// SPDX-License-Identifier: MIT
// Faults of a message as JSON pointers: only what is refused pays for its path.
// Called by decode.
#include "common/wire/reading.h"

#include <stdio.h>

static void print_place(const struct reading *reading, const struct place *place, char path[FAULT_PATH_MAX + 1])
{
    size_t used;

    if (place == NULL) {
        snprintf(path, FAULT_PATH_MAX + 1, "%s", reading->path);
        return;
    }
    print_place(reading, place->around, path);
    used = strlen(path);
    if (place->name != NULL)
        snprintf(path + used, FAULT_PATH_MAX + 1 - used, "/%s", place->name);
    else
        snprintf(path + used, FAULT_PATH_MAX + 1 - used, "/%zu", place->index);
}

bool reading_refuse(struct reading *reading, enum fault code, const struct place *place)
{
    char path[FAULT_PATH_MAX + 1];

    print_place(reading, place, path);
    faults_add(reading->faults, code, path);
    reading->good = false;
    return false;
}

bool reading_told(const struct reading *reading, const struct place *place)
{
    const struct faults *faults = reading->faults;
    char path[FAULT_PATH_MAX + 1];
    size_t size;

    print_place(reading, place, path);
    size = strlen(path);
    for (unsigned i = 0; i < faults->n; i++)
        if (strncmp(faults->at[i].path, path, size) == 0 && (faults->at[i].path[size] == '\0' || faults->at[i].path[size] == '/'))
            return true;
    return false;
}
