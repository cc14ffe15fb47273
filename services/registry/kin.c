// SPDX-License-Identifier: MIT
// Pairs of families as rows, households over common/store/joined, families by a shared reference.
// Used by the registry's own files. Never decides whether two families are one.
#include "services/registry/kin.h"

#include "common/base/big_endian.h"

enum { NUMBER = 8, PAIR = 2 * NUMBER };

// ---------------------------------------------------------------- pairs

// lesser[8] greater[8]
static struct span pair_key(uint64_t family, uint64_t other, uint8_t key[PAIR])
{
    big_endian_put(key, family < other ? family : other, NUMBER);
    big_endian_put(key + NUMBER, family < other ? other : family, NUMBER);
    return span_of(key, PAIR);
}

enum err kin_get(struct rows *rows, uint64_t family, uint64_t other, unsigned *bits)
{
    uint8_t key[PAIR];
    struct span value;
    enum err err = projection_get(rows->projection, ROWS_PAIR, pair_key(family, other, key), &value);

    *bits = 0;
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size != 1)
        return ERR_BAD_STORE;
    *bits = value.at[0];
    return ERR_NONE;
}

static enum err put_bits(struct rows *rows, uint64_t family, uint64_t other, unsigned bits)
{
    uint8_t key[PAIR], value = (uint8_t)bits;

    return projection_put(rows->projection, ROWS_PAIR, pair_key(family, other, key), span_of(&value, 1));
}

enum err kin_note(struct rows *rows, uint64_t family, uint64_t other, enum kin_bit bit)
{
    unsigned bits;
    enum err err = kin_get(rows, family, other, &bits);

    return err == ERR_NONE ? put_bits(rows, family, other, bits | bit) : err;
}

// ---------------------------------------------------------------- households

static struct joined households(const struct rows *rows)
{
    return (struct joined){.projection = rows->projection, .table = ROWS_JOINED};
}

enum err kin_settle(struct rows *rows, uint64_t family, uint64_t other, enum family_verdict verdict)
{
    struct joined joined = households(rows);
    bool same = verdict == FAMILY_VERDICT_SAME;
    unsigned bits;
    enum err err = kin_get(rows, family, other, &bits);

    if (err == ERR_NONE)
        err = same ? joined_add(&joined, family, other) : joined_drop(&joined, family, other);
    if (err != ERR_NONE)
        return err;
    bits &= ~(unsigned)(KIN_SAME | KIN_DIFFERENT);
    return put_bits(rows, family, other, bits | (same ? KIN_SAME : KIN_DIFFERENT));
}

enum err kin_head(const struct rows *rows, uint64_t family, uint64_t *head)
{
    struct joined joined = households(rows);

    return joined_head(&joined, family, head);
}

enum err kin_household(const struct rows *rows, uint64_t family, struct joined_group *household)
{
    struct joined joined = households(rows);

    return joined_group(&joined, family, household);
}

enum err kin_are_one_otherwise(const struct rows *rows, uint64_t family, uint64_t other, bool *otherwise)
{
    struct joined joined = households(rows);

    return joined_otherwise(&joined, family, other, otherwise);
}

// ---------------------------------------------------------------- links

enum err kin_get_links(struct rows *rows, const struct identity *reference, struct kin_links *links)
{
    struct span value;
    enum err err = projection_get(rows->projection, ROWS_LINK, span_of(reference->bytes, sizeof reference->bytes), &value);

    links->n = 0;
    if (err != ERR_NONE)
        return err == ERR_NOT_FOUND ? ERR_NONE : err;
    if (value.size % NUMBER != 0 || value.size > sizeof links->families)
        return ERR_BAD_STORE;
    for (size_t at = 0; at < value.size; at += NUMBER)
        links->families[links->n++] = big_endian_get(value.at + at, NUMBER);
    return ERR_NONE;
}

enum err kin_add_link(struct rows *rows, const struct identity *reference, uint64_t family)
{
    uint8_t value[NUMBER * KIN_LINKS_MAX];
    struct kin_links links;
    enum err err = kin_get_links(rows, reference, &links);

    for (unsigned i = 0; i < links.n; i++) {
        if (links.families[i] == family)
            return err;
        big_endian_put(value + (size_t)NUMBER * i, links.families[i], NUMBER);
    }
    if (err != ERR_NONE || links.n == KIN_LINKS_MAX)
        return err;
    big_endian_put(value + (size_t)NUMBER * links.n, family, NUMBER);
    return projection_put(rows->projection, ROWS_LINK, span_of(reference->bytes, sizeof reference->bytes),
                          span_of(value, (size_t)NUMBER * (links.n + 1)));
}
