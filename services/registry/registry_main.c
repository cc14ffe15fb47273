// SPDX-License-Identifier: MIT
// windscreen-registry: what it serves, what it reads, its functions.
// Started by deploy/up or a supervisor. Nothing but tables and one call.
#include "services/registry/admit.h"
#include "services/registry/holder.h"
#include "services/registry/locate.h"
#include "services/registry/note.h"
#include "services/registry/registry.h"
#include "services/registry/settle.h"

static void on_admit(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    admit_items(state, &request->peer, request->record, now, effects);
}

static void on_locate(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    (void)now;
    locate_referral(state, &request->peer, request->record, effects);
}

static void on_open(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    (void)now;
    reveal_ask(state, &request->peer, request->record, effects);
}

static void on_note(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    (void)now;
    note_write(state, &request->peer, request->record, effects);
}

static void on_settle(void *state, const struct request *request, struct moment now, struct effects *effects)
{
    (void)now;
    settle_ask(state, &request->peer, request->record, effects);
}

static const on_request on_registry[] = {[REGISTRY_ADMIT] = on_admit, [REGISTRY_LOCATE] = on_locate};
static const on_request on_people[] = {[PEOPLE_OPEN] = on_open, [PEOPLE_NOTE] = on_note, [PEOPLE_SETTLE] = on_settle};

static const struct service services[] = {
    {
        .name = "registry_urgent",
        .rows = service_registry,
        .on = on_registry,
        .max_message_bytes = 24 << 20, // 256 of the largest events
        .max_record_bytes = sizeof(struct admit),
    },
    {
        .name = "registry",
        .rows = service_registry,
        .on = on_registry,
        .may_wait = true,
        .max_message_bytes = 24 << 20, // 256 of the largest events
        .max_record_bytes = sizeof(struct admit),
    },
    {
        .name = "people",
        .endpoint = "tcp://127.0.0.1:7702",
        .rows = service_people,
        .on = on_people,
        .max_message_bytes = 24576, // the longest note, and its envelope
        .max_record_bytes = sizeof(struct open_person),
    },
};

static struct registry registry;

static const struct daemon description = {
    .name = "registry",
    .producer = PRODUCER_REGISTRY,
    .purpose = "knows which referrals are new, whose they are, and who may open them",
    .inputs = HOLDER_INPUTS | EVENT_BIT(POLICY_ADOPTED),
    .reads = &holder_reads,
    .attachments = true,
    .wants_policy = true,
    .wants_credentials = true,
    .services = services,
    .n_services = sizeof services / sizeof services[0],
    .state = &registry,
    .open = registry_open,
    .take = registry_take,
    .file = registry_file,
    .tick = registry_tick,
    .settled = registry_settled,
    .hold = registry_hold,
    .save = registry_save,
    .close = registry_close,
};

int main(int argc, char **argv)
{
    return daemon_main(&description, argc, argv);
}
