// SPDX-License-Identifier: MIT
// Look-ups in and additions to the index of identities; keys of families.
// Used by the registry. Must not choose a family: match.c does.
#include "services/registry/family.h"

#include "services/registry/kin.h"

#include <sodium.h>

enum { RANDOM_BITS = 24 };

_Static_assert((int)MATCH_KINDS == (int)IDENTITY_KINDS && (int)MATCH_MEMBERS_MAX == (int)IDENTITY_MEMBERS_MAX, "one shape");

// Numbers are checked against the birth date; a name has it in its hash.
static bool is_number(unsigned kind)
{
    return kind == IDENTITY_NHS_NUMBER || kind == IDENTITY_UPN;
}

// The number is known with another birth date. If this pair of both came before, it has a family of its own.
static enum err look_up_pair(struct rows *rows, const struct identity_secret *secret, const struct identity *number, int32_t born,
                             struct match_hit *hit)
{
    struct identity pair;
    struct row_index row;
    enum err err;

    identity_with_born(secret, number, born, &pair);
    err = rows_get_index(rows, &pair, &row);
    hit->born_differs = err == ERR_NOT_FOUND;
    if (err == ERR_NONE)
        hit->family = row.family;
    return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static enum err look_up_one(struct rows *rows, const struct identity_secret *secret, const struct identity_member *member, unsigned kind,
                            struct match_hit *hit, bool *lacks_born)
{
    uint8_t born[IDENTITY_BORN_SIZE];
    struct row_index row;
    enum err err = rows_get_index(rows, &member->by[kind], &row);

    if (err == ERR_NOT_FOUND)
        return ERR_NONE;
    if (err != ERR_NONE)
        return err;
    hit->found = true;
    hit->family = row.family;
    *lacks_born = !row.has_born;
    if (!is_number(kind) || !member->has_born || !row.has_born)
        return ERR_NONE;
    identity_born(secret, &member->by[kind], member->born, born);
    if (memcmp(born, row.born, sizeof born) == 0)
        return ERR_NONE;
    return look_up_pair(rows, secret, &member->by[kind], member->born, hit);
}

void family_fetch(const struct rows *rows, const struct identities *identities)
{
    for (unsigned i = 0; i < identities->n; i++)
        for (unsigned kind = 0; kind < IDENTITY_KINDS; kind++)
            if (identities->members[i].has[kind])
                rows_fetch_index(rows, &identities->members[i].by[kind]);
}

enum err family_look_up(struct rows *rows, const struct identity_secret *secret, struct family_search *search)
{
    for (unsigned i = 0; i < search->identities.n; i++) {
        const struct identity_member *member = &search->identities.members[i];

        search->members[i] = (struct match_member){.is_child = member->is_child};
        for (unsigned kind = 0; kind < IDENTITY_KINDS; kind++) {
            enum err err = ERR_NONE;

            search->lacks_born[i][kind] = false;
            if (member->has[kind])
                err = look_up_one(rows, secret, member, kind, &search->members[i].hits[kind], &search->lacks_born[i][kind]);
            if (err == ERR_NONE && search->members[i].hits[kind].found)
                err = kin_head(rows, search->members[i].hits[kind].family, &search->members[i].hits[kind].family);
            if (err != ERR_NONE)
                return err;
        }
    }
    return ERR_NONE;
}

// Somebody known by name, birth date and postcode has been compared before.
static bool is_new_by_name(const struct family_search *search, unsigned member)
{
    const struct match_hit *hits = search->members[member].hits;

    if (search->identities.members[member].has[IDENTITY_NAME])
        return !hits[IDENTITY_NAME].found;
    return !hits[IDENTITY_NHS_NUMBER].found && !hits[IDENTITY_UPN].found;
}

void family_note_traits(const struct identity_secret *secret, const struct submitted *submitted, struct family_search *search)
{
    unsigned members = 0;

    for (unsigned i = 0; i < search->identities.n; i++)
        if (is_new_by_name(search, i))
            members |= 1U << i;
    traits_of_members(secret, submitted, members, &search->traits);
}

static enum err remember_one(struct rows *rows, const struct identity_secret *secret, const struct identity_member *member, unsigned kind,
                             uint64_t family)
{
    struct row_index row = {.family = family, .has_born = is_number(kind) && member->has_born};

    if (row.has_born)
        identity_born(secret, &member->by[kind], member->born, row.born);
    return rows_put_index(rows, &member->by[kind], &row);
}

// The birth date of a number that is known: it stays the family's that has it, whoever speaks for the household.
static enum err complete(struct rows *rows, const struct identity_secret *secret, const struct identity_member *member, unsigned kind)
{
    struct row_index row;
    enum err err = rows_get_index(rows, &member->by[kind], &row);

    return err == ERR_NONE ? remember_one(rows, secret, member, kind, row.family) : err;
}

static enum err remember_pair(struct rows *rows, const struct identity_secret *secret, const struct identity_member *member, unsigned kind,
                              uint64_t family)
{
    struct row_index row = {.family = family};
    struct identity pair;

    identity_with_born(secret, &member->by[kind], member->born, &pair);
    return rows_put_index(rows, &pair, &row);
}

enum err family_remember(struct rows *rows, const struct identity_secret *secret, const struct family_search *search, uint64_t family)
{
    enum err err = ERR_NONE;

    for (unsigned i = 0; i < search->identities.n && err == ERR_NONE; i++) {
        const struct identity_member *member = &search->identities.members[i];

        for (unsigned kind = 0; kind < IDENTITY_KINDS && err == ERR_NONE; kind++) {
            const struct match_hit *hit = &search->members[i].hits[kind];
            bool completes = hit->family == family && search->lacks_born[i][kind] && member->has_born && is_number(kind);

            if (!member->has[kind])
                continue;
            if (!hit->found)
                err = remember_one(rows, secret, member, kind, family);
            else if (completes)
                err = complete(rows, secret, member, kind);
            else if (hit->born_differs)
                err = remember_pair(rows, secret, member, kind, family);
        }
    }
    return err;
}

uint64_t family_number(uint64_t slot, uint32_t random)
{
    return (slot + 1) << RANDOM_BITS | (random & ((UINT32_C(1) << RANDOM_BITS) - 1));
}

enum err family_keys(struct keys *keys, uint64_t family, struct seal_keys *derived)
{
    uint8_t key[KEYS_SIZE];
    enum err err = family >> RANDOM_BITS == 0 ? ERR_NOT_FOUND : keys_get(keys, (family >> RANDOM_BITS) - 1, key);

    if (err == ERR_NONE)
        seal_derive(key, derived);
    sodium_memzero(key, sizeof key);
    return err;
}
