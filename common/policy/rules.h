// SPDX-License-Identifier: MIT
// One version of a policy as values: what the judging code of triage and allocation reads.
// Filled by the loader (policy.h); never changes afterwards. Texts are lent from the policy. Judges nothing itself.
#pragma once

#include "common/policy/table.h"

enum {
    POLICY_TEAMS_MAX = 48,
    POLICY_COUNTS_MAX = 16,
    POLICY_DOMAINS_MAX = 8,
    POLICY_AGES_MAX = 16,
    POLICY_GROUPS_MAX = 8,
    POLICY_TASKS_MAX = 8,
    POLICY_NEIGHBOURHOODS_MAX = 62,
    POLICY_HOLIDAYS_MAX = 512,
    POLICY_CLOCKS_MAX = 64,
    POLICY_VERSION_SIZE = 32,
};

// Columns of the tables, before those that a policy adds: LEVEL_FACT_URGENT ...
enum level_fact {
#define LEVEL_FACT(SYMBOL, name, VALUES, LIST, meaning) LEVEL_FACT_##SYMBOL,
#include "common/policy/facts.def"
    LEVEL_FACT_COUNT
};
enum member_fact {
#define MEMBER_FACT(SYMBOL, name, VALUES, LIST, meaning) MEMBER_FACT_##SYMBOL,
#include "common/policy/facts.def"
    MEMBER_FACT_COUNT
};
enum lead_fact {
#define LEAD_FACT(SYMBOL, name, VALUES, LIST, meaning) LEAD_FACT_##SYMBOL,
#include "common/policy/facts.def"
    LEAD_FACT_COUNT
};
enum child_fact {
#define CHILD_FACT(SYMBOL, name, VALUES, LIST, meaning) CHILD_FACT_##SYMBOL,
#include "common/policy/facts.def"
    CHILD_FACT_COUNT
};

// Values of `family_case`.
enum family_case { CASE_NONE, CASE_COVERS, CASE_BELOW, CASE_COUNT };

// Where a row stands, for people.
struct origin {
    struct span file; // "levels.yaml"
    unsigned line;
    struct span source; // document and paragraph
    struct span note;   // size 0: none
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
};

struct level_row {
    struct span code; // "SEVERAL_INTENSIVE"
    uint8_t level;
    uint64_t marks; // bit m: mark m
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

struct route_row {
    struct span code; // "STEP_UP"
    uint8_t outcome;  // enum row_outcome
    uint8_t team;     // index of the policy's teams
    uint8_t proposal; // team proposed; 0: that of the row that matches with `as_if`, if there is one
    uint8_t reason;   // enum decision_reason
    bool parts;       // parenting parts are added
    bool tells_case;  // news of it goes to the family's open case
    bool drops_marks; // the accepting worker is not asked to answer marks
    uint8_t as_if_fact, as_if_value; // ROW_HOLD, or for the proposal; meaningful when has_as_if
    bool has_as_if;
    struct origin origin;
};

struct age_band {
    struct span name;
    int16_t from, to; // completed months, both included
};

struct route_rules {
    unsigned n_ages; // bands in order, without gaps; value of the fact: index + 1
    struct age_band ages[POLICY_AGES_MAX];
    unsigned n_neighbourhoods; // value of the fact: index + 1
    struct span neighbourhoods[POLICY_NEIGHBOURHOODS_MAX];
    unsigned n_groups; // their columns follow LEAD_FACT_COUNT: some member matches a row of the group
    struct span group_names[POLICY_GROUPS_MAX];
    struct table members;                    // rows of all groups
    uint8_t member_groups[TABLE_ROWS_MAX];   // group of each row
    uint8_t parenting_group;                 // for whom the parenting rows are asked
    struct table lead;
    struct route_row lead_rows[TABLE_ROWS_MAX];
    struct table parenting;
    struct route_row parenting_rows[TABLE_ROWS_MAX];
    struct table tasks; // every row that matches makes a task
    struct route_row task_rows[TABLE_ROWS_MAX];
};

// ---------------------------------------------------------------- teams, clocks, calendar

struct team {
    struct span code; // "fsw"
    struct span title;
    uint32_t lease_ms;
    uint8_t max_attempts;
    bool opens_case; // a job queued, leased or accepted here makes the family open
    bool parenting;  // a job queued, leased or accepted here is the family's parenting support
    bool decides;    // people decide here
    bool guarded;    // cannot be paused, and its jobs never become dead letters
    struct origin origin;
};

enum clock_unit { CLOCK_MINUTES, CLOCK_HOURS, CLOCK_WORKING_HOURS, CLOCK_WORKING_DAYS, CLOCK_WEEKS, CLOCK_MONTHS };

struct clock_rule {
    struct span name; // "hub_decision"
    uint16_t amount;
    uint8_t unit;  // enum clock_unit
    uint8_t state; // enum state it runs in; 0: a reminder beside
    uint8_t team;  // only at this team; 0: at all others
    struct origin origin;
};

struct calendar {
    uint8_t weekdays;           // bit 0 Monday ... bit 6 Sunday: worked
    uint16_t opens, closes;     // minutes after local midnight
    int32_t first_day, last_day; // holidays are known for these days
    unsigned n_holidays;
    int32_t holidays[POLICY_HOLIDAYS_MAX]; // days since 1970-01-01, in order
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
    unsigned n_teams; // teams[1] ... teams[n_teams]
    struct team teams[POLICY_TEAMS_MAX + 1];
    unsigned n_clocks;
    struct clock_rule clocks[POLICY_CLOCKS_MAX];
    struct calendar calendar;
    void *texts; // the loader's
};

// Index of a team by its code; 0 when there is none.
unsigned rules_team(const struct policy *policy, struct span code);
// Index of a level rule by its code, the claimed rule's being levels.table.n_rows; RULES_UNKNOWN when there is none.
enum { RULES_UNKNOWN = TABLE_VALUES_MAX - 1 }; // a value that no row can name
unsigned rules_level_rule(const struct policy *policy, struct span code);
// The clock that runs in a state at a team (0: any); NULL when none does.
const struct clock_rule *rules_clock(const struct policy *policy, enum state state, unsigned team);
