// SPDX-License-Identifier: MIT
// The registry without sockets and log: effects are kept in memory, made durable when the test says so, and replayed on demand.
// Used by the registry's tests. One rig at a time.
#pragma once

#include "services/registry/admit.h"
#include "services/registry/registry.h"
#include "services/registry/settle.h"
#include "tests/unit/unit.h"

enum { RIG_ENTRIES_MAX = 1024, RIG_EVENT_MAX = 8192, RIG_ROWS_MAX = 1 << 20 };

struct rig_entry {
    enum event_type type;
    bool is_own;
    uint64_t n;
    uint64_t sequence; // 0: not yet durable
    uint8_t *event;
    size_t event_size;
    uint8_t *attachment;
    size_t attachment_size;
};

struct rig {
    struct registry *registry;
    char folder[64];
    enum admission admission;
    struct rig_entry entries[RIG_ENTRIES_MAX];
    unsigned n_entries;
    uint64_t n_own;
    uint64_t n_replies;
    struct admitted admitted; // the last reply to admit
    bool has_admitted;
    void (*complete)(void *state, void *record);
    char tags[256][TAG_SIZE + 1];
    struct answered_person {
        enum answer answer;
        uint8_t event[RIG_EVENT_MAX]; // or the note
        size_t size;
        struct person reply;  // without what it lends
    } person;                 // the last reply to open
    struct note_written note; // the last reply to note
    bool has_note;            // and it waits to be completed
    enum answer settled;      // the last reply to settle
    bool goes_on;             // the last tick had more to do
    uint64_t held_to;         // entries when it was last held
    struct moment now;
};

extern struct rig rig;

void rig_start(void);
void rig_stop(void);
// Saves, and opens the registry again: from its projection, or, when that is deleted first, from the log alone.
void rig_restart(bool delete_projection);
// As the runtime does behind a batch that is not durable yet. False: it cannot be held now.
bool rig_hold(void);
void rig_save_held(void);
// What was not saved is read again from the log.
void rig_kill(void);
// Everything appended is durable now; replies are completed.
void rig_settle(void);
// Commits what is durable: it can be compared.
void rig_commit(void);
// Ticks, so much later: true when there is more to do at once.
bool rig_goes_on(int64_t ms);
// Commits, and ticks until look-alikes have been looked for among all of it.
void rig_compare(void);
// Writes all rows of the projection, after a save, for comparison. Returns the size.
size_t rig_dump(uint8_t *rows);

// JSON to the bytes a partner would send. Lends until the next call.
struct span rig_event(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Admits one event and settles; the item of the reply.
const struct admitted_item *rig_admit(struct span event, bool urgent);
// The same without settling: the reply is not complete.
void rig_admit_tentatively(struct span event, bool urgent);
// Writes a file of the folder that the registry is started with.
void rig_write(const char *name, const char *text);
// Has the files that the folder has now adopted from a moment on.
void rig_adopt(int64_t effective_ms);
// Appends an event of allocation, and has it filed.
void rig_input(enum event_type type, const char *subject, uint64_t n, const void *data);
// A person says of two families, by tags of families or referrals.
enum answer rig_say(const char *family, const char *other, enum family_verdict verdict);
// Asks to open, ticks, and settles.
enum answer rig_open_person(const char *referral, const char *worker, uint64_t token, enum open_purpose purpose);
// The same of a later text.
enum answer rig_open_later(const char *referral, const char *worker, uint64_t token, enum open_purpose purpose, uint64_t sequence);
// Writes a note and settles; the reply.
const struct note_written *rig_write_note(const char *referral, const char *by, const char *text);
// Events of a type appended so far.
unsigned rig_count(enum event_type type);
// Decodes entry i; lends until the next call.
const union event_data *rig_data(unsigned i, struct event *head);
// The last entry of a type.
const union event_data *rig_last(enum event_type type, struct event *head);
