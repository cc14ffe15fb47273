// SPDX-License-Identifier: MIT
// The one loop of all daemons: drain what waits, decide, append as one batch, release replies when the log says durable.
// Called by every X_main.c. Holds no judgement of its own.
#include "common/runtime/process.h"
#include "common/runtime/report.h"
#include "common/runtime/runtime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_AGAIN = 111 };

void runtime_give_up(struct runtime *runtime, const char *id, const char *why)
{
    report(id, "%s; windscreen-%s ends and is started again", why, runtime->daemon->name);
    _exit(EXIT_AGAIN);
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct moment runtime_now(struct runtime *runtime)
{
    int64_t wall_ms = clock_ms(CLOCK_REALTIME);

    if (wall_ms > runtime->last_wall_ms)
        runtime->last_wall_ms = wall_ms;
    runtime->last_boot_ms = clock_ms(CLOCK_BOOTTIME);
    return runtime_moment(runtime);
}

struct moment runtime_moment(const struct runtime *runtime)
{
    return (struct moment){.wall_ms = runtime->last_wall_ms, .boot_ms = runtime->last_boot_ms};
}

void runtime_learn_time(struct runtime *runtime, const struct event *head)
{
    if (HAS(head, event, time) && head->time > runtime->last_wall_ms)
        runtime->last_wall_ms = head->time;
}

const char *runtime_state_dir(const struct runtime *runtime)
{
    return runtime->state_dir;
}

const char *runtime_policy_dir(const struct runtime *runtime)
{
    return runtime->policy_dir;
}

const char *runtime_credentials_dir(const struct runtime *runtime)
{
    return runtime->credentials_dir;
}

enum admission runtime_admission(const struct runtime *runtime)
{
    return runtime->admission;
}

uint64_t runtime_read_to(const struct runtime *runtime)
{
    return runtime->decided_to;
}

uint64_t runtime_pending(const struct runtime *runtime)
{
    return runtime->next_n - 1 - runtime->durable_n;
}

bool runtime_idle(const struct runtime *runtime)
{
    return runtime->n_in_flight == 0 && runtime->effects.batch_events == 0;
}

void runtime_go_on(struct runtime *runtime)
{
    runtime->goes_on = true;
}

uint64_t runtime_sequence_of(const struct runtime *runtime, uint64_t n)
{
    uint64_t kept = runtime->n_recent < RECENT_MAX ? runtime->n_recent : RECENT_MAX;

    for (uint64_t back = 1; back <= kept; back++) {
        uint64_t slot = (runtime->n_recent - back) % RECENT_MAX;

        if (n >= runtime->recent[slot].first_n && n - runtime->recent[slot].first_n < runtime->recent[slot].n_events)
            return runtime->recent[slot].first_sequence + n - runtime->recent[slot].first_n;
    }
    return 0;
}

void runtime_ask_head(struct runtime *runtime, void *state, void (*then)(void *state, uint64_t head))
{
    // a read that is not parked comes back at once, with everything up to the head
    message_free(&runtime->input);
    runtime->on_head = then;
    runtime->on_head_state = state;
    runtime->reading_from = runtime->decided_to + 1;
    log_send_read(runtime, 0);
    runtime->on_head_ref = runtime->read_ref;
}

// ---------------------------------------------------------------- inputs

void runtime_read_event(const struct log_event *entry, const struct event_part *part, struct input *input)
{
    input->event = (struct hub_event){.sequence = entry->sequence, .head = &input->head, .data = &input->data};
    input->faults.n = 0; // the rest is not cleared: this is done for every event
    if (part == NULL) {
        input->good = event_decode(entry->event, &input->head, &input->event.type, &input->data, &input->faults);
        return;
    }
    input->event.type = event_decode_part(entry->event, part, &input->head, &input->data, &input->faults);
    input->good = input->event.type != EVENT_NONE;
}

static void read_input(struct runtime *runtime, size_t place)
{
    struct input *input = &runtime->inputs[place % 2];

    runtime_read_event(&runtime->events->events[place], runtime->daemon->reads, input);
    if (input->good && runtime->daemon->expect != NULL)
        runtime->daemon->expect(runtime->daemon->state, &input->event);
}

// Lends the input whose turn it is. Where the daemon expects inputs, the one behind it has been read, too.
static const struct input *input_at(struct runtime *runtime, size_t place)
{
    size_t wanted = place + (runtime->daemon->expect != NULL ? 2 : 1);

    while (runtime->n_inputs < wanted && runtime->n_inputs < runtime->events->n_events)
        read_input(runtime, runtime->n_inputs++);
    return &runtime->inputs[place % 2];
}

static void decide_one(struct runtime *runtime, const struct input *input)
{
    const struct daemon *daemon = runtime->daemon;
    const struct hub_event *event = &input->event;

    if (!input->good)
        runtime_give_up(runtime, "event-unreadable", input->faults.at[0].path);
    runtime_learn_time(runtime, &input->head);
    if (event->sequence > runtime->filed_to) {
        if (daemon->file != NULL && daemon->file(daemon->state, event) != ERR_NONE)
            runtime_give_up(runtime, "file-failed", event_desc(event->type)->name);
        runtime->filed_to = event->sequence;
    }
    if (daemon->decide != NULL)
        daemon->decide(daemon->state, event, runtime_moment(runtime), &runtime->effects);
    runtime->decided_to = event->sequence;
}

static void finish_read(struct runtime *runtime)
{
    void (*then)(void *state, uint64_t head) = runtime->on_head;

    witness_take(runtime);
    message_free(&runtime->input);
    runtime->decided_to = runtime->reading_from - 1;
    if (runtime->decided_to > runtime->filed_to)
        runtime->filed_to = runtime->decided_to;
    if (then == NULL || runtime->read_ref != runtime->on_head_ref || runtime->decided_to < runtime->events->head)
        return;
    runtime->on_head = NULL;
    then(runtime->on_head_state, runtime->decided_to);
}

static void decide_inputs(struct runtime *runtime)
{
    log_take_read(runtime);
    while (runtime->input.held && effects_can_decide(runtime)) {
        if (runtime->next_input == runtime->events->n_events) {
            finish_read(runtime);
            log_take_read(runtime);
            (void)runtime_now(runtime);
            continue;
        }
        decide_one(runtime, input_at(runtime, runtime->next_input++));
    }
}

// Asked behind the batch: who asks for more has said all about what it had (audit.c waits for that).
static void read_on(struct runtime *runtime)
{
    if (runtime->input.held || runtime->read_boot_ms != 0)
        return;
    log_send_read(runtime, runtime->on_head != NULL ? 0 : READ_WAIT_MS);
    if (runtime->on_head != NULL)
        runtime->on_head_ref = runtime->read_ref;
}

// ---------------------------------------------------------------- saving

static bool is_save_due(const struct runtime *runtime, int64_t boot_ms, unsigned times)
{
    uint64_t events = runtime->next_n - 1 - runtime->saved_n;

    if (runtime->daemon->save == NULL || runtime->held.is)
        return false;
    return events >= times * (uint64_t)SAVE_EVENTS || boot_ms - runtime->saved_boot_ms >= times * (int64_t)SAVE_MS;
}

static struct projection_marks marks_now(const struct runtime *runtime)
{
    struct projection_marks marks = {.filed_to = runtime->filed_to, .witness = runtime->witness};

    marks.taken_to = runtime->own_last_sequence > marks.filed_to ? runtime->own_last_sequence : marks.filed_to;
    return marks;
}

static bool is_saved(const struct runtime *runtime)
{
    struct projection_marks marks = marks_now(runtime);

    return runtime_idle(runtime) && runtime->saved.taken_to == marks.taken_to && runtime->saved.filed_to == marks.filed_to &&
           runtime->saved.witness.sequence == marks.witness.sequence;
}

// Nothing that was decided may wait to be sent. False: it cannot be held now.
static bool hold(struct runtime *runtime)
{
    bool saved = is_saved(runtime);
    enum err err = saved ? ERR_NONE : runtime->daemon->hold(runtime->daemon->state);

    if (err != ERR_NONE && err != ERR_AGAIN)
        runtime_give_up(runtime, "save-failed", err_text(err));
    if (err == ERR_NONE || runtime_idle(runtime)) { // what cannot be held even then is put off: it would be due at once again
        runtime->saved_n = runtime->next_n - 1;
        runtime->saved_boot_ms = runtime_now(runtime).boot_ms;
    }
    if (err == ERR_AGAIN)
        return false;
    runtime->held = (struct held_projection){.is = !saved, .n = runtime->next_n - 1, .marks = marks_now(runtime)};
    return true;
}

static bool is_held_durable(const struct runtime *runtime)
{
    return runtime->durable_n >= runtime->held.n && runtime->durable_to >= runtime->held.marks.filed_to;
}

void runtime_save_held(struct runtime *runtime)
{
    struct held_projection *held = &runtime->held;
    int64_t boot_ms = runtime_moment(runtime).boot_ms;
    enum err err;

    if (!held->is || !is_held_durable(runtime) || (held->tried_boot_ms > 0 && boot_ms - held->tried_boot_ms < SAVE_MS))
        return;
    err = runtime->daemon->save(runtime->daemon->state, held->marks);
    if (err == ERR_STORE_FULL) {
        held->tried_boot_ms = boot_ms;
        if (report_due(&runtime->unsaved_told_ms, boot_ms))
            report("projection-not-saved", "the disk has no room for it; the log is whole, and saving is tried again every second");
        return;
    }
    if (err != ERR_NONE)
        runtime_give_up(runtime, "save-failed", err_text(err));
    runtime->saved = held->marks;
    held->is = false;
}

// At the end, when all is durable that will be. False: the disk still writes the commit before.
static bool save_all(struct runtime *runtime)
{
    if (runtime->daemon->save == NULL)
        return true;
    runtime_save_held(runtime);
    if (runtime->held.is || runtime->filed_to > runtime->durable_to)
        return true; // no room, or it knows tentative inputs: the next start catches up
    if (!hold(runtime))
        return false;
    runtime_save_held(runtime);
    return true;
}

// ---------------------------------------------------------------- the loop

static bool may_decide(const struct runtime *runtime)
{
    return !runtime->stopping && effects_can_decide(runtime) && !is_save_due(runtime, runtime_moment(runtime).boot_ms, SAVE_OVERDUE);
}

static void wait(struct runtime *runtime)
{
    bool decides = may_decide(runtime);
    struct socket *sockets[SERVICES_MAX + LINKS_MAX + 3];
    int64_t wait_us = runtime->goes_on && decides ? 0 : TICK_MS * 1000;
    unsigned n = 0;

    sockets[n++] = runtime->appends;
    sockets[n++] = runtime->control;
    if (decides) {
        sockets[n++] = runtime->reads;
        for (unsigned i = 0; i < runtime->daemon->n_services; i++)
            if (!serve_waits(runtime, i))
                sockets[n++] = runtime->services[i];
        for (unsigned i = 0; i < runtime->daemon->n_links; i++)
            sockets[n++] = runtime->links[i];
    }
    if (decides && wait_us > 0 && runtime->rest_until_us > 0)
        wait_us = serve_rest_us(runtime);
    runtime->goes_on = false;
    // once told to stop it is not told again, or it would not rest while the log works on what is in flight
    if (socket_wait(sockets, n, runtime->stopping ? -1 : runtime->signals, wait_us))
        runtime->stopping = true;
}

static void one_round(struct runtime *runtime)
{
    int64_t boot_ms = runtime_now(runtime).boot_ms;
    const struct held_projection *held = &runtime->held;

    log_take_answers(runtime);
    serve_control(runtime);
    door_tend(&runtime->door, boot_ms);
    if (may_decide(runtime)) {
        decide_inputs(runtime);
        serve_links(runtime);
        serve_requests(runtime);
        runtime->daemon->tick(runtime->daemon->state, runtime_now(runtime), &runtime->effects);
    }
    log_send_batch(runtime, held->is && runtime->n_in_flight == 0 && held->marks.filed_to > runtime->durable_to);
    if (!runtime->stopping)
        read_on(runtime);
    effects_release(runtime);
    if (runtime->effects.batch_events == 0 && is_save_due(runtime, boot_ms, 1))
        (void)hold(runtime);
    runtime_save_held(runtime);
    log_retry(runtime, runtime_now(runtime).boot_ms);
}

static void work(struct runtime *runtime)
{
    int64_t stop_by = 0;

    // once before the first decision, as daemon.h promises
    runtime->daemon->tick(runtime->daemon->state, runtime_now(runtime), &runtime->effects);
    runtime->ready = true;
    report("ready", "deciding");
    while (!runtime->stopping || (!runtime_idle(runtime) && runtime_now(runtime).boot_ms < stop_by)) {
        if (!runtime->stopping)
            stop_by = runtime_now(runtime).boot_ms + STOP_MS;
        one_round(runtime);
        wait(runtime);
    }
    if (!runtime_idle(runtime))
        runtime_give_up(runtime, "stopped-early",
                        "the log did not answer in time; what it did not take is decided again at the next start");
    process_end_within(STOP_SAVE_MS, "stopped-unsaved",
                       "the disk has not ended the last commit of the projection; it is caught up from the log at the next start");
    while (!save_all(runtime))
        zmq_poll(NULL, 0, TICK_MS);
}

static void close_sockets(struct runtime *runtime)
{
    for (unsigned i = 0; i < runtime->daemon->n_services; i++)
        socket_close(&runtime->services[i]);
    for (unsigned i = 0; i < runtime->daemon->n_links; i++)
        socket_close(&runtime->links[i]);
    socket_close(&runtime->control);
    message_free(&runtime->input);
    socket_close(&runtime->reads);
    socket_close(&runtime->questions);
    socket_close(&runtime->appends);
}

int daemon_main(const struct daemon *daemon, int argc, char **argv)
{
    static struct runtime runtime;
    int exit_code;
    enum err err;

    runtime.daemon = daemon;
    runtime.retry_ms = RETRY_MS;
    report_as(daemon->name);
    exit_code = runtime_options(&runtime, argc, argv);
    if (exit_code >= 0)
        return exit_code;
    runtime.started_boot_ms = runtime_now(&runtime).boot_ms;
    // daemons that start together save one after another: a flush of the log would wait for all of theirs
    runtime.saved_boot_ms = runtime.started_boot_ms - (int64_t)daemon->producer * SAVE_MS / code_count(LIST_PRODUCER);
    err = runtime_start(&runtime);
    err = err == ERR_NONE ? runtime_replay(&runtime) : err;
    err = err == ERR_NONE ? serve_open(&runtime) : err;
    if (err == ERR_NONE) {
        runtime.saved_n = runtime.durable_n;
        work(&runtime);
        report("stopped", "everything decided is in the log");
    } else if (!runtime.stopping) {
        report("start-failed", "%s", err_text(err));
    }
    if (daemon->close != NULL)
        daemon->close(daemon->state);
    close_sockets(&runtime);
    if (runtime.stopping)
        return 0;
    return process_exit_code(err);
}
