// SPDX-License-Identifier: MIT
// The audit log as a server: requests in, replies out, one commit for all that waits.
// Used by audit_main (sockets) and by tests (none). Time comes in as a value.
//
// A round: audit_take for each message that waits, until audit_has_enough; then audit_settle. What was appended is answered only after
// its commit, so nothing leaves that could still be lost. The hub's own daemons read it before (tentatively), and where little was
// appended its commit waits, PATIENCE_MS at most, for what they say of it.
#pragma once

#include "common/base/err.h"
#include "common/runtime/effects.h"

struct audit;

// Sockets, as peer.service names them.
enum { AUDIT_LOG, AUDIT_OPERATORS, AUDIT_CONTROL, AUDIT_SOCKETS };

// Bytes of a message that each may receive. Of the log: 512 events with the largest attachments, with room.
enum { AUDIT_LOG_MESSAGE_MAX = 64 << 20, AUDIT_OPERATORS_MESSAGE_MAX = 65536, AUDIT_CONTROL_MESSAGE_MAX = 4096 };

// Where replies and the feed go. A reply or feed message that cannot be sent is dropped: peers ask again.
struct audit_out {
    void *context;
    void (*reply)(void *context, const struct peer *peer, struct span body);
    bool (*is_watched)(void *context); // somebody hears the feed
    void (*publish)(void *context, const char *name, uint64_t sequence, struct span event);
};

// Opens the log under `directory` (kept). Errors as log_store_open.
CHECKED enum err audit_open(const char *directory, uint64_t map_size, const struct audit_out *out, int64_t now_ms, struct audit **audit);
void audit_close(struct audit **audit);

// Takes one request; `now_ms` of the boot clock. Bad ones are answered at once, reads are parked, all else is gathered.
void audit_take(struct audit *audit, const struct peer *peer, struct span body, bool extra_frames, int64_t now_ms);
// So much is gathered that it should be settled before more is taken.
bool audit_has_enough(const struct audit *audit);
// Commits what was gathered, unless it waits for more; answers, publishes, serves parked reads. An error is final: end the process without
// a word to anybody.
CHECKED enum err audit_settle(struct audit *audit, int64_t now_ms);
// Nothing came since the last settling: prepares the next commits, for as long as the disk takes for one flush. An error is final.
CHECKED enum err audit_prepare(struct audit *audit, int64_t now_ms);
// It has, which took this long: the next preparation waits in proportion.
void audit_rest(struct audit *audit, int64_t began_ms, int64_t now_ms);
// How long nothing needs to be done if no message comes, at most 1,000 ms.
int audit_idle_ms(const struct audit *audit, int64_t now_ms);
