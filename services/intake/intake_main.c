// SPDX-License-Identifier: MIT
// windscreen-intake: faces partners.
// Started by the supervisor. Holds no state and no keys.
#include "services/intake/intake.h"

static const struct service services[] = {
    {.name = "intake", .endpoint = "tcp://127.0.0.1:7700", .on_message = intake_on_event, .max_message_bytes = 262144},
};

static const struct link links[] = {
    [INTAKE_URGENT] = {.name = "registry_urgent", .on_message = intake_on_admitted},
    [INTAKE_CALM] = {.name = "registry", .on_message = intake_on_admitted},
    [INTAKE_LOCATE] = {.name = "registry", .on_message = intake_on_located},
    [INTAKE_STANDING] = {.name = "standing", .on_message = intake_on_standing},
};

int main(int argc, char **argv)
{
    const struct daemon daemon = {
        .name = "intake",
        .producer = PRODUCER_INTAKE,
        .purpose = "takes partners' events, judges them, answers with receipts",
        .services = services,
        .n_services = 1,
        .links = links,
        .n_links = INTAKE_LINKS,
        .state = &intake,
        .open = intake_open,
        .take = intake_take,
        .tick = intake_tick,
    };

    return daemon_main(&daemon, argc, argv);
}
