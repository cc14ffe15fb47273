// SPDX-License-Identifier: MIT
// Prints made-up referrals in the JSON form, and reads the options for it.
// Called by the command line. Invents nothing itself: families are population.c's, referrals draft.c's.
#include "services/windscreen/generate.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/civil.h"
#include "proto/proto.h"
#include "services/windscreen/draft.h"

enum { EXIT_USAGE = 64, EXIT_IO = 74, DAY_SECONDS = 86400 };

// ---------------------------------------------------------------- JSON

// No text of a draft holds a quote, a backslash or a control character, so texts are printed as they are.
static void put_text(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, ",\"%s\":\"%s\"", name, text);
}

static void put_date(FILE *out, const char *name, int32_t days)
{
    char text[CIVIL_DATE_MAX + 1];

    civil_print_date(days, text);
    put_text(out, name, text);
}

static void put_flag(FILE *out, const char *name, bool value)
{
    if (value)
        (void)fprintf(out, ",\"%s\":true", name);
}

static void put_set(FILE *out, const char *name, enum code_list list, uint64_t set)
{
    const char *comma = "";

    (void)fprintf(out, ",\"%s\":[", name);
    for (unsigned code = 1; code < code_count(list); code++) {
        if ((set >> code & 1) == 0)
            continue;
        (void)fprintf(out, "%s\"%s\"", comma, code_text(list, code));
        comma = ",";
    }
    (void)fputc(']', out);
}

static void put_numbers(FILE *out, const char *name, uint64_t set)
{
    const char *comma = "";

    (void)fprintf(out, ",\"%s\":[", name);
    for (unsigned number = 1; number < 64; number++) {
        if ((set >> number & 1) == 0)
            continue;
        (void)fprintf(out, "%s%u", comma, number);
        comma = ",";
    }
    (void)fputc(']', out);
}

// ---------------------------------------------------------------- a referral

static void put_referrer(FILE *out, const struct draft *draft)
{
    (void)fprintf(out, ",\"referrer\":{\"agency\":\"%s\"", code_text(LIST_AGENCY, draft->agency));
    put_text(out, "role", draft->role);
    put_text(out, "name", "Sample Referrer");
    if (draft->with_email)
        put_text(out, "email", "referrer@example.org");
    (void)fputc('}', out);
}

static void put_consent(FILE *out, const struct draft *draft)
{
    if (draft->consent == CONSENT_NONE)
        return;
    (void)fprintf(out, ",\"consent\":{\"service\":\"%s\"", code_text(LIST_CONSENT, draft->consent));
    if (draft->consent == CONSENT_NOT_SOUGHT)
        put_text(out, "reason", "Nobody was at home when we called.");
    else
        put_text(out, "given_by", "parent");
    put_date(out, "at", (int32_t)(draft->time_ms / 1000 / DAY_SECONDS) - 1);
    (void)fputc('}', out);
}

static void put_household(FILE *out, const struct draft *draft)
{
    const struct population_family *family = &draft->family;

    (void)fprintf(out, ",\"household\":{\"address\":\"%s\",\"postcode\":\"%s\"", family->address, family->postcode);
    put_text(out, "language", family->language);
    put_flag(out, "interpreter", family->interpreter);
    put_set(out, "needs", LIST_INDICATOR, draft->household_needs);
    (void)fputc('}', out);
}

static void put_member(FILE *out, const struct resident *resident, unsigned place, uint64_t needs)
{
    (void)fprintf(out, "%s{\"ref\":\"m%u\",\"role\":\"%s\"", place == 0 ? "" : ",", place + 1, code_text(LIST_MEMBER, resident->role));
    if (resident->role == MEMBER_UNBORN) {
        put_date(out, "expected", resident->born);
    } else {
        put_text(out, "given_name", resident->given_name);
        put_text(out, "family_name", resident->family_name);
        put_date(out, "born", resident->born);
    }
    put_flag(out, "send", resident->send);
    if (resident->nhs_number[0] != '\0')
        put_text(out, "nhs_number", resident->nhs_number);
    if (resident->upn[0] != '\0')
        put_text(out, "upn", resident->upn);
    if (resident->school != NULL)
        put_text(out, "school", resident->school);
    put_set(out, "needs", LIST_INDICATOR, needs);
    (void)fputc('}', out);
}

static void put_data(FILE *out, const struct draft *draft)
{
    (void)fprintf(out, "{\"kind\":\"%s\"", code_text(LIST_KIND, draft->kind));
    if (draft->level_claimed != 0)
        (void)fprintf(out, ",\"level_claimed\":%u", draft->level_claimed);
    put_flag(out, "at_risk_of_harm", draft->at_risk_of_harm);
    put_flag(out, "unsure_about_safety", draft->unsure_about_safety);
    (void)fprintf(out, ",\"reason\":\"%s%s\"", draft->reason, draft->altered ? " Changed since." : "");
    if (draft->agencies_involved != 0)
        put_set(out, "agencies_involved", LIST_AGENCY, draft->agencies_involved);
    put_referrer(out, draft);
    put_consent(out, draft);
    put_household(out, draft);
    (void)fputs(",\"members\":[", out);
    for (unsigned i = 0; i < draft->family.n_members; i++)
        put_member(out, &draft->family.members[i], i, draft->member_needs[i]);
    (void)fputc(']', out);
    if (draft->headline_problems != 0)
        put_numbers(out, "headline_problems", draft->headline_problems);
    if (draft->wants != 0)
        put_set(out, "wants", LIST_WANT, draft->wants);
    put_flag(out, "solo_support_requested", draft->solo_support_requested);
    if (draft->asb != 0)
        (void)fprintf(out, ",\"asb\":{\"role\":\"%s\"}", code_text(LIST_ASB, draft->asb));
    (void)fputc('}', out);
}

static void put_referral(FILE *out, uint64_t seed, const struct draft *draft)
{
    char time_text[CIVIL_TIME_MAX + 1];

    civil_print_time(draft->time_ms, time_text);
    (void)fprintf(out, "{\"specversion\":\"1.0\",\"id\":\"generated-%" PRIu64 "-%" PRIu64 "\"", seed, draft->index);
    put_text(out, "source", draft->source);
    put_text(out, "type", event_desc(EVENT_SUBMITTED)->type);
    put_text(out, "time", time_text);
    put_text(out, "datacontenttype", "application/json");
    (void)fputs(",\"data\":", out);
    put_data(out, draft);
    (void)fputs("}\n", out);
}

void generate_write(const struct generate_options *options, FILE *out)
{
    struct draft_population population = {.seed = options->seed,
                                          .on = options->on,
                                          .duplicates_per_mille = options->duplicates_percent * 10,
                                          .conflicts_per_mille = options->conflicts_percent * 10};
    struct draft draft;

    for (uint64_t i = 0; i < options->count && !ferror(out); i++) {
        draft_referral(&population, options->start + i, &draft);
        put_referral(out, options->seed, &draft);
    }
}

// ---------------------------------------------------------------- options

static const struct option long_options[] = {
    {"seed", required_argument, NULL, 's'},
    {"count", required_argument, NULL, 'n'},
    {"on", required_argument, NULL, 'o'},
    {"start", required_argument, NULL, 'f'},
    {"duplicates", required_argument, NULL, 'd'},
    {"conflicts", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "Usage: windscreen generate --seed S --count N [OPTION...]\n"
    "\n"
    "Prints N made-up referrals, one JSON CloudEvent a line, ready for `windscreen publish`. The same options give\n"
    "the same bytes on every machine. Nobody in them exists: family names begin with \"Test\", NHS numbers are from\n"
    "the test range 999.\n"
    "\n"
    "  --seed S           which population, 0 or more (default 1)\n"
    "  --count N          how many referrals (default 100)\n"
    "  --on YYYY-MM-DD    the day they are sent; ages count from it (default: today)\n"
    "  --start N          place of the first one, to print a population in pieces (default 0)\n"
    "  --duplicates P     percent that repeat an earlier referral, half of them with a new time (default 3)\n"
    "  --conflicts P      percent that use an earlier id for other content (default 0)\n"
    "  --help             this text\n"
    "\n"
    "Exit code: 0; 64 when an option is wrong; 74 when printing fails.\n"
    "\n"
    "Examples:\n"
    "  windscreen generate --seed 7 --count 500 | windscreen publish -\n"
    "  windscreen generate --seed 7 --count 10 --on 2026-11-23 --duplicates 0\n";

static bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *value <= max;
}

static bool parse_percent(const char *text, uint32_t *value)
{
    uint64_t number = 0;

    if (!parse_number(text, 50, &number))
        return false;
    *value = (uint32_t)number;
    return true;
}

static bool set_option(struct generate_options *options, int option, const char *text)
{
    switch (option) {
    case 's':
        return parse_number(text, INT64_MAX, &options->seed);
    case 'n':
        return parse_number(text, INT64_MAX, &options->count);
    case 'f':
        return parse_number(text, INT64_MAX, &options->start);
    case 'o':
        return civil_parse_date(span_text(text), &options->on);
    case 'd':
        return parse_percent(text, &options->duplicates_percent);
    case 'c':
        return parse_percent(text, &options->conflicts_percent);
    default:
        return false;
    }
}

static int usage(const char *what)
{
    (void)fprintf(stderr, "windscreen generate: %s; see windscreen generate --help\n", what);
    return EXIT_USAGE;
}

int generate_main(int argc, char **argv)
{
    struct generate_options options = {.seed = 1, .count = 100, .duplicates_percent = 3};
    int option = 0;

    options.on = (int32_t)(time(NULL) / DAY_SECONDS);
    optind = 1;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'h')
            return fputs(help, stdout) == EOF ? EXIT_IO : EXIT_SUCCESS;
        if (option == '?')
            return EXIT_USAGE;
        if (!set_option(&options, option, optarg))
            return usage("an option has a value out of its range");
    }
    if (optind != argc)
        return usage("it takes no other arguments");
    generate_write(&options, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "windscreen generate: cannot print: %s\n", strerror(errno));
        return EXIT_IO;
    }
    return EXIT_SUCCESS;
}
