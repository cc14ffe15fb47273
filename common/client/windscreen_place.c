// SPDX-License-Identifier: MIT
// Reads the endpoint files that daemons leave in STATE/run.
// Called by clients before they connect. Never connects.
#include "common/client/windscreen_place.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static enum err read_line(const char *path, char line[WINDSCREEN_ENDPOINT_MAX + 1])
{
    FILE *file = fopen(path, "re");
    bool good;

    if (file == NULL)
        return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    good = fgets(line, WINDSCREEN_ENDPOINT_MAX + 1, file) != NULL;
    fclose(file);
    if (!good)
        return ERR_IO;
    line[strcspn(line, "\r\n")] = '\0';
    return line[0] != '\0' ? ERR_NONE : ERR_IO;
}

enum err windscreen_place_find(const char *state_dir, const char *name, char endpoint[WINDSCREEN_ENDPOINT_MAX + 1])
{
    enum { SOCKET_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 };
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/run/%s.endpoint", state_dir, name);
    enum err err;

    if (size < 0 || (size_t)size >= sizeof path)
        return ERR_NO_ROOM;
    err = read_line(path, endpoint);
    if (err != ERR_NOT_FOUND)
        return err;
    size = snprintf(path, sizeof path, "%s/run/%s.ipc", state_dir, name);
    if (access(path, F_OK) != 0)
        return ERR_NOT_FOUND;
    if (size > SOCKET_PATH_MAX)
        return ERR_NO_ROOM;
    snprintf(endpoint, WINDSCREEN_ENDPOINT_MAX + 1, "ipc://%.*s", (int)SOCKET_PATH_MAX, path);
    return ERR_NONE;
}
