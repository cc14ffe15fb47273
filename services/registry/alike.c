// SPDX-License-Identifier: MIT
// Jaro-Winkler in whole numbers, and what it is asked of two names.
// Pure policy of the registry: values in, a number out.
#include "services/registry/alike.h"

enum {
    WHOLE = 10000,
    WINKLER_FROM = 7000, // below it a common beginning says nothing
    WINKLER_PREFIX = 4,
    PART_LETTERS_LEAST = 3, // shorter parts are particles: de, el, van
    PART_LESS = 5,
};

// ---------------------------------------------------------------- letters

// Takes one character of valid UTF-8 from the front.
static int32_t take_character(struct span *text)
{
    static const uint8_t masks[] = {0x7f, 0x1f, 0x0f, 0x07};
    uint8_t first = text->at[0];
    size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    int32_t c = first & masks[more];

    if (more >= text->size)
        more = text->size - 1;
    for (size_t i = 1; i <= more; i++)
        c = c << 6 | (text->at[i] & 0x3f);
    *text = span_of(text->at + more + 1, text->size - more - 1);
    return c;
}

void alike_add(struct alike_name *name, struct span part)
{
    if (part.size == 0)
        return;
    while (part.size > 0 && name->n < ALIKE_LETTERS_MAX)
        name->letters[name->n++] = take_character(&part);
    if (name->n_parts < ALIKE_PARTS_MAX)
        name->n_parts++;
    name->ends[name->n_parts - 1] = name->n;
}

static bool is_digit(int32_t c)
{
    return c >= '0' && c <= '9';
}

// The next digit from *at on; -1 at the end.
static int32_t next_digit(const struct alike_name *name, unsigned *at)
{
    while (*at < name->n && !is_digit(name->letters[*at]))
        ++*at;
    return *at < name->n ? name->letters[(*at)++] : -1;
}

static bool has_same_digits(const struct alike_name *a, const struct alike_name *b)
{
    unsigned at_a = 0, at_b = 0;
    int32_t digit;

    do {
        digit = next_digit(a, &at_a);
        if (digit != next_digit(b, &at_b))
            return false;
    } while (digit >= 0);
    return true;
}

// ---------------------------------------------------------------- Jaro-Winkler

struct pairing {
    uint64_t used_a, used_b; // bit i: letter i has its equal in the other run
    unsigned n;
};

// Pairs equal letters that stand no further apart than half the longer run.
static struct pairing pair_letters(const int32_t *a, unsigned n_a, const int32_t *b, unsigned n_b)
{
    unsigned longer = n_a > n_b ? n_a : n_b;
    unsigned far = longer / 2 > 1 ? longer / 2 - 1 : 0;
    struct pairing pairing = {0};

    for (unsigned i = 0; i < n_a; i++)
        for (unsigned j = i > far ? i - far : 0; j < n_b && j <= i + far; j++)
            if (a[i] == b[j] && (pairing.used_b >> j & 1) == 0) {
                pairing.used_a |= UINT64_C(1) << i;
                pairing.used_b |= UINT64_C(1) << j;
                pairing.n++;
                break;
            }
    return pairing;
}

// Half of the paired letters whose order differs.
static unsigned count_transpositions(const int32_t *a, const int32_t *b, const struct pairing *pairing)
{
    unsigned n = 0, i = 0, j = 0;

    for (unsigned k = 0; k < pairing->n; k++, i++, j++) {
        while ((pairing->used_a >> i & 1) == 0)
            i++;
        while ((pairing->used_b >> j & 1) == 0)
            j++;
        n += a[i] != b[j];
    }
    return n / 2;
}

unsigned alike_jaro_winkler(const int32_t *a, unsigned n_a, const int32_t *b, unsigned n_b)
{
    struct pairing pairing = pair_letters(a, n_a, b, n_b);
    unsigned m = pairing.n, prefix = 0;
    uint64_t jaro;

    if (m == 0)
        return 0;
    // (m / n_a + m / n_b + (m - t) / m) / 3 over one denominator; both runs have at most 64 letters
    jaro = (uint64_t)m * m * (n_a + n_b) + (uint64_t)(m - count_transpositions(a, b, &pairing)) * n_a * n_b;
    jaro = jaro * WHOLE / (3 * (uint64_t)m * n_a * n_b);
    if (jaro <= WINKLER_FROM)
        return (unsigned)jaro;
    while (prefix < WINKLER_PREFIX && prefix < n_a && prefix < n_b && a[prefix] == b[prefix])
        prefix++;
    return (unsigned)(jaro + (WHOLE - jaro) * prefix / 10);
}

// ---------------------------------------------------------------- names

static unsigned percent(unsigned hundredths)
{
    return hundredths / (WHOLE / ALIKE_EQUAL);
}

// The best of a part of one with the whole of the other.
static unsigned score_parts(const struct alike_name *parts, const struct alike_name *whole)
{
    unsigned best = 0, start = 0;

    for (unsigned i = 0; i < parts->n_parts && parts->n_parts > 1; start = parts->ends[i], i++) {
        unsigned n = parts->ends[i] - start;
        unsigned score = n < PART_LETTERS_LEAST ? 0 : percent(alike_jaro_winkler(parts->letters + start, n, whole->letters, whole->n));

        if (score > best + PART_LESS)
            best = score - PART_LESS;
    }
    return best;
}

unsigned alike_score(const struct alike_name *a, const struct alike_name *b)
{
    unsigned whole, part;

    if (a->n == 0 || b->n == 0 || !has_same_digits(a, b))
        return 0;
    whole = percent(alike_jaro_winkler(a->letters, a->n, b->letters, b->n));
    part = score_parts(a, b);
    if (part < score_parts(b, a))
        part = score_parts(b, a);
    return whole > part ? whole : part;
}
