// SPDX-License-Identifier: MIT
// Divides two processors among the daemons of a hub, each of which looks for itself and comes to the same division.
// Called once, at start. What cannot be found out costs speed, never more.
#include "common/runtime/processors.h"

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { PATH_ROOM = PATH_MAX + 2 * NAME_MAX, STEPS_MAX = 8 };

// ---------------------------------------------------------------- the disk's interrupts

// The greatest number among the names in a folder; -1: there is none.
static int greatest_name(const char *folder)
{
    DIR *open = opendir(folder);
    const struct dirent *entry;
    int greatest = -1;

    if (open == NULL)
        return -1;
    while ((entry = readdir(open)) != NULL) {
        int number = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' ? atoi(entry->d_name) : -1;

        greatest = number > greatest ? number : greatest;
    }
    closedir(open);
    return greatest;
}

// The one processor that a list such as "1" names; -1: it names several.
static int read_processor(const char *path)
{
    FILE *file = fopen(path, "r");
    int processor = -1;
    char behind = '\n';

    if (file == NULL)
        return -1;
    if (fscanf(file, "%d%c", &processor, &behind) < 1 || behind != '\n')
        processor = -1;
    fclose(file);
    return processor;
}

// A volume of LVM or a RAID lies on other devices: goes to the first of them.
static bool step_under(char device[PATH_MAX])
{
    char path[PATH_ROOM];
    struct dirent **names = NULL;
    int n;
    bool stepped = false;

    snprintf(path, sizeof path, "%s/slaves", device);
    n = scandir(path, &names, NULL, alphasort);
    if (n > 2) { // "." and ".." stand first
        snprintf(path, sizeof path, "%s/slaves/%s", device, names[2]->d_name);
        stepped = realpath(path, device) != NULL;
    }
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return stepped;
}

// The last interrupt of the device, or of the controller that it is on; -1: none is told.
static int interrupt_of(char device[PATH_MAX])
{
    for (char *end; (end = strrchr(device, '/')) != NULL; *end = '\0') {
        char folder[PATH_ROOM];
        int interrupt;

        snprintf(folder, sizeof folder, "%s/msi_irqs", device);
        interrupt = greatest_name(folder);
        if (interrupt >= 0)
            return interrupt;
    }
    return -1;
}

int processors_of_disk(const char *root, dev_t disk)
{
    char path[PATH_MAX], device[PATH_MAX];
    int interrupt, steps = 0;

    snprintf(path, sizeof path, "%s/sys/dev/block/%u:%u", root, major(disk), minor(disk));
    if (realpath(path, device) == NULL)
        return -1;
    while (step_under(device) && ++steps < STEPS_MAX)
        continue;
    interrupt = interrupt_of(device);
    if (interrupt < 0)
        return -1;
    snprintf(path, sizeof path, "%s/proc/irq/%d/effective_affinity_list", root, interrupt);
    return read_processor(path);
}

// ---------------------------------------------------------------- dividing

static int first_of(const cpu_set_t *set, int from)
{
    while (from < CPU_SETSIZE && !CPU_ISSET((size_t)from, set))
        from++;
    return from;
}

void processors_divide(bool with_log, const char *state)
{
    int one, other, disk = -1;
    cpu_set_t set;
    struct stat at;

    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) != 2)
        return;
    one = first_of(&set, 0);
    other = first_of(&set, one + 1);
    if (stat(state, &at) == 0)
        disk = processors_of_disk("", at.st_dev);
    if ((disk == one) == with_log) // not known: the log has the second, the system's other work mostly being on the first
        CPU_CLR((size_t)other, &set);
    else
        CPU_CLR((size_t)one, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}
