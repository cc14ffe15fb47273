// SPDX-License-Identifier: MIT
// Reads scenarios.md: Markdown tables under headings, a row a scenario.
// Linked into the tests of this folder.
#include "tests/scenarios/scenario_table.h"

#include "common/base/civil.h"
#include "tests/unit/unit.h"

enum { CELLS = 8, MINUTE_MS = 60000, DAY_MINUTES = 24 * 60 };

static const char USUAL[] = "unless a row says otherwise";
static const char NEVER[] = "No referral can end at: ";
static const char SOURCE[] = "- **";
static const char POLICY[] = "# policy ";

// ---------------------------------------------------------------- text

static char *trim(char *text)
{
    size_t size;

    text += strspn(text, " ");
    size = strlen(text);
    while (size > 0 && text[size - 1] == ' ')
        text[--size] = '\0';
    return text;
}

char *scenario_next(char **text, const char *separator)
{
    char *piece = *text;
    char *end;

    if (piece == NULL || *trim(piece) == '\0')
        return NULL;
    end = strstr(piece, separator);
    *text = end != NULL ? end + strlen(separator) : NULL;
    if (end != NULL)
        *end = '\0';
    return trim(piece);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text;
    long size;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    rewind(file);
    text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    return text;
}

// ---------------------------------------------------------------- rows

static bool is_frame(const char *name)
{
    return strcmp(name, "scenario") == 0 || strncmp(name, "---", 3) == 0;
}

static void add_row(struct scenario_sheet *sheet, unsigned line, char *text)
{
    struct scenario row = {.line = line};
    char **cells[CELLS] = {&row.name, &row.household, &row.said, &row.received, &row.level, &row.goes, &row.due, &row.source};

    text++;
    for (unsigned i = 0; i < CELLS; i++) {
        char *end = strchr(text, '|');
        if (end == NULL)
            fail_msg("scenarios.md:%u: %u cells, not %u", line, i, CELLS);
        *end = '\0';
        *cells[i] = trim(text);
        text = end + 1;
    }
    if (*text != '\0')
        fail_msg("scenarios.md:%u: more than %u cells", line, CELLS);
    if (is_frame(row.name))
        return;
    if (strcmp(row.name, USUAL) == 0) {
        sheet->usual = row;
        return;
    }
    sheet->rows = realloc(sheet->rows, (sheet->n + 1) * sizeof *sheet->rows);
    assert_non_null(sheet->rows);
    sheet->rows[sheet->n++] = row;
}

static void add_source(struct scenario_table *table, const char *word)
{
    size_t had = table->sources != NULL ? strlen(table->sources) : 0;
    size_t size = strcspn(word, "*");

    table->sources = realloc(table->sources, had + size + 2);
    assert_non_null(table->sources);
    snprintf(table->sources + had, size + 2, "%.*s,", (int)size, word);
}

static void add_line(struct scenario_table *table, unsigned line, char *text)
{
    struct scenario_sheet *sheet = &table->sheets[table->n - 1];

    if (strncmp(text, POLICY, sizeof POLICY - 1) == 0) {
        assert_true(table->n < SCENARIO_SHEETS_MAX);
        table->sheets[table->n++].policy = trim(text + sizeof POLICY - 1);
    } else if (table->n == 0 && strncmp(text, SOURCE, sizeof SOURCE - 1) == 0)
        add_source(table, text + sizeof SOURCE - 1);
    else if (table->n > 0 && strncmp(text, NEVER, sizeof NEVER - 1) == 0)
        sheet->never = text + sizeof NEVER - 1;
    else if (table->n > 0 && *text == '|')
        add_row(sheet, line, text);
}

struct scenario_table *scenario_table_read(const char *path)
{
    struct scenario_table *table = calloc(1, sizeof *table);
    char *at;
    char *line;

    assert_non_null(table);
    table->text = at = read_file(path);
    for (unsigned number = 1; (line = strsep(&at, "\n")) != NULL; number++)
        add_line(table, number, line);
    return table;
}

void scenario_table_free(struct scenario_table **table)
{
    for (unsigned i = 0; i < (*table)->n; i++)
        free((*table)->sheets[i].rows);
    free((*table)->sources);
    free((*table)->text);
    free(*table);
    *table = NULL;
}

int scenario_table_find(const struct scenario_sheet *sheet, unsigned end, const char *name)
{
    for (unsigned i = 0; i < end; i++)
        if (strcmp(sheet->rows[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool scenario_has_word(const char *text, struct span word)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    char copy[64];

    snprintf(copy, sizeof copy, "%.*s", SPAN_ARG(word));
    for (const char *at = text; (at = strstr(at, copy)) != NULL; at++)
        if ((at == text || strchr(letters, at[-1]) == NULL) && (at[word.size] == '\0' || strchr(letters, at[word.size]) == NULL))
            return true;
    return false;
}

// ---------------------------------------------------------------- times

static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char WEEKDAYS[] = "SunMonTueWedThuFriSat";

static bool parse_date(int day, const char *month, int year, int32_t *days)
{
    const char *at = strstr(MONTHS, month);
    struct civil date = {.year = year, .day = day};

    if (at == NULL || strlen(month) != 3 || (at - MONTHS) % 3 != 0)
        return false;
    date.month = (int32_t)(at - MONTHS) / 3 + 1;
    *days = days_from_civil(date);
    return day >= 1 && day <= civil_month_days(year, date.month);
}

bool scenario_day_parse(const char *text, int32_t *day)
{
    char month[4];
    int of_month, year;

    return sscanf(text, "%d %3s %d", &of_month, month, &year) == 3 && parse_date(of_month, month, year, day);
}

static bool is_local(int64_t local_ms, int offset)
{
    return civil_london_offset_minutes(local_ms - (int64_t)offset * MINUTE_MS) == offset;
}

bool scenario_time_parse(const char *text, int64_t *utc_ms)
{
    char weekday[4], month[4], zone[4] = "";
    int of_month, year, hour, minute;
    int32_t day;
    int64_t local_ms;
    int offset = 0;

    if (sscanf(text, "%3s %d %3s %d %d:%d %3s", weekday, &of_month, month, &year, &hour, &minute, zone) < 6 ||
        !parse_date(of_month, month, year, &day) || strncmp(WEEKDAYS + 3 * civil_weekday(day), weekday, 3) != 0)
        return false;
    local_ms = ((int64_t)day * DAY_MINUTES + hour * 60 + minute) * MINUTE_MS;
    if (is_local(local_ms, 60) && strcmp(zone, "GMT") != 0)
        offset = 60;
    *utc_ms = local_ms - (int64_t)offset * MINUTE_MS;
    return is_local(local_ms, offset) && (zone[0] != '\0') == (is_local(local_ms, 60) && is_local(local_ms, 0));
}

void scenario_time_print(int64_t utc_ms, char text[SCENARIO_TIME_MAX])
{
    int offset = civil_london_offset_minutes(utc_ms);
    int64_t local_ms = utc_ms + (int64_t)offset * MINUTE_MS;
    int64_t minutes = local_ms / MINUTE_MS;
    int32_t day = (int32_t)(minutes / DAY_MINUTES);
    struct civil date = civil_from_days(day);
    const char *zone = is_local(local_ms, 60 - offset) ? offset == 60 ? " BST" : " GMT" : "";

    snprintf(text, SCENARIO_TIME_MAX, "%.3s %d %.3s %d %02d:%02d%s", WEEKDAYS + 3 * civil_weekday(day), (int)date.day,
             MONTHS + 3 * (date.month - 1), (int)date.year, (int)(minutes % DAY_MINUTES / 60), (int)(minutes % 60), zone);
}
