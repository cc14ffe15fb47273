// SPDX-License-Identifier: MIT
// What happened to a referral, each event in its sentence and with its time.
// Called by explain. Must not pass on a token, nor what only daemons need.
#include "services/windscreen/account.h"

#include "common/wire/json.h"
#include "services/windscreen/plain.h"
#include "services/windscreen/wording.h"

// What of an event's data is for programs; the rest stands in `windscreen show --json`.
static const char *const told[] = {"part",        "team",      "instead_of", "level",   "from_level",   "from_team",   "worker",
                                   "from_worker", "to_worker", "for_worker", "by",      "because",      "passed_over", "kept_until",
                                   "reason",      "why",       "what",       "outcome", "consent",      "stage",       "basis",
                                   "clock",       "beside",    "due",        "to",      "level_wanted", "note"};

static void put_data(json_t *item, struct span bytes)
{
    json_t *whole = json_from_wire(bytes);
    json_t *data = json_object_get(whole, "data");

    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (json_object_get(data, told[i]) != NULL)
            json_object_set(item, told[i], json_object_get(data, told[i]));
    account_put(item, "time", json_incref(json_object_get(whole, "time")));
    json_decref(whole);
}

json_t *account_since(const struct policy *policy, const struct windscreen_event *event, const struct gist *gist)
{
    json_t *item = json_pack("{sI, ss}", "sequence", (json_int_t)event->sequence, "type", event_desc(event->type)->name);
    char words[WORDING_MAX + 1];
    char text[ACCOUNT_TEXT_MAX + 1];
    struct phrase phrase = phrase_on(text, sizeof text);

    put_data(item, event->bytes);
    if (gist->n_jobs == 1 && gist->jobs[0].part > 0)
        account_put(item, "part", json_integer((json_int_t)gist->jobs[0].part));
    wording_event(policy, event, gist, words);
    plain_add_moment(&phrase, event->head->time);
    phrase_add(&phrase, ": %s", words);
    account_put(item, "words", json_string(text));
    return item;
}
