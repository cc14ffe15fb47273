// SPDX-License-Identifier: MIT
// The sample policies load; every fault planted in tests/policy/planted.yaml is refused, with file, line and witness.
#include "tests/unit/policy_kit.h"

#include "common/crypto/digest.h"
#include "common/policy/prove.h"

#include <sys/stat.h>

#define SAMPLE "luton-2017"
#define FOLDER "deploy/policy/" SAMPLE

// ---------------------------------------------------------------- bundles in memory

enum { FILES = 13, FILE_MAX = 1 << 18 };

static const char *const file_names[FILES] = {
    "calendar.yaml", "clocks.yaml",     "destinations.yaml", "indicators.yaml", "levels.yaml", "matching.yaml", "neighbourhoods.yaml",
    "policy.yaml",   "programmes.yaml", "sharing.yaml",      "signals.yaml",    "steps.yaml",  "teams.yaml"};
static char file_texts[FILES][FILE_MAX];

// Of the policy of this name; "": the sample.
static void read_files(const char *policy)
{
    for (unsigned i = 0; i < FILES; i++) {
        char path[128];
        FILE *file;
        size_t size;

        snprintf(path, sizeof path, "deploy/policy/%s/%s", policy[0] != '\0' ? policy : SAMPLE, file_names[i]);
        file = fopen(path, "r");
        assert_non_null(file);
        size = fread(file_texts[i], 1, FILE_MAX - 1, file);
        file_texts[i][size] = '\0';
        fclose(file);
    }
}

static unsigned place_of(const char *name)
{
    unsigned i = 0;

    while (i < FILES && strcmp(file_names[i], name) != 0)
        i++;
    assert_in_range(i, 0, FILES - 1);
    return i;
}

static enum err load_texts(struct complaints *complaints, struct policy **policy)
{
    struct span names[FILES], texts[FILES];
    uint8_t *bundle = NULL;
    size_t size;
    enum err err;

    for (unsigned i = 0; i < FILES; i++) {
        names[i] = span_text(file_names[i]);
        texts[i] = span_text(file_texts[i]);
    }
    *policy = NULL;
    err = policy_bundle(names, texts, FILES, complaints, &bundle, &size);
    if (err == ERR_NONE)
        err = policy_load(span_of(bundle, size), complaints, policy);
    free(bundle);
    if (err == ERR_NONE)
        prove_policy(*policy, PROVE_STEPS, complaints);
    if (err == ERR_NONE && complaints->n > 0) {
        policy_free(policy);
        err = ERR_BAD_CONFIG;
    }
    return err;
}

// The text under a key as a string, from a few that take turns; "" where there is none.
static const char *kit_text(struct yaml_item map, const char *key)
{
    static char texts[8][2048];
    static unsigned turn;
    struct span text = yaml_text(yaml_get(map, key));
    char *at = texts[turn++ % 8];

    assert_true(text.size < sizeof texts[0]);
    snprintf(at, sizeof texts[0], "%.*s", SPAN_ARG(text));
    return at;
}

// ---------------------------------------------------------------- planted faults

// Replaces the first `from` behind the first `after` (of the text, where it is not given) by `to`; says in which line that was.
static unsigned replace(struct yaml_item change)
{
    char *text = file_texts[place_of(kit_text(change, "file"))];
    char *start = strstr(text, kit_text(change, "after"));
    const char *from = kit_text(change, "from"), *to = kit_text(change, "to");
    char *at = start != NULL ? strstr(start, from) : NULL;
    unsigned line = 1;

    if (at == NULL)
        fail_msg("%s has no `%s` after `%s`", kit_text(change, "file"), from, kit_text(change, "after"));
    for (char *before = text; before < at; before++)
        line += *before == '\n';
    memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
    memcpy(at, to, strlen(to));
    return line;
}

// Plants the fault; says in which line it must be told.
static unsigned plant(struct yaml_item row)
{
    unsigned line;

    read_files(kit_text(row, "policy"));
    line = replace(row);
    for (unsigned i = 0; i < yaml_count(yaml_get(row, "also")); i++)
        (void)replace(yaml_at(yaml_get(row, "also"), i));
    return line;
}

// Does the line of the text begin so, behind its spaces?
static bool reads(const char *text, unsigned line, const char *wanted)
{
    while (--line > 0 && text != NULL)
        text = strchr(text, '\n') != NULL ? strchr(text, '\n') + 1 : NULL;
    text += text != NULL ? strspn(text, " ") : 0;
    return text != NULL && strncmp(text, wanted, strlen(wanted)) == 0;
}

static bool is_told(const struct complaint *told, struct yaml_item row, unsigned line)
{
    const char *file = kit_text(row, yaml_is_there(yaml_get(row, "told_in")) ? "told_in" : "file");
    const char *at = kit_text(row, "told_at");
    const char *witness = kit_text(row, "witness");

    return strcmp(told->file, file) == 0 && strstr(told->text, kit_text(row, "says")) != NULL &&
           (at[0] != '\0' ? reads(file_texts[place_of(file)], told->line, at) : told->line == line) &&
           strncmp(told->witness, witness, strlen(witness)) == 0 && (told->witness[0] != '\0') == (witness[0] != '\0');
}

static void show(const struct complaints *complaints)
{
    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++)
        fprintf(stderr, "%s:%u: %s (%s)\n", complaints->at[i].file, complaints->at[i].line, complaints->at[i].text,
                complaints->at[i].witness);
}

static void check_planted(struct yaml_item row)
{
    static struct complaints complaints;
    struct policy *policy;
    unsigned line = plant(row);
    unsigned i = 0;

    complaints.n = 0;
    assert_int_equal(load_texts(&complaints, &policy), ERR_BAD_CONFIG);
    assert_null(policy);
    while (i < complaints.n && i < COMPLAINTS_MAX && !is_told(&complaints.at[i], row, line))
        i++;
    if (i < complaints.n && i < COMPLAINTS_MAX)
        return;
    show(&complaints);
    fail_msg("%s: no complaint in line %u says `%s`", kit_text(row, "plant"), line, kit_text(row, "says"));
}

static void check_good(struct yaml_item row)
{
    static struct complaints complaints;
    struct policy *policy;

    (void)plant(row);
    complaints.n = 0;
    if (load_texts(&complaints, &policy) != ERR_NONE) {
        show(&complaints);
        fail_msg("%s: it is refused", kit_text(row, "plant"));
    }
    policy_free(&policy);
}

static void each_row(const char *list, void (*check)(struct yaml_item row), unsigned least)
{
    struct complaints complaints = {0};
    struct yaml *planted;
    struct yaml_item rows;

    assert_int_equal(yaml_open_file("tests/policy", "planted.yaml", &complaints, &planted), ERR_NONE);
    rows = yaml_get(yaml_root(planted), list);
    assert_true(yaml_count(rows) >= least);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        check(yaml_at(rows, i));
    yaml_close(&planted);
}

static void planted_faults_are_refused(void **state)
{
    (void)state;
    each_row("planted", check_planted, 120);
}

static void what_is_complete_is_taken(void **state)
{
    (void)state;
    each_row("good", check_good, 4);
}

// The first of `from` behind `anchor` in a file of the sample becomes `to`.
static void change(const char *file, const char *anchor, const char *from, const char *to)
{
    char *at = strstr(file_texts[place_of(file)], anchor);

    assert_non_null(at);
    at = strstr(at, from);
    assert_non_null(at);
    memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
    memcpy(at, to, strlen(to));
}

static void all_faults_are_told_at_once(void **state)
{
    struct complaints complaints = {0};
    struct policy *policy;

    (void)state;
    read_files(SAMPLE);
    change("indicators.yaml", "code: I102", "level: 1", "level: 9");
    change("teams.yaml", "team: taf", "opens_case: yes", "opens_case: sometimes");
    change("clocks.yaml", "clock: held", "10 working days", "soon");
    assert_int_equal(load_texts(&complaints, &policy), ERR_BAD_CONFIG);
    assert_int_equal(complaints.n, 3);
}

static void a_policy_without_recipients_tells_whom_it_names(void **state)
{
    struct complaints complaints = {0};
    struct policy *policy;

    (void)state;
    read_files(SAMPLE);
    change("clocks.yaml", "recipients:", "recipients:", "#");
    for (unsigned i = 0; i < 3; i++)
        change("clocks.yaml", "- {recipient:", "- {", "# ");
    change("clocks.yaml", "clock: hub_decision", "to: hub-manager", "to: whoever-it-is");
    assert_int_equal(load_texts(&complaints, &policy), ERR_NONE);
    policy_free(&policy);
}

static void every_file_is_needed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FILES; i++) {
        struct complaints complaints = {0};
        struct policy *policy;

        read_files(SAMPLE);
        file_texts[i][0] = '\0';
        assert_int_equal(load_texts(&complaints, &policy), ERR_BAD_CONFIG);
        assert_null(policy);
        assert_string_equal(complaints.at[0].file, file_names[i]);
    }
}

// ---------------------------------------------------------------- the sample

static void the_sample_loads(void **state)
{
    struct policy *policy = kit_policy(FOLDER);
    unsigned n_indicators = 0;

    (void)state;
    assert_true(span_is(policy->name, "luton-2017"));
    for (unsigned code = 1; code < code_count(LIST_INDICATOR); code++) {
        const char *text = code_text(LIST_INDICATOR, code);
        assert_int_equal(policy->indicators[code].level, text[1] - '0');
        assert_true(policy->indicators[code].origin.source.size > 0);
        n_indicators++;
    }
    assert_int_equal(n_indicators, 58);
    assert_int_equal(policy->n_teams, 14);
    assert_int_equal(policy->teams[rules_team(policy, span_text("fsw"))].lease_ms, 15 * 60000);
    assert_int_equal(policy->teams[rules_team(policy, span_text("fsw"))].max_attempts, 5);
    assert_true(policy->teams[rules_team(policy, span_text("specialist"))].guarded);
    assert_true(policy->teams[rules_team(policy, span_text("hub-decision"))].decides);
    assert_int_equal(policy->calendar.opens, 540);
    assert_int_equal(policy->calendar.closes, 1020);
    assert_int_equal(policy->calendar.weekdays, 0x1f);
    assert_int_equal(policy->calendar.n_holidays, 115);
    policy_free(&policy);
    assert_null(policy);
}

static void teams_that_open_a_case(void **state)
{
    static const char *const opening[] = {"fsw", "fsw-asb", "taf", "single-agency", "tys"};
    struct policy *policy = kit_policy(FOLDER);
    unsigned n = 0;

    (void)state;
    for (unsigned team = 1; team <= policy->n_teams; team++)
        n += policy->teams[team].opens_case;
    assert_int_equal(n, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_true(policy->teams[rules_team(policy, span_text(opening[i]))].opens_case);
    policy_free(&policy);
}

static void the_version_is_the_digest_of_the_bundle(void **state)
{
    struct complaints complaints = {0};
    struct policy *policy = kit_policy(FOLDER);
    uint8_t *bundle;
    uint8_t digest[DIGEST_SIZE];
    size_t size;
    struct span all;

    (void)state;
    assert_int_equal(policy_read_folder(FOLDER, &complaints, &bundle, &size), ERR_NONE);
    all = span_of(bundle, size);
    digest_sha256(&all, 1, digest);
    assert_memory_equal(policy->version, digest, DIGEST_SIZE);
    free(bundle);
    policy_free(&policy);
}

// The order in which the folder lists its files must not matter.
static void the_bundle_is_sorted(void **state)
{
    const struct span names[] = {span_text("b.yaml"), span_text("a.yaml"), span_text("aa.yaml")};
    const struct span texts[] = {span_text("2"), span_text("1"), span_text("3")};
    struct complaints complaints = {0};
    uint8_t *bundle;
    size_t size;

    (void)state;
    assert_int_equal(policy_bundle(names, texts, 3, &complaints, &bundle, &size), ERR_NONE);
    assert_hex(bundle, size, "83a6612e79616d6ca131a761612e79616d6ca133a6622e79616d6ca132");
    free(bundle);
}

static void what_is_no_bundle_is_refused(void **state)
{
    static const char *const bytes[] = {"", "\xc0", "\x81\xa1z\x01", "\x81\x01\xa1z", "\x81\xa1z", "\x91\xa1z"};

    (void)state;
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        struct complaints complaints = {0};
        struct policy *policy;
        assert_int_not_equal(policy_load(span_text(bytes[i]), &complaints, &policy), ERR_NONE);
        assert_null(policy);
    }
}

static void a_folder_that_is_not_there(void **state)
{
    struct complaints complaints = {0};
    uint8_t *bundle;
    size_t size;

    (void)state;
    assert_int_equal(policy_read_folder("/nowhere/at/all", &complaints, &bundle, &size), ERR_IO);
    assert_null(bundle);
    assert_int_equal(complaints.n, 1);
}

// ---------------------------------------------------------------- a large council

enum { POSTCODES = 3000 };

// Postcodes of one area, each with a source as long as one is; n_names neighbourhoods, none of which a row of the sample asks about but the
// first four.
static void write_postcodes(unsigned n_names)
{
    static const char *const asked[] = {"north", "south", "west", "central"};
    char *at = file_texts[place_of("neighbourhoods.yaml")];

    at += sprintf(at, "inside: [LU]\nneighbourhoods:\n");
    for (unsigned i = 0; i < POSTCODES; i++) {
        char name[24];

        snprintf(name, sizeof name, "place-%u", i % n_names);
        at += sprintf(at, "  - {postcode: LU%u %u%c%c, neighbourhood: %s, source: \"Wards of the council, 2017\"}\n", 1 + i / 1000,
                      i / 100 % 10, 'A' + (int)(i % 100 / 10), 'A' + (int)(i % 10), i % n_names < 4 ? asked[i % n_names] : name);
    }
}

static void three_thousand_postcodes_are_a_policy(void **state)
{
    static struct complaints complaints;
    struct policy *policy;

    (void)state;
    read_files(SAMPLE);
    write_postcodes(62);
    assert_true(strlen(file_texts[place_of("neighbourhoods.yaml")]) > 3 * ATTACHMENT_BYTES_MAX);
    complaints.n = 0;
    if (load_texts(&complaints, &policy) != ERR_NONE) {
        show(&complaints);
        fail_msg("it is refused");
    }
    assert_int_equal(policy->routes.n_neighbourhoods, 62);
    policy_free(&policy);
    write_postcodes(63); // names are a set of one word
    assert_int_equal(load_texts(&complaints, &policy), ERR_BAD_CONFIG);
    assert_string_equal(complaints.at[0].text, "more than 62 neighbourhoods: merge some");
    assert_int_equal(complaints.at[0].line, 2 + 63);
}

static void a_policy_beyond_its_bound_is_told(void **state)
{
    static char text[POLICY_BYTES_MAX];
    const struct span names[] = {span_text("a.yaml"), span_text("b.yaml")};
    struct span texts[] = {span_of(text, sizeof text - 100), span_of(text, 77)}; // 23 bytes are heads and names
    struct complaints complaints = {0};
    uint8_t *bundle;
    size_t size;

    (void)state;
    memset(text, '#', sizeof text);
    assert_int_equal(policy_bundle(names, texts, 2, &complaints, &bundle, &size), ERR_NONE);
    assert_in_range(size, POLICY_BYTES_MAX - 8, POLICY_BYTES_MAX);
    free(bundle);
    texts[1].size += 9;
    assert_int_equal(policy_bundle(names, texts, 2, &complaints, &bundle, &size), ERR_BAD_CONFIG);
    assert_null(bundle);
    assert_non_null(strstr(complaints.at[0].text, "larger than 524288 bytes"));
}

// Texts of a policy without its parts must be refused, never crash the loader.
static void cut_files_are_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FILES; i++)
        for (size_t cut = 1; cut < 4000; cut += 97) {
            struct complaints complaints = {0};
            struct policy *policy;

            read_files(SAMPLE);
            if (cut >= strlen(file_texts[i]))
                break;
            file_texts[i][cut] = '\0';
            if (load_texts(&complaints, &policy) == ERR_NONE)
                policy_free(&policy);
            else
                assert_true(complaints.n > 0);
            assert_null(policy);
        }
}

static void effective_is_midnight_in_london(void **state)
{
    struct policy winter = {.effective = 17167}; // 2017-01-01
    struct policy summer = {.effective = 17348}; // 2017-07-01

    (void)state;
    assert_int_equal(policy_effective_ms(&winter), 17167 * INT64_C(86400000));
    assert_int_equal(policy_effective_ms(&summer), 17348 * INT64_C(86400000) - 3600000);
}

// Else its inputs would get no further than the loader.
static void the_policy_that_is_fuzzed_is_taken(void **state)
{
    struct policy *policy = kit_policy("tests/fuzz/policy");

    (void)state;
    policy_free(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_loads),
        cmocka_unit_test(teams_that_open_a_case),
        cmocka_unit_test(the_version_is_the_digest_of_the_bundle),
        cmocka_unit_test(the_bundle_is_sorted),
        cmocka_unit_test(planted_faults_are_refused),
        cmocka_unit_test(what_is_complete_is_taken),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(a_policy_without_recipients_tells_whom_it_names),
        cmocka_unit_test(every_file_is_needed),
        cmocka_unit_test(what_is_no_bundle_is_refused),
        cmocka_unit_test(a_folder_that_is_not_there),
        cmocka_unit_test(three_thousand_postcodes_are_a_policy),
        cmocka_unit_test(a_policy_beyond_its_bound_is_told),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(effective_is_midnight_in_london),
        cmocka_unit_test(the_policy_that_is_fuzzed_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
