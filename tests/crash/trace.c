// SPDX-License-Identifier: MIT
// A trace in memory, record by record.
// Used by power_cut_images.
#include "tests/crash/trace.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/crash/trace_reader.h"

static bool parse(uint8_t *at, size_t left, struct trace_record *record, size_t *size)
{
    if (left < sizeof record->head)
        return false;
    memcpy(&record->head, at, sizeof record->head);
    *size = sizeof record->head + record->head.path_size + (size_t)record->head.data_size;
    if (record->head.magic != TRACE_MAGIC || record->head.path_size >= TRACE_PATH_MAX || *size > left)
        return false;
    at += sizeof record->head;
    memset(record->path, 0, sizeof record->path);
    memcpy(record->path, at, record->head.path_size);
    record->data = at + record->head.path_size;
    return true;
}

static bool split(struct trace *trace, uint8_t *at, size_t left)
{
    size_t room = 0, size;

    while (left > 0) {
        if (trace->n == room) {
            struct trace_record *more;

            room = room == 0 ? 4096 : 2 * room;
            more = realloc(trace->records, room * sizeof *more);
            if (more == NULL)
                return false;
            trace->records = more;
        }
        if (!parse(at, left, &trace->records[trace->n], &size))
            return false;
        trace->n++;
        at += size;
        left -= size;
    }
    return true;
}

bool trace_read(const char *path, struct trace *trace)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes;

    *trace = (struct trace){0};
    if (fd < 0 || fstat(fd, &about) != 0 || about.st_size == 0)
        return false;
    bytes = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0); // written to in memory only: disk.c
    close(fd);
    return bytes != MAP_FAILED && split(trace, bytes, (size_t)about.st_size);
}
