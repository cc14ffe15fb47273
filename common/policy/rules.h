// SPDX-License-Identifier: MIT
// One version of a policy as values: what the judging code of triage and allocation reads.
// Filled by the loader (policy.h); never changes afterwards. Texts are lent from the policy. Judges nothing itself.
#pragma once

#include "common/policy/facts.h"
#include "common/policy/programmes.h"
#include "common/policy/schedule.h"
#include "common/policy/signals.h"

enum {
    POLICY_TEAMS_MAX = 48,
    POLICY_COUNTS_MAX = 16,
    POLICY_DOMAINS_MAX = 8,
    POLICY_AGES_MAX = 16,
    POLICY_GROUPS_MAX = 8,
    POLICY_TASKS_MAX = 8,
    POLICY_STEPS_MAX = 16,
    POLICY_BASES_MAX = 8,
    POLICY_NEIGHBOURHOODS_MAX = 62,
    POLICY_POSTCODES_MAX = 8192,
    POLICY_CLOCKS_MAX = 64,
    POLICY_VERSION_SIZE = 32,
};

// ---------------------------------------------------------------- levels

enum count_how {
    COUNT_EACH,             // every pair of holder (household or member) and indicator
    COUNT_ONCE_ON_CHILDREN, // the same, but one indicator on several children counts once
    COUNT_SPREAD,           // yes or no: two or more (counted once on children), in different domains or of different holders
};

// A fact made by counting indicators.
struct level_count {
    uint64_t indicators; // bit c: indicator c counts
    uint8_t how;         // enum count_how
    struct span meaning; // "intensive needs"
    struct span one;     // "intensive need"; size 0: not said
    struct origin origin;
};

struct level_row {
    struct span code; // "SEVERAL_INTENSIVE"
    uint8_t level;
    uint64_t marks;   // bit m: mark m
    struct span says; // the rule in plain words; size 0: not said
    struct origin origin;
};

struct level_rules {
    unsigned n_counts; // their columns follow LEVEL_FACT_COUNT
    struct level_count counts[POLICY_COUNTS_MAX];
    unsigned n_domains;
    struct span domain_names[POLICY_DOMAINS_MAX];
    uint64_t domains[POLICY_DOMAINS_MAX]; // indicators of each domain
    struct table table;
    struct level_row rows[TABLE_ROWS_MAX];
    struct level_row claimed; // a claim above the computed level; its `level` is not used
};

struct indicator_rule {
    uint8_t level;  // 0: not in the policy
    uint8_t domain; // index of domain_names
    bool hard;      // a fact a partner's system can send; else a judgement
    struct span text;
    struct origin origin;
};

// ---------------------------------------------------------------- destinations

enum row_outcome {
    ROW_QUEUE,     // to `team`'s queue
    ROW_DECIDE,    // a person decides (`team` is one that decides)
    ROW_HOLD,      // held; goes on as the row that matches with `as_if`
    ROW_NEWS,      // news on the family's open case
    ROW_PARENTING, // the parenting rows are the lead
};

enum { ROUTE_AS_IF_MAX = 8 }; // from outside, a step up, not yet asked, alone, not yet assessed: five in the sample

struct route_row {
    struct span code;                 // "STEP_UP"
    uint8_t outcome;                  // enum row_outcome
    uint8_t team;                     // index of the policy's teams
    uint8_t proposal;                 // team proposed; 0: that of the row that matches with `as_if`, if there is one
    uint8_t reason;                   // enum decision_reason
    bool parts;                       // parenting parts are added: beside the lead, or beside the open case that it is told to
    bool tells_case, again_when_open; // the open case has news of it; of parenting: the worker of a case opened later is told
    bool drops_marks;                 // the accepting worker is not asked to answer marks
    uint8_t as_if_fact, as_if_value;  // ROW_HOLD, or for the proposal; meaningful when has_as_if
    bool has_as_if;
    struct span says; // the row in plain words; size 0: not said
    struct origin origin;
};

struct basis_row {
    struct span code; // "DUTY_TO_PROTECT"
    uint8_t basis;    // enum basis
    struct origin origin;
};

struct age_band {
    struct span name;
    int16_t from, to; // completed months, both included
    struct origin origin;
};

struct route_rules {
    unsigned n_ages; // bands in order, without gaps; value of the fact: index + 1
    struct age_band ages[POLICY_AGES_MAX];
    unsigned n_neighbourhoods; // value of the fact: index + 1
    struct span neighbourhoods[POLICY_NEIGHBOURHOODS_MAX];
    unsigned n_groups; // their columns follow LEAD_FACT_COUNT: some member matches a row of the group
    struct span group_names[POLICY_GROUPS_MAX];
    struct span group_meanings[POLICY_GROUPS_MAX]; // "a parent or carer"; size 0: not said
    struct origin group_origins[POLICY_GROUPS_MAX];
    struct table members;                  // rows of all groups
    uint8_t member_groups[TABLE_ROWS_MAX]; // group of each row
    unsigned member_lines[TABLE_ROWS_MAX]; // of destinations.yaml
    uint8_t parenting_group;               // for whom the parenting rows are asked
    struct table lead;
    struct route_row lead_rows[TABLE_ROWS_MAX];
    struct table parenting;
    struct route_row parenting_rows[TABLE_ROWS_MAX];
    struct table tasks; // every row that matches makes a task
    struct route_row task_rows[TABLE_ROWS_MAX];
    struct table basis; // no rows: the policy says nothing of it
    struct basis_row basis_rows[TABLE_ROWS_MAX];
};

// ---------------------------------------------------------------- teams

enum { TEAM_OVERFLOW_MAX = 8, TEAM_LEVELS = 5, TEAM_WEIGHT_MAX = 100, TEAM_CASELOAD_MAX = 1000 };

struct team {
    struct span code; // "fsw"
    struct span title;
    uint32_t lease_ms;
    uint16_t caseload;            // weight of the cases that a worker on the roster can have, where the roster does not say; 0: no bound
    uint8_t weights[TEAM_LEVELS]; // of a case, by its level
    uint8_t max_attempts;
    uint8_t n_overflow, overflow[TEAM_OVERFLOW_MAX]; // teams that have its work when it is full, if the family agrees
    uint8_t agency;                                  // enum agency: whose workers these are
    bool opens_case;                                 // a job queued, leased or accepted here makes the family open
    bool parenting;                                  // a job queued, leased or accepted here is the family's parenting support
    bool decides;                                    // people decide here
    bool guarded;                                    // cannot be paused, and its jobs never become dead letters
    struct origin origin;
};

// ---------------------------------------------------------------- steps

// What must be there before a case may go to another level, team or worker. That the other accepts is always so.
struct step_row {
    struct span code;
    uint64_t progress; // bit p: progress p has been told
    bool consent;      // the family agrees
    bool receiver;     // the worker who is to have it is named
    struct origin origin;
};

struct step_rules {
    struct table table; // no rows: nothing must
    struct step_row rows[TABLE_ROWS_MAX];
};

// ---------------------------------------------------------------- all of it

struct policy {
    uint8_t version[POLICY_VERSION_SIZE]; // SHA-256 of the bundle
    struct span name;                     // "luton-2017"
    struct span title;
    int32_t effective; // day from which it may be in force
    struct origin origin;
    struct indicator_rule indicators[TABLE_VALUES_MAX]; // by enum indicator
    struct level_rules levels;
    struct route_rules routes;
    struct step_rules steps;
    struct signal_rules signals;
    struct programme_rules programmes;
    unsigned n_teams; // teams[1] ... teams[n_teams]
    struct team teams[POLICY_TEAMS_MAX + 1];
    unsigned n_clocks, n_state_clocks, n_reminders; // those of states first, then the reminders, then the times asked for by name
    struct clock_rule clocks[POLICY_CLOCKS_MAX];
    struct reminder_sets reminders;
    struct calendar calendar;
    void *texts; // the loader's
};

// Index of a team by its code; 0 when there is none.
unsigned rules_team(const struct policy *policy, struct span code);
// Index of a level rule by its code, the claimed rule's being levels.table.n_rows; RULES_UNKNOWN when there is none.
enum { RULES_UNKNOWN = TABLE_VALUES_MAX - 1 }; // a value that no row can name
unsigned rules_level_rule(const struct policy *policy, struct span code);
// The clock or reminder of this name; NULL when there is none.
const struct clock_rule *rules_clock_named(const struct policy *policy, struct span name);
// The clock that runs in a state at a team (0: any), once there was a review or before; NULL when none does.
const struct clock_rule *rules_clock(const struct policy *policy, enum state state, unsigned team, bool reviewed);
