// SPDX-License-Identifier: MIT
// Jaro-Winkler as another implementation has it (jellyfish 0.8.9, in hundredths of a percent); what is asked of whole names.
#include "services/registry/alike.h"

#include "tests/unit/unit.h"

static const struct {
    const char *a, *b;
    unsigned similarity;
} vectors[] = {
    {"martha", "marhta", 9611},
    {"dwayne", "duane", 8400},
    {"dixon", "dicksonx", 8133},
    {"mohammed", "muhammad", 8500},
    {"catherine", "katherine", 9259},
    {"nguyen", "nguyn", 9666},
    {"obrien", "brien", 9444},
    {"smithjones", "smith", 9000},
    {"smithjones", "jones", 4333},
    {"khan", "kahn", 9250},
    {"khan", "khann", 9600},
    {"jack", "jake", 8666},
    {"jon", "john", 9333},
    {"steven", "stephen", 8944},
    {"sarah", "sara", 9600},
    {"hussain", "hussein", 9428},
    {"ahmed", "ahmad", 9066},
    {"ahmed", "ahsan", 6000},
    {"lee", "leigh", 6888},
    {"lukasz", "lucas", 8577},
    {"ann", "anna", 9416},
    {"emma", "emily", 6333},
    {"ali", "aliya", 9066},
    {"maryam", "mariam", 9222},
    {"a", "a", 10000},
    {"a", "b", 0},
    {"ab", "ba", 0},
    {"abc", "cba", 5555},
    {"oluwaseun", "oluwasegun", 9800},
    {"kowalski", "kowalska", 9500},
    {"testahmed", "testbegum", 8333},
    {"aaaa", "aaab", 8833},
    {"abcdefgh", "hgfedcba", 5000},
    {"zofia", "sofia", 8666},
    {"jonathan", "johnathon", 8312},
    {"elizabeth", "elisabeth", 9481},
    {"mcdonald", "macdonald", 9666},
    {"thompson", "thomson", 9750},
    {"zoe",
     "zo\xc3\xab"
     "",
     8222},
    {"\xd9\x85"
     "\xd8\xad"
     "\xd9\x85"
     "\xd8\xaf"
     "",
     "\xd9\x85"
     "\xd8\xad"
     "\xd9\x85"
     "\xd9\x88"
     "\xd8\xaf"
     "",
     9533},
    {"\xd0\xb8"
     "\xd0\xb2"
     "\xd0\xb0"
     "\xd0\xbd"
     "",
     "\xd0\xb8"
     "\xd0\xb2"
     "\xd0\xb0"
     "\xd0\xbd"
     "\xd0\xbe"
     "\xd0\xb2"
     "",
     9333},
    {"\xe6\x9d\x8e"
     "",
     "\xe6\x9d\x8e"
     "",
     10000},
    {"thandiwe", "tandiwe", 9625},
    {"grzegorz", "gregor", 9333},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
     9937},
    {"inaese", "nnaeoe", 7777},
    {"eoesnat", "eoesntat", 9464},
    {"t", "snt", 0},
    {"set", "tseet", 6888},
    {"etatorsnl", "etaosrnl", 9449},
    {"oet", "oet", 10000},
    {"eesnilirna", "eesniira", 9600},
    {"reeureautr", "reeuraeltr", 9377},
    {"ter", "tier", 9250},
    {"onnreirnsuin", "onnerrinsui", 9381},
    {"eii", "reii", 9166},
    {"iuuainsltt", "iuuainssttt", 9436},
    {"nnnerna", "nrnerna", 9142},
    {"elt", "tlt", 7777},
    {"sel", "el", 0},
    {"lreerrrrue", "lreerurrue", 9377},
    {"isaoslis", "iaoslis", 8339},
    {"uslilossslot", "usliloossslot", 9679},
    {"srla", "srl", 9416},
    {"otlrl", "oelorl", 8400},
    {"orttar", "nrtita", 7777},
    {"lenrnei", "ilenrnei", 9583},
    {"rittrlissi", "rsttrlissi", 9400},
    {"inooauousotl", "inooauousotl", 10000},
    {"tsnsisis", "tsisisiti", 6944},
    {"esalsssresao", "salsssresao", 9722},
    {"sr", "r", 0},
    {"srsosusor", "ssrosusor", 9666},
    {"rleoneo", "rlieone", 9238},
    {"oenrioin", "oeniron", 9375},
    {"la", "ll", 6666},
    {"tuseeoeeu", "tuueeoueeu", 8837},
    {"isstrle", "sistrli", 8492},
    {"aeuet", "aeeet", 8933},
    {"alsnutia", "ilsunutia", 8366},
    {"usoursiulau", "ssoursiulau", 8393},
    {"osrorenrs", "osrreonrs", 9740},
    {"inlaiaeuniae", "inlaaiaeuiae", 9121},
    {"iiuraull", "ioaull", 7775},
    {"l", "su", 0},
};

static struct alike_name name(const char *text)
{
    struct alike_name name = {0};

    for (const char *end; *text != '\0'; text = *end == '\0' ? end : end + 1) {
        end = strchr(text, ' ');
        if (end == NULL)
            end = text + strlen(text);
        alike_add(&name, span_of(text, (size_t)(end - text)));
    }
    return name;
}

static unsigned similarity(const struct alike_name *a, const struct alike_name *b)
{
    return alike_jaro_winkler(a->letters, a->n, b->letters, b->n);
}

// Whole numbers are rounded down twice: one less is right as well.
static void agrees_with_another_implementation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct alike_name a = name(vectors[i].a), b = name(vectors[i].b);
        unsigned is = similarity(&a, &b);

        if (is > vectors[i].similarity || is + 1 < vectors[i].similarity)
            fail_msg("%s, %s: %u instead of %u", vectors[i].a, vectors[i].b, is, vectors[i].similarity);
    }
}

static void of_nothing_is_nothing(void **state)
{
    struct alike_name none = {0}, some = name("ann");

    (void)state;
    assert_int_equal(similarity(&none, &some), 0);
    assert_int_equal(similarity(&none, &none), 0);
    assert_int_equal(alike_score(&none, &none), 0);
}

static uint32_t seed = 1;

static unsigned dice(unsigned below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 16) % below;
}

static struct alike_name random_name(void)
{
    struct alike_name made = {0};

    for (unsigned part = 0, parts = dice(3); part <= parts; part++) {
        char text[24];
        unsigned n = 1 + dice(sizeof text - 2);

        for (unsigned i = 0; i < n; i++)
            text[i] = "aeilnorst"[dice(9)];
        alike_add(&made, span_of(text, n));
    }
    return made;
}

static void has_the_properties_of_a_likeness(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct alike_name a = random_name(), b = random_name();

        assert_int_equal(similarity(&a, &a), 10000);
        assert_int_equal(alike_score(&a, &a), ALIKE_EQUAL);
        assert_in_range(similarity(&a, &b), 0, 10000);
        assert_int_equal(alike_score(&a, &b), alike_score(&b, &a));
        assert_true(similarity(&a, &b) <= similarity(&b, &a) + 400); // pairing letters from the left is not quite symmetric
        if (similarity(&a, &b) == 10000)
            assert_true(a.n == b.n && memcmp(a.letters, b.letters, a.n * sizeof a.letters[0]) == 0);
    }
}

static void compares_parts_of_double_names(void **state)
{
    struct alike_name both = name("smith jones"), one = name("jones"), reversed = name("jones smith"), particle = name("de souza");

    (void)state;
    assert_int_equal(alike_score(&both, &one), 95);
    assert_true(similarity(&both, &one) < 5000); // the whole would not show it
    one = name("smyth");
    assert_in_range(alike_score(&both, &one), 80, 94);
    assert_true(alike_score(&both, &reversed) < 85); // asked by the parts of one alone
    one = name("de");
    assert_true(alike_score(&particle, &one) < 85); // a particle says nothing
}

static void tells_names_apart_by_digits(void **state)
{
    struct alike_name one = name("baby1"), two = name("baby2"), none = name("baby");

    (void)state;
    assert_int_equal(alike_score(&one, &two), 0);
    assert_int_equal(alike_score(&one, &none), 0);
    assert_int_equal(alike_score(&one, &one), ALIKE_EQUAL);
    assert_true(similarity(&one, &two) > 9000);
}

static void bounds_letters_and_parts(void **state)
{
    struct alike_name made = {0};
    char letters[2 * ALIKE_LETTERS_MAX];

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        alike_add(&made, span_text("ab"));
    assert_int_equal(made.n, 12);
    assert_int_equal(made.n_parts, ALIKE_PARTS_MAX);
    assert_int_equal(made.ends[ALIKE_PARTS_MAX - 1], 12);
    memset(letters, 'x', sizeof letters);
    alike_add(&made, span_of(letters, sizeof letters));
    assert_int_equal(made.n, ALIKE_LETTERS_MAX);
    assert_int_equal(alike_score(&made, &made), ALIKE_EQUAL);
    made = (struct alike_name){0};
    alike_add(&made, span_text("\xe2\x80")); // cut short: no UTF-8, but no harm
    assert_in_range(made.n, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_another_implementation), cmocka_unit_test(of_nothing_is_nothing),
        cmocka_unit_test(has_the_properties_of_a_likeness),   cmocka_unit_test(compares_parts_of_double_names),
        cmocka_unit_test(tells_names_apart_by_digits),        cmocka_unit_test(bounds_letters_and_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
