// SPDX-License-Identifier: MIT
// What the user gave on the command line: options by name, and words.
// Filled once by given_parse, read by the commands. Complaints go to standard error; the caller exits with EXIT_BAD_USAGE.
#pragma once

#include "common/base/span.h"
#include "services/windscreen/command.h"

#include <stdint.h>

enum { GIVEN_MAX = 128, STATE_PATH_MAX = 1023 };

struct given_option {
    const char *name;
    const char *value; // NULL: a flag
};

struct given {
    const struct command *command;
    struct given_option options[GIVEN_MAX];
    unsigned n_options;
    char **words; // lent from argv
    unsigned n_words;
    bool json;
    bool help;
    bool state_named; // by --state or $WINDSCREEN_STATE, not by habit
    char state[STATE_PATH_MAX + 1];
};

// Reads the words behind the command's own; argv[0] is ignored and argv may be reordered. False after a complaint.
bool given_parse(const struct command *command, int argc, char **argv, struct given *given);

// The last value of an option; NULL when it was not given.
const char *given_text(const struct given *given, const char *name);
bool given_flag(const struct given *given, const char *name);
// The next value of an option that may be repeated; begin with *at = 0. False at the end.
bool given_next(const struct given *given, const char *name, unsigned *at, const char **value);

// Each false after a complaint; *value is `otherwise` when the option was not given.
bool given_required(const struct given *given, const char *name, const char **value);
bool given_number(const struct given *given, const char *name, uint64_t min, uint64_t max, uint64_t otherwise, uint64_t *value);
// 250ms, 30s, 15m, 2h, 1d; a bare number is refused: it might be meant as minutes.
bool given_duration(const struct given *given, const char *name, uint64_t min_ms, uint64_t max_ms, uint64_t otherwise_ms,
                    uint64_t *value_ms);

// "R0000000G00001" or "R0000000G00001/1": referral, and part (without one: GIVEN_WHOLE). Lends. False after a complaint.
bool given_job(const struct given *given, const char *text, struct span *referral, uint64_t *part);
enum { GIVEN_WHOLE = 255 };

// The same judgements on a text, without complaint.
bool given_parse_number(const char *text, uint64_t *value);
bool given_parse_duration(const char *text, uint64_t *ms);

// Opens a file for reading, "-": standard input, which is not to be closed. -1 after saying why not, also of a directory: the caller
// exits with EXIT_NO_INPUT.
int given_open(const struct given *given, const char *name);

// Prints "windscreen COMMAND: ..." and where to read on, to standard error; returns EXIT_BAD_USAGE.
int given_complain(const struct given *given, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The functions of the commands, by commands.def; those that parse their own options have headers of their own.
int command_publish_run(const struct given *given);
int command_log_run(const struct given *given);
int command_show_run(const struct given *given);
int command_explain_run(const struct given *given);
int command_queue_run(const struct given *given);
int command_due_run(const struct given *given);
int command_work_take(const struct given *given);
int command_work_accept(const struct given *given);
int command_work_open(const struct given *given);
int command_work_decline(const struct given *given);
int command_work_extend(const struct given *given);
int command_work_release(const struct given *given);
int command_queue_capacity(const struct given *given);
int command_assign_run(const struct given *given);
int command_worker_list(const struct given *given);
int command_worker_roster(const struct given *given);
int command_worker_away(const struct given *given);
int command_worker_back(const struct given *given);
int command_worker_cases(const struct given *given);
int command_work_step(const struct given *given);
int command_work_close(const struct given *given);
int command_work_progress(const struct given *given);
int command_step_run(const struct given *given);
int command_close_run(const struct given *given);
int command_reopen_run(const struct given *given);
int command_challenge_run(const struct given *given);
int command_decide_run(const struct given *given);
int command_note_run(const struct given *given);
int command_seen_run(const struct given *given);
int command_family_run(const struct given *given);
int command_family_settle(const struct given *given);
int command_status_run(const struct given *given);
int command_balance_run(const struct given *given);
int command_audit_root(const struct given *given);
int command_audit_verify(const struct given *given);
int command_policy_check(const struct given *given);
int command_policy_try(const struct given *given);
int command_policy_adopt(const struct given *given);
int command_policy_list(const struct given *given);
int command_policy_show(const struct given *given);
int command_policy_replay(const struct given *given);
int command_version_run(const struct given *given);
int command_help_run(const struct given *given);
