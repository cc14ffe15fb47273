// SPDX-License-Identifier: MIT
// Walks a trace, cuts the power at many instants, and has each image judged in a process of its own.
// Started by power-cut, which makes the traces. Which instant and what of the pending lasts follow from the seed and the image's number.
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "services/registry/keys.h"
#include "tests/crash/check.h"
#include "tests/crash/disk.h"

enum { JOBS_MAX = 16, FAILURES_MAX = 20, JUDGE_SECONDS = 20, PATH_SIZE = 256 };

struct options {
    const char *trace, *kek, *check, *keep;
    uint64_t seed, first, images, jobs, sector;
    bool everything; // image 0 is the end, with all that is pending
    bool only_start; // cuts before the first promise only
};

struct instant {
    uint64_t image;
    size_t record; // the cut is behind it
};

// What the workers have found so far, in memory that they share.
struct tally {
    uint64_t judged, refused;
    struct {
        uint64_t image;
        size_t record;
        char why[512];
    } failures[FAILURES_MAX];
};

static struct options options = {.check = "hub", .seed = 1, .images = 1000, .jobs = 1, .sector = 512};
static struct trace trace;
static struct tally *tally;
static uint8_t kek[CHECK_KEY_SIZE];

// ---------------------------------------------------------------- instants

static size_t first_promise(void)
{
    size_t i = 0;

    while (i < trace.n && trace.records[i].head.op < TRACE_RECEIPT)
        i++;
    return i;
}

static int compare_instants(const void *a, const void *b)
{
    const struct instant *first = a, *second = b;

    return (first->record > second->record) - (first->record < second->record);
}

static uint64_t seed_of(uint64_t image)
{
    uint64_t seed = options.seed * UINT64_C(0x100000001b3) ^ image << 1;

    return disk_dice(&seed);
}

static struct instant *choose_instants(void)
{
    struct instant *instants = calloc(options.images, sizeof *instants);
    size_t records = options.only_start ? first_promise() : trace.n;

    if (instants == NULL || records == 0)
        exit(70);
    for (uint64_t i = 0; i < options.images; i++) {
        uint64_t dice = seed_of(options.first + i);

        instants[i] = (struct instant){options.first + i, options.everything ? trace.n - 1 : disk_dice(&dice) % records};
    }
    qsort(instants, options.images, sizeof *instants, compare_instants);
    return instants;
}

// ---------------------------------------------------------------- one image

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    return at->level == 0 ? 0 : remove(path);
}

static void empty(const char *directory)
{
    if (nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        fprintf(stderr, "power_cut_images: cannot empty %s: %s\n", directory, strerror(errno));
        exit(70);
    }
}

// In a process of its own: what is damaged may well end it.
static void judge(const char *directory, size_t records, int answer)
{
    struct check check = {.directory = directory, .promises = trace.records, .n_promises = records};
    bool good;

    setrlimit(RLIMIT_CPU, &(struct rlimit){JUDGE_SECONDS, JUDGE_SECONDS}); // of the processor: the machine may have other things to do
    memcpy(check.kek, kek, sizeof kek);
    good = strcmp(options.check, "keys") == 0 ? check_keys(&check) : check_hub(&check);
    if (!good && write(answer, check.why, strlen(check.why)) < 0)
        _exit(2);
    _exit(good ? 0 : 1);
}

static void note_failure(const struct instant *instant, const char *why)
{
    uint64_t place = __atomic_fetch_add(&tally->refused, 1, __ATOMIC_SEQ_CST);

    if (place >= FAILURES_MAX)
        return;
    tally->failures[place].image = instant->image;
    tally->failures[place].record = instant->record;
    snprintf(tally->failures[place].why, sizeof tally->failures[place].why, "%s", why);
}

static void judge_image(const struct instant *instant, const char *directory)
{
    char why[512] = "";
    int answer[2], status;
    ssize_t size;
    pid_t child;

    if (pipe(answer) != 0 || (child = fork()) < 0)
        exit(70);
    if (child == 0)
        judge(directory, instant->record + 1, answer[1]);
    close(answer[1]);
    size = read(answer[0], why, sizeof why - 1);
    close(answer[0]);
    if (waitpid(child, &status, 0) != child)
        exit(70);
    if (WIFSIGNALED(status))
        snprintf(why, sizeof why, "the judge was ended by signal %d%s", WTERMSIG(status), WTERMSIG(status) == SIGKILL ? ": too slow" : "");
    if (WIFSIGNALED(status) || size > 0 || WEXITSTATUS(status) != 0)
        note_failure(instant, why);
    __atomic_fetch_add(&tally->judged, 1, __ATOMIC_SEQ_CST);
}

static void make_image(const struct disk *disk, const struct instant *instant, const char *directory)
{
    uint64_t dice = seed_of(instant->image);
    struct disk_cut cut = {.sector = (unsigned)options.sector, .everything = options.everything};

    disk_dice(&dice); // the instant
    cut.seed = disk_dice(&dice);
    empty(directory);
    if (disk_image(disk, &cut, directory))
        return;
    fprintf(stderr, "power_cut_images: cannot write an image in %s: %s\n", directory, strerror(errno));
    exit(70);
}

// ---------------------------------------------------------------- a worker

static void take_records(struct disk *disk, size_t *next, size_t to)
{
    for (; *next <= to; (*next)++) {
        const char *fault = disk_take(disk, &trace.records[*next]);

        if (fault == NULL)
            continue;
        fprintf(stderr, "power_cut_images: record %zu (%s): %s\n", *next, trace.records[*next].path, fault);
        exit(70);
    }
}

// Every `jobs`-th of the instants, in their order.
static void work(const struct instant *instants, unsigned job)
{
    struct disk *disk = disk_new();
    char directory[PATH_SIZE];
    size_t next = 0;

    if (options.keep != NULL)
        snprintf(directory, sizeof directory, "%s", options.keep);
    else
        snprintf(directory, sizeof directory, "/dev/shm/ws-power-cut-XXXXXX");
    if (disk == NULL || (options.keep == NULL && mkdtemp(directory) == NULL))
        exit(70);
    for (uint64_t i = job; i < options.images; i += options.jobs) {
        take_records(disk, &next, instants[i].record);
        make_image(disk, &instants[i], directory);
        if (options.keep == NULL)
            judge_image(&instants[i], directory);
    }
    if (options.keep == NULL) {
        empty(directory);
        rmdir(directory);
    }
}

// ---------------------------------------------------------------- all of it

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Waits for the workers and tells how far they are.
static bool wait_for_workers(unsigned workers)
{
    double told = now();
    bool good = true;

    while (workers > 0) {
        const struct timespec tenth = {0, 100000000};
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);

        if (pid > 0) {
            workers--;
            good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
            continue;
        }
        nanosleep(&tenth, NULL);
        if (now() - told < 10)
            continue;
        told = now();
        fprintf(stderr, "%lu of %lu images, %lu bad\n", tally->judged, options.images, tally->refused);
    }
    return good;
}

static void print(double seconds)
{
    size_t promises = 0;

    for (size_t i = 0; i < trace.n; i++)
        promises += trace.records[i].head.op >= TRACE_RECEIPT;
    printf("{\"check\":\"%s\",\"seed\":%lu,\"images\":%lu,\"bad\":%lu,\"seconds\":%.1f,\"images_per_second\":%.0f,\"records\":%zu,"
           "\"promises\":%zu,"
           "\"sector\":%lu,\"failures\":[",
           options.check, options.seed, tally->judged, tally->refused, seconds, (double)tally->judged / seconds, trace.n, promises,
           options.sector);
    for (uint64_t i = 0; i < tally->refused && i < FAILURES_MAX; i++)
        printf("%s{\"image\":%lu,\"record\":%zu,\"why\":\"%s\"}", i > 0 ? "," : "", tally->failures[i].image, tally->failures[i].record,
               tally->failures[i].why);
    printf("]}\n");
}

// What an option sets: a text, a number, or a flag.
static const struct known {
    const char *name;
    const char **text;
    uint64_t *number;
    bool *flag;
} known[] = {
    {"--kek", &options.kek, NULL, NULL},
    {"--check", &options.check, NULL, NULL},
    {"--seed", NULL, &options.seed, NULL},
    {"--first", NULL, &options.first, NULL},
    {"--images", NULL, &options.images, NULL},
    {"--jobs", NULL, &options.jobs, NULL},
    {"--sector", NULL, &options.sector, NULL},
    {"--keep", &options.keep, NULL, NULL},
    {"--everything", NULL, NULL, &options.everything},
    {"--start", NULL, NULL, &options.only_start},
};

static const struct known *find_option(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

static bool parse_options(int argc, char **argv)
{
    int i = 1;

    for (; i < argc - 1; i++) {
        const struct known *option = find_option(argv[i]);

        if (option == NULL)
            return false;
        if (option->flag != NULL)
            *option->flag = true;
        else if (option->text != NULL)
            *option->text = argv[++i];
        else
            *option->number = strtoull(argv[++i], NULL, 10);
    }
    options.trace = i == argc - 1 ? argv[i] : NULL;
    return options.trace != NULL && options.kek != NULL && options.images > 0 && options.jobs > 0 && options.jobs <= JOBS_MAX &&
           options.sector > 0;
}

int main(int argc, char **argv)
{
    double begin = now();
    struct instant *instants;

    if (!parse_options(argc, argv)) {
        fprintf(stderr, "power_cut_images: started by power-cut; see its --help\n");
        return 64;
    }
    tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED || keys_read_kek(options.kek, kek) != ERR_NONE || !trace_read(options.trace, &trace)) {
        fprintf(stderr, "power_cut_images: %s cannot be read\n", options.trace);
        return 70;
    }
    instants = choose_instants();
    if (options.keep != NULL) { // one image, not judged here
        work(instants, 0);
        printf("{\"record\":%zu}\n", instants[0].record);
        return 0;
    }
    for (unsigned job = 0; job < options.jobs; job++)
        if (fork() == 0) {
            work(instants, job);
            exit(0);
        }
    if (!wait_for_workers((unsigned)options.jobs))
        return 70;
    print(now() - begin);
    return tally->refused == 0 ? 0 : 1;
}
