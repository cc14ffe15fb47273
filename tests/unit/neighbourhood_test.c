// SPDX-License-Identifier: MIT
// From postcodes to neighbourhoods, and what is wrong with a table.
#include "services/registry/neighbourhood.h"

#include "tests/unit/unit.h"

static const char good[] = "neighbourhoods:\n"
                           "  - {postcode: \"LU3\", neighbourhood: north, source: sample}\n"
                           "  - {postcode: \"LU4\", neighbourhood: west, source: sample}\n"
                           "  - {postcode: \"LU4 9\", neighbourhood: central, source: sample}\n"
                           "  - {postcode: \"LU4 9QT\", neighbourhood: south, source: sample}\n"
                           "  - {postcode: \"LU1\", neighbourhood: central, source: sample}\n"
                           "inside: [LU, W]\n";

static const struct {
    const char *postcode;
    const char *neighbourhood;
    enum border border;
} places[] = {
    {"LU3 1AA", "north", BORDER_INSIDE},
    {"lu31aa", "north", BORDER_INSIDE},
    {"LU4 8AA", "west", BORDER_INSIDE},
    {"LU4 9AA", "central", BORDER_INSIDE},
    {"LU4 9QT", "south", BORDER_INSIDE},
    {"LU1 1AA", "central", BORDER_INSIDE},
    {"LU10 1AA", "", BORDER_UNKNOWN},
    {"LU7 1AA", "", BORDER_UNKNOWN},
    {"W1A 0AX", "", BORDER_UNKNOWN},
    {"WD1 1AA", "", BORDER_OUTSIDE},
    {"L1 1AA", "", BORDER_OUTSIDE},
    {"MK45 1AA", "", BORDER_OUTSIDE},
    {"", "", BORDER_UNKNOWN},
    {"nowhere", "", BORDER_UNKNOWN},
};

static void finds_places(void **state)
{
    static struct complaints complaints;
    struct neighbourhood_table *table;

    (void)state;
    assert_int_equal(neighbourhood_open("n.yaml", span_text(good), &complaints, &table), ERR_NONE);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct place place = neighbourhood_of(table, span_text(places[i].postcode));

        if (place.border != places[i].border || !span_is(place.neighbourhood, places[i].neighbourhood))
            fail_msg("%s: %.*s %d", places[i].postcode, SPAN_ARG(place.neighbourhood), place.border);
    }
    assert_int_equal(neighbourhood_digest(table).size, 32);
    neighbourhood_close(&table);
}

enum { ROWS = 3000, WORDS = 24000 };

static char prefixes[ROWS][9], names[ROWS][12];

// Postcodes LU1 0AA to LU6 9ZZ.
static void print_postcode(unsigned word, char *text, size_t size)
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ";

    snprintf(text, size, "LU%u %u%c%c", 1 + word / 4000, word / 400 % 10, letters[word / 20 % 20], letters[word % 20]);
}

// Outward codes, with and without a space, sectors, and whole postcodes.
static void print_prefix(unsigned i, char *text, size_t size)
{
    if (i % 300 == 0)
        snprintf(text, size, i % 600 == 0 ? "LU%u" : "LU%u ", 1 + i / 600);
    else if (i % 100 == 1)
        snprintf(text, size, "LU%u %u", 1 + i / 600, i / 100 % 10);
    else
        print_postcode(i * 7 % WORDS, text, size);
}

static struct neighbourhood_table *open_rows(void)
{
    static char text[ROWS * 64];
    static struct complaints complaints;
    struct neighbourhood_table *table;
    int used = snprintf(text, sizeof text, "inside: [LU]\nneighbourhoods:\n");

    for (unsigned i = 0; i < ROWS; i++) {
        print_prefix(i, prefixes[i], sizeof prefixes[i]);
        snprintf(names[i], sizeof names[i], "n%u", i);
        used += snprintf(text + used, sizeof text - (size_t)used, "  - {postcode: \"%s\", neighbourhood: %s, source: s}\n", prefixes[i],
                         names[i]);
    }
    assert_int_equal(neighbourhood_open("n.yaml", span_text(text), &complaints, &table), ERR_NONE);
    return table;
}

// Every prefix tried, as the rule says it: the longest that ends where a part of the postcode ends, or behind its space.
static const char *find_slowly(const char *postcode)
{
    const char *best = NULL;
    size_t longest = 0;

    for (unsigned i = 0; i < ROWS; i++) {
        size_t size = strlen(prefixes[i]);
        bool ends = strchr(prefixes[i], ' ') != NULL || postcode[size] == ' ';

        if (strncmp(prefixes[i], postcode, size) == 0 && ends && size > longest) {
            best = names[i];
            longest = size;
        }
    }
    return best;
}

static void finds_among_thousands_what_a_search_of_all_finds(void **state)
{
    struct neighbourhood_table *table = open_rows();
    unsigned n_inside = 0;

    (void)state;
    for (unsigned word = 0; word < WORDS; word += 5) {
        char postcode[9];
        const char *wanted;
        struct place place;

        print_postcode(word, postcode, sizeof postcode);
        wanted = find_slowly(postcode);
        place = neighbourhood_of(table, span_text(postcode));
        if ((place.border == BORDER_INSIDE) != (wanted != NULL) || (wanted != NULL && !span_is(place.neighbourhood, wanted)))
            fail_msg("%s: %.*s, not %s", postcode, SPAN_ARG(place.neighbourhood), wanted);
        n_inside += wanted != NULL;
    }
    assert_in_range(n_inside, 1000, WORDS / 5 - 100); // some are in no row
    neighbourhood_close(&table);
}

static const struct {
    const char *text;
    unsigned line;
} bad[] = {
    {"inside: [LU]\n", 0},
    {"neighbourhoods: []\ninside: [LU]\n", 1},
    {"neighbourhoods:\n  - {postcode: LU3, neighbourhood: north, source: s}\n", 0},
    {"neighbourhoods:\n  - {postcode: lu3, neighbourhood: north, source: s}\ninside: [LU]\n", 2},
    {"neighbourhoods:\n  - {postcode: LU3, neighbourhood: North, source: s}\ninside: [LU]\n", 2},
    {"neighbourhoods:\n  - {postcode: LU3, neighbourhood: north}\ninside: [LU]\n", 2},
    {"neighbourhoods:\n  - {postcode: LU3, neighbourhood: north, source: s, extra: 1}\ninside: [LU]\n", 2},
    {"neighbourhoods:\n  - {postcode: LU3, neighbourhood: north, source: s}\n  - {postcode: LU3, neighbourhood: west, source: s}\ninside: "
     "[LU]\n",
     3},
    {"neighbourhoods:\n  - {postcode: LU3, neighbourhood: north, source: s}\ninside: [LU1]\n", 3},
    {"neighbourhoods: 7\ninside: [LU]\n", 1},
    {"[]", 0},
    {"", 0},
};

static void complains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        static struct complaints complaints;
        struct neighbourhood_table *table;

        complaints.n = 0;
        assert_int_equal(neighbourhood_open("n.yaml", span_text(bad[i].text), &complaints, &table), ERR_BAD_CONFIG);
        assert_null(table);
        assert_true(complaints.n > 0);
        if (bad[i].line != 0 && complaints.at[0].line != bad[i].line)
            fail_msg("row %zu: line %u: %s", i, complaints.at[0].line, complaints.at[0].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_places), cmocka_unit_test(finds_among_thousands_what_a_search_of_all_finds),
                                       cmocka_unit_test(complains)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
