// SPDX-License-Identifier: MIT
// Asks a daemon and waits for its answer: workers' and operators' requests, by the rows of proto/services.def.
// A caller has one connection and one question open at a time. Asking again after ERR_AGAIN is safe where the request says so
// (reads; `accept` by the same worker with the same token); a `take` that was not answered may have leased jobs, which lapse by themselves.
#pragma once

#include "common/base/err.h"
#include "proto/proto.h"

struct windscreen_caller;

// Connects to an endpoint such as tcp://127.0.0.1:7701; the daemon need not be there yet. Gives (windscreen_caller_close).
// ERR_SOCKET when the endpoint is not one, ERR_NO_MEMORY.
CHECKED enum err windscreen_caller_open(const char *endpoint, struct windscreen_caller **caller);
void windscreen_caller_close(struct windscreen_caller **caller);

// Sends `request` (a row such as &service_work[WORK_TAKE]) with its record (NULL where it has none) and fills in `reply`, the struct of
// request->reply; its texts and bytes are lent until the next question. Look at reply->answer: the daemon may have refused.
// ERR_SOCKET: no connection within wait_ms or 3 s, nothing was sent. ERR_AGAIN: sent, and no answer within wait_ms, or the
// connection broke. ERR_NO_ROOM: the request is too large. ERR_BAD_INPUT: the answer is not of this protocol.
CHECKED enum err windscreen_caller_ask(struct windscreen_caller *caller, const struct request_desc *request, const void *record,
                                       int64_t wait_ms, void *reply);

// Bytes of the last answer; lent until the next question.
struct span windscreen_caller_answer(const struct windscreen_caller *caller);

// What the last answer says of faults of the request (`answer` bad_request) and of when to ask again. Lends likewise.
struct plain_reply windscreen_caller_refusal(const struct windscreen_caller *caller);
