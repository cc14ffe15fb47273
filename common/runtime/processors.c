// SPDX-License-Identifier: MIT
// Divides two processors among the daemons of a hub: the first that starts looks, the others find what it saw.
// Called once, at start. What cannot be found out costs speed, never more.
#include "common/runtime/processors.h"

#include "common/runtime/report.h"

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PATH_ROOM = PATH_MAX + 2 * NAME_MAX, STEPS_MAX = 8, BOOT_SIZE = 36 };

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

// ---------------------------------------------------------------- the note

// Of the machine's start, as a state directory may come from another.
static bool read_boot(char boot[BOOT_SIZE + 1])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    bool read = file != NULL && fscanf(file, "%36s", boot) == 1 && strlen(boot) == BOOT_SIZE;

    if (file != NULL)
        fclose(file);
    return read;
}

// The log's processor as it was noted since this start; -1: it was not.
static int read_note(const char *path, const char *boot)
{
    char noted[BOOT_SIZE + 1] = "";
    FILE *file = fopen(path, "r");
    int processor = -1;

    if (file == NULL)
        return -1;
    if (fscanf(file, "%36s %d", noted, &processor) != 2 || strcmp(noted, boot) != 0)
        processor = -1;
    fclose(file);
    return processor;
}

static void write_note(const char *path, const char *boot, int processor)
{
    char aside[PATH_MAX + 16];
    FILE *file;

    snprintf(aside, sizeof aside, "%s.%d", path, (int)getpid());
    file = fopen(aside, "w");
    if (file == NULL)
        return;
    fprintf(file, "%s %d\n", boot, processor);
    if (fclose(file) != 0 || rename(aside, path) != 0)
        unlink(aside);
}

// ---------------------------------------------------------------- dividing

static int first_of(const cpu_set_t *set, int from)
{
    while (from < CPU_SETSIZE && !CPU_ISSET((size_t)from, set))
        from++;
    return from;
}

// Where nothing tells, the log has the second: the system's other work is mostly on the first.
static int find_log(const char *state, int one, int other)
{
    char path[PATH_MAX], boot[BOOT_SIZE + 1] = "";
    bool booted = read_boot(boot);
    struct stat at;
    int log;

    snprintf(path, sizeof path, "%s/run/processors", state);
    log = booted ? read_note(path, boot) : -1;
    if (log == one || log == other)
        return log;
    log = stat(state, &at) == 0 && processors_of_disk("", at.st_dev) == one ? one : other;
    if (booted)
        write_note(path, boot, log);
    return log;
}

void processors_divide(bool with_log, const char *state)
{
    int one, other, log;
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) != 2)
        return;
    one = first_of(&set, 0);
    other = first_of(&set, one + 1);
    log = find_log(state, one, other);
    CPU_CLR((size_t)((log == one) == with_log ? other : one), &set);
    if (sched_setaffinity(0, sizeof set, &set) == 0)
        report("processor", "works on processor %d, the log on %d", first_of(&set, 0), log);
}
