// SPDX-License-Identifier: MIT
// What sounds alike, and who may be the same person.
#include "services/registry/likeness.h"

#include "common/base/civil.h"
#include "tests/unit/unit.h"

// Names as identity_print_name writes them; parts are set apart by spaces.
static struct alike_name name(const char *text, struct sound *sound)
{
    struct alike_name name = {0};
    char whole[64] = "";

    for (const char *end; *text != '\0'; text = *end == '\0' ? end : end + 1) {
        end = strchr(text, ' ');
        if (end == NULL)
            end = text + strlen(text);
        alike_add(&name, span_of(text, (size_t)(end - text)));
        strncat(whole, text, (size_t)(end - text));
    }
    sound_of(span_text(whole), sound);
    return name;
}

// ---------------------------------------------------------------- sound

static const struct {
    const char *a, *b;
    bool alike;
} sounds[] = {
    {"mohammed", "muhamad", true},
    {"catherine", "katherine", true},
    {"steven", "stephen", true},
    {"khan", "kahn", true},
    {"lee", "leigh", true},
    {"knight", "night", true},
    {"gerry", "jerry", true},
    {"cecilia", "sesilia", true},
    {"hussain", "hussein", true},
    {"mcdonald", "macdonald", true},
    {"wright", "right", true},
    {"zofia", "sofia", true},
    {"aisha", "aysha", true},
    {"patel", "batel", true},
    {"ann", "nan", false},
    {"smith", "jones", false},
    {"thompson", "thomson", false},
    {"tim", "jim", false},
    {"baby1", "baby2", false},
    {"\xd9\x85\xd8\xad", "\xd9\x85\xd8\xac", false},
    {"\xd9\x85\xd8\xad", "\xd9\x85\xd8\xad", true},
};

static void codes_what_sounds_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sounds / sizeof sounds[0]; i++) {
        struct sound a, b;

        sound_of(span_text(sounds[i].a), &a);
        sound_of(span_text(sounds[i].b), &b);
        if (sound_equal(&a, &b) != sounds[i].alike)
            fail_msg("%s is %.*s, %s is %.*s", sounds[i].a, a.size, (const char *)a.code, sounds[i].b, b.size, (const char *)b.code);
    }
}

static void bounds_codes(void **state)
{
    char text[512];
    struct sound sound;

    (void)state;
    for (size_t i = 0; i < sizeof text; i += 4)
        memcpy(text + i, "\xf4\x8f\xbf\xbf", 4);
    sound_of(span_of(text, sizeof text), &sound);
    assert_int_equal(sound.size, 4 * SOUND_GROUPS_MAX);
    memset(text, '7', sizeof text);
    sound_of(span_of(text, sizeof text), &sound);
    assert_int_equal(sound.size, 1 + SOUND_DIGITS_MAX);
    sound_of(span_of("\xf4", 1), &sound); // cut short: no UTF-8, but no harm
    assert_int_equal(sound.size, 0);
    sound_of(span_text(""), &sound);
    assert_int_equal(sound.size, 0);
}

// ---------------------------------------------------------------- people

static const uint8_t least[LIKENESS_COUNT] = {[LIKENESS_NAME_BORN] = 85, [LIKENESS_SOUND_BORN] = 65, [LIKENESS_NAME_SECTOR] = 92};

static struct likeness_person person(const char *given, const char *family, const char *born, const char *sector)
{
    struct likeness_person person = {.is_complete = true};

    person.given = name(given, &person.given_sound);
    person.family = name(family, &person.family_sound);
    assert_true(civil_parse_date(span_text(born), &person.born));
    snprintf(person.sector, sizeof person.sector, "%s", sector);
    return person;
}

static const struct {
    const char *what;
    const char *a[4], *b[4]; // given, family, born, sector
    enum likeness likeness;
} cases[] = {
    {"one letter", {"sarah", "hussain", "2015-03-04", "LU4 9"}, {"sara", "hussein", "2015-03-04", "LU1 1"}, LIKENESS_NAME_BORN},
    {"accents are gone before", {"zoe", "nguyen", "2015-03-04", ""}, {"zoe", "nguyn", "2015-03-04", ""}, LIKENESS_NAME_BORN},
    {"apostrophe left out", {"sean", "obrien", "2015-03-04", ""}, {"sean", "brien", "2015-03-04", ""}, LIKENESS_NAME_BORN},
    {"double-barrelled", {"mia", "smith jones", "2015-03-04", ""}, {"mia", "jones", "2015-03-04", ""}, LIKENESS_NAME_BORN},
    {"two given names", {"anna maria", "kowalska", "2015-03-04", ""}, {"anna", "kowalska", "2015-03-04", ""}, LIKENESS_NAME_BORN},
    {"swapped", {"hussain", "amina", "2015-03-04", ""}, {"amina", "hussein", "2015-03-04", ""}, LIKENESS_NAME_BORN},
    {"sounds alike", {"mohammed", "lee", "2015-03-04", ""}, {"muhamad", "leigh", "2015-03-04", ""}, LIKENESS_SOUND_BORN},
    {"twins", {"jack", "lee", "2015-03-04", "LU4 9"}, {"emily", "lee", "2015-03-04", "LU4 9"}, LIKENESS_NONE},
    {"twins whose names are alike", {"jack", "lee", "2015-03-04", "LU4 9"}, {"jake", "lee", "2015-03-04", "LU4 9"}, LIKENESS_NAME_BORN},
    {"numbered twins", {"baby1", "lee", "2015-03-04", "LU4 9"}, {"baby2", "lee", "2015-03-04", "LU4 9"}, LIKENESS_NONE},
    {"siblings", {"jack", "lee", "2015-03-04", "LU4 9"}, {"jack", "lee", "2012-11-23", "LU4 9"}, LIKENESS_NONE},
    {"a brother of nearly the name", {"adam", "lee", "2015-03-04", "LU4 9"}, {"adan", "lee", "2013-03-04", "LU4 9"}, LIKENESS_NONE},
    {"day and month swapped", {"amina", "khan", "2015-03-04", "LU4 9"}, {"amina", "khan", "2015-04-03", "LU4 9"}, LIKENESS_NAME_SECTOR},
    {"one digit of the day", {"amina", "khan", "2015-03-04", "LU4 9"}, {"amina", "khan", "2015-03-14", "LU4 9"}, LIKENESS_NAME_SECTOR},
    {"in another sector", {"amina", "khan", "2015-03-04", "LU4 9"}, {"amina", "khan", "2015-04-03", "LU4 8"}, LIKENESS_NONE},
    {"without a postcode", {"amina", "khan", "2015-03-04", ""}, {"amina", "khan", "2015-04-03", ""}, LIKENESS_NONE},
    {"another date and a name only alike",
     {"amina", "khan", "2015-03-04", "LU4 9"},
     {"amena", "khan", "2015-04-03", "LU4 9"},
     LIKENESS_NONE},
    {"only the family name", {"jack", "khan", "2015-03-04", "LU4 9"}, {"amina", "khan", "2015-03-04", "LU4 9"}, LIKENESS_NONE},
    {"only the given name", {"amina", "khan", "2015-03-04", "LU4 9"}, {"amina", "patel", "2015-03-04", "LU4 9"}, LIKENESS_NONE},
};

static void judges_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct likeness_person a = person(cases[i].a[0], cases[i].a[1], cases[i].a[2], cases[i].a[3]);
        struct likeness_person b = person(cases[i].b[0], cases[i].b[1], cases[i].b[2], cases[i].b[3]);
        struct likeness_found there = likeness_of(&a, &b, least), back = likeness_of(&b, &a, least);

        if (there.likeness != cases[i].likeness || back.likeness != there.likeness || back.score != there.score)
            fail_msg("%s: %s %u, back %s %u", cases[i].what, code_text(LIST_LIKENESS, there.likeness), there.score,
                     code_text(LIST_LIKENESS, back.likeness), back.score);
        a.is_complete = false;
        assert_int_equal(likeness_of(&a, &b, least).likeness, LIKENESS_NONE);
    }
}

static void looks_for_nothing_without_rows(void **state)
{
    static const uint8_t none[LIKENESS_COUNT];
    struct likeness_person a = person("amina", "khan", "2015-03-04", "LU4 9"), b = person("amina", "khan", "2015-04-03", "LU4 9");

    (void)state;
    assert_int_equal(likeness_of(&a, &a, none).likeness, LIKENESS_NONE);
    assert_int_equal(likeness_of(&a, &b, none).likeness, LIKENESS_NONE);
}

static void tells_slips_of_dates(void **state)
{
    static const struct {
        const char *a, *b;
        bool alike;
    } dates[] = {
        {"2015-03-04", "2015-04-03", true},  {"2015-03-04", "2015-03-05", true},  {"2015-03-12", "2015-03-21", true},
        {"2015-01-02", "2015-10-02", true},  {"2015-03-04", "2015-03-04", false}, {"2015-03-04", "2014-03-04", false},
        {"2015-03-04", "2015-05-06", false}, {"2015-12-25", "2015-11-24", false}, {"2015-11-03", "2015-10-13", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        int32_t a, b;

        assert_true(civil_parse_date(span_text(dates[i].a), &a) && civil_parse_date(span_text(dates[i].b), &b));
        if (likeness_dates_alike(a, b) != dates[i].alike || likeness_dates_alike(b, a) != dates[i].alike)
            fail_msg("%s, %s", dates[i].a, dates[i].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_what_sounds_alike),        cmocka_unit_test(bounds_codes),         cmocka_unit_test(judges_people),
        cmocka_unit_test(looks_for_nothing_without_rows), cmocka_unit_test(tells_slips_of_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
