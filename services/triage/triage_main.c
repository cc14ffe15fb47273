// SPDX-License-Identifier: MIT
// windscreen-triage: proposes levels of need.
// Started by the supervisor. Sees no names, birth dates or addresses.
#include "services/triage/on_adopt.h"

static struct triage triage;

static const on_request on_policy[] = {[POLICY_ADOPT] = on_adopt};

static const struct service services[] = {
    {
        .name = "policy",
        .rows = service_policy,
        .on = on_policy,
        .max_message_bytes = POLICY_BYTES_MAX + 4096, // the largest bundle, and its envelope
        .max_record_bytes = sizeof(struct adopt),
    },
};

int main(int argc, char **argv)
{
    const struct daemon daemon = {
        .name = "triage",
        .producer = PRODUCER_TRIAGE,
        .purpose = "proposes a level of need for every referral, by the policy",
        .inputs = EVENT_BIT(RECEIVED) | EVENT_BIT(CONFLICTING) | EVENT_BIT(ASSESSMENT_RECORDED),
        .reads = &triage_reads,
        .ahead = true,
        .wants_policy = true,
        .services = services,
        .n_services = sizeof services / sizeof services[0],
        .state = &triage,
        .open = triage_open,
        .take = triage_take,
        .decide = triage_decide,
        .tick = triage_tick,
        .settled = triage_settled,
        .hold = triage_hold,
        .save = triage_save,
        .close = triage_close,
    };

    return daemon_main(&daemon, argc, argv);
}
