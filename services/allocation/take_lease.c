// SPDX-License-Identifier: MIT
// From a worker's lease to the row of the job, and back.
// Called by take_event for each job that the event names.
// Must not look at anything but the event and the row: a rebuild has nothing else.
#include "services/allocation/take_lease.h"

enum err take_lease_leased(struct change *change)
{
    const struct leased *d = change->own->data;
    struct job_row *row = &change->row;

    row->token = row->lease_n = change->own->n;
    row->lease_ms = (uint32_t)d->lease_ms;
    row->worker_ms = change->own->head->time;
    row->flags |= JOB_SEEN;
    if (row->attempts < JOB_ATTEMPTS_MAX)
        row->attempts++;
    if (!span_equal(d->worker, job_worker(row))) // it was kept for another, long enough
        row->flags &= (uint8_t)~JOB_RESERVED;
    job_set_worker(row, d->worker);
    return ERR_NONE;
}

enum err take_lease_assigned(struct change *change)
{
    const struct assigned *d = change->own->data;

    job_reserve(&change->row, d->worker, d->worker.size > 0 ? BECAUSE_NAMED : BECAUSE_NONE);
    return ERR_NONE;
}

enum err take_lease_extended(struct change *change)
{
    const struct lease_changed *d = change->own->data;

    change->row.lease_n = change->own->n;
    change->row.lease_ms = (uint32_t)d->lease_ms;
    change->row.worker_ms = change->own->head->time;
    return ERR_NONE;
}

enum err take_lease_given_back(struct change *change)
{
    job_end_lease(&change->row);
    return ERR_NONE;
}

enum err take_lease_accepted(struct change *change)
{
    const struct accepted *d = change->own->data;
    struct job_row *row = &change->row;

    row->lease_n = 0;
    row->lease_ms = 0;
    row->worker_ms = change->own->head->time;
    row->due_ms = d->due;
    row->rung = STAGE_NONE;
    row->flags &= (uint8_t) ~(JOB_RESERVED | JOB_REVIEWED);
    return ERR_NONE;
}
