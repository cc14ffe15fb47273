// SPDX-License-Identifier: MIT
// `windscreen policy check`: reads a policy's folder and says whether it is complete and unambiguous, with file, line and witness.
// Needs no hub. Judges nothing itself: the loader and the prover do.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/policy/prove.h"
#include "services/windscreen/given.h"
#include "services/windscreen/screen.h"

static json_t *complaint_json(const struct complaint *complaint)
{
    json_t *row = json_pack("{ss, so, ss}", "file", complaint->file, "line",
                            complaint->line != 0 ? json_integer(complaint->line) : json_null(), "text", complaint->text);

    if (complaint->witness[0] != '\0')
        json_object_set_new(row, "witness", json_string(complaint->witness));
    return row;
}

static json_t *version_json(const struct policy *policy)
{
    char hex[2 * POLICY_VERSION_SIZE + 1];

    if (policy == NULL)
        return json_null();
    screen_hex(span_of(policy->version, POLICY_VERSION_SIZE), hex);
    return json_string(hex);
}

static int print_json(const char *folder, const struct policy *policy, const struct complaints *complaints)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++)
        json_array_append_new(list, complaint_json(&complaints->at[i]));
    return screen_json(json_pack("{ss, sb, so, sI, so}", "folder", folder, "good", (int)(complaints->n == 0), "version",
                                 version_json(policy), "n_faults", (json_int_t)complaints->n, "faults", list));
}

static void print_complaint(const char *folder, const struct complaint *complaint)
{
    printf("%s%s", screen_style(SCREEN_BOLD), folder);
    if (strcmp(complaint->file, ".") != 0)
        printf("/%s", complaint->file);
    if (complaint->line != 0)
        printf(":%u", complaint->line);
    printf("%s: %s\n", screen_style(SCREEN_PLAIN), complaint->text);
    if (complaint->witness[0] != '\0')
        printf("    for example: %s\n", complaint->witness);
}

static void print_good(const char *folder, const struct policy *policy)
{
    char hex[2 * POLICY_VERSION_SIZE + 1];

    screen_hex(span_of(policy->version, POLICY_VERSION_SIZE), hex);
    printf("%s: no faults. Every referral has a row, and every row has its referrals.\n", folder);
    printf("  %-10s %.*s\n  %-10s %.*s\n", "policy", SPAN_ARG(policy->name), "title", SPAN_ARG(policy->title));
    printf("  %-10s %u counts, %u rules\n", "levels", policy->levels.n_counts, policy->levels.table.n_rows);
    printf("  %-10s %u lead, %u parenting, %u tasks\n", "rows", policy->routes.lead.n_rows, policy->routes.parenting.n_rows,
           policy->routes.tasks.n_rows);
    printf("  %-10s %u\n  %-10s %u\n  %-10s %s\n", "teams", policy->n_teams, "clocks", policy->n_clocks, "version", hex);
}

static void print_faults(const char *folder, const struct complaints *complaints)
{
    unsigned shown = complaints->n < COMPLAINTS_MAX ? complaints->n : COMPLAINTS_MAX;

    for (unsigned i = 0; i < shown; i++)
        print_complaint(folder, &complaints->at[i]);
    fprintf(stderr, "%s: %u fault%s%s. A hub refuses this policy.\n", folder, complaints->n, complaints->n == 1 ? "" : "s",
            complaints->n > shown ? ", the first of them above" : "");
}

// Loads and proves; complains of both. ERR_IO: the folder or a file in it cannot be read.
static enum err check(const char *folder, struct complaints *complaints, struct policy **policy)
{
    uint8_t *bundle = NULL;
    size_t size = 0;
    enum err err = policy_read_folder(folder, complaints, &bundle, &size);

    if (err == ERR_NONE)
        err = policy_load(span_of(bundle, size), complaints, policy);
    free(bundle);
    if (err == ERR_NONE)
        prove_policy(*policy, PROVE_STEPS, complaints);
    return err;
}

int command_policy_check(const struct given *given)
{
    static struct complaints complaints;
    const char *folder = given->words[0];
    struct policy *policy = NULL;
    enum err err = check(folder, &complaints, &policy);
    int code = err == ERR_NO_MEMORY ? EXIT_NO_MEMORY : err == ERR_IO ? EXIT_NO_INPUT : complaints.n > 0 ? EXIT_BAD_DATA : 0;
    int printed = 0;

    if (given->json)
        printed = print_json(folder, policy, &complaints);
    else if (code == 0)
        print_good(folder, policy);
    else
        print_faults(folder, &complaints);
    policy_free(&policy);
    return printed != 0 ? printed : code;
}
