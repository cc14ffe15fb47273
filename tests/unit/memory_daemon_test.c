// SPDX-License-Identifier: MIT
// Memory runs out inside a daemon: every story of its fuzz corpus, with each allocation failing once, in a process of its own.
// The daemon goes on and all that the fuzz target requires still holds, or it ends with 111 and a line of log; nothing else.
#include "tests/fuzz/fuzz.h"
#include "tests/unit/memory.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

enum { EXIT_AGAIN = 111, EXIT_ENOUGH = 3, STORY_MAX = 8192, FAILURES_MAX = 2000 };

static uint8_t story[STORY_MAX];
static size_t story_size;

// The child: everything is set up with memory at hand, then the story is played. EXIT_ENOUGH: there was no n-th allocation.
static _Noreturn void play(uint64_t n)
{
    bool failed;

    if (LLVMFuzzerInitialize(NULL, NULL) != 0)
        _exit(1);
    memory_fail(n, false);
    LLVMFuzzerTestOneInput(story, story_size);
    failed = memory_calm();
    LLVMFuzzerTestOneInput(story, story_size); // nothing half done stands in the way
    _exit(failed ? 0 : EXIT_ENOUGH);
}

// Runs the child; its exit code, or -1 when a signal ended it. What it wrote to standard error becomes `said`.
static int play_apart(uint64_t n, char *said, size_t size)
{
    char path[128];
    int status = 0, file;
    ssize_t read_bytes;
    pid_t child;

    snprintf(path, sizeof path, "rm -rf %s/*", fuzz_directory());
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s.said", fuzz_directory());
    file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    child = fork();
    if (child == 0) {
        dup2(file, STDERR_FILENO);
        play(n);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    read_bytes = pread(file, said, size - 1, 0);
    said[read_bytes > 0 ? read_bytes : 0] = '\0';
    close(file);
    unlink(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static unsigned fail_everywhere(const char *name)
{
    static char said[4096];
    unsigned n_given_up = 0;

    for (uint64_t n = 1; n < FAILURES_MAX; n++) {
        int code = play_apart(n, said, sizeof said);

        if (code == EXIT_ENOUGH) {
            print_message("%s: %llu allocations, at %u of them the daemon gave up\n", name, (unsigned long long)n - 1, n_given_up);
            return n_given_up;
        }
        if (code != 0 && code != EXIT_AGAIN)
            fail_msg("%s, allocation %llu fails: ended with %d, and said: %s", name, (unsigned long long)n, code, said);
        if (code == EXIT_AGAIN && strchr(said, '\n') == NULL)
            fail_msg("%s, allocation %llu fails: gave up without a word", name, (unsigned long long)n);
        n_given_up += code == EXIT_AGAIN;
    }
    fail_msg("%s: no end of allocations", name);
    return 0;
}

static void stories(void **state)
{
    static const char folder[] = "tests/fuzz/corpus/" MEMORY_DAEMON;
    struct dirent **names;
    int n = scandir(folder, &names, NULL, alphasort);
    unsigned n_stories = 0;

    (void)state;
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        char path[300];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (strncmp(names[i]->d_name, "story", 5) == 0) {
            file = fopen(path, "r");
            assert_non_null(file);
            story_size = fread(story, 1, sizeof story, file);
            fclose(file);
            fail_everywhere(names[i]->d_name);
            n_stories++;
        }
        free(names[i]);
    }
    free(names);
    assert_true(n_stories > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stories)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
