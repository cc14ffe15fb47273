// SPDX-License-Identifier: MIT
// The sample policy loads; every planted fault is refused, with its file and line.
#include "tests/unit/policy_kit.h"

#include "common/crypto/digest.h"

#include <sys/stat.h>

#define FOLDER "deploy/policy/luton-2017"

// ---------------------------------------------------------------- bundles in memory

enum { FILES = 9, FILE_MAX = 32768 };

static const char *const file_names[FILES] = {"calendar.yaml",       "clocks.yaml", "destinations.yaml", "indicators.yaml", "levels.yaml",
                                              "matching.yaml",       "neighbourhoods.yaml", "policy.yaml", "teams.yaml"};
static char file_texts[FILES][FILE_MAX];

static void read_files(void)
{
    for (unsigned i = 0; i < FILES; i++) {
        char path[128];
        FILE *file;
        size_t size;

        snprintf(path, sizeof path, FOLDER "/%s", file_names[i]);
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
    return err;
}

static unsigned line_of(const char *text, const char *at)
{
    unsigned line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

// Replaces the first `from` after the first `anchor` by `to`; says in which line that was.
static unsigned replace(const char *file, const char *anchor, const char *from, const char *to)
{
    char *text = file_texts[place_of(file)];
    char *start = strstr(text, anchor);
    char *at = start != NULL ? strstr(start, from) : NULL;
    unsigned line;

    if (at == NULL)
        fail_msg("%s has no `%s` after `%s`", file, from, anchor);
    line = line_of(text, at);
    memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
    memcpy(at, to, strlen(to));
    return line;
}

// ---------------------------------------------------------------- planted faults

struct plant {
    const char *what;
    const char *file, *anchor, *from, *to;
    const char *told_in; // file of the complaint; NULL: the same
    int line;            // from the replaced line on; -1: any line
    const char *text;    // in the complaint
};

static const struct plant plants[] = {
    {"unknown indicator", "indicators.yaml", "I203", "I203", "I299", NULL, 0, "`I299` is not a code of indicator"},
    {"missing indicator", "indicators.yaml", "indicators:", "  - {code: I101", "  #- {code: I101", NULL, 2, "I101 (milestones"},
    {"duplicate indicator", "indicators.yaml", "code: I102", "I102", "I101", NULL, 0, "I101 stands twice"},
    {"indicator without level", "indicators.yaml", "code: I102", "level: 1, ", "", NULL, 0, "`level:` is missing"},
    {"level out of bounds", "indicators.yaml", "code: I102", "level: 1", "level: 5", NULL, 0, "`level` must be a whole number from 1 to 4"},
    {"unknown domain", "indicators.yaml", "code: I102", "domain: child", "domain: chidl", NULL, 0, "`domain` must be one of"},
    {"unknown evidence", "indicators.yaml", "code: I102", "evidence: hard", "evidence: soft", NULL, 0, "hard or judgement"},
    {"row without source", "indicators.yaml", "code: I102", "source:", "note:", NULL, 0, "`source:` is missing"},
    {"unknown key", "indicators.yaml", "code: I102", "text:", "txet:", NULL, 0, "`txet` is not known here"},
    {"unknown likeness", "matching.yaml", "likeness: name_born", "name_born", "name_bron", NULL, 0, "`likeness` must be"},
    {"likeness twice", "matching.yaml", "likeness: sound_born", "sound_born", "name_born", NULL, 0, "`name_born` stands twice"},
    {"a number is no likeness", "matching.yaml", "likeness: sound_born", "sound_born", "number_born", NULL, 0, "`likeness` must be"},
    {"score beyond the most", "matching.yaml", "likeness: name_born", "85", "101", NULL, 0, "from 1 to 100"},
    {"likeness without source", "matching.yaml", "likeness: name_born", "source:", "note:", NULL, 0, "`source:` is missing"},
    {"no candidates", "matching.yaml", "candidates: 3", "candidates: 3", "candidates: 0", NULL, -1, "`candidates` must be"},
    {"unknown level fact", "levels.yaml", "rule: AT_RISK", "at_risk_of_harm:", "at_risk:", NULL, 0, "`at_risk` is not a fact"},
    {"bad count", "levels.yaml", "rule: SEVERAL_INTENSIVE", "2 or more", "two or more", NULL, 0, "`two or more` is not a value"},
    {"count too high", "levels.yaml", "rule: SEVERAL_INTENSIVE", "2 or more", "64", NULL, 0, "`64` is not a value"},
    {"claim beyond the levels", "levels.yaml", "rule: URGENT", "up to 3", "up to 5", NULL, 0, "write a count from 0 to 4, such as 4, 0 to 4, 1 or more"},
    {"agencies beyond the protocol's", "levels.yaml", "other_agencies:", "2 or more", "17 or more", NULL, 0, "from 0 to 16"},
    {"level beyond the last", "destinations.yaml", "row: INTENSIVE", "{level: 3}", "{level: 9}", NULL, 0, "`9` is not a value of `level`: write a count from 1 to 4"},
    {"level before the first", "destinations.yaml", "row: CONSENT_REFUSED", "1 to 3", "0 to 3", NULL, 0, "from 1 to 4"},
    {"levels to beyond the last", "destinations.yaml", "row: ASB", "2 to 3", "2 to 5", NULL, 0, "from 1 to 4"},
    {"levels from beyond the last", "destinations.yaml", "row: ASB", "2 to 3", "5 or more", NULL, 0, "from 1 to 4"},
    {"more headline problems than there are", "destinations.yaml", "row: INTENSIVE", "{level: 3}", "{level: 3, headline_problems: 7}", NULL, 0, "from 0 to 6"},
    {"more problems than are kept", "destinations.yaml", "row: DATA_QUALITY", "1 or more", "9 or more", NULL, 0, "from 0 to 8"},
    {"no value at all", "destinations.yaml", "row: INTENSIVE", "{level: 3}", "{level: []}", NULL, 0, "an empty list allows no value of `level`"},
    {"shadowed by all levels", "destinations.yaml", "row: ASB", "2 to 3, asb: [perpetrator, victim]", "1 or more", NULL, -1, "this row never matches"},
    {"bad yes or no", "levels.yaml", "rule: AT_RISK", "yes", "maybe", NULL, 0, "`maybe` is not a value"},
    {"unknown mark", "levels.yaml", "rule: SINGLE_INTENSIVE", "single_indicator", "single", NULL, 0, "`single` is not a code of mark"},
    {"duplicate rule", "levels.yaml", "rule: SINGLE_INTENSIVE", "SINGLE_INTENSIVE", "SEVERAL_INTENSIVE", NULL, 0, "stands twice"},
    {"shadowed level rule", "levels.yaml", "rule: SEVERAL_ADDITIONAL", "2 or more", "1 or more", NULL, -1, "this row never matches"},
    {"row after a catch-all", "levels.yaml", "rule: SINGLE_ADDITIONAL", "    when: {level_2_needs: 1}\n", "", NULL, -1, "this row never matches"},
    {"no final catch-all", "levels.yaml", "rule: NO_NEED", "    level: 1\n", "    level: 1\n    when: {urgent: no}\n", NULL, -1, "must match always"},
    {"count of nothing", "levels.yaml", "count: pre_birth\n", "{codes: [I315]}", "{codes: [I315], levels: [2]}", NULL, 0, "no indicator is counted"},
    {"two counts of one name", "levels.yaml", "count: other_needs", "other_needs", "help_tried", NULL, 0, "name of another fact"},
    {"bad way of counting", "levels.yaml", "count: level_3", "once_per_code_on_children", "once", NULL, 0, "`how` must be"},
    {"claim without a name", "levels.yaml", "claimed:\n  rule: CLAIMED", "claimed:\n", "claimer:\n", NULL, -1, "`claimed:` is missing"},
    {"unknown team", "destinations.yaml", "row: INTENSIVE", "team: fsw", "team: fsww", NULL, 0, "`fsww` is not a team"},
    {"unreachable team", "destinations.yaml", "row: INTENSIVE", "team: fsw", "team: taf", "teams.yaml", -1, "sends anything to `fsw`"},
    {"duplicate team", "teams.yaml", "team: tys", "tys", "taf", NULL, 0, "`taf` stands twice"},
    {"unknown reason", "destinations.yaml", "row: SOLO_UNCLEAR", "solo_unclear", "solo_uncear", NULL, 0, "is not a code of decision_reason"},
    {"no reason", "destinations.yaml", "row: SOLO_UNCLEAR", "    reason: solo_unclear\n", "", NULL, -1, "`reason:` is missing"},
    {"no proposal", "destinations.yaml", "row: NO_CHILD", "    proposal: universal\n", "", NULL, -1, "`proposal:`"},
    {"two outcomes", "destinations.yaml", "row: OPEN_CASE", "news: yes", "news: yes\n    team: fsw", NULL, -1, "and only one"},
    {"unknown fact", "destinations.yaml", "row: ASB", "asb: [", "abs: [", NULL, 0, "`abs` is not a fact"},
    {"unknown code", "destinations.yaml", "row: ASB", "victim", "vicitm", NULL, 0, "`vicitm` is not a value of `asb`"},
    {"unknown level rule", "destinations.yaml", "row: SINGLE_AGENCY", "SINGLE_ADDITIONAL", "SINGLE", NULL, 0, "`SINGLE` is not a value of `level_rule`"},
    {"unknown neighbourhood", "destinations.yaml", "FLYING_START_WEST", "west}", "east}", NULL, 0, "`east` is not a value"},
    {"unknown age", "destinations.yaml", "row: TAKE_3\n", "11-to-17", "11-to-16", NULL, 0, "`11-to-16` is not a value of `age`"},
    {"gap between ages", "destinations.yaml", "age: 6-to-10", "72 to 131", "73 to 131", NULL, 0, "must begin at 72 months"},
    {"overlap of ages", "destinations.yaml", "age: 6-to-10", "72 to 131", "71 to 131", NULL, 0, "must begin at 72 months"},
    {"ages end", "destinations.yaml", "age: adult", "228 or more", "228 to 300", NULL, 0, "must be open above"},
    {"shadowed by a wider row", "destinations.yaml", "row: SINGLE_AGENCY", ", level_rule: SINGLE_ADDITIONAL", "", NULL, -1, "this row never matches"},
    {"lead without a last row", "destinations.yaml", "row: NO_RULE", "row: NO_RULE\n", "row: NO_RULE\n    when: {level: 1}\n", NULL, -1, "must match always"},
    {"hold without as_if", "destinations.yaml", "row: AWAITING_EHA", "    as_if: {kind: eha}\n", "", NULL, -1, "`as_if:` is missing"},
    {"as_if of two values", "destinations.yaml", "row: AWAITING_EHA", "as_if: {kind: eha}", "as_if: {kind: [eha, contact]}", NULL, 0, "one single value"},
    {"lead asked too early", "destinations.yaml", "row: INTENSIVE", "{level: 3}", "{level: 3, lead: taf}", NULL, -1, "the fact `lead` is for tasks"},
    {"unknown basis", "destinations.yaml", "row: DUTY_TO_PROTECT", "basis: legal_obligation", "basis: legal_duty", NULL, 0, "`legal_duty` is not a code of basis"},
    {"no basis", "destinations.yaml", "row: DUTY_TO_PROTECT", "    basis: legal_obligation\n", "", NULL, -1, "`basis:` is missing"},
    {"bases end", "destinations.yaml", "row: PUBLIC_TASK", "row: PUBLIC_TASK\n", "row: PUBLIC_TASK\n    when: {level: 1}\n", NULL, -1, "must match always"},
    {"two bases of one name", "destinations.yaml", "row: PUBLIC_TASK", "PUBLIC_TASK", "DUTY_TO_PROTECT", NULL, 0, "stands twice"},
    {"unknown group", "destinations.yaml", "parenting_for:", "parenting_child", "parenting_kid", NULL, 0, "is not a group"},
    {"bad duration", "clocks.yaml", "clock: held", "10 working days", "ten days", NULL, 0, "`ten days` is not a time"},
    {"unknown state", "clocks.yaml", "clock: held", "state: held", "state: hold", NULL, 0, "`hold` is not a code of state"},
    {"no clock for a state", "clocks.yaml", "clock: held", "state: held", "state: closed", NULL, -1, "no clock runs in state held"},
    {"clock of an unknown team", "clocks.yaml", "clock: specialist", "team: specialist", "team: mash", NULL, 0, "`mash` is not a team"},
    {"the same clock twice", "clocks.yaml", "clock: dead_letter", "state: dead", "state: deciding", NULL, 0, "the same clock"},
    {"warning before it begins", "clocks.yaml", "clock: team_queue", "warn: 1 working day", "warn: 6 working days", NULL, 0, "must be shorter than `due`"},
    {"warning in other units", "clocks.yaml", "clock: hub_decision", "warn: 4 working hours", "warn: 8 working hours", NULL, 0, "must be shorter than `due`"},
    {"escalation to nobody", "clocks.yaml", "clock: team_queue", ", to: team-manager", "", NULL, 0, "who is told when it escalates"},
    {"told without escalation", "clocks.yaml", "clock: held", "source", "to: hub-manager, source", NULL, 0, "`to:` without `escalate`"},
    {"closes before it opens", "clocks.yaml", "closes:", "17:00", "07:00", NULL, -1, "the first before the second"},
    {"unknown weekday", "clocks.yaml", "days:", "friday", "fryday", NULL, 0, "`fryday` is not a day"},
    {"bad date", "calendar.yaml", "holidays:", "2015-04-03", "2015-04-31", NULL, 0, "must be a date"},
    {"holidays out of order", "calendar.yaml", "holidays:", "2015-04-06", "2015-04-02", NULL, 0, "must stand in order"},
    {"holiday on a Sunday", "calendar.yaml", "holidays:", "2015-04-06", "2015-04-05", NULL, 0, "a Saturday or Sunday"},
    {"holiday outside", "calendar.yaml", "to: 2028", "2028-12-31", "2027-12-31", NULL, -1, "outside the calendar"},
    {"bad effective day", "policy.yaml", "effective", "2017-01-01", "next year", NULL, 0, "must be a date"},
    {"bad name", "policy.yaml", "policy:", "luton-2017", "Luton 2017", NULL, 0, "may only have"},
    {"two that decide", "teams.yaml", "team: universal", "source:", "decides: yes, source:", NULL, -1, "exactly one team"},
    {"lease too long", "teams.yaml", "lease:", "15 minutes", "15 weeks", NULL, 0, "`lease` must be given in minutes or hours"},
    {"attempts", "teams.yaml", "max_attempts:", "5", "0", NULL, 0, "`max_attempts` must be"},
    {"neighbourhood without source", "neighbourhoods.yaml", "postcode: LU4", "source:", "note:", NULL, 0, "`source:` is missing"},
    {"alias", "destinations.yaml", "row: ASB", "{level: 2 to 3", "&a {level: 2 to 3", NULL, 0, "anchors"},
    {"tag", "destinations.yaml", "row: ASB", "{level: 2 to 3", "!!map {level: 2 to 3", NULL, 0, "tags"},
    {"broken YAML", "teams.yaml", "team: taf", "{team", "{{team", NULL, -1, "not valid YAML"},
    {"key twice", "teams.yaml", "max_attempts: 5", "max_attempts: 5", "max_attempts: 5\nlease: 5 minutes", NULL, -1, "stands twice"},
};

static bool is_told(const struct complaints *complaints, const struct plant *plant, unsigned line)
{
    const char *file = plant->told_in != NULL ? plant->told_in : plant->file;

    for (unsigned i = 0; i < complaints->n && i < COMPLAINTS_MAX; i++)
        if (strcmp(complaints->at[i].file, file) == 0 && complaints->at[i].line != 0 && strstr(complaints->at[i].text, plant->text) != NULL &&
            (plant->line < 0 || (complaints->at[i].line >= line && complaints->at[i].line <= line + (unsigned)plant->line)))
            return true;
    return false;
}

static void planted_faults_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plants / sizeof plants[0]; i++) {
        struct complaints complaints = {0};
        struct policy *policy;
        unsigned line;

        read_files();
        line = replace(plants[i].file, plants[i].anchor, plants[i].from, plants[i].to);
        assert_int_equal(load_texts(&complaints, &policy), ERR_BAD_CONFIG);
        assert_null(policy);
        if (is_told(&complaints, &plants[i], line))
            continue;
        for (unsigned c = 0; c < complaints.n && c < COMPLAINTS_MAX; c++)
            fprintf(stderr, "%s:%u: %s\n", complaints.at[c].file, complaints.at[c].line, complaints.at[c].text);
        fail_msg("%s: no complaint in %s:%u says `%s`", plants[i].what, plants[i].file, line, plants[i].text);
    }
}

static void all_faults_are_told_at_once(void **state)
{
    struct complaints complaints = {0};
    struct policy *policy;

    (void)state;
    read_files();
    replace("indicators.yaml", "code: I102", "level: 1", "level: 9");
    replace("teams.yaml", "team: taf", "opens_case: yes", "opens_case: sometimes");
    replace("clocks.yaml", "clock: held", "10 working days", "soon");
    assert_int_equal(load_texts(&complaints, &policy), ERR_BAD_CONFIG);
    assert_int_equal(complaints.n, 3);
}

static void every_file_is_needed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FILES; i++) {
        struct complaints complaints = {0};
        struct policy *policy;

        read_files();
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
    assert_true(size < 48 * 1024);
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

// Texts of a policy without its parts must be refused, never crash the loader.
static void cut_files_are_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FILES; i++)
        for (size_t cut = 1; cut < 4000; cut += 97) {
            struct complaints complaints = {0};
            struct policy *policy;

            read_files();
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_loads),
        cmocka_unit_test(teams_that_open_a_case),
        cmocka_unit_test(the_version_is_the_digest_of_the_bundle),
        cmocka_unit_test(the_bundle_is_sorted),
        cmocka_unit_test(planted_faults_are_refused),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(every_file_is_needed),
        cmocka_unit_test(what_is_no_bundle_is_refused),
        cmocka_unit_test(a_folder_that_is_not_there),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(effective_is_midnight_in_london),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
