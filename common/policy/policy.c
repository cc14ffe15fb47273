// SPDX-License-Identifier: MIT
// A policy as a bundle of files, and the loading of all of it.
// Used by triage, allocation and tests. Gives a whole policy or none.
#include "common/policy/policy.h"

#include "common/base/civil.h"
#include "common/crypto/digest.h"
#include "common/policy/load.h"
#include "common/wire/check.h"
#include "common/wire/decode.h"
#include "common/wire/token.h"
#include "common/wire/utf8.h"
#include "common/wire/writer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FOLDER_FILES_MAX = 32, FILE_NAME_MAX = 40 };

_Static_assert((int)POLICY_VERSION_SIZE == (int)DIGEST_SIZE, "a version is a digest");
_Static_assert((int)YAML_BYTES_MAX == (int)POLICY_BYTES_MAX, "one file may be nearly all of a policy");

static const struct {
    const char *name;
    void (*load)(struct load *load, struct yaml_item root);
} files[LOAD_FILE_COUNT] = {
#define LOAD_FILE(SYMBOL, name, loader) [LOAD_##SYMBOL] = {name, loader},
    LOAD_FILES(LOAD_FILE)
#undef LOAD_FILE
};

// Files that a policy may go without, as those did that were adopted before there were any.
static const bool may_be_absent[LOAD_FILE_COUNT] = {[LOAD_MATCHING] = true, [LOAD_STEPS] = true, [LOAD_SIGNALS] = true, [LOAD_PROGRAMMES] = true};

// ---------------------------------------------------------------- bundles

static int compare(struct span a, struct span b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter > 0 ? memcmp(a.at, b.at, shorter) : 0;

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

// Place of the smallest name that is greater than `after` (NULL: of all); n when there is none.
static unsigned next_name(const struct span *names, unsigned n, const struct span *after)
{
    unsigned best = n;

    for (unsigned i = 0; i < n; i++)
        if ((after == NULL || compare(names[i], *after) > 0) && (best == n || compare(names[i], names[best]) < 0))
            best = i;
    return best;
}

static bool are_utf8(const struct span *names, const struct span *texts, unsigned n, struct complaints *complaints)
{
    bool good = true;

    for (unsigned i = 0; i < n; i++) {
        char shown[FILE_NAME_MAX + 1];
        if (utf8_is_valid(texts[i]))
            continue;
        snprintf(shown, sizeof shown, "%.*s", SPAN_ARG(names[i]));
        complaints_add(complaints, shown, 0, "is not valid UTF-8: save it as UTF-8");
        good = false;
    }
    return good;
}

enum err policy_bundle(const struct span *names, const struct span *texts, unsigned n, struct complaints *complaints, uint8_t **bundle,
                       size_t *size)
{
    struct wire_writer writer;
    const struct span *after = NULL;

    *bundle = NULL;
    if (!are_utf8(names, texts, n, complaints))
        return ERR_BAD_CONFIG;
    *bundle = malloc(POLICY_BYTES_MAX);
    if (*bundle == NULL)
        return ERR_NO_MEMORY;
    writer = wire_writer_on(*bundle, POLICY_BYTES_MAX);
    wire_put_map(&writer, n);
    for (unsigned i = next_name(names, n, NULL); i < n; i = next_name(names, n, after)) {
        wire_put_text(&writer, names[i]);
        wire_put_text(&writer, texts[i]);
        after = &names[i];
    }
    *size = writer.used;
    if (!writer.overflow)
        return ERR_NONE;
    complaints_add(complaints, "policy", 0,
                   "all files together are larger than %d bytes, as a policy may be: shorten notes and texts, or name sectors and outward "
                   "codes instead of postcodes",
                   POLICY_BYTES_MAX);
    free(*bundle);
    *bundle = NULL;
    return ERR_BAD_CONFIG;
}

// ---------------------------------------------------------------- the folder

struct folder {
    unsigned n;
    char *names[FOLDER_FILES_MAX];
    char *texts[FOLDER_FILES_MAX];
    size_t sizes[FOLDER_FILES_MAX];
};

static bool is_yaml_name(const char *name)
{
    size_t size = strlen(name);

    return size > 5 && name[0] != '.' && strcmp(name + size - 5, ".yaml") == 0;
}

static enum err read_text(const char *path, char **text, size_t *size)
{
    FILE *file = fopen(path, "rbe");

    *text = malloc(YAML_BYTES_MAX + 1);
    *size = file != NULL && *text != NULL ? fread(*text, 1, YAML_BYTES_MAX + 1, file) : 0;
    if (file == NULL || *text == NULL || ferror(file) != 0) {
        if (file != NULL)
            fclose(file);
        return ERR_IO;
    }
    fclose(file);
    return ERR_NONE;
}

static enum err add_file(struct folder *folder, const char *directory, const char *name, struct complaints *complaints)
{
    char path[4096];

    if (folder->n == FOLDER_FILES_MAX) {
        complaints_add(complaints, name, 0, "more than %d files in the folder", FOLDER_FILES_MAX);
        return ERR_BAD_CONFIG;
    }
    snprintf(path, sizeof path, "%s/%s", directory, name);
    folder->names[folder->n] = strdup(name);
    folder->n++;
    if (folder->names[folder->n - 1] == NULL)
        return ERR_NO_MEMORY;
    if (read_text(path, &folder->texts[folder->n - 1], &folder->sizes[folder->n - 1]) == ERR_NONE)
        return ERR_NONE;
    complaints_add(complaints, name, 0, "cannot be read: %s", strerror(errno));
    return ERR_IO;
}

static enum err read_all(struct folder *folder, const char *path, struct complaints *complaints)
{
    DIR *directory = opendir(path);
    enum err err = ERR_NONE;

    if (directory == NULL) {
        complaints_add(complaints, ".", 0, "the folder cannot be read: %s", strerror(errno));
        return ERR_IO;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL && err == ERR_NONE; entry = readdir(directory))
        if (is_yaml_name(entry->d_name))
            err = add_file(folder, path, entry->d_name, complaints);
    closedir(directory);
    return err;
}

enum err policy_read_folder(const char *path, struct complaints *complaints, uint8_t **bundle, size_t *size)
{
    struct folder folder = {0};
    struct span names[FOLDER_FILES_MAX], texts[FOLDER_FILES_MAX];
    enum err err = read_all(&folder, path, complaints);

    *bundle = NULL;
    for (unsigned i = 0; i < folder.n && err == ERR_NONE; i++) {
        names[i] = span_text(folder.names[i]);
        texts[i] = span_of(folder.texts[i], folder.sizes[i]);
    }
    if (err == ERR_NONE)
        err = policy_bundle(names, texts, folder.n, complaints, bundle, size);
    for (unsigned i = 0; i < folder.n; i++) {
        free(folder.names[i]);
        free(folder.texts[i]);
    }
    return err;
}

// ---------------------------------------------------------------- loading

static unsigned file_of(struct span name)
{
    unsigned file = 0;

    while (file < LOAD_FILE_COUNT && !span_is(name, files[file].name))
        file++;
    return file;
}

static enum err open_file(struct load *load, struct span name, struct span text)
{
    unsigned file = file_of(name);
    char shown[FILE_NAME_MAX + 1];
    enum err err;

    if (file == LOAD_FILE_COUNT) {
        snprintf(shown, sizeof shown, "%.*s", SPAN_ARG(name));
        complaints_add(load->complaints, shown, 0, "is not a file of a policy: rename or remove it");
        return ERR_NONE;
    }
    err = yaml_open(files[file].name, text, load->complaints, &load->texts->files[file]);
    return err == ERR_BAD_CONFIG ? ERR_NONE : err;
}

// Takes one string from the front of checked bytes.
static bool take_text(struct span *bytes, struct span *text)
{
    size_t size = wire_value_size(*bytes);

    if (size == 0 || !wire_get_text(*bytes, text))
        return false;
    *bytes = span_of(bytes->at + size, bytes->size - size);
    return true;
}

// Goes behind the head of a bundle and says how many files it has; false when it is none.
static bool enter_bundle(struct span *bundle, uint64_t *n_files)
{
    struct faults faults = {0};
    struct token map;

    if (bundle->size > POLICY_BYTES_MAX || !wire_check(*bundle, &faults))
        return false;
    map = token_read(bundle->at, bundle->at + bundle->size);
    *bundle = span_of(bundle->at + map.size, bundle->size - map.size);
    *n_files = map.value;
    return true;
}

struct span policy_bundle_file(struct span bundle, const char *file)
{
    struct span name, text;
    uint64_t left = 0;

    for (bool good = enter_bundle(&bundle, &left); good && left > 0 && take_text(&bundle, &name) && take_text(&bundle, &text); left--)
        if (span_is(name, file))
            return text;
    return (struct span){0};
}

static enum err open_files(struct load *load, struct span bundle)
{
    enum err err = ERR_NONE;
    uint64_t n;

    if (!enter_bundle(&bundle, &n))
        return ERR_BAD_INPUT;
    for (uint64_t i = 0; i < n && err == ERR_NONE; i++) {
        struct span name, text;
        if (!take_text(&bundle, &name) || !take_text(&bundle, &text))
            return ERR_BAD_INPUT;
        err = open_file(load, name, text);
    }
    return err;
}

static bool was_complained_of(const struct complaints *complaints, const char *name)
{
    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++)
        if (strcmp(complaints->at[i].file, name) == 0)
            return true;
    return false;
}

// A file that could not be read ends the loading of those behind it: they would only complain of what it lacks.
static void load_files(struct load *load)
{
    unsigned missing = 0;

    for (unsigned file = 0; file < LOAD_FILE_COUNT; file++) {
        if (load->texts->files[file] != NULL || (may_be_absent[file] && !was_complained_of(load->complaints, files[file].name)))
            continue;
        missing++;
        if (!was_complained_of(load->complaints, files[file].name))
            complaints_add(load->complaints, files[file].name, 0, "is missing: a policy needs it");
    }
    for (unsigned file = 0; file < LOAD_FILE_COUNT && missing == 0; file++)
        if (load->texts->files[file] != NULL)
            files[file].load(load, yaml_root(load->texts->files[file]));
}

enum err policy_load(struct span bundle, struct complaints *complaints, struct policy **policy)
{
    unsigned before = complaints->n;
    struct load load = {.policy = calloc(1, sizeof *load.policy), .texts = calloc(1, sizeof *load.texts), .complaints = complaints};
    enum err err = ERR_NO_MEMORY;

    *policy = load.policy;
    if (load.policy != NULL)
        load.policy->texts = load.texts;
    if (load.policy != NULL && load.texts != NULL)
        err = open_files(&load, bundle);
    else
        free(load.texts);
    if (err == ERR_NONE) {
        load_files(&load);
        digest_sha256(&bundle, 1, load.policy->version);
        err = complaints->n == before ? ERR_NONE : ERR_BAD_CONFIG;
    }
    if (err != ERR_NONE)
        policy_free(policy);
    return err;
}

void policy_free(struct policy **policy)
{
    struct load_texts *texts;

    if (*policy == NULL)
        return;
    texts = (*policy)->texts;
    for (unsigned file = 0; texts != NULL && file < LOAD_FILE_COUNT; file++)
        yaml_close(&texts->files[file]);
    free(texts);
    free(*policy);
    *policy = NULL;
}

const char *policy_file_name(unsigned i)
{
    return i < LOAD_FILE_COUNT ? files[i].name : NULL;
}

struct span policy_text(const struct policy *policy, const char *file)
{
    const struct load_texts *texts = policy->texts;

    for (unsigned i = 0; i < LOAD_FILE_COUNT; i++)
        if (strcmp(files[i].name, file) == 0 && texts->files[i] != NULL)
            return yaml_whole(texts->files[i]);
    return (struct span){0};
}

int64_t policy_effective_ms(const struct policy *policy)
{
    return civil_london_midnight(policy->effective);
}
