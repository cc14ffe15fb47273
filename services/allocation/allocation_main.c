// SPDX-License-Identifier: MIT
// windscreen-allocation: owns queues, leases, cases and clocks; workers and operators ask it.
// Started by a supervisor.
// Must not do anything but name its table.
#include "services/allocation/allocation.h"

static struct allocation allocation;

static const struct service services[] = {
    {
        .name = "allocation",
        .endpoint = "tcp://127.0.0.1:7701",
        .rows = service_work,
        .on = allocation_requests,
        .max_message_bytes = 16384, // 64 jobs with their answers
        .max_record_bytes = sizeof(struct answer_jobs),
    },
    {
        .name = "standing",
        .rows = service_standing,
        .on = allocation_standing_requests,
        .max_message_bytes = 1024,
        .max_record_bytes = sizeof(struct standing_of),
    },
};

static const struct daemon daemon_table = {
    .name = "allocation",
    .producer = PRODUCER_ALLOCATION,
    .purpose = "allocates referrals to teams, leases them to workers, keeps their clocks",
    .inputs = EVENT_BIT(TRIAGED) | EVENT_BIT(FAMILY_CONFLICT) | EVENT_BIT(FAMILY_CANDIDATE) | EVENT_BIT(FAMILY_SETTLED) |
              EVENT_BIT(FAMILY_LINKED) | EVENT_BIT(CONSENT_RECORDED) | EVENT_BIT(WITHDRAWAL_RECORDED) | EVENT_BIT(CHALLENGE_RECORDED) |
              EVENT_BIT(POLICY_ADOPTED),
    .reads = &allocation_reads,
    .ahead = true,
    .beside_log = true,
    .services = services,
    .n_services = sizeof services / sizeof services[0],
    .state = &allocation,
    .open = allocation_open,
    .take = allocation_take,
    .file = allocation_file,
    .expect = allocation_expect,
    .decide = allocation_decide,
    .tick = allocation_tick,
    .settled = allocation_settled,
    .hold = allocation_hold,
    .save = allocation_save,
    .close = allocation_close,
};

int main(int argc, char **argv)
{
    return daemon_main(&daemon_table, argc, argv);
}
