// SPDX-License-Identifier: MIT
// Walks every operation on the stores through every fault: for each call and each errno the first call fails, then the second, until the
// operation comes through untouched. After each: the store opens, nothing acknowledged is lost, nothing is there twice, no descriptor
// leaks. Run by ctest; `fault_walk NAME` runs one scene.
#include "tests/crash/fault_walk.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/span.h"
#include "tests/crash/fault_shim.h"

enum { KINDS_MAX = 4, STEPS_MAX = 5000, GROWTH_MAX = 16384 };

struct row {
    const char *name;
    int64_t kinds[KINDS_MAX + 1]; // 0 ends
};

static const struct row rows[] = {
#define FAULT_CALL(symbol, name, ...) {name, {__VA_ARGS__}},
#include "tests/crash/fault_calls.def"
#undef FAULT_CALL
};

static const struct scene *const scenes[] = {walk_log, walk_projection, walk_keys};

static struct {
    const struct scene *scene;
    enum fault_call call;
    int64_t kind;
    uint64_t n;
} at;

static const char *kind_text(int64_t kind)
{
    return kind == FAULT_SHORT ? "written short" : strerror((int)kind);
}

void walk_check(bool good, const char *text, const char *file, int line)
{
    if (good)
        return;
    printf("%s:%d: %s: not so, in %s with %s number %llu failing: %s\n", file, line, text, at.scene->name, rows[at.call].name,
           (unsigned long long)at.n, kind_text(at.kind));
    exit(EXIT_FAILURE);
}

bool walk_mends_itself(enum err err)
{
    return err == ERR_IO || err == ERR_STORE_FULL || err == ERR_NO_MEMORY || err == ERR_AGAIN;
}

static unsigned open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(folder) != NULL)
        n++;
    closedir(folder);
    return n;
}

static void remove_folder(const char *path)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf -- '%s'", path);
    walk_check(system(command) == 0, "the folder is removed", __FILE__, __LINE__);
}

static void make_folder(char path[64])
{
    // where it can be: what a disk would do is made up here
    bool in_memory = !at.scene->on_disk && access("/dev/shm", W_OK) == 0;

    snprintf(path, 64, "%s/ws-walk-XXXXXX", in_memory ? "/dev/shm" : "/tmp");
    walk_check(mkdtemp(path) != NULL, "a folder is made", __FILE__, __LINE__);
}

static void arm(const char *directory)
{
    struct fault_control *control = fault_control();

    *control = (struct fault_control){.calls = UINT64_C(1) << at.call, .at = at.n, .times = 1, .kind = at.kind};
    snprintf(control->path, sizeof control->path, "%s", directory);
}

// One try; true when the fault was met.
static bool step(void)
{
    unsigned files = open_files();
    char directory[64];
    uint64_t failed;
    enum err err;

    make_folder(directory);
    at.scene->prepare(directory);
    arm(directory);
    err = at.scene->act(directory);
    failed = fault_control()->failed;
    *fault_control() = (struct fault_control){0};
    WALK_CHECK(err == ERR_NONE || (failed > 0 && walk_mends_itself(err)));
    at.scene->check(directory, err);
    remove_folder(directory);
    WALK_CHECK(open_files() == files);
    return failed > 0;
}

static unsigned walk_call(enum fault_call call, int64_t kind)
{
    unsigned faults = 0;

    at.call = call;
    at.kind = kind;
    for (at.n = 1; step(); at.n++) {
        faults++;
        WALK_CHECK(at.n < STEPS_MAX);
    }
    return faults;
}

static unsigned walk_scene(const struct scene *scene)
{
    unsigned faults = 0;
    size_t before;

    at.scene = scene;
    at.n = 0;
    step(); // untouched: what libraries keep for ever is there now
    before = mallinfo2().uordblks;
    for (unsigned call = 0; call < FAULT_CALLS; call++)
        for (const int64_t *kind = rows[call].kinds; *kind != 0; kind++)
            faults += walk_call((enum fault_call)call, *kind);
    printf("%-24s %5u faults\n", scene->name, faults);
    WALK_CHECK(faults > 0 || scene->on_disk);
    WALK_CHECK(mallinfo2().uordblks < before + GROWTH_MAX); // sanitizers look more closely
    return faults;
}

int main(int argc, char **argv)
{
    unsigned faults = 0;

    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        for (const struct scene *scene = scenes[i]; scene->name != NULL; scene++)
            if (argc < 2 || strcmp(argv[1], scene->name) == 0)
                faults += walk_scene(scene);
    printf("%u faults met, each answered with an error or passed over, nothing lost\n", faults);
    return faults > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
