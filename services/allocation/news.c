// SPDX-License-Identifier: MIT
// Finds news by family, and judges it as the tables say now.
// Called when a case ends or moves, and when two families turn out not to be one.
// Must not take news from who has accepted it; nor leave any for anybody to find, without the parts and the consent that it needs.
#include "services/allocation/news.h"

#include "common/base/tag.h"
#include "services/allocation/judge_again.h"
#include "services/allocation/side_job.h"

struct searching {
    struct allocation *allocation;
    uint64_t of;                          // news of this referral's case; 0: of any that is not the household's
    const struct joined_group *household; // when `of` is 0
    unsigned n;
    struct job_key keys[FAMILY_CASE_NEWS_MAX * 2];
};

static bool is_of_household(const struct searching *searching, uint64_t referral)
{
    struct job_row lead;

    if (job_table_get(&searching->allocation->jobs, (struct job_key){.referral = referral}, &lead) != ERR_NONE)
        return true;
    for (unsigned i = 0; i < searching->household->n; i++)
        if (searching->household->at[i] == lead.family)
            return true;
    return false;
}

static void find(void *context, struct job_key key, const struct job_row *row)
{
    struct searching *searching = context;
    bool found = searching->of != 0 ? row->news_of == searching->of : !is_of_household(searching, row->news_of);

    if (found && searching->n < sizeof searching->keys / sizeof searching->keys[0])
        searching->keys[searching->n++] = key;
}

static void append_updated(struct effects *effects, struct job_key key, const struct job_row *row)
{
    struct updated updated = {0};
    char tag[TAG_TEXT_MAX + 1];

    tag_print('R', row->news_of, tag);
    PUT(&updated, updated, news_of, span_text(tag));
    compose_append(effects, EVENT_UPDATED, key.referral, 0, &updated);
}

void news_to_person(struct allocation *allocation, struct effects *effects, struct job_key key, const struct job_row *row)
{
    struct onward to = {.team = span_text("hub-decision"), .level = row->level, .reason = (enum decision_reason)row->reason};
    struct job_row no_news = *row;

    append_updated(effects, key, row);
    no_news.news_of = 0;
    compose_onward(allocation, effects, key, &no_news, &to);
}

// What is suggested waits for a person now. Any other part told the worker what the lead waits for a person with: the person goes on alone.
static void judge(struct allocation *allocation, struct effects *effects, struct job_key key)
{
    struct job_row row;
    struct again again;

    if (job_table_get(&allocation->jobs, key, &row) != ERR_NONE)
        return;
    if (key.part > 0 && row.reason == REASON_STEP_UP_SUGGESTED) {
        news_to_person(allocation, effects, key, &row);
        return;
    }
    if (key.part > 0) {
        side_job_close(effects, key, span_text("hub"), OUTCOME_DONE, 0);
        return;
    }
    append_updated(effects, key, &row);
    if (judge_again_begin(&again, allocation, effects, key.referral, 0))
        judge_again_go(&again);
}

static void judge_all(const struct searching *searching, struct effects *effects)
{
    for (unsigned i = 0; i < searching->n; i++)
        judge(searching->allocation, effects, searching->keys[i]);
}

void news_judge_again(struct allocation *allocation, struct effects *effects, uint64_t referral)
{
    struct searching searching = {.allocation = allocation, .of = referral};
    struct job_row lead;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &lead) != ERR_NONE)
        return;
    family_case_each_news(&allocation->families, &allocation->jobs, lead.family, find, &searching);
    judge_all(&searching, effects);
}

void news_judge_family(struct allocation *allocation, struct effects *effects, uint64_t family)
{
    struct joined_group household;
    struct searching searching = {.allocation = allocation, .household = &household};

    if (joined_group(&allocation->families.joined, family, &household) != ERR_NONE)
        return;
    family_case_each_news(&allocation->families, &allocation->jobs, family, find, &searching);
    judge_all(&searching, effects);
}
