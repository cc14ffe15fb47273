// SPDX-License-Identifier: MIT
// A daemon without sockets, log or time: events, requests and ticks are calls, the clock is a variable, what it appends is kept and can be
// read back by another instance. For unit tests of daemons; link it instead of the runtime.
#pragma once

#include "common/runtime/daemon.h"

struct fake_runtime;

// Ends the test when anything fails that cannot fail in a right program: an event too large, a take refused.
struct fake_runtime *fake_runtime_new(const struct daemon *daemon);
// Closes the daemon, as when its process ends; the log stays readable.
void fake_runtime_end(struct fake_runtime *fake);
void fake_runtime_free(struct fake_runtime **fake); // ends it, too
struct runtime *fake_runtime_of(struct fake_runtime *fake);
struct moment *fake_runtime_clock(struct fake_runtime *fake); // lends: set it as you like

// Opens the daemon under `directory`, replays the log that `other` has (NULL: none) up to its end, and ticks once.
CHECKED enum err fake_runtime_start(struct fake_runtime *fake, const char *directory, const struct fake_runtime *other);

// Another producer appends an event about `subject` ("": none): filed and decided at once. Returns its sequence. Copies.
uint64_t fake_runtime_input(struct fake_runtime *fake, enum event_type type, const char *subject, const void *data, struct span attachment);
// Somebody asks: row `row` of service 0. Returns the request's ref.
uint32_t fake_runtime_request(struct fake_runtime *fake, unsigned row, const void *record);
// The same of another service.
uint32_t fake_runtime_request_of(struct fake_runtime *fake, unsigned service, unsigned row, const void *record);
void fake_runtime_tick(struct fake_runtime *fake);
// Commits the projection.
CHECKED enum err fake_runtime_save(struct fake_runtime *fake);

// While held, nothing that is appended becomes durable, and no reply leaves.
void fake_runtime_hold(struct fake_runtime *fake, bool hold);

// Reads the reply to a request into its record (spans lent as long as the fake lives); false when none has left.
bool fake_runtime_reply(struct fake_runtime *fake, uint32_t ref, const struct record_desc *desc, void *record);

// The log, others' events among own: sequences 1 to the count.
uint64_t fake_runtime_count(const struct fake_runtime *fake);
struct span fake_runtime_event(const struct fake_runtime *fake, uint64_t sequence);
// How many own events of a type there are.
uint64_t fake_runtime_count_of(const struct fake_runtime *fake, enum event_type type);
// Decodes the newest own event of a type; false when there is none. Spans are lent as long as the fake lives.
bool fake_runtime_last(const struct fake_runtime *fake, enum event_type type, struct event *head, union event_data *data);
