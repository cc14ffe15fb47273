// SPDX-License-Identifier: MIT
// What the tests of judging share: the sample policy, and referrals written in short.
// Included by tests only.
#pragma once

#include "common/policy/prove.h"
#include "tests/unit/unit.h"

static inline struct policy *kit_policy(const char *folder)
{
    struct complaints complaints = {0};
    struct policy *policy = NULL;
    uint8_t *bundle = NULL;
    size_t size = 0;
    enum err err = policy_read_folder(folder, &complaints, &bundle, &size);

    if (err == ERR_NONE)
        err = policy_load(span_of(bundle, size), &complaints, &policy);
    for (unsigned i = 0; i < complaints.n && i < COMPLAINTS_MAX; i++)
        fprintf(stderr, "%s:%u: %s\n", complaints.at[i].file, complaints.at[i].line, complaints.at[i].text);
    assert_int_equal(err, ERR_NONE);
    prove_policy(policy, PROVE_STEPS, &complaints);
    assert_int_equal(complaints.n, 0);
    free(bundle);
    return policy;
}

// Indicators in words: "I201 I305".
static inline uint64_t kit_needs(const char *words)
{
    uint64_t needs = 0;

    for (; *words != '\0'; words += strspn(words, " ")) {
        size_t size = strcspn(words, " ");
        unsigned code = code_parse(LIST_INDICATOR, span_of(words, size));

        assert_int_not_equal(code, 0);
        needs |= UINT64_C(1) << code;
        words += size;
    }
    return needs;
}

static inline int64_t kit_number(const char **at)
{
    char *end;
    int64_t number = strtoll(*at, &end, 10);

    *at = end;
    return number;
}

// Members in short, one after the other: a letter (c child, u unborn, p parent, r carer, a adult), the age in months where known, + for
// SEND, and indicators in brackets: "c156(I301 I302) u-3 c216+ p(I217)". h(...) is the household.
static inline void kit_members(const char *text, struct facts *facts)
{
    static const char letters[] = "?cupra";

    while (*text != '\0') {
        struct member_facts *member = &facts->members[facts->n_members];
        bool household = *text == 'h';
        uint64_t needs = 0;

        memset(member, 0, sizeof *member);
        if (!household) {
            assert_non_null(strchr(letters, *text));
            member->role = (uint8_t)(strchr(letters, *text) - letters);
        }
        text++;
        if (*text == '-' || (*text >= '0' && *text <= '9'))
            PUT(member, member_facts, months, kit_number(&text));
        if (*text == '+') {
            PUT(member, member_facts, send, true);
            text++;
        }
        if (*text == '(') {
            char words[128];
            size_t size = strcspn(text, ")");
            snprintf(words, sizeof words, "%.*s", (int)size - 1, text + 1);
            needs = kit_needs(words);
            text += size + 1;
        }
        text += strspn(text, " ");
        if (household) {
            facts->household_needs = needs;
            continue;
        }
        member->needs = needs;
        facts->n_members++;
    }
}

static inline uint64_t kit_bits(unsigned first, unsigned n)
{
    return ((UINT64_C(1) << n) - 1) << first;
}
