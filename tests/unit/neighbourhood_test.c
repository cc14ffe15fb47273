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
    {"LU3 1AA", "north", BORDER_INSIDE},   {"lu31aa", "north", BORDER_INSIDE},    {"LU4 8AA", "west", BORDER_INSIDE},
    {"LU4 9AA", "central", BORDER_INSIDE}, {"LU4 9QT", "south", BORDER_INSIDE},   {"LU1 1AA", "central", BORDER_INSIDE},
    {"LU10 1AA", "", BORDER_UNKNOWN},      {"LU7 1AA", "", BORDER_UNKNOWN},       {"W1A 0AX", "", BORDER_UNKNOWN},
    {"WD1 1AA", "", BORDER_OUTSIDE},       {"L1 1AA", "", BORDER_OUTSIDE},        {"MK45 1AA", "", BORDER_OUTSIDE},
    {"", "", BORDER_UNKNOWN},              {"nowhere", "", BORDER_UNKNOWN},
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
    {"neighbourhoods:\n  - {postcode: LU3, neighbourhood: north, source: s}\n  - {postcode: LU3, neighbourhood: west, source: s}\ninside: [LU]\n", 3},
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_places), cmocka_unit_test(complains)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
