// SPDX-License-Identifier: MIT
// The replies `answered` and `plain_reply`, for one job.
// Called by the files of requests. Judges nothing.
#include "services/allocation/work_reply.h"

#include "common/base/tag.h"

bool work_reply_begin(struct working *working, struct allocation *allocation, const struct request *request, struct moment now,
                      struct effects *effects, struct span referral, uint64_t part)
{
    *working = (struct working){.allocation = allocation, .effects = effects, .peer = &request->peer, .referral = referral};
    allocation->now = now;
    working->key.part = (uint8_t)part;
    if (tag_parse(referral, 'R', &working->key.referral) && job_table_get(&allocation->jobs, working->key, &working->row) == ERR_NONE)
        return true;
    work_reply_answer(working, ANSWER_NOT_FOUND);
    return false;
}

bool work_reply_is_repeat(const struct working *working, const struct asked *asked)
{
    return working->row.asked == asked_number(asked);
}

void work_reply_answer(const struct working *working, enum answer answer)
{
    struct answered *reply = &working->allocation->reply.answered;

    *reply = (struct answered){.answer = (uint8_t)answer, .n_jobs = 1};
    SET_HAS(reply, answered, jobs);
    reply->jobs[0] = (struct answered_job){.referral = working->referral, .answer = (uint8_t)answer};
    if (working->key.part > 0)
        PUT(&reply->jobs[0], answered_job, part, working->key.part);
    effects_reply(working->effects, working->peer, &record_answered, reply);
}

void work_reply_refuse(const struct working *working, const char *path, enum fault code, const char *message)
{
    struct plain_reply *reply = &working->allocation->reply.plain;

    *reply = (struct plain_reply){.answer = ANSWER_BAD_REQUEST, .n_errors = 1};
    SET_HAS(reply, plain_reply, errors);
    reply->errors[0] = (struct problem){.code = (uint8_t)code};
    PUT(&reply->errors[0], problem, path, span_text(path));
    PUT(&reply->errors[0], problem, message, span_text(message));
    effects_reply(working->effects, working->peer, &record_plain_reply, reply);
}
