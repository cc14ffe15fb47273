// SPDX-License-Identifier: MIT
// Makes families from numbers.
// Called by draft.c. Keeps nothing between calls; uses no clock and no library but C's.
#include "services/windscreen/population.h"

#include "common/base/civil.h"
#include "proto/proto.h"

#include <stdio.h>
#include <string.h>

enum {
    STREAM_FAMILY = 1,
    STREAM_HOME = 2,
    NUMBERS_PER_FAMILY = 4, // children of one family who may have numbers
    STEMS = 1000000,        // six digits behind 999
};

#define COUNT(array) (uint32_t)(sizeof array / sizeof array[0])

// ---------------------------------------------------------------- figures

static const uint16_t per_mille[] = {
#define CHANCE(SYMBOL, weight, source) weight,
#include "services/windscreen/generate.def"
};
static const char *const districts[] = {
#define DISTRICT(text, weight, source) text,
#include "services/windscreen/generate.def"
};
static const uint16_t district_weights[] = {
#define DISTRICT(text, weight, source) weight,
#include "services/windscreen/generate.def"
};
static const char *const languages[] = {
#define LANGUAGE(tag, weight, source) tag,
#include "services/windscreen/generate.def"
};
static const uint16_t language_weights[] = {
#define LANGUAGE(tag, weight, source) weight,
#include "services/windscreen/generate.def"
};
static const uint8_t ages[][2] = {
#define AGE(from, to, weight, source) {from, to},
#include "services/windscreen/generate.def"
};
static const uint16_t age_weights[] = {
#define AGE(from, to, weight, source) weight,
#include "services/windscreen/generate.def"
};
static const uint16_t children_weights[] = {420, 330, 160, 60, 20, 10}; // one child .. six; assumption

uint16_t population_per_mille(enum chance chance)
{
    return per_mille[chance];
}

// ---------------------------------------------------------------- names: many cultures, none of a real person

static const char *const given_names[] = {
    "Aaliyah",  "Adaeze",  "Agnieszka", "Aisling", "Alfie",   "Amara",     "Amina",     "Andrei", "Anwar",   "Arjun",    "Ayşe",
    "Ayaan",    "Beatriz", "Benjámin",  "Bilal",   "Bronwen", "Callum",    "Chloé",     "Cosmin", "Daisy",   "Daniyal",  "Dilek",
    "Divya",    "Ebele",   "Elif",      "Emeka",   "Esme",    "Farah",     "Fatoumata", "Filip",  "Freya",   "Gabriela", "Grzegorz",
    "Gurpreet", "Habiba",  "Hamza",     "Harriet", "Ibrahim", "Ifeoma",    "Ioana",     "Isla",   "Jagoda",  "Jasmin",   "João",
    "Kacper",   "Kavita",  "Khadija",   "Kofi",    "Lamar",   "Leila",     "Liam",      "Łucja",  "Mahnoor", "Malachy",  "Maryam",
    "Mateusz",  "Meera",   "Mihai",     "Musa",    "Nadia",   "Naveed",    "Niamh",     "Noor",   "Oisín",   "Olamide",  "Omar",
    "Oskar",    "Paloma",  "Parveen",   "Piotr",   "Priya",   "Rafael",    "Rania",     "Reuben", "Rosa",    "Rhiannon", "Sabiha",
    "Samir",    "Saoirse", "Selam",     "Shanice", "Sofia",   "Stanisław", "Tahmina",   "Tariq",  "Teodora", "Thandiwe", "Tomasz",
    "Umar",     "Vasile",  "Wanjiru",   "Xanthe",  "Yasmin",  "Yusuf",     "Zainab",    "Zofia",
};
static const char *const family_names[] = {
    "Testabbey",     "Testahmed",     "Testbegum",     "Testbrookes",  "Testchowdhury", "Testcosta",       "Testdąbrowska", "Testdiallo",
    "Testeze",       "Testfarah",     "Testgallagher", "Testgheorghe", "Testhassan",    "Testhughes",      "Testiqbal",     "Testivanova",
    "Testjankowski", "Testjohnson",   "Testkaur",      "Testkhan",     "Testkowalczyk", "Testlewandowska", "Testmahmood",   "Testmensah",
    "Testmiah",      "Testnovák",     "Testnowak",     "Testo'brien",  "Testokafor",    "Testpatel",       "Testpopescu",   "Testquartey",
    "Testrahman",    "Testrodrigues", "Testsharma",    "Testsingh",    "Teststefanov",  "Testthomas",      "Testuddin",     "Testvarga",
    "Testwilliams",  "Testyılmaz",    "Testzając",     "Testzewdie",
};
static const char *const streets[] = {
    "Sample Road", "Example Street", "Specimen Close", "Placeholder Way", "Trial Avenue", "Fixture Lane", "Pattern Gardens",
};
static const char *const schools[] = {
    "Sample Primary School", "Example Infant School", "Specimen Academy", "Placeholder High School", "Trial Sixth Form",
};

// ---------------------------------------------------------------- numbers

bool population_nhs_number(uint32_t six_digits, char text[11])
{
    unsigned sum = 0;
    unsigned check = 0;

    (void)snprintf(text, 11, "999%06u0", six_digits % STEMS);
    for (unsigned i = 0; i < 9; i++)
        sum += (unsigned)(text[i] - '0') * (10 - i);
    check = (11 - sum % 11) % 11;
    text[9] = (char)('0' + check % 10);
    return check != 10 && strcmp(text, "9999999999") != 0; // ten equal digits are no number
}

void population_upn(uint32_t nine_digits, char text[14])
{
    static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ"; // no I, O, S; values 0 to 22
    unsigned sum = 0;

    (void)snprintf(text, 14, "A821%09u", nine_digits % 1000000000);
    for (unsigned i = 1; i < 13; i++)
        sum += (unsigned)(text[i] - '0') * (i + 1);
    text[0] = letters[sum % 23];
}

// A number for child `place` of a family that no other child of this seed has, as long as numbers last.
static void number_child(struct dice *dice, uint64_t seed, uint64_t family, unsigned place, struct resident *child)
{
    uint64_t count = family * NUMBERS_PER_FAMILY + place;
    bool known_to_health = dice_chance(dice, per_mille[CHANCE_NHS_NUMBER]);
    bool known_to_school = dice_chance(dice, per_mille[CHANCE_UPN]) && child->years >= 5;

    if (place >= NUMBERS_PER_FAMILY || count >= STEMS)
        return;
    // 387,209 has no factor 2 or 5, so that every count below a million gives another stem.
    if (known_to_health && !population_nhs_number((uint32_t)((count * 387209 + seed * 7919) % STEMS), child->nhs_number))
        child->nhs_number[0] = '\0';
    if (known_to_school)
        population_upn((uint32_t)((count * 387209 + seed * 104729) % 1000000000), child->upn);
}

// ---------------------------------------------------------------- people

static void name_resident(struct dice *dice, const char *family_name, struct resident *resident)
{
    const char *first = given_names[dice_below(dice, COUNT(given_names))];

    if (dice_chance(dice, 250))
        (void)snprintf(resident->given_name, sizeof resident->given_name, "%s %s", first,
                       given_names[dice_below(dice, COUNT(given_names))]);
    else
        (void)snprintf(resident->given_name, sizeof resident->given_name, "%s", first);
    resident->family_name = family_name;
}

static const char *school_at(struct dice *dice, unsigned years)
{
    if (years < 4)
        return NULL;
    return schools[years < 11 ? dice_below(dice, 2) : years < 16 ? 2 + dice_below(dice, 2) : 4];
}

// A day in the year that ends on `on`, `years` years ago: somebody born then has completed `years` years.
static int32_t birthday(struct dice *dice, int32_t on, unsigned years)
{
    struct civil day = civil_from_days(on - (int32_t)dice_below(dice, 365));

    day.year -= (int32_t)years;
    if (day.month == 2 && day.day == 29)
        day.day = 28;
    return days_from_civil(day);
}

static struct resident *another(struct population_family *family, uint8_t role)
{
    struct resident *resident = &family->members[family->n_members];

    if (family->n_members == POPULATION_MEMBERS_MAX)
        return NULL;
    family->n_members++;
    *resident = (struct resident){.role = role};
    return resident;
}

static void add_child(struct dice *dice, uint64_t seed, int32_t on, const char *name, struct population_family *family)
{
    unsigned place = family->n_members;
    struct resident *child = another(family, MEMBER_CHILD);
    uint32_t band = dice_pick(dice, age_weights, COUNT(age_weights));

    if (child == NULL)
        return;
    child->years = (uint8_t)(ages[band][0] + dice_below(dice, 1u + ages[band][1] - ages[band][0]));
    child->born = birthday(dice, on, child->years);
    child->send = dice_chance(dice, per_mille[CHANCE_SEND]);
    child->school = school_at(dice, child->years);
    name_resident(dice, name, child);
    number_child(dice, seed, family->number, place, child);
}

static void add_unborn(struct dice *dice, int32_t on, struct population_family *family)
{
    struct resident *unborn = another(family, MEMBER_UNBORN);

    if (unborn != NULL)
        unborn->born = on + 14 + (int32_t)dice_below(dice, 200);
}

static unsigned eldest(const struct population_family *family)
{
    unsigned years = 0;

    for (unsigned i = 0; i < family->n_members; i++)
        if (family->members[i].years > years)
            years = family->members[i].years;
    return years;
}

static void add_adult(struct dice *dice, int32_t on, const char *name, enum member_role role, struct population_family *family)
{
    struct resident *adult = another(family, (uint8_t)role);

    if (adult == NULL)
        return;
    adult->born = birthday(dice, on, eldest(family) + (role == MEMBER_CARER ? 45 : 18) + dice_below(dice, 20));
    name_resident(dice, name, adult);
}

// ---------------------------------------------------------------- homes

static void house(struct dice *dice, struct population_family *family)
{
    static const char inward[] = "ABDEFGHJLNPQRSTUWXYZ"; // letters of the last two places
    const char *district = districts[dice_pick(dice, district_weights, COUNT(district_weights))];
    unsigned sector = dice_below(dice, 10);
    char first = inward[dice_below(dice, sizeof inward - 1)];
    char second = inward[dice_below(dice, sizeof inward - 1)];

    (void)snprintf(family->postcode, sizeof family->postcode, "%s %u%c%c", district, sector, first, second);
    (void)snprintf(family->address, sizeof family->address, "%u %s", 1 + dice_below(dice, 180), streets[dice_below(dice, COUNT(streets))]);
}

void population_family(uint64_t seed, uint64_t number, int32_t on, bool moved, struct population_family *family)
{
    struct dice dice = dice_for(seed, STREAM_FAMILY, number);
    struct dice home = dice_for(seed, STREAM_HOME + moved, number);
    const char *name = family_names[dice_below(&dice, COUNT(family_names))];
    uint32_t n_children = 1 + dice_pick(&dice, children_weights, COUNT(children_weights));

    *family = (struct population_family){.number = number, .language = "en"};
    house(&home, family);
    if (dice_chance(&dice, per_mille[CHANCE_OTHER_LANGUAGE])) {
        family->language = languages[dice_pick(&dice, language_weights, COUNT(language_weights))];
        family->interpreter = dice_chance(&dice, per_mille[CHANCE_INTERPRETER]);
    }
    for (uint32_t i = 0; i < n_children; i++)
        add_child(&dice, seed, on, name, family);
    if (dice_chance(&dice, per_mille[CHANCE_UNBORN]))
        add_unborn(&dice, on, family);
    if (dice_chance(&dice, per_mille[CHANCE_CARER]))
        add_adult(&dice, on, name, MEMBER_CARER, family);
    else
        add_adult(&dice, on, name, MEMBER_PARENT, family);
    if (dice_chance(&dice, per_mille[CHANCE_TWO_PARENTS]))
        add_adult(&dice, on, name, MEMBER_PARENT, family);
    if (dice_chance(&dice, per_mille[CHANCE_OTHER_ADULT]))
        add_adult(&dice, on, name, MEMBER_ADULT, family);
}
