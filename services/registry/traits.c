// SPDX-License-Identifier: MIT
// Members as they are compared, and the hashes by which others like them are found.
// Used by the registry for its index only; traits are made for every referral on its way in. Never logs, keeps or returns what it hashed.
#include "services/registry/traits.h"

#include "common/base/civil.h"
#include "common/base/identifier.h"

#include <sodium.h>

// First byte of what is hashed: none of it is an identity (identity.c).
enum label { LABEL_BORN = 'd', LABEL_YEAR = 'y', LABEL_SECTOR = 's', LABEL_SOUND = 'p', LABEL_DIGITS = 'n' };

// ---------------------------------------------------------------- people

static bool is_break(uint8_t c)
{
    return c == ' ' || c == '-';
}

// The part of a name that begins at *at, which moves behind it; size 0 at the end or where two breaks meet.
static struct span take_part(struct span text, size_t *at)
{
    size_t start = *at, end = start;

    while (end < text.size && !is_break(text.at[end]))
        end++;
    *at = end + 1;
    return span_of(text.at + start, end - start);
}

static void print_parts(struct span text, struct alike_name *name)
{
    uint8_t part[IDENTITY_NAME_MAX];

    *name = (struct alike_name){0};
    for (size_t at = 0; at < text.size;) {
        size_t size = identity_print_name(take_part(text, &at), part);

        alike_add(name, span_of(part, size));
    }
    sodium_memzero(part, sizeof part);
}

static void print_sound(struct span text, struct sound *sound)
{
    uint8_t name[IDENTITY_NAME_MAX];

    sound_of(span_of(name, identity_print_name(text, name)), sound);
}

// "LU4 9QT" lies in "LU4 9".
static void print_sector(const struct submitted *submitted, char sector[LIKENESS_SECTOR_SIZE])
{
    char postcode[9];

    memset(sector, 0, LIKENESS_SECTOR_SIZE);
    if (!HAS(submitted, submitted, household) || !HAS(&submitted->household, household, postcode) ||
        !identifier_postcode(submitted->household.postcode, postcode))
        return;
    memcpy(sector, postcode, strlen(postcode) - 2);
}

static bool is_complete(const struct member *member)
{
    return HAS(member, member, given_name) && HAS(member, member, family_name) && HAS(member, member, born);
}

void traits_person(const struct submitted *submitted, unsigned index, struct likeness_person *person)
{
    const struct member *member = &submitted->members[index];

    person->is_complete = false;
    if (!is_complete(member))
        return;
    print_parts(member->given_name, &person->given);
    print_parts(member->family_name, &person->family);
    print_sound(member->given_name, &person->given_sound);
    print_sound(member->family_name, &person->family_sound);
    person->born = member->born;
    print_sector(submitted, person->sector);
    person->is_complete = person->given.n > 0 && person->family.n > 0;
}

// ---------------------------------------------------------------- traits

// What members of one referral mostly have in common is hashed once.
struct shared {
    const struct identity_secret *secret;
    uint64_t sector;
    bool has_sector;
    struct span family_name;
    uint64_t family_sound, family_digits;
    bool has_family_sound;
};

static uint64_t hash(const struct shared *shared, enum label label, const void *bytes, size_t size)
{
    uint8_t text[1 + SOUND_MAX];
    uint64_t hashed;

    text[0] = (uint8_t)label;
    memcpy(text + 1, bytes, size);
    crypto_shorthash((uint8_t *)&hashed, text, 1 + size, shared->secret->hash);
    return hashed;
}

static uint64_t hash_sound(const struct shared *shared, struct span text, bool *is_heard)
{
    struct sound sound;

    print_sound(text, &sound);
    *is_heard = sound.size > 0;
    return hash(shared, LABEL_SOUND, sound.code, sound.size);
}

static void hash_family_name(struct shared *shared, struct span family_name)
{
    struct sound sound;
    const uint8_t *digits;

    if (span_equal(shared->family_name, family_name))
        return;
    print_sound(family_name, &sound);
    digits = memchr(sound.code, '#', sound.size);
    shared->family_name = family_name;
    shared->has_family_sound = sound.size > 0;
    shared->family_sound = hash(shared, LABEL_SOUND, sound.code, sound.size);
    shared->family_digits = digits == NULL ? 0 : hash(shared, LABEL_DIGITS, digits, (size_t)(sound.code + sound.size - digits));
}

// Each part is a keyed hash already: this only puts them together, in an order.
static uint32_t combine(enum trait_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t sum = a + b * UINT64_C(0x9e3779b97f4a7c15) + c * UINT64_C(0xc2b2ae3d27d4eb4f) + (uint64_t)kind;
    uint32_t trait = (uint32_t)((sum ^ sum >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> 32);

    return trait != 0 ? trait : 1;
}

static void add_member(struct shared *shared, const struct member *member, struct traits *traits)
{
    int32_t year = civil_from_days(member->born).year;
    uint64_t born = hash(shared, LABEL_BORN, &member->born, sizeof member->born);
    uint32_t *at = traits->at + traits->n;
    uint64_t given, first, first_year;
    bool is_heard;
    size_t end = 0;
    struct span first_name = take_part(member->given_name, &end);

    hash_family_name(shared, member->family_name);
    given = hash_sound(shared, member->given_name, &is_heard);
    if (!is_heard || !shared->has_family_sound)
        return;
    first = first_name.size == member->given_name.size ? given : hash_sound(shared, first_name, &is_heard);
    at[TRAIT_SOUND_BORN] = combine(TRAIT_SOUND_BORN, born, shared->family_sound, 0);
    at[TRAIT_SWAPPED_BORN] = given == shared->family_sound ? 0 : combine(TRAIT_SOUND_BORN, born, given, 0);
    at[TRAIT_YEAR_SECTOR] = at[TRAIT_BORN_SECTOR] = 0;
    if (shared->has_sector) {
        first_year = first + hash(shared, LABEL_YEAR, &year, sizeof year);
        at[TRAIT_YEAR_SECTOR] = combine(TRAIT_YEAR_SECTOR, first_year, shared->family_sound, shared->sector);
        at[TRAIT_BORN_SECTOR] = combine(TRAIT_BORN_SECTOR, born + first, shared->family_digits, shared->sector);
    }
    traits->n += TRAITS_OF_MEMBER;
}

void traits_of_members(const struct identity_secret *secret, const struct submitted *submitted, unsigned members, struct traits *traits)
{
    struct shared shared = {.secret = secret};
    char sector[LIKENESS_SECTOR_SIZE];

    traits->n = 0;
    if (members == 0)
        return;
    print_sector(submitted, sector);
    shared.has_sector = sector[0] != '\0';
    shared.sector = hash(&shared, LABEL_SECTOR, sector, sizeof sector);
    for (unsigned i = 0; i < submitted->n_members && i < IDENTITY_MEMBERS_MAX; i++)
        if ((members >> i & 1) != 0 && is_complete(&submitted->members[i]))
            add_member(&shared, &submitted->members[i], traits);
}
