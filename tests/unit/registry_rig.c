// SPDX-License-Identifier: MIT
// Stands in for the runtime: what effects.h and daemon.h promise, in memory.
// Used by the registry's tests. Must keep the promise that matters: take is called at once, replies wait.
#include "tests/unit/registry_rig.h"

#include "common/crypto/digest.h"
#include "common/wire/encode.h"
#include "common/wire/json.h"
#include "services/registry/holder.h"
#include "services/registry/note.h"

#include <sys/stat.h>

struct rig rig;

struct effects {
    int nothing;
};

static struct effects effects;

static uint8_t *copy(struct span bytes)
{
    uint8_t *kept = malloc(bytes.size + 1);

    assert_non_null(kept);
    if (bytes.size > 0)
        memcpy(kept, bytes.at, bytes.size);
    return kept;
}

// ---------------------------------------------------------------- what the runtime gives

const char *runtime_policy_dir(const struct runtime *runtime)
{
    (void)runtime;
    return rig.folder;
}

const char *runtime_state_dir(const struct runtime *runtime)
{
    return runtime_credentials_dir(runtime);
}

const char *runtime_credentials_dir(const struct runtime *runtime)
{
    (void)runtime;
    return rig.folder;
}

enum admission runtime_admission(const struct runtime *runtime)
{
    (void)runtime;
    return rig.admission;
}

bool runtime_idle(const struct runtime *runtime)
{
    (void)runtime;
    return rig.n_entries == 0 || rig.entries[rig.n_entries - 1].sequence != 0;
}

void runtime_go_on(struct runtime *runtime)
{
    (void)runtime;
    rig.goes_on = true;
}

void runtime_ask_head(struct runtime *runtime, void *state, void (*then)(void *state, uint64_t head))
{
    (void)runtime;
    then(state, rig.n_entries);
}

uint64_t runtime_sequence_of(const struct runtime *runtime, uint64_t n)
{
    (void)runtime;
    for (unsigned i = 0; i < rig.n_entries; i++)
        if (rig.entries[i].is_own && rig.entries[i].n == n)
            return rig.entries[i].sequence;
    return 0;
}

enum err runtime_attachment(struct runtime *runtime, uint64_t sequence, uint8_t **bytes, size_t *size)
{
    (void)runtime;
    for (unsigned i = 0; i < rig.n_entries; i++)
        if (rig.entries[i].sequence == sequence && rig.entries[i].attachment_size > 0) {
            *size = rig.entries[i].attachment_size;
            *bytes = copy(span_of(rig.entries[i].attachment, *size));
            return ERR_NONE;
        }
    return ERR_NOT_FOUND;
}

enum err runtime_event(struct runtime *runtime, uint64_t sequence, uint8_t bytes[EVENT_BYTES_MAX], size_t *size)
{
    (void)runtime;
    for (unsigned i = 0; i < rig.n_entries; i++)
        if (rig.entries[i].sequence == sequence) {
            *size = rig.entries[i].event_size;
            memcpy(bytes, rig.entries[i].event, *size);
            return ERR_NONE;
        }
    return ERR_AGAIN;
}

static struct rig_entry *add_entry(enum event_type type, const struct event *head, const void *data, struct span attachment)
{
    struct rig_entry *entry = &rig.entries[rig.n_entries++];
    static uint8_t buffer[EVENT_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);

    assert_true(rig.n_entries < RIG_ENTRIES_MAX);
    event_encode(head, type, data, &writer);
    assert_true(wire_written(&writer).size > 0);
    *entry = (struct rig_entry){.type = type, .event = copy(wire_written(&writer)), .event_size = wire_written(&writer).size};
    entry->attachment = copy(attachment);
    entry->attachment_size = attachment.size;
    return entry;
}

static struct event head_of(enum event_type type, const char *id, struct span subject)
{
    struct event head = {.specversion = span_text("1.0"), .id = span_text(id), .source = span_text("/hub/test")};

    head.type = span_text(event_desc(type)->type);
    PUT(&head, event, time, rig.now.wall_ms);
    if (subject.size > 0)
        PUT(&head, event, subject, subject);
    return head;
}

uint64_t effects_append(struct effects *to, const struct effect *effect)
{
    struct hub_event own = {.n = ++rig.n_own, .type = effect->type, .data = effect->data, .attachment = effect->attachment};
    struct rig_entry *entry;
    char id[48];
    struct event head;

    (void)to;
    snprintf(id, sizeof id, "1.%llu", (unsigned long long)own.n);
    head = head_of(effect->type, id, effect->subject);
    if (effect->traceparent.size > 0)
        PUT(&head, event, traceparent, effect->traceparent);
    entry = add_entry(effect->type, &head, effect->data, effect->attachment);
    entry->is_own = true;
    entry->n = own.n;
    own.head = &head;
    assert_int_equal(registry_take(rig.registry, &own), ERR_NONE);
    return own.n;
}

static void answer_person(const struct person *person)
{
    struct span text = HAS(person, person, event) ? person->event : person->note;

    rig.person.answer = (enum answer)person->answer;
    rig.person.size = text.size;
    assert_true(rig.person.size <= RIG_EVENT_MAX);
    if (rig.person.size > 0)
        memcpy(rig.person.event, text.at, rig.person.size);
    rig.person.reply = *person;
    rig.person.reply.event = rig.person.reply.note = span_of(NULL, 0);
}

void effects_reply(struct effects *to, const struct peer *peer, const struct record_desc *desc, const void *record)
{
    (void)to;
    (void)peer;
    rig.n_replies++;
    if (desc == &record_note_written) {
        rig.note = *(const struct note_written *)record;
        return;
    }
    if (desc == &record_plain_reply) {
        rig.settled = (enum answer)((const struct plain_reply *)record)->answer;
        return;
    }
    assert_ptr_equal(desc, &record_person);
    answer_person(record);
}

void effects_reply_completed(struct effects *to, const struct peer *peer, const struct record_desc *desc, const void *record,
                             void (*complete)(void *state, void *record))
{
    (void)to;
    (void)peer;
    rig.n_replies++;
    rig.complete = complete;
    if (desc == &record_note_written) {
        rig.note = *(const struct note_written *)record;
        rig.has_note = true;
        return;
    }
    assert_ptr_equal(desc, &record_admitted);
    rig.admitted = *(const struct admitted *)record;
    rig.has_admitted = true;
}

// ---------------------------------------------------------------- running it

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[100];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", rig.folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

void rig_write(const char *name, const char *text)
{
    write_file(name, text, 0600);
}

// As the daemon reads it: what it does not ask for is not there.
static void file_entry(unsigned i)
{
    static union event_data data;
    const struct rig_entry *entry = &rig.entries[i];
    struct event head;
    struct hub_event input = {.sequence = entry->sequence, .head = &head, .data = &data};
    struct faults faults = {0};

    input.type = event_decode_part(span_of(entry->event, entry->event_size), &holder_reads, &head, &data, &faults);
    assert_int_equal(input.type, entry->type);
    assert_int_equal(registry_file(rig.registry, &input), ERR_NONE);
}

static void take_again(unsigned i)
{
    const struct rig_entry *entry = &rig.entries[i];
    struct event head;
    struct hub_event own = {.sequence = entry->sequence, .n = entry->n, .type = entry->type, .head = &head};

    own.data = rig_data(i, &head);
    own.attachment = span_of(entry->attachment, entry->attachment_size);
    assert_int_equal(registry_take(rig.registry, &own), ERR_NONE);
}

static void open_registry(void)
{
    struct projection_marks marks;
    char path[100];

    snprintf(path, sizeof path, "%s/registry", rig.folder);
    mkdir(path, 0700);
    rig.registry = calloc(1, sizeof *rig.registry);
    assert_non_null(rig.registry);
    assert_int_equal(registry_open(rig.registry, NULL, path, &marks), ERR_NONE);
    for (unsigned i = 0; i < rig.n_entries; i++) {
        struct rig_entry *entry = &rig.entries[i];

        if (entry->is_own && entry->sequence > marks.taken_to)
            take_again(i);
        if (!entry->is_own && entry->sequence > marks.filed_to)
            file_entry(i);
    }
    registry_tick(rig.registry, rig.now, &effects);
}

static void close_registry(void)
{
    registry_close(rig.registry);
    free(rig.registry);
    rig.registry = NULL;
}

static const char matching[] =
    "candidates: 3\nmatching:\n  - {likeness: name_born, least: 85, source: sample}\n"
    "  - {likeness: sound_born, least: 65, source: sample}\n  - {likeness: name_sector, least: 92, source: sample}\n";

void rig_start(void)
{
    memset(&rig, 0, sizeof rig);
    rig.admission = ADMISSION_OPEN;
    rig.now = (struct moment){.wall_ms = INT64_C(1795425120000), .boot_ms = 1000}; // 2026-11-23T09:12:00Z
    unit_directory(rig.folder);
    write_file("kek", "thirty-two bytes of wrapping key", 0400);
    write_file("neighbourhoods.yaml", "neighbourhoods:\n  - {postcode: LU4, neighbourhood: west, source: sample}\ninside: [LU]\n", 0600);
    write_file("matching.yaml", matching, 0600);
    write_file("teams.yaml", "teams:\n  - {team: fsw, agency: early-help}\n  - {team: take3, agency: youth-offending}\n", 0600);
    write_file("sharing.yaml",
               "groups: {health: [gp]}\nsharing:\n  - {agency: early-help, with: always, fields: all, source: sample}\n"
               "  - {agency: youth-offending, with: always, fields: [names, language], source: sample}\n"
               "  - {agency: youth-offending, with: agreement, fields: [reason, notes], source: sample}\n"
               "  - {purpose: safeguarding, with: always, fields: [address], source: sample}\n",
               0600);
    open_registry();
}

void rig_stop(void)
{
    close_registry();
    for (unsigned i = 0; i < rig.n_entries; i++) {
        free(rig.entries[i].event);
        free(rig.entries[i].attachment);
    }
    unit_remove(rig.folder);
}

// As the runtime does at its end: again until the disk has written the commit before.
static void save(void)
{
    enum err err;

    do
        err = registry_save(rig.registry, (struct projection_marks){.taken_to = rig.n_entries, .filed_to = rig.n_entries});
    while (err == ERR_AGAIN);
    assert_int_equal(err, ERR_NONE);
}

void rig_restart(bool delete_projection)
{
    char path[100];

    rig_settle();
    save();
    close_registry();
    snprintf(path, sizeof path, "%s/registry/data.mdb", rig.folder);
    if (delete_projection)
        assert_int_equal(unlink(path), 0);
    open_registry();
}

bool rig_hold(void)
{
    enum err err = registry_hold(rig.registry);

    assert_true(err == ERR_NONE || err == ERR_AGAIN);
    rig.held_to = rig.n_entries;
    return err == ERR_NONE;
}

void rig_save_held(void)
{
    const struct projection_marks marks = {.taken_to = rig.held_to, .filed_to = rig.held_to};

    assert_int_equal(registry_save(rig.registry, marks), ERR_NONE);
}

void rig_kill(void)
{
    close_registry();
    open_registry();
}

void rig_settle(void)
{
    uint64_t first = 0;

    for (unsigned i = 0; i < rig.n_entries; i++) {
        if (rig.entries[i].sequence != 0)
            continue;
        rig.entries[i].sequence = i + 1;
        if (rig.entries[i].is_own) // one by one: events of others may lie between
            registry_settled(rig.registry, rig.entries[i].n, rig.entries[i].sequence, 1);
        first = first == 0 ? i + 1 : first;
    }
    if (rig.has_admitted)
        rig.complete(rig.registry, &rig.admitted);
    if (rig.has_note)
        rig.complete(rig.registry, &rig.note);
    rig.has_admitted = rig.has_note = false;
}

bool rig_goes_on(int64_t ms)
{
    rig.goes_on = false;
    rig.now.boot_ms += ms;
    registry_tick(rig.registry, rig.now, &effects);
    rig_settle();
    return rig.goes_on;
}

void rig_commit(void)
{
    rig_settle();
    save();
    assert_int_equal(projection_finish(rig.registry->rows.projection), ERR_NONE);
}

void rig_compare(void)
{
    uint64_t last = 0;

    do {
        last = rig.n_own;
        rig_commit();
        while (rig_goes_on(1000))
            continue;
        assert_true(rig.registry->compare.look_boot_ms > rig.now.boot_ms); // it has come to the end
    } while (rig.n_own != last);
}

static uint8_t *dumped;

static enum err dump_row(void *context, struct span key, struct span value)
{
    (void)context;
    *dumped++ = (uint8_t)key.size;
    memcpy(dumped, key.at, key.size);
    dumped += key.size;
    *dumped++ = (uint8_t)value.size;
    memcpy(dumped, value.at, value.size);
    dumped += value.size;
    return ERR_NONE;
}

size_t rig_dump(uint8_t *rows)
{
    dumped = rows;
    save();
    for (unsigned table = ROWS_SUBMISSION; table <= ROWS_COUNTER; table++) {
        *dumped++ = (uint8_t)table;
        assert_int_equal(projection_scan(rig.registry->rows.projection, table, dump_row, NULL), ERR_NONE);
        assert_true(dumped - rows < RIG_ROWS_MAX / 2);
    }
    return (size_t)(dumped - rows);
}

struct span rig_event(const char *format, ...)
{
    static char json[RIG_EVENT_MAX];
    static uint8_t bytes[RIG_EVENT_MAX];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    char why[128];
    va_list list;

    va_start(list, format);
    vsnprintf(json, sizeof json, format, list);
    va_end(list);
    if (json_to_wire(span_text(json), &writer, why, sizeof why) != ERR_NONE)
        fail_msg("%s in %s", why, json);
    return wire_written(&writer);
}

void rig_admit_tentatively(struct span event, bool urgent)
{
    static struct admit admit;
    struct peer peer = {0};

    memset(&admit, 0, sizeof admit);
    admit.n_items = 1;
    admit.items[0].handle = 7;
    admit.items[0].event = event;
    if (urgent)
        PUT(&admit.items[0], admission_item, urgent, true);
    admit_items(rig.registry, &peer, &admit, rig.now, &effects);
    assert_int_equal(rig.admitted.n_items, 1);
    assert_int_equal(rig.admitted.items[0].handle, 7);
}

const struct admitted_item *rig_admit(struct span event, bool urgent)
{
    struct admitted_item *item = &rig.admitted.items[0];

    rig_admit_tentatively(event, urgent);
    rig_settle();
    registry_tick(rig.registry, rig.now, &effects);
    if (item->referral.size > 0) {
        memcpy(rig.tags[0], item->referral.at, item->referral.size);
        rig.tags[0][item->referral.size] = '\0';
        item->referral = span_text(rig.tags[0]);
    }
    return item;
}

static void file_input(enum event_type type, const char *subject, uint64_t n, const void *data, struct span attachment)
{
    struct event head;
    char id[48];

    snprintf(id, sizeof id, "1.%llu", (unsigned long long)n);
    head = head_of(type, id, span_text(subject));
    rig_settle();
    add_entry(type, &head, data, attachment);
    rig.entries[rig.n_entries - 1].sequence = rig.n_entries;
    file_entry(rig.n_entries - 1);
}

void rig_input(enum event_type type, const char *subject, uint64_t n, const void *data)
{
    file_input(type, subject, n, data, span_of(NULL, 0));
}

void rig_adopt(int64_t effective_ms)
{
    static struct complaints complaints;
    struct policy_adopted data = {.name = span_text("sample"), .effective = effective_ms};
    uint8_t version[POLICY_VERSION_SIZE], *bundle;
    size_t size;

    complaints.n = 0;
    assert_int_equal(policy_read_folder(rig.folder, &complaints, &bundle, &size), ERR_NONE);
    digest_sha256(&(struct span){bundle, size}, 1, version);
    data.policy = span_of(version, sizeof version);
    file_input(EVENT_POLICY_ADOPTED, "", 1, &data, span_of(bundle, size));
    free(bundle);
}

enum answer rig_say(const char *family, const char *other, enum family_verdict verdict)
{
    struct settle request = {.family = span_text(family), .other = span_text(other), .verdict = (uint8_t)verdict, .by = span_text("m2")};
    uint64_t before = rig.n_replies;
    struct peer peer = {0};

    settle_ask(rig.registry, &peer, &request, &effects);
    assert_int_equal(rig.n_replies, before + 1);
    rig_settle();
    return rig.settled;
}

enum answer rig_open_person(const char *referral, const char *worker, uint64_t token, enum open_purpose purpose)
{
    return rig_open_later(referral, worker, token, purpose, 0);
}

const struct note_written *rig_write_note(const char *referral, const char *by, const char *text)
{
    struct write_note request = {.referral = span_text(referral), .by = span_text(by), .text = span_text(text)};
    struct peer peer = {0};

    note_write(rig.registry, &peer, &request, &effects);
    rig_settle();
    return &rig.note;
}

enum answer rig_open_later(const char *referral, const char *worker, uint64_t token, enum open_purpose purpose, uint64_t sequence)
{
    struct open_person request = {.referral = span_text(referral), .worker = span_text(worker), .purpose = (uint8_t)purpose};
    uint64_t before = rig.n_replies;
    struct peer peer = {0};

    if (token != 0)
        PUT(&request, open_person, token, token);
    if (sequence != 0)
        PUT(&request, open_person, sequence, sequence);
    reveal_ask(rig.registry, &peer, &request, &effects);
    registry_tick(rig.registry, rig.now, &effects);
    assert_int_equal(rig.n_replies, before + 1);
    rig_settle();
    return rig.person.answer;
}

unsigned rig_count(enum event_type type)
{
    unsigned n = 0;

    for (unsigned i = 0; i < rig.n_entries; i++)
        n += rig.entries[i].type == type;
    return n;
}

const union event_data *rig_data(unsigned i, struct event *head)
{
    static union event_data data;
    struct faults faults = {0};
    enum event_type type;

    if (!event_decode(span_of(rig.entries[i].event, rig.entries[i].event_size), head, &type, &data, &faults))
        fail_msg("entry %u: %s", i, faults.at[0].path);
    assert_int_equal(type, rig.entries[i].type);
    return &data;
}

const union event_data *rig_last(enum event_type type, struct event *head)
{
    for (unsigned i = rig.n_entries; i-- > 0;)
        if (rig.entries[i].type == type)
            return rig_data(i, head);
    fail_msg("no event of this type");
    return NULL;
}
