// SPDX-License-Identifier: MIT
// Normalised identifiers and names under a keyed SipHash of 128 bits; birth dates under one of 64.
// Used by the registry for its index only. Never logs, keeps or returns what it hashed.
#include "services/registry/identity.h"

#include "common/base/identifier.h"

#include <sodium.h>
#include <utf8proc.h>

// First byte of what is hashed, so that no kind can be taken for another.
enum label { LABEL_EVENT = 'E', LABEL_NHS_NUMBER = 'N', LABEL_UPN = 'U', LABEL_NAME = 'P', LABEL_WITH_BORN = 'W', LABEL_REFERENCE = 'A' };

enum { TEXT_MAX = 2 * IDENTITY_NAME_MAX + 64 };

struct text {
    uint8_t at[TEXT_MAX];
    size_t size;
};

void identity_secret_derive(const uint8_t kek[IDENTITY_KEK_SIZE], struct identity_secret *secret)
{
    crypto_kdf_derive_from_key(secret->hash, sizeof secret->hash, 3, "wsfamily", kek);
    crypto_kdf_derive_from_key(secret->born, sizeof secret->born, 4, "wsfamily", kek);
}

_Static_assert((int)crypto_shorthash_siphashx24_BYTES == (int)IDENTITY_SIZE, "an identity is one hash");

static void hash(const struct identity_secret *secret, const void *bytes, size_t size, struct identity *identity)
{
    crypto_shorthash_siphashx24(identity->bytes, bytes, size, secret->hash);
}

static void begin(struct text *text, enum label label)
{
    text->at[0] = (uint8_t)label;
    text->size = 1;
}

static void add(struct text *text, const void *bytes, size_t size)
{
    memcpy(text->at + text->size, bytes, size);
    text->size += size;
}

static void add_date(struct text *text, int32_t date)
{
    uint32_t bits = (uint32_t)date;
    uint8_t bytes[4] = {(uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};

    add(text, bytes, sizeof bytes);
}

// ---------------------------------------------------------------- names

// What NFKD, case folding and dropping marks leave apart: letters with strokes, ligatures, signs between parts of a name.
static const struct {
    uint16_t from;
    const char *to;
} spellings[] = {
    {0x0142, "l"}, {0x00f8, "o"}, {0x0111, "d"}, {0x00f0, "d"}, {0x00fe, "th"}, {0x00e6, "ae"}, {0x0153, "oe"},
    {0x0131, "i"}, {0x0127, "h"}, {0x0167, "t"}, {0x014b, "n"}, {0x0180, "b"},  {0x2018, ""},   {0x2019, ""},
    {0x201b, ""},  {0x02b9, ""},  {0x02bb, ""},  {0x02bc, ""},  {0x02bd, ""},   {0x02be, ""},   {0x02bf, ""},
    {0x2032, ""},  {0x2010, ""},  {0x2011, ""},  {0x2012, ""},  {0x2013, ""},   {0x2014, ""},   {0x2015, ""},
    {0x2212, ""},  {0x00ad, ""},  {0x200b, ""},  {0x200c, ""},  {0x200d, ""},   {0x2060, ""},   {0xfeff, ""},
};

static bool is_between(int32_t c)
{
    return c == ' ' || c == '-' || c == '\'' || c == '`' || c == '.' || c == '\t';
}

static size_t put_character(uint8_t *out, int32_t c)
{
    if (is_between(c))
        return 0;
    if (c >= 0x80)
        for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
            if (spellings[i].from == c) {
                memcpy(out, spellings[i].to, strlen(spellings[i].to));
                return strlen(spellings[i].to);
            }
    return (size_t)utf8proc_encode_char(c, out);
}

static size_t print_unicode(struct span name, uint8_t out[IDENTITY_NAME_MAX])
{
    utf8proc_int32_t characters[IDENTITY_NAME_MAX];
    utf8proc_ssize_t n =
        utf8proc_decompose(name.at, (utf8proc_ssize_t)name.size, characters, IDENTITY_NAME_MAX,
                           UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    size_t size = 0;

    if (n < 0 || n > IDENTITY_NAME_MAX)
        return 0;
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        if (size + 4 > IDENTITY_NAME_MAX)
            return 0;
        size += put_character(out + size, characters[i]);
    }
    return size;
}

size_t identity_print_name(struct span name, uint8_t out[IDENTITY_NAME_MAX])
{
    size_t size = 0;

    if (name.size > IDENTITY_NAME_MAX)
        return 0;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.at[i];

        if (c >= 0x80)
            return print_unicode(name, out);
        if (!is_between(c))
            out[size++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
    }
    return size;
}

// ---------------------------------------------------------------- members

static void hash_number(const struct identity_secret *secret, enum label label, const char *number, struct identity *identity)
{
    struct text text;

    begin(&text, label);
    add(&text, number, strlen(number));
    hash(secret, text.at, text.size, identity);
}

// False when one of the four is absent.
static bool hash_name(const struct identity_secret *secret, const struct member *member, const char *postcode, struct identity *identity)
{
    struct text text;
    size_t size;

    if (!HAS(member, member, born) || !HAS(member, member, family_name) || !HAS(member, member, given_name) || postcode[0] == '\0')
        return false;
    begin(&text, LABEL_NAME);
    size = identity_print_name(member->family_name, text.at + text.size);
    if (size == 0)
        return false;
    text.size += size;
    text.at[text.size++] = '\0';
    size = identity_print_name(member->given_name, text.at + text.size);
    if (size == 0)
        return false;
    text.size += size;
    text.at[text.size++] = '\0';
    add_date(&text, member->born);
    add(&text, postcode, strlen(postcode));
    hash(secret, text.at, text.size, identity);
    return true;
}

static void of_member(const struct identity_secret *secret, const struct member *member, const char *postcode,
                      struct identity_member *identity)
{
    char number[14];

    identity->is_child = member->role == MEMBER_CHILD || member->role == MEMBER_UNBORN;
    identity->has_born = HAS(member, member, born);
    identity->born = member->born;
    identity->has[IDENTITY_NHS_NUMBER] = HAS(member, member, nhs_number) && identifier_nhs_number(member->nhs_number, number);
    if (identity->has[IDENTITY_NHS_NUMBER])
        hash_number(secret, LABEL_NHS_NUMBER, number, &identity->by[IDENTITY_NHS_NUMBER]);
    identity->has[IDENTITY_UPN] = HAS(member, member, upn) && identifier_upn(member->upn, number);
    if (identity->has[IDENTITY_UPN])
        hash_number(secret, LABEL_UPN, number, &identity->by[IDENTITY_UPN]);
    identity->has[IDENTITY_NAME] = hash_name(secret, member, postcode, &identity->by[IDENTITY_NAME]);
}

// References are written as names are: capitals, spaces and hyphens do not count.
static bool hash_reference(const struct identity_secret *secret, const struct submitted *submitted, struct identity *identity)
{
    struct text text;
    size_t size;

    if (!HAS(submitted, submitted, asb) || !HAS(&submitted->asb, asb, reference))
        return false;
    begin(&text, LABEL_REFERENCE);
    size = identity_print_name(submitted->asb.reference, text.at + text.size);
    text.size += size;
    hash(secret, text.at, text.size, identity);
    return size > 0;
}

void identity_of_members(const struct identity_secret *secret, const struct submitted *submitted, struct identities *identities)
{
    const struct household *household = &submitted->household;
    char postcode[9] = "";

    if (HAS(submitted, submitted, household) && HAS(household, household, postcode) && !identifier_postcode(household->postcode, postcode))
        postcode[0] = '\0';
    identities->has_reference = hash_reference(secret, submitted, &identities->reference);
    identities->n = 0;
    while (identities->n < submitted->n_members && identities->n < IDENTITY_MEMBERS_MAX) {
        of_member(secret, &submitted->members[identities->n], postcode, &identities->members[identities->n]);
        identities->n++;
    }
}

void identity_born(const struct identity_secret *secret, const struct identity *identity, int32_t born, uint8_t out[IDENTITY_BORN_SIZE])
{
    struct text text;

    text.size = 0;
    add(&text, identity->bytes, sizeof identity->bytes);
    add_date(&text, born);
    crypto_shorthash(out, text.at, text.size, secret->born);
}

void identity_with_born(const struct identity_secret *secret, const struct identity *number, int32_t born, struct identity *with_born)
{
    struct text text;

    begin(&text, LABEL_WITH_BORN);
    add(&text, number->bytes, sizeof number->bytes);
    add_date(&text, born);
    hash(secret, text.at, text.size, with_born);
}

void identity_of_event(const struct identity_secret *secret, struct span source, struct span id, struct identity *identity)
{
    struct text text;

    begin(&text, LABEL_EVENT);
    add(&text, source.at, source.size);
    text.at[text.size++] = '\0';
    add(&text, id.at, id.size);
    hash(secret, text.at, text.size, identity);
}
