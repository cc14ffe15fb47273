// SPDX-License-Identifier: MIT
// Adds, finds and ends parts.
// Called when something happens to a lead.
// Must not touch the lead itself.
#include "services/allocation/side_job.h"

#include "common/base/tag.h"
#include "common/runtime/report.h"

uint8_t side_job_next(const struct allocation *allocation, uint64_t referral)
{
    uint8_t free = job_table_next_part(&allocation->jobs, referral, 1);
    struct job_row row;

    for (unsigned part = 1; free == 0 && part <= JOB_PARTS_MAX; part++)
        if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral, .part = (uint8_t)part}, &row) == ERR_NONE &&
            row.state == STATE_CLOSED)
            free = (uint8_t)part;
    return free;
}

uint8_t side_job_add(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead,
                     uint64_t news_of, const struct onward *to)
{
    struct job_key key = {.referral = referral, .part = side_job_next(allocation, referral)};
    struct job_row row = *lead;
    char tag[TAG_TEXT_MAX + 1];

    if (key.part == 0) {
        tag_print('R', referral, tag);
        report("alarm-parts-full", "%s has as many open parts as may be; not added: %s", tag, code_meaning(LIST_REASON, to->reason));
        return 0;
    }
    row.rule = NAME_NONE;
    row.news_of = news_of;
    compose_onward(allocation, effects, key, &row, to);
    return key.part;
}

// The same news waits there already: what was said twice is told once, and the parts are not for anybody to use up.
static bool is_to_be_told(const struct allocation *allocation, uint64_t referral, uint16_t team, enum decision_reason reason)
{
    struct job_row row;
    uint8_t part = 0;

    while ((part = side_job_find(allocation, referral, reason, part + 1u, &row)) != 0)
        if (row.news_of == referral && row.team == team && row.state == STATE_QUEUED)
            return true;
    return false;
}

void side_job_tell_worker(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead,
                          enum decision_reason reason, uint64_t cause)
{
    struct onward to = {.team = name_table_text(allocation->names, lead->team), .level = lead->level, .reason = reason, .cause = cause};

    if (!is_to_be_told(allocation, referral, lead->team, reason))
        side_job_add(allocation, effects, referral, lead, referral, &to);
}

void side_job_task(struct allocation *allocation, struct effects *effects, uint64_t referral, const struct job_row *lead,
                   enum decision_reason reason, uint64_t cause)
{
    struct onward to = {.team = span_text("hub-decision"), .level = lead->level, .reason = reason, .cause = cause};
    struct job_row row;
    uint8_t part = 0;

    while ((part = side_job_find(allocation, referral, reason, part + 1u, &row)) != 0)
        if (row.team == NAME_HUB_DECISION)
            return;
    side_job_add(allocation, effects, referral, lead, 0, &to);
}

void side_job_ask_why(struct allocation *allocation, struct effects *effects, uint64_t referral)
{
    struct job_row lead;

    if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral}, &lead) == ERR_NONE)
        side_job_task(allocation, effects, referral, &lead, REASON_DATA_QUALITY, 0);
}

void side_job_close(struct effects *effects, struct job_key key, struct span by, enum outcome outcome, uint64_t note)
{
    struct closed closed = {.by = by, .outcome = (uint8_t)outcome};

    if (key.part > 0)
        PUT(&closed, closed, part, key.part);
    if (note > 0)
        PUT(&closed, closed, note, note);
    compose_append(effects, EVENT_CLOSED, key.referral, 0, &closed);
}

uint8_t side_job_find(const struct allocation *allocation, uint64_t referral, enum decision_reason reason, unsigned from,
                      struct job_row *row)
{
    for (unsigned part = from; part <= JOB_PARTS_MAX; part++) {
        if (job_table_get(&allocation->jobs, (struct job_key){.referral = referral, .part = (uint8_t)part}, row) != ERR_NONE)
            return 0;
        if (job_is_open(row) && row->reason == reason)
            return (uint8_t)part;
    }
    return 0;
}

void side_job_each(struct allocation *allocation, uint64_t referral,
                   void (*each)(void *context, struct job_key key, const struct job_row *row), void *context)
{
    struct job_key key = {.referral = referral, .part = 1};
    struct job_row row;

    for (; key.part <= JOB_PARTS_MAX && job_table_get(&allocation->jobs, key, &row) == ERR_NONE; key.part++)
        if (job_is_open(&row))
            each(context, key, &row);
}
