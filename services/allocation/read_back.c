// SPDX-License-Identifier: MIT
// One event, from the log.
// Called where a referral is judged again.
// Must not go on without it: an input that is not answered now would never be.
#include "services/allocation/read_back.h"

#include "common/runtime/process.h"
#include "common/runtime/report.h"

#include <inttypes.h>
#include <unistd.h>

static _Noreturn void give_up(uint64_t sequence, enum err err)
{
    report("allocation-failed", "event %" PRIu64 " cannot be read again: %s; the daemon ends", sequence, err_text(err));
    _exit(process_exit_code(err));
}

const void *read_back_event(struct allocation *allocation, uint64_t sequence, enum event_type type, struct read_back *room)
{
    struct faults faults = {0};
    enum event_type found = EVENT_NONE;
    size_t size = 0;
    enum err err = runtime_event(allocation->runtime, sequence, room->bytes, &size);

    if (err != ERR_NONE)
        give_up(sequence, err);
    if (!event_decode(span_of(room->bytes, size), &room->head, &found, &room->data, &faults) || found != type)
        give_up(sequence, ERR_BAD_STORE);
    return &room->data;
}
