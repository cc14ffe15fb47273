// SPDX-License-Identifier: MIT
// The log's rounds: requests are gathered, one commit makes them true, then everybody is answered.
// Called by audit_main.
// Must not let anything out before its commit; must not know sockets.
//
// Memory: one struct audit (some 5 MiB, most of it the reply being built), and until the commit what was gathered (8 MiB, or one append).
#include "services/audit/audit_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/runtime/report.h"
#include "common/wire/encode.h"

enum { TEND_MS = 1000 };

enum err audit_open(const char *directory, uint64_t map_size, const struct audit_out *out, int64_t now_ms, struct audit **audit)
{
    const struct log_store_options options = {directory, map_size};
    struct audit *new = calloc(1, sizeof *new);
    enum err err;

    *audit = NULL;
    if (new == NULL)
        return ERR_NO_MEMORY;
    new->out = *out;
    new->started_ms = new->tended_ms = now_ms;
    new->unprepared = true;
    err = log_store_open(&options, &new->log);
    if (err != ERR_NONE) {
        audit_close(&new);
        return err;
    }
    if (getrandom(&new->run, sizeof new->run, 0) != (ssize_t)sizeof new->run) {
        audit_close(&new);
        return ERR_IO;
    }
    new->run = new->run >> 1 | 1; // 1 to INT64_MAX
    new->gathered_max = log_store_usage(new->log).map_size / GATHERED_OF_MAP;
    if (new->gathered_max > GATHERED_MAX)
        new->gathered_max = GATHERED_MAX;
    new->admission = ADMISSION_OPEN;
    *audit = new;
    return ERR_NONE;
}

void audit_close(struct audit **audit)
{
    if (*audit == NULL)
        return;
    log_store_close(&(*audit)->log);
    free(*audit);
    *audit = NULL;
}

// ---------------------------------------------------------------- answers

void audit_reply(struct audit *audit, const struct peer *peer, const struct record_desc *desc, const void *record)
{
    struct wire_writer writer = wire_writer_on(audit->reply, sizeof audit->reply);

    encode(desc, record, &writer);
    audit->out.reply(audit->out.context, peer, wire_written(&writer));
}

void audit_refuse(struct audit *audit, const struct peer *peer, enum answer answer, const struct faults *faults)
{
    struct plain_reply reply = {.answer = (uint8_t)answer};

    PUT(&reply, plain_reply, ref, peer->ref);
    if (faults != NULL && faults->n > 0) {
        SET_HAS(&reply, plain_reply, errors);
        for (unsigned i = 0; i < faults->n; i++)
            reply.errors[reply.n_errors++] = fault_problem(faults, i);
    }
    audit_reply(audit, peer, &record_plain_reply, &reply);
}

struct waiting *audit_wait(struct audit *audit, const struct peer *peer, enum log_request request)
{
    struct waiting *waiting = &audit->waiting[audit->n_waiting++];

    assert(audit->n_waiting <= WAITING_MAX);
    waiting->peer = *peer;
    waiting->request = (uint8_t)request;
    return waiting;
}

static void answer_status(struct audit *audit, const struct peer *peer, int64_t now_ms)
{
    struct daemon_status status = {.answer = ANSWER_OK, .producer = PRODUCER_AUDIT, .pid = (uint64_t)getpid(), .ready = true};

    PUT(&status, daemon_status, ref, peer->ref);
    status.uptime_ms = (uint64_t)(now_ms - audit->started_ms);
    status.head = log_store_head(audit->log);
    PUT(&status, daemon_status, read_to, status.head);
    audit_reply(audit, peer, &record_daemon_status, &status);
}

static void answer(struct audit *audit, const struct waiting *waiting)
{
    const struct plain_reply good = {.has = UINT64_C(1) << plain_reply_F_ref, .ref = waiting->peer.ref, .answer = ANSWER_OK};

    switch ((enum log_request)waiting->request) {
    case LOG_BEGIN:
        audit_append_answer_begin(audit, waiting);
        break;
    case LOG_APPEND:
        audit_append_answer(audit, waiting);
        break;
    case LOG_HEAD:
    case LOG_ROOT:
        audit_read_answer_head(audit, waiting);
        break;
    case LOG_ATTACHMENT:
        audit_read_answer_attachment(audit, waiting);
        break;
    case LOG_DROP:
        audit_reply(audit, &waiting->peer, &record_plain_reply, &good);
        break;
    case LOG_READ:
    case log_request_count:
        assert(false); // reads are parked
    }
}

// ---------------------------------------------------------------- requests

// Requests of operators are those of the log with the same name; the rest of the log's are not theirs.
static const struct request_desc *const services[AUDIT_SOCKETS] = {
    [AUDIT_LOG] = service_log, [AUDIT_OPERATORS] = service_operator_log, [AUDIT_CONTROL] = service_control};

static const struct request_desc *find_row(const struct request_desc *rows, struct span name)
{
    for (; rows->name != NULL; rows++)
        if (span_is(name, rows->name))
            return rows;
    return NULL;
}

static void take(struct audit *audit, const struct peer *peer, enum log_request request, int64_t now_ms)
{
    switch (request) {
    case LOG_BEGIN:
        audit_append_take_begin(audit, peer);
        break;
    case LOG_APPEND:
        audit_append_take(audit, peer);
        break;
    case LOG_READ:
        audit_read_take(audit, peer, now_ms);
        break;
    case LOG_HEAD:
    case LOG_ROOT:
        audit_wait(audit, peer, request);
        break;
    case LOG_ATTACHMENT:
        audit_wait(audit, peer, request)->sequence = audit->request.at.sequence;
        break;
    case LOG_DROP:
        audit_append_take_drop(audit, peer);
        break;
    case log_request_count:
        assert(false);
    }
}

static bool read_head(struct span body, bool extra_frames, struct request_head *head, struct faults *faults)
{
    if (extra_frames) {
        faults_add(faults, FAULT_EXTRA_FRAMES, "");
        return false;
    }
    return decode_message(&record_request_head, body, head, faults);
}

void audit_take(struct audit *audit, const struct peer *peer, struct span body, bool extra_frames, int64_t now_ms)
{
    struct peer from = *peer;
    struct faults faults = {0};
    struct request_head head = {0};
    const struct request_desc *row = NULL;

    if (read_head(body, extra_frames, &head, &faults)) {
        from.ref = (uint32_t)head.ref;
        row = find_row(services[from.service], head.request);
        if (row == NULL)
            faults_add(&faults, FAULT_UNKNOWN_CODE, "/request");
    }
    if (row != NULL && from.service == AUDIT_CONTROL) {
        answer_status(audit, &from, now_ms);
        return;
    }
    if (row == NULL || (row->request != &record_request_head && !decode(row->request, body, "", &audit->request, &faults))) {
        audit_refuse(audit, &from, ANSWER_BAD_REQUEST, &faults);
        return;
    }
    take(audit, &from, (enum log_request)(find_row(service_log, head.request) - service_log), now_ms);
}

bool audit_has_enough(const struct audit *audit)
{
    return audit->n_waiting == WAITING_MAX || log_store_gathered(audit->log) >= audit->gathered_max;
}

// ---------------------------------------------------------------- rounds

// How far triage and allocation are behind the head, whichever is more; who never began is not waited for.
static uint64_t routing_lag(const struct audit *audit)
{
    static const enum producer routers[] = {PRODUCER_TRIAGE, PRODUCER_ALLOCATION};
    uint64_t head = log_store_head(audit->log), lag = 0;

    for (unsigned i = 0; i < sizeof routers / sizeof routers[0]; i++) {
        const struct log_producer *router = log_store_producer(audit->log, routers[i]);

        if (router->epoch > 0 && head > router->decided_to + lag) // it may have decided ahead of the disk
            lag = head - router->decided_to;
    }
    return lag;
}

enum admission audit_admission(const struct audit *audit)
{
    enum admission admission = log_store_usage(audit->log).admission;

    return admission == ADMISSION_OPEN && routing_lag(audit) > LAG_MAX ? ADMISSION_SLOW : admission;
}

static void report_lag(struct audit *audit, int64_t now_ms)
{
    if (routing_lag(audit) > LAG_MAX && report_due(&audit->lag_told_ms, now_ms))
        report("routing-behind", "%llu events are not routed yet; ordinary referrals wait until fewer than %d are",
               (unsigned long long)routing_lag(audit), LAG_MAX);
}

static void report_admission(struct audit *audit)
{
    struct log_usage usage = log_store_usage(audit->log);

    if (usage.admission == audit->admission)
        return;
    audit->admission = (uint8_t)usage.admission;
    report("admission", "%s: %u of 1000 of the map or the disk are in use%s", code_text(LIST_ADMISSION, usage.admission), usage.fullness,
           usage.admission == ADMISSION_OPEN ? "" : "; give the disk more room, or the log a larger --map-size");
}

// What the hub's own daemons are about to say of what was gathered goes into the same commit, where that is little.
static bool is_patient(struct audit *audit, int64_t now_ms)
{
    uint64_t gathered = log_store_gathered(audit->log);

    if (!audit->patient)
        audit->patient_since_ms = now_ms;
    if (now_ms - audit->patient_since_ms >= PATIENCE_MS)
        audit->n_deciding = 0; // whoever it is takes longer
    return audit->n_deciding > 0 && gathered > 0 && gathered < PATIENCE_BYTES && !audit_has_enough(audit);
}

enum err audit_settle(struct audit *audit, int64_t now_ms)
{
    uint64_t old_head = log_store_head(audit->log);
    enum err err = audit_read_serve_ahead(audit);

    audit->patient = err == ERR_NONE && is_patient(audit, now_ms);
    if (audit->patient)
        return ERR_NONE;
    if (err == ERR_NONE)
        err = log_store_commit(audit->log);
    if (err != ERR_NONE)
        return err;
    for (unsigned i = 0; i < audit->n_waiting; i++)
        answer(audit, &audit->waiting[i]);
    audit->unprepared = audit->unprepared || audit->n_waiting > 0;
    audit->n_waiting = 0;
    err = audit_read_publish(audit, old_head);
    if (err == ERR_NONE)
        err = audit_read_serve(audit, old_head, now_ms);
    audit->gathered_types = 0;
    if (now_ms - audit->tended_ms >= TEND_MS) {
        audit->tended_ms = now_ms;
        log_store_tend(audit->log);
    }
    report_admission(audit);
    report_lag(audit, now_ms);
    return err;
}

enum err audit_prepare(struct audit *audit, int64_t now_ms)
{
    if (!audit->unprepared || audit->scanning || now_ms < audit->rest_until_ms)
        return ERR_NONE;
    return log_store_prepare(audit->log, &audit->unprepared);
}

void audit_rest(struct audit *audit, int64_t began_ms, int64_t now_ms)
{
    int64_t until_ms = now_ms + RESTS * (now_ms - began_ms);

    if (until_ms > audit->rest_until_ms)
        audit->rest_until_ms = until_ms;
}

int audit_idle_ms(const struct audit *audit, int64_t now_ms)
{
    int64_t deadline = parked_deadline(&audit->parked);
    int64_t left = deadline == INT64_MAX ? TEND_MS : deadline - now_ms;

    if (audit->patient)
        return 1;
    if (audit->scanning || left < 0)
        return 0;
    if (audit->unprepared) {
        int64_t rest = audit->rest_until_ms > now_ms ? audit->rest_until_ms - now_ms : 1;

        left = rest < left ? rest : left;
    }
    return left < TEND_MS ? (int)left : TEND_MS;
}
