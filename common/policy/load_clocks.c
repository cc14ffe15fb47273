// SPDX-License-Identifier: MIT
// Loads teams.yaml, clocks.yaml and calendar.yaml.
// Called by policy.c. Sees to it that no state which needs a clock is without one.
#include "common/policy/load.h"

#include "common/base/civil.h"

#include <stdio.h>

enum { TITLE_BYTES = 100, WEIGHT_DEFAULT = 1, DAY_MINUTES = 24 * 60, MINUTE_MS = 60000, LEASE_MINUTES_MAX = 10080, ATTEMPTS_MAX = 60 };
enum { LEVELS_ALL = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 };

// ---------------------------------------------------------------- calendar

static bool load_date(struct load *load, struct yaml_item map, const char *key, int32_t *day)
{
    struct span text = load_text(load, map, key, TITLE_BYTES, true);

    if (text.size == 0 || civil_parse_date(text, day))
        return text.size > 0;
    yaml_complain(yaml_get(map, key), load->complaints, "`%s` must be a date such as 2016-12-26", key);
    return false;
}

static void load_holiday(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"day", "name", NULL};
    struct calendar *calendar = &load->policy->calendar;
    int32_t day;

    if (!yaml_has_only(row, keys, load->complaints) || !load_date(load, row, "day", &day))
        return;
    load_text(load, row, "name", TITLE_BYTES, true);
    if (day < calendar->first_day || day > calendar->last_day)
        yaml_complain(row, load->complaints, "the day lies outside the calendar's `from` and `to`: mend one of them");
    if (calendar->n_holidays > 0 && day <= calendar->holidays[calendar->n_holidays - 1])
        yaml_complain(row, load->complaints, "the days must stand in order, each once: this one is not after the one before");
    if (civil_weekday(day) == 0 || civil_weekday(day) == 6)
        yaml_complain(row, load->complaints, "a Saturday or Sunday: write the weekday that is free instead of it");
    calendar->holidays[calendar->n_holidays++] = day;
}

void load_calendar(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"from", "to", "holidays", "source", "note", NULL};
    struct calendar *calendar = &load->policy->calendar;
    struct yaml_item rows;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    calendar->origin = load_origin(load, root);
    if (!load_date(load, root, "from", &calendar->first_day) || !load_date(load, root, "to", &calendar->last_day))
        return;
    if (calendar->first_day >= calendar->last_day)
        yaml_complain(root, load->complaints, "`from` must lie before `to`");
    rows = load_list(load, root, "holidays", POLICY_HOLIDAYS_MAX);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_holiday(load, yaml_at(rows, i));
}

// ---------------------------------------------------------------- teams

static uint32_t lease_of(struct load *load, struct yaml_item row, uint32_t absent)
{
    struct yaml_item item = yaml_get(row, "lease");
    struct duration lease = {0};

    if (!yaml_is_there(item) || !load_duration(load, item, &lease))
        return absent;
    if (lease.unit == CLOCK_HOURS)
        lease.amount = (uint16_t)(lease.amount < LEASE_MINUTES_MAX / 60 ? lease.amount * 60 : LEASE_MINUTES_MAX);
    if (lease.unit > CLOCK_HOURS || lease.amount > LEASE_MINUTES_MAX)
        yaml_complain(item, load->complaints, "`lease` must be given in minutes or hours, at most a week");
    return (uint32_t)lease.amount * MINUTE_MS;
}

static void load_one_team(struct load *load, struct yaml_item row, const struct team *usual)
{
    static const char *const keys[] = {"team",    "title",     "agency",   "lease",    "max_attempts", "opens_case", "parenting",
                                       "decides", "protected", "caseload", "overflow", "source",       "note",       NULL};
    struct policy *policy = load->policy;
    struct load_names *names = &load->texts->names[VALUES_TEAMS];
    struct team team = *usual;

    if (!yaml_has_only(row, keys, load->complaints))
        return;
    team.code = load_name(load, row, "team", TEXT_SLUG);
    team.title = load_text(load, row, "title", TITLE_BYTES, true);
    team.agency = load_code(load, row, "agency", LIST_AGENCY);
    if (!yaml_is_there(yaml_get(row, "agency")))
        yaml_complain(row, load->complaints, "`agency:` is missing: it says whose workers these are, and so what they are given");
    team.lease_ms = lease_of(load, row, usual->lease_ms);
    team.max_attempts = (uint8_t)load_number(load, row, "max_attempts", 1, ATTEMPTS_MAX, usual->max_attempts);
    team.caseload = (uint16_t)load_number(load, row, "caseload", 1, TEAM_CASELOAD_MAX, usual->caseload);
    team.opens_case = load_yes_no(load, row, "opens_case");
    team.parenting = load_yes_no(load, row, "parenting");
    team.decides = load_yes_no(load, row, "decides");
    team.guarded = load_yes_no(load, row, "protected");
    team.origin = load_origin(load, row);
    load_unique(load, row, names->at, names->n, team.code);
    policy->teams[++policy->n_teams] = team;
    names->at[names->n++] = team.code;
}

// Policies that were adopted before there were any say nothing of caseloads: all cases weigh the same, and there is no bound.
static void load_caseloads(struct load *load, struct yaml_item root, struct team *usual)
{
    static const char *const keys[] = {"most", "level_1", "level_2", "level_3", "level_4", "source", "note", NULL};
    struct yaml_item map = yaml_get(root, "caseloads");

    for (unsigned level = 1; level < TEAM_LEVELS; level++)
        usual->weights[level] = WEIGHT_DEFAULT;
    if (!yaml_is_there(map) || !yaml_has_only(map, keys, load->complaints))
        return;
    load_origin(load, map);
    usual->caseload = (uint16_t)load_number(load, map, "most", 1, TEAM_CASELOAD_MAX, 0);
    for (unsigned level = 1; level < TEAM_LEVELS; level++) {
        usual->weights[level] = (uint8_t)load_number(load, map, keys[level], 0, TEAM_WEIGHT_MAX, WEIGHT_DEFAULT);
        if (usual->weights[level] < usual->weights[level - 1])
            yaml_complain(yaml_get(map, keys[level]), load->complaints,
                          "a case of level %u weighs less than one of level %u: mend one of them", level, level - 1);
    }
    if (usual->caseload == 0)
        yaml_complain(map, load->complaints, "`most:` is missing: the weight of the cases that one worker can have");
}

// Teams may be named before their own rows: this comes when all are known.
static void load_overflow(struct load *load, struct yaml_item row, struct team *team)
{
    struct yaml_item list = yaml_get(row, "overflow");

    if (!yaml_is_there(list))
        return;
    list = load_list(load, row, "overflow", TEAM_OVERFLOW_MAX);
    for (unsigned i = 0; i < yaml_count(list); i++) {
        uint8_t other = load_team_item(load, yaml_at(list, i));

        if (other != 0)
            team->overflow[team->n_overflow++] = other;
    }
}

void load_teams(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"lease", "max_attempts", "caseloads", "teams", "source", "note", NULL};
    struct load_names *names = &load->texts->names[VALUES_TEAMS];
    struct team usual = {0};
    struct yaml_item rows;
    unsigned n_deciding = 0;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    usual.lease_ms = lease_of(load, root, 0);
    usual.max_attempts = (uint8_t)load_number(load, root, "max_attempts", 1, ATTEMPTS_MAX, 0);
    if (usual.lease_ms == 0 || usual.max_attempts == 0)
        yaml_complain(root, load->complaints, "`lease:` and `max_attempts:` are needed here, for teams that have none of their own");
    load_caseloads(load, root, &usual);
    names->at[names->n++] = span_text("none");
    rows = load_list(load, root, "teams", POLICY_TEAMS_MAX);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_one_team(load, yaml_at(rows, i), &usual);
    for (unsigned i = 0; i < yaml_count(rows) && i < load->policy->n_teams; i++)
        load_overflow(load, yaml_at(rows, i), &load->policy->teams[i + 1]);
    for (unsigned team = 1; team <= load->policy->n_teams; team++)
        n_deciding += load->policy->teams[team].decides;
    if (n_deciding != 1 && yaml_is_there(rows))
        yaml_complain(rows, load->complaints, "exactly one team must have `decides: yes`: it is where people decide");
}

// ---------------------------------------------------------------- clocks

static bool parse_minute_of_day(struct span text, uint16_t *minutes)
{
    unsigned hour, minute;

    if (text.size != 5 || text.at[2] != ':')
        return false;
    for (unsigned i = 0; i < 5; i++)
        if (i != 2 && (text.at[i] < '0' || text.at[i] > '9'))
            return false;
    hour = (unsigned)(text.at[0] - '0') * 10 + (unsigned)(text.at[1] - '0');
    minute = (unsigned)(text.at[3] - '0') * 10 + (unsigned)(text.at[4] - '0');
    *minutes = (uint16_t)(hour * 60 + minute);
    return hour <= 24 && minute <= 59 && *minutes <= DAY_MINUTES;
}

static uint8_t weekdays_of(struct load *load, struct yaml_item hours)
{
    static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    struct yaml_item days = load_list(load, hours, "days", 7);
    uint8_t mask = 0;

    for (unsigned i = 0; i < yaml_count(days); i++) {
        unsigned day = 0;
        while (day < 7 && !span_is(yaml_text(yaml_at(days, i)), names[day]))
            day++;
        if (day == 7)
            yaml_complain(yaml_at(days, i), load->complaints, "`%.*s` is not a day such as monday", SPAN_ARG(yaml_text(yaml_at(days, i))));
        else
            mask |= (uint8_t)(1U << day);
    }
    return mask;
}

static void load_working_hours(struct load *load, struct yaml_item hours)
{
    static const char *const keys[] = {"days", "opens", "closes", "source", "note", NULL};
    struct calendar *calendar = &load->policy->calendar;

    if (!yaml_has_only(hours, keys, load->complaints))
        return;
    (void)load_origin(load, hours);
    calendar->weekdays = weekdays_of(load, hours);
    if (!parse_minute_of_day(yaml_text(yaml_get(hours, "opens")), &calendar->opens) ||
        !parse_minute_of_day(yaml_text(yaml_get(hours, "closes")), &calendar->closes) || calendar->opens >= calendar->closes)
        yaml_complain(hours, load->complaints,
                      "`opens` and `closes` must be times such as \"09:00\" and \"17:00\", the first before the second");
}

// For comparing times of different units: about how many minutes it is, a working day counting as one day.
static int64_t rough_minutes(const struct calendar *calendar, struct duration time)
{
    const int64_t open_minutes = calendar->closes > calendar->opens ? calendar->closes - calendar->opens : DAY_MINUTES;
    const int64_t minutes[] = {[CLOCK_MINUTES] = 1,
                               [CLOCK_HOURS] = 60,
                               [CLOCK_WORKING_HOURS] = 60 * DAY_MINUTES / open_minutes,
                               [CLOCK_WORKING_DAYS] = DAY_MINUTES,
                               [CLOCK_WEEKS] = INT64_C(7) * DAY_MINUTES,
                               [CLOCK_MONTHS] = INT64_C(30) * DAY_MINUTES};

    return time.amount * minutes[time.unit];
}

static void load_recipient(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"recipient", "title", "source", "note", NULL};
    struct load_names *names = &load->texts->recipients;
    struct span name;

    if (!yaml_has_only(row, keys, load->complaints))
        return;
    name = load_name(load, row, "recipient", TEXT_SLUG);
    load_text(load, row, "title", TITLE_BYTES, true);
    load_origin(load, row);
    load_unique(load, row, names->at, names->n, name);
    names->at[names->n++] = name;
}

// Policies that were adopted before recipients were declared tell whom they name.
static struct span load_told(struct load *load, struct yaml_item row)
{
    const struct load_names *names = &load->texts->recipients;
    struct span to = load_name(load, row, "to", TEXT_SLUG);
    unsigned i = 0;

    while (i < names->n && !span_equal(names->at[i], to))
        i++;
    if (i == names->n && names->n > 0 && to.size > 0)
        yaml_complain(yaml_get(row, "to"), load->complaints, "`%.*s` stands not under `recipients`: mend the name, or add it there",
                      SPAN_ARG(to));
    return to;
}

static void load_stages(struct load *load, struct yaml_item row, struct clock_rule *rule)
{
    const struct calendar *calendar = &load->policy->calendar;

    if (yaml_is_there(yaml_get(row, "warn")) && load_duration(load, yaml_get(row, "warn"), &rule->warn) && rule->due.amount > 0 &&
        rough_minutes(calendar, rule->warn) >= rough_minutes(calendar, rule->due))
        yaml_complain(row, load->complaints, "`warn` must be shorter than `due`: else it would warn at once");
    if (yaml_is_there(yaml_get(row, "to")))
        rule->to = load_told(load, row);
    if (yaml_is_there(yaml_get(row, "escalate")) && load_duration(load, yaml_get(row, "escalate"), &rule->escalate) && rule->to.size == 0)
        yaml_complain(row, load->complaints, "`to:` is missing: who is told when it escalates?");
    if (!yaml_is_there(yaml_get(row, "escalate")) && rule->to.size > 0)
        yaml_complain(row, load->complaints, "`to:` without `escalate`: say how long after the due time");
}

static void load_only(struct load *load, struct yaml_item row, struct clock_rule *rule)
{
    static const char *const keys[] = {"levels", "teams", "reasons", NULL};
    struct yaml_item only = yaml_get(row, "only");
    struct yaml_item teams = yaml_get(only, "teams"), levels = yaml_get(only, "levels");
    int64_t level;

    rule->levels = LEVELS_ALL;
    if (!yaml_is_there(only) || !yaml_has_only(only, keys, load->complaints))
        return;
    rule->reasons = load_codes(load, yaml_get(only, "reasons"), LIST_REASON);
    for (unsigned i = 0; i < yaml_count(teams); i++)
        rule->teams |= UINT64_C(1) << load_team_item(load, yaml_at(teams, i));
    rule->levels = yaml_is_there(levels) ? 0 : LEVELS_ALL;
    for (unsigned i = 0; i < yaml_count(levels); i++)
        if (yaml_is_number(yaml_at(levels, i), 1, 4, &level))
            rule->levels |= (uint8_t)(1U << level);
        else
            yaml_complain(yaml_at(levels, i), load->complaints, "a level is a number from 1 to 4");
    if (rule->levels == 0 || (yaml_is_there(teams) && rule->teams == 0))
        yaml_complain(only, load->complaints, "`levels` and `teams` must be lists with at least one of each, such as [2, 3]");
}

// What all clocks have; false when the row has keys that it may not have.
static bool load_clock(struct load *load, struct yaml_item row, const char *const *keys, struct clock_rule *rule)
{
    const struct policy *policy = load->policy;

    *rule = (struct clock_rule){.levels = LEVELS_ALL};
    if (!yaml_has_only(row, keys, load->complaints))
        return false;
    rule->name = load_name(load, row, "clock", TEXT_SLUG);
    rule->says = load_text(load, row, "says", SAYS_BYTES, false);
    rule->origin = load_origin(load, row);
    load_duration(load, yaml_get(row, "due"), &rule->due);
    load_stages(load, row, rule);
    for (unsigned i = 0; i < policy->n_clocks; i++)
        if (span_equal(policy->clocks[i].name, rule->name))
            yaml_complain(row, load->complaints, "the same clock stands in line %u: remove one", policy->clocks[i].origin.line);
    return true;
}

static void load_state_clock(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"clock", "says", "state", "team", "after", "due", "warn", "escalate", "to", "source", "note", NULL};
    struct policy *policy = load->policy;
    struct clock_rule rule;

    if (!load_clock(load, row, keys, &rule))
        return;
    rule.state = load_code(load, row, "state", LIST_STATE);
    rule.team = load_team(load, row, "team");
    rule.reviewed = load_code(load, row, "after", LIST_PROGRESS) == PROGRESS_REVIEW;
    if (yaml_is_there(yaml_get(row, "after")) && (!rule.reviewed || rule.state != STATE_ACCEPTED))
        yaml_complain(row, load->complaints, "`after` can only be `review`, in state accepted");
    if (rule.state == STATE_NONE)
        yaml_complain(row, load->complaints, "`state:` is missing: in which state does it run?");
    for (unsigned i = 0; i < policy->n_clocks && rule.state != STATE_NONE; i++) {
        const struct clock_rule *other = &policy->clocks[i];
        if (other->state == rule.state && other->team == rule.team && other->reviewed == rule.reviewed)
            yaml_complain(row, load->complaints, "the same clock stands in line %u: remove one", other->origin.line);
    }
    policy->n_state_clocks++;
    policy->clocks[policy->n_clocks++] = rule;
}

static void index_reminder(struct reminder_sets *sets, unsigned place, const struct clock_rule *rule)
{
    const uint32_t reminder = rule->information ? 0 : UINT32_C(1) << place;

    for (unsigned level = 0; level < REMINDER_LEVELS; level++)
        sets->of_level[level] |= (rule->levels >> level & 1) != 0 ? reminder : 0;
    for (unsigned team = 0; team < REMINDER_TEAMS; team++)
        sets->of_team[team] |= rule->teams == 0 || (rule->teams >> team & 1) != 0 ? reminder : 0;
    for (unsigned happening = 0; happening < HAPPENING_COUNT; happening++) {
        sets->started_by[happening] |= (rule->starts >> happening & 1) != 0 ? reminder : 0;
        sets->stopped_by[happening] |= (rule->stops >> happening & 1) != 0 ? reminder : 0;
    }
}

static void load_reminder(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"clock", "says",     "starts", "stops",       "only",   "due", "warn",
                                       "to",    "escalate", "note",   "information", "source", NULL};
    struct policy *policy = load->policy;
    struct clock_rule rule;

    if (!load_clock(load, row, keys, &rule))
        return;
    rule.starts = (uint16_t)load_codes(load, yaml_get(row, "starts"), LIST_HAPPENING);
    rule.stops = (uint16_t)load_codes(load, yaml_get(row, "stops"), LIST_HAPPENING);
    rule.information = load_yes_no(load, row, "information");
    load_only(load, row, &rule);
    if (rule.starts == 0)
        yaml_complain(row, load->complaints, "`starts:` is missing: from what does it count, such as received or accepted?");
    if ((rule.starts & (1U << HAPPENING_DECIDED | 1U << HAPPENING_SEEN)) != 0)
        yaml_complain(row, load->complaints, "`decided` and `seen` can only stop a reminder: start it with `arrived`");
    if ((rule.starts & rule.stops) != 0)
        yaml_complain(row, load->complaints, "what starts it cannot stop it: it would never run");
    if (rule.information && rule.warn.amount + rule.escalate.amount > 0)
        yaml_complain(row, load->complaints, "a clock for information never rings: remove `warn` and `escalate`");
    index_reminder(&policy->reminders, policy->n_reminders++, &rule);
    policy->clocks[policy->n_clocks++] = rule;
}

static void load_period(struct load *load, struct yaml_item row)
{
    static const char *const keys[] = {"clock", "says", "due", "warn", "escalate", "to", "source", "note", NULL};
    struct policy *policy = load->policy;
    struct clock_rule rule;

    if (load_clock(load, row, keys, &rule))
        policy->clocks[policy->n_clocks++] = rule;
}

static void check_clocks(struct load *load, struct yaml_item rows)
{
    static const uint8_t states[] = {STATE_QUEUED, STATE_DECIDING, STATE_HELD, STATE_ACCEPTED, STATE_DEAD};

    for (unsigned i = 0; i < sizeof states; i++)
        if (rules_clock(load->policy, (enum state)states[i], 0, false) == NULL)
            yaml_complain(rows, load->complaints, "no clock runs in state %s: add one without `team`", code_text(LIST_STATE, states[i]));
}

// An optional list.
static void load_rows(struct load *load, struct yaml_item root, const char *key, void (*row)(struct load *load, struct yaml_item row))
{
    struct yaml_item rows;

    if (!yaml_is_there(yaml_get(root, key)))
        return;
    rows = load_list(load, root, key, POLICY_CLOCKS_MAX / 4);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        row(load, yaml_at(rows, i));
}

void load_clocks(struct load *load, struct yaml_item root)
{
    static const char *const keys[] = {"working_hours", "recipients", "clocks", "reminders", "periods", NULL};
    struct yaml_item rows;

    if (!yaml_has_only(root, keys, load->complaints))
        return;
    if (yaml_is_there(yaml_get(root, "working_hours")))
        load_working_hours(load, yaml_get(root, "working_hours"));
    else
        yaml_complain(root, load->complaints, "`working_hours:` is missing: add it");
    schedule_index(&load->policy->calendar);
    load_rows(load, root, "recipients", load_recipient);
    rows = load_list(load, root, "clocks", POLICY_CLOCKS_MAX / 4);
    for (unsigned i = 0; i < yaml_count(rows); i++)
        load_state_clock(load, yaml_at(rows, i));
    if (yaml_is_there(rows))
        check_clocks(load, rows);
    load_rows(load, root, "reminders", load_reminder);
    load_rows(load, root, "periods", load_period);
}
