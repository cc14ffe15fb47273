// SPDX-License-Identifier: MIT
// One look-up by the source and id of an event.
// Used by registry_main's table. Must not open anything.
#include "services/registry/locate.h"

#include "common/base/tag.h"
#include "services/registry/registry.h"

void locate_referral(struct registry *registry, const struct peer *peer, const struct locate *request, struct effects *effects)
{
    struct located located = {.answer = ANSWER_NOT_FOUND};
    struct row_submission row;
    struct identity identity;
    char tag[TAG_SIZE + 1];
    enum err err;

    identity_of_event(&registry->secret, request->source, request->id, &identity);
    err = rows_get_submission(&registry->rows, &identity, &row);
    registry_require(err == ERR_NOT_FOUND ? ERR_NONE : err, "reading a submission's row");
    if (err == ERR_NONE && row.record == 0) {
        tag_print('R', row.referral, tag);
        located.answer = ANSWER_OK;
        PUT(&located, located, referral, span_of(tag, TAG_SIZE));
    }
    effects_reply(effects, peer, &record_located, &located);
}
