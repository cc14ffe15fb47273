// SPDX-License-Identifier: MIT
// `windscreen policy adopt`, `policy list` and `policy show`: putting a policy in force, and seeing which were.
// Operators' tools. What is adopted is decided by triage; here it is read, checked and asked for.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/civil.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/policy_source.h"
#include "services/windscreen/screen.h"

enum { HASH_TEXT = 2 * POLICY_VERSION_SIZE, SHORT_HASH = 12, HASH_LEAST = 4 };

static struct policy_source source; // too large for the stack

static json_t *time_json(int64_t ms)
{
    char text[CIVIL_TIME_MAX + 1];

    civil_print_time(ms, text);
    return json_string(text);
}

// ---------------------------------------------------------------- adopt

// "now", or a day of the council's: from its midnight in London on.
static bool read_effective(const struct given *given, struct adopt *asked)
{
    const char *text;
    int32_t day;

    if (!given_required(given, "effective", &text))
        return false;
    if (strcmp(text, "now") == 0)
        return true;
    if (!civil_parse_date(span_text(text), &day)) {
        given_complain(given, "--effective must be a day such as 2027-04-01, or now");
        return false;
    }
    PUT(asked, adopt, effective, civil_london_midnight(day));
    return true;
}

// What was adopted before for a later day, and takes the place of one adopted now; NULL: nothing does.
static const struct policy_adoption *next_after(int64_t ms)
{
    const struct policy_adoption *next = NULL;

    for (unsigned i = 0; i < source.n; i++) {
        const struct policy_adoption *at = &source.at[i];

        if (at->effective_ms > ms && at == policy_source_at(&source, at->effective_ms) &&
            (next == NULL || at->effective_ms < next->effective_ms))
            next = at;
    }
    return next;
}

static int print_adopted(const struct given *given, const struct policy *policy, const struct adopted_policy *reply)
{
    const struct policy_adoption *next = policy_source_read(&source, given) == 0 ? next_after(reply->effective) : NULL;
    char hash[HASH_TEXT + 1], when[SCREEN_WHEN_MAX + 1];

    screen_hex(reply->policy, hash);
    if (given->json)
        return screen_json(json_pack("{ss%, ss, so, so, sI}", "policy", (const char *)policy->name.at, policy->name.size, "version", hash,
                                     "effective", time_json(reply->effective), "until",
                                     next != NULL ? time_json(next->effective_ms) : json_null(), "sequence", (json_int_t)reply->sequence));
    screen_when(reply->effective, when);
    printf("%.*s %.*s is in force for what comes from %s on (event %llu)\n", SPAN_ARG(policy->name), SHORT_HASH, hash, when,
           (unsigned long long)reply->sequence);
    if (next == NULL)
        return 0;
    screen_when(next->effective_ms, when);
    screen_hex(span_of(next->hash, POLICY_VERSION_SIZE), hash);
    printf("until %s: then %s %.*s takes its place, which was adopted before (event %llu)\n", when, next->name, SHORT_HASH, hash,
           (unsigned long long)next->sequence);
    return 0;
}

// "Now" is a moment ahead (services/triage/on_adopt.c): what is done after this command meets the new policy.
static void wait_until(int64_t ms)
{
    int64_t left = ms - screen_now_ms();
    struct timespec time = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};

    if (left > 0)
        nanosleep(&time, NULL);
}

static int ask(const struct given *given, const struct adopt *asked, const struct policy *policy)
{
    struct adopted_policy reply;
    struct hub hub;
    int code = hub_open_here(given, "policy", "triage", &hub);

    if (code == 0)
        code = hub_ask(&hub, &service_policy[POLICY_ADOPT], asked, 0, &reply);
    if (code == 0)
        code = hub_refused(&hub, (enum answer)reply.answer);
    if (code == 0 && !HAS(asked, adopt, effective))
        wait_until(reply.effective);
    if (code == 0)
        code = print_adopted(given, policy, &reply);
    hub_close(&hub);
    return code;
}

int command_policy_adopt(const struct given *given)
{
    struct adopt asked = {0};
    struct policy *policy = NULL;
    const char *by;
    uint8_t *bundle = NULL;
    size_t size = 0;
    int code;

    if (!given_required(given, "by", &by) || !read_effective(given, &asked))
        return EXIT_BAD_USAGE;
    code = policy_source_bundle(given, given->words[0], &bundle, &size, &policy);
    asked.by = span_text(by);
    asked.bundle = span_of(bundle, size);
    if (code == 0)
        code = ask(given, &asked, policy);
    policy_source_close(&source);
    policy_free(&policy);
    free(bundle);
    return code;
}

// ---------------------------------------------------------------- list

static const char *standing(const struct policy_adoption *adoption, int64_t now_ms)
{
    bool holds = adoption == policy_source_at(&source, adoption->effective_ms); // or another took its place from the same moment on

    if (adoption == policy_source_at(&source, now_ms))
        return "in force";
    if (adoption->effective_ms > now_ms)
        return holds ? "to come" : "taken back";
    return holds ? "earlier" : "replaced";
}

static void print_row(const struct policy_adoption *adoption)
{
    char hash[HASH_TEXT + 1], effective[SCREEN_WHEN_MAX + 1], adopted[SCREEN_WHEN_MAX + 1];
    const char *state = standing(adoption, screen_now_ms());

    screen_hex(span_of(adoption->hash, POLICY_VERSION_SIZE), hash);
    screen_when(adoption->effective_ms, effective);
    screen_when(adoption->adopted_ms, adopted);
    printf("%s%-10s%s  %-23s  %.*s  %-24s  %s by %s (event %llu)\n", strcmp(state, "in force") == 0 ? screen_style(SCREEN_BOLD) : "", state,
           screen_style(SCREEN_PLAIN), effective, SHORT_HASH, hash, adoption->name, adopted,
           adoption->by[0] != '\0' ? adoption->by : "the folder", (unsigned long long)adoption->sequence);
}

static json_t *row_json(const struct policy_adoption *adoption)
{
    char hash[HASH_TEXT + 1];

    screen_hex(span_of(adoption->hash, POLICY_VERSION_SIZE), hash);
    return json_pack("{ss, ss, so, ss, so, so, sI}", "policy", adoption->name, "version", hash, "effective",
                     time_json(adoption->effective_ms), "state", standing(adoption, screen_now_ms()), "adopted",
                     time_json(adoption->adopted_ms), "by", adoption->by[0] != '\0' ? json_string(adoption->by) : json_null(), "sequence",
                     (json_int_t)adoption->sequence);
}

static int list_json(void)
{
    json_t *rows = json_array();

    for (unsigned i = 0; i < source.n; i++)
        json_array_append_new(rows, row_json(&source.at[i]));
    return screen_json(rows);
}

static int list_text(void)
{
    printf("%-10s  %-23s  %-12s  %-24s  %s\n", "", "from", "version", "policy", "adopted");
    for (unsigned i = 0; i < source.n; i++)
        print_row(&source.at[i]);
    return 0;
}

int command_policy_list(const struct given *given)
{
    int code = policy_source_read(&source, given);

    if (code == 0)
        code = given->json ? list_json() : list_text();
    policy_source_close(&source);
    return code;
}

// ---------------------------------------------------------------- show

static bool begins_with(const struct policy_adoption *adoption, const char *text)
{
    char hash[HASH_TEXT + 1];

    screen_hex(span_of(adoption->hash, POLICY_VERSION_SIZE), hash);
    return strncmp(hash, text, strlen(text)) == 0;
}

// The adoption whose version begins so; without a version the one in force.
static int find(const struct given *given, const char *version, const struct policy_adoption **adoption)
{
    if (version == NULL)
        return policy_source_in_force(&source, given, screen_now_ms(), adoption);
    if (strlen(version) < HASH_LEAST || strspn(version, "0123456789abcdef") != strlen(version))
        return given_complain(given, "%s is not the beginning of a version: at least %d of its hexadecimal digits", version, HASH_LEAST);
    for (unsigned i = 0; i < source.n; i++)
        if (begins_with(&source.at[i], version))
            return policy_source_get(&source, given, span_of(source.at[i].hash, POLICY_VERSION_SIZE), screen_now_ms(), adoption);
    fprintf(stderr, "windscreen policy show: no policy of this version was adopted: `windscreen policy list`\n");
    return EXIT_NO_INPUT;
}

static int print_file(const struct policy *policy, const char *file)
{
    struct span text = policy_text(policy, file);

    if (text.size == 0) {
        fprintf(stderr, "windscreen policy show: this policy has no file %s\n", file);
        return EXIT_NO_INPUT;
    }
    fwrite(text.at, 1, text.size, stdout);
    return 0;
}

static int print_overview(const struct policy_adoption *adoption)
{
    print_row(adoption);
    printf("%.*s\n\n", SPAN_ARG(adoption->policy->title));
    for (unsigned i = 0; policy_file_name(i) != NULL; i++)
        if (policy_text(adoption->policy, policy_file_name(i)).size > 0)
            printf("  %-22s %6zu bytes\n", policy_file_name(i), policy_text(adoption->policy, policy_file_name(i)).size);
    printf("\nNext: `windscreen policy show VERSION FILE` prints one of them.\n");
    return 0;
}

static int print_whole(const struct policy_adoption *adoption)
{
    json_t *files = json_object();

    for (unsigned i = 0; policy_file_name(i) != NULL; i++) {
        struct span text = policy_text(adoption->policy, policy_file_name(i));

        if (text.size > 0)
            json_object_set_new(files, policy_file_name(i), json_stringn((const char *)text.at, text.size));
    }
    return screen_json(json_pack("{so, so}", "adoption", row_json(adoption), "files", files));
}

int command_policy_show(const struct given *given)
{
    const struct policy_adoption *adoption;
    int code = policy_source_read(&source, given);

    if (code == 0)
        code = find(given, given->n_words > 0 ? given->words[0] : NULL, &adoption);
    if (code == 0 && given->n_words > 1)
        code = print_file(adoption->policy, given->words[1]);
    else if (code == 0)
        code = given->json ? print_whole(adoption) : print_overview(adoption);
    policy_source_close(&source);
    return code;
}
