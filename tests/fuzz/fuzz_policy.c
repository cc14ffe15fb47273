// SPDX-License-Identifier: MIT
// A policy's files: any texts under the names of its files. Files that the input lacks are those of the folder policy.
// A refused policy is told with file and line and leaves nothing; one that is taken decides every referral.
#include "tests/fuzz/fuzz.h"

#include "common/policy/prove.h"
#include "services/allocation/clock.h"
#include "services/allocation/destination.h"
#include "services/triage/level.h"

#include <dirent.h>
#include <string.h>

// Input: "%% name.yaml", line end, text, "%% name.yaml" ...; or, from 0x80 on, a bundle as it lies in the log.
enum { FILES_MAX = 12, TEXT_MAX = 16384 };

enum { STEPS = 20000 }; // for the prover, so that no input takes long; the folder policy needs 1,200

struct folder {
    unsigned n;
    struct span names[FILES_MAX], texts[FILES_MAX];
};

static char given[TEXT_MAX];

static void put_file(struct folder *folder, struct span name, struct span text)
{
    unsigned i = 0;

    while (i < folder->n && !span_equal(folder->names[i], name))
        i++;
    if (i == FILES_MAX)
        return;
    folder->names[i] = name;
    folder->texts[i] = text;
    folder->n += i == folder->n;
}

static const uint8_t *find_mark(struct span text)
{
    for (size_t i = 0; i + 3 <= text.size; i++)
        if (memcmp(text.at + i, "%% ", 3) == 0 && (i == 0 || text.at[i - 1] == '\n'))
            return text.at + i;
    return NULL;
}

static void put_files(struct folder *folder, struct span text)
{
    const uint8_t *end = text.at + text.size;

    for (const uint8_t *at = find_mark(text); at != NULL;) {
        const uint8_t *name = at + 3;
        const uint8_t *name_end = memchr(name, '\n', (size_t)(end - name));
        const uint8_t *next;

        if (name_end == NULL)
            return;
        next = find_mark(span_of(name_end + 1, (size_t)(end - name_end - 1)));
        put_file(folder, span_of(name, (size_t)(name_end - name)),
                 span_of(name_end + 1, (size_t)((next != NULL ? next : end) - name_end - 1)));
        at = next;
    }
}

// ---------------------------------------------------------------- what must hold

static void check_complaints(const struct complaints *complaints)
{
    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++)
        require(complaints->at[i].text[0] != '\0');
}

// Some referral of each shape; a policy that was taken has an answer for all.
static struct triaged referral(unsigned shape)
{
    struct triaged triaged = {.level = 1 + shape % 4, .computed = 1, .rule = span_text("X"), .family = span_text("F0000000000001")};
    struct facts *facts = &triaged.facts;

    PUT(facts, facts, kind, (uint8_t)(1 + shape % (KIND_COUNT - 1)));
    if (shape % 3 != 0)
        PUT(facts, facts, consent, (uint8_t)(1 + shape % (CONSENT_COUNT - 1)));
    PUT(facts, facts, border, (uint8_t)(1 + shape % (BORDER_COUNT - 1)));
    PUT(facts, facts, wants, UINT64_C(1) << (1 + shape % (WANT_COUNT - 1)));
    PUT(facts, facts, solo_support_requested, shape % 5 == 0);
    SET_HAS(facts, facts, members);
    facts->n_members = shape % 4;
    for (unsigned i = 0; i < facts->n_members; i++) {
        PUT(&facts->members[i], member_facts, role, (uint8_t)(1 + (shape + i) % (MEMBER_COUNT - 1)));
        PUT(&facts->members[i], member_facts, months, (int64_t)(shape * 29 % 400) - 5);
        PUT(&facts->members[i], member_facts, needs, UINT64_C(1) << (1 + (shape * 7 + i) % (code_count(LIST_INDICATOR) - 1)));
    }
    return triaged;
}

static void decide(const struct policy *policy)
{
    static struct destination destination;
    static const struct family_state nothing, open = {.open = true, .level = 2};

    for (unsigned shape = 0; shape < 24; shape++) {
        struct triaged triaged = referral(shape);
        struct level_decision decision;

        level_decide(policy, &triaged.facts, shape % 7 == 0, &decision);
        require(decision.level >= 1 && decision.level <= 4 && decision.level >= decision.computed && decision.rule.size > 0);
        require(decision.n_used <= TABLE_USED_MAX);
        destination_decide(policy, &triaged, shape % 2 == 0 ? &nothing : &open, &destination);
        require(destination.lead.rule.size > 0 && destination.n_parts <= DESTINATION_PARTS_MAX);
        require(destination.lead.outcome == DESTINATION_HOLD || destination.lead.outcome == DESTINATION_NEWS ||
                (destination.lead.team.size > 0 && destination.lead.team_index >= 1 && destination.lead.team_index <= policy->n_teams));
    }
    for (unsigned state = 1; state < STATE_COUNT; state++)
        for (unsigned team = 0; team <= policy->n_teams; team++)
            (void)rules_clock(policy, (enum state)state, team, state % 2 == 0);
    (void)policy_effective_ms(policy);
}

// True when it was taken.
static bool load(const struct folder *folder)
{
    static struct complaints complaints;
    struct policy *policy = NULL;
    uint8_t *bundle = NULL;
    size_t size = 0;
    bool taken = false;
    enum err err;

    complaints.n = 0;
    err = policy_bundle(folder->names, folder->texts, folder->n, &complaints, &bundle, &size);
    if (err == ERR_NONE)
        err = policy_load(span_of(bundle, size), &complaints, &policy);
    if (err == ERR_NONE) {
        require(complaints.n == 0);
        prove_policy(policy, STEPS, &complaints);
        check_complaints(&complaints);
        taken = complaints.n == 0;
        if (taken)
            decide(policy);
    } else {
        require(err == ERR_BAD_INPUT || (err == ERR_BAD_CONFIG && complaints.n > 0));
        require(policy == NULL);
        check_complaints(&complaints);
    }
    policy_free(&policy);
    free(bundle);
    return taken;
}

// One file behind those that are given already, in the form of an input; its size there.
static size_t add_given(const char *name, size_t used)
{
    char path[4096];
    FILE *file;
    size_t size;

    snprintf(path, sizeof path, "%s/%s", FUZZ_SMALL_POLICY, name);
    size = (size_t)snprintf(given + used, sizeof given - used, "%%%% %s\n", name);
    file = fopen(path, "r");
    require(file != NULL && used + size < sizeof given);
    size += fread(given + used + size, 1, sizeof given - 1 - used - size, file);
    require(feof(file) != 0 && fclose(file) == 0);
    return size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    DIR *directory = opendir(FUZZ_SMALL_POLICY);
    struct folder folder = {0};
    struct dirent *entry;
    size_t used = 0;

    (void)argc;
    (void)argv;
    require(directory != NULL);
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            used += add_given(entry->d_name, used);
    closedir(directory);
    put_files(&folder, span_text(given));
    require(load(&folder)); // else no input would get as far as the prover
    return 0;
}

// Bytes that claim to be a bundle, as they would lie in the log.
static void load_bundle(struct span bytes)
{
    static struct complaints complaints;
    struct policy *policy = NULL;

    complaints.n = 0;
    require(policy_load(bytes, &complaints, &policy) != ERR_NONE || policy != NULL);
    check_complaints(&complaints);
    policy_free(&policy);
}

// What is no YAML is refused before anything is loaded: that is fuzz_yaml's, and only one in sixteen goes all the way here, for speed.
static bool is_worth_loading(struct folder *folder)
{
    static struct complaints complaints;
    unsigned sum = 0;
    bool good = true;

    complaints.n = 0;
    for (unsigned i = 0; i < folder->n; i++) {
        struct yaml *yaml = NULL;

        for (size_t at = 0; at < folder->texts[i].size; at++)
            sum += folder->texts[i].at[at];
        good = yaml_open("fuzz.yaml", folder->texts[i], &complaints, &yaml) == ERR_NONE && good;
        yaml_close(&yaml);
    }
    return good || sum % 16 == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct folder folder = {0}, changed = {0};

    if (size > 0 && data[0] >= 0x80) {
        load_bundle(span_of(data, size));
        return 0;
    }
    put_files(&changed, span_of(data, size));
    if (!is_worth_loading(&changed))
        return 0;
    put_files(&folder, span_text(given));
    put_files(&folder, span_of(data, size));
    (void)load(&folder);
    return 0;
}
