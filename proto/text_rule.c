// SPDX-License-Identifier: MIT
// The rules of text_rules.def: a table of character classes, and functions where a class is not enough.
// Called by the decoder on every text, so it looks at each byte once. Never changes a text.
#include "proto/text_rule.h"

#include "common/base/identifier.h"
#include "common/base/tag.h"

_Static_assert((int)TAG_TEXT_MAX == (int)TAG_SIZE, "one size of tags");

// What a byte must not stand in.
enum {
    CONTROL = 1, // any text
    BREAK = 2,   // one line: tab and line ends
    WATCH = 4,   // nothing by itself, but begins characters or escapes of which some are refused
    NOT_ID = 8,
    NOT_SOURCE = 16,
    NOT_SLUG = 32,
    NOT_RULE = 64,
    NOT_POINTER = 128,
};

#define ASCII_RULES (NOT_ID | NOT_SOURCE | NOT_SLUG | NOT_RULE | NOT_POINTER)
#define C (CONTROL | ASCII_RULES)
#define B (BREAK | ASCII_RULES)
#define Q ASCII_RULES                         // space, quotes, backslash, < and >
#define S (NOT_SLUG | NOT_RULE | NOT_POINTER) // signs of URIs
#define E (S | WATCH)                         // %
#define A (S | NOT_ID)                        // apostrophe
#define O (S | NOT_SOURCE)                    // signs that URIs lack
#define P (NOT_SLUG | NOT_RULE)               // . / ~
#define L NOT_RULE                            // small letters and hyphen
#define U NOT_SLUG                            // capital letters
#define D 0                                   // digits and _
#define N ASCII_RULES                         // not ASCII
#define W (N | WATCH)                         // U+0080..U+00BF, U+2000..U+2FFF begin so

static const uint8_t classes[256] = {
    C, C, C, C, C, C, C, C, C, B, B, C, C, B, C, C, // 00
    C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, // 10
    Q, S, Q, S, S, E, S, A, S, S, S, S, S, L, P, P, // 20   ! " # $ % & ' ( ) * + , - . /
    D, D, D, D, D, D, D, D, D, D, S, S, Q, S, Q, S, // 30 0-9 : ; < = > ?
    S, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, // 40 @ A-O
    U, U, U, U, U, U, U, U, U, U, U, S, Q, S, O, D, // 50 P-Z [ \ ] ^ _
    Q, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, // 60 ` a-o
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, P, C, // 70 p-z { | } ~ DEL
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, // 80
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, // 90
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, // a0
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, // b0
    N, N, W, N, N, N, N, N, N, N, N, N, N, N, N, N, // c0
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, // d0
    N, N, W, N, N, N, N, N, N, N, N, N, N, N, N, N, // e0
    N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, // f0
};

#undef C
#undef B
#undef Q
#undef S
#undef E
#undef A
#undef O
#undef P
#undef L
#undef U
#undef D
#undef N
#undef W

static unsigned classes_of_four(const uint8_t *at)
{
    return classes[at[0]] | classes[at[1]] | classes[at[2]] | classes[at[3]];
}

// By fours; the last four may have been looked at before, which adds nothing.
static unsigned classes_of(struct span text)
{
    unsigned seen = 0;

    if (text.size < 4) {
        for (size_t i = 0; i < text.size; i++)
            seen |= classes[text.at[i]];
        return seen;
    }
    for (size_t i = 0; i < text.size - 4; i += 4)
        seen |= classes_of_four(text.at + i);
    return seen | classes_of_four(text.at + text.size - 4);
}

// The classes of words, most of which have only letters, digits and signs that any text may have.
static unsigned classes_of_words(struct span text)
{
    unsigned seen = 0;
    size_t i = 0;

    for (; text.size - i >= 8; i += 8)
        if (!bytes_are_printable8(bytes_word8(text.at + i)))
            seen |= classes_of(span_of(text.at + i, 8));
    return seen | classes_of(span_of(text.at + i, text.size - i));
}

// A control character U+0080..U+009F at `at`.
static bool is_late_control(const uint8_t *at, size_t left)
{
    return left >= 2 && at[0] == 0xc2 && at[1] < 0xa0;
}

// A line or paragraph separator U+2028, U+2029; a bidirectional override U+202A..U+202E or isolate U+2066..U+2069.
static bool is_layout(const uint8_t *at, size_t left)
{
    if (left < 3 || at[0] != 0xe2)
        return false;
    return (at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) || (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
}

static enum fault check_words(struct span text, unsigned refused, bool one_line)
{
    unsigned seen = classes_of_words(text);

    if (seen & refused)
        return FAULT_BAD_CHARACTER;
    if ((seen & WATCH) == 0)
        return FAULT_NONE;
    for (size_t i = 0; i < text.size; i++)
        if (is_late_control(text.at + i, text.size - i) || (one_line && is_layout(text.at + i, text.size - i)))
            return FAULT_BAD_CHARACTER;
    return FAULT_NONE;
}

static enum fault check_ascii(struct span text, unsigned refused)
{
    if (text.size == 0)
        return FAULT_TOO_SHORT;
    return (classes_of(text) & refused) != 0 ? FAULT_BAD_CHARACTER : FAULT_NONE;
}

static bool is_hex(int character)
{
    return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'F') || (character >= 'a' && character <= 'f');
}

static enum fault check_source(struct span text)
{
    unsigned seen = classes_of(text);
    const uint8_t *end;

    if (text.size == 0)
        return FAULT_TOO_SHORT;
    if ((seen & NOT_SOURCE) != 0)
        return FAULT_BAD_CHARACTER;
    if ((seen & WATCH) == 0)
        return FAULT_NONE;
    end = text.at + text.size;
    for (const uint8_t *at = text.at; (at = memchr(at, '%', (size_t)(end - at))) != NULL; at += 3)
        if (end - at < 3 || !is_hex(at[1]) || !is_hex(at[2]))
            return FAULT_BAD_CHARACTER;
    return FAULT_NONE;
}

static enum fault check_tag(struct span text)
{
    if (text.size != TAG_SIZE)
        return text.size < TAG_SIZE ? FAULT_TOO_SHORT : FAULT_TOO_LONG;
    return tag_has_form(text) ? FAULT_NONE : FAULT_BAD_CHARACTER;
}

static enum fault check_pointer(struct span text)
{
    if (text.size == 0)
        return FAULT_NONE; // the whole message
    return text.at[0] == '/' ? check_ascii(text, NOT_POINTER) : FAULT_BAD_CHARACTER;
}

// Subtags of 1 to 8 letters or digits between hyphens; the first only letters.
static enum fault check_language(struct span text)
{
    size_t in_subtag = 0;
    bool first = true;

    if (text.size == 0)
        return FAULT_TOO_SHORT;
    for (size_t i = 0; i < text.size; i++) {
        int small = text.at[i] | 0x20;
        bool letter = small >= 'a' && small <= 'z';
        bool digit = text.at[i] >= '0' && text.at[i] <= '9';

        if (text.at[i] == '-' && in_subtag > 0) {
            in_subtag = 0;
            first = false;
        } else if ((!letter && (first || !digit)) || ++in_subtag > 8) {
            return FAULT_BAD_CHARACTER;
        }
    }
    return in_subtag > 0 ? FAULT_NONE : FAULT_BAD_CHARACTER;
}

enum fault text_rule_check(enum text_rule rule, struct span text)
{
    char normal[14];

    switch (rule) {
    case TEXT_FREE:
        return check_words(text, CONTROL, false);
    case TEXT_LINE:
        return check_words(text, CONTROL | BREAK, true);
    case TEXT_ID:
        return check_ascii(text, NOT_ID);
    case TEXT_SOURCE:
        return check_source(text);
    case TEXT_SLUG:
        return check_ascii(text, NOT_SLUG);
    case TEXT_RULE:
        return check_ascii(text, NOT_RULE);
    case TEXT_TAG:
        return check_tag(text);
    case TEXT_POINTER:
        return check_pointer(text);
    case TEXT_LANGUAGE:
        return check_language(text);
    case TEXT_POSTCODE:
        return identifier_postcode(text, normal) ? FAULT_NONE : FAULT_BAD_POSTCODE;
    case TEXT_NHS_NUMBER:
        return identifier_nhs_number(text, normal) ? FAULT_NONE : FAULT_BAD_NHS_NUMBER;
    case TEXT_UPN:
        return identifier_upn(text, normal) ? FAULT_NONE : FAULT_BAD_UPN;
    case TEXT_RULE_COUNT:
        break;
    }
    return FAULT_BAD_CHARACTER;
}
