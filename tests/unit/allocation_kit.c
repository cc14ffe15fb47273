// SPDX-License-Identifier: MIT
// Short ways to use an allocation daemon in a test.
// Linked into the tests of allocation.
#include "allocation_kit.h"

#include "common/base/civil.h"
#include "common/base/tag.h"
#include "common/policy/policy.h"
#include "services/allocation/index_job.h"
#include "services/allocation/ring.h"
#include "services/allocation/side_job.h"

#include <stdlib.h>

static void make(struct kit *kit)
{
    kit->allocation = calloc(1, sizeof *kit->allocation);
    assert_non_null(kit->allocation);
    kit->services[0] = (struct service){.rows = service_work, .on = allocation_requests};
    kit->services[1] = (struct service){.rows = service_standing, .on = allocation_standing_requests};
    kit->daemon = (struct daemon){.name = "allocation",
                                  .producer = PRODUCER_ALLOCATION,
                                  .reads = &allocation_reads,
                                  .services = kit->services,
                                  .n_services = 2,
                                  .state = kit->allocation,
                                  .open = allocation_open,
                                  .take = allocation_take,
                                  .file = allocation_file,
                                  .expect = allocation_expect,
                                  .decide = allocation_decide,
                                  .tick = allocation_tick,
                                  .settled = allocation_settled,
                                  .save = allocation_save,
                                  .close = allocation_close};
    kit->fake = fake_runtime_new(&kit->daemon);
}

// The sample with another text in one of its files; gives the bundle.
static uint8_t *sample_with(const char *file, const char *text, size_t *size)
{
    struct complaints complaints = {0};
    struct span names[16], texts[16];
    unsigned n = 0;
    uint8_t *sample, *bundle;

    assert_int_equal(policy_read_folder("deploy/policy/luton-2017", &complaints, &sample, size), ERR_NONE);
    for (; policy_file_name(n) != NULL; n++) {
        names[n] = span_text(policy_file_name(n));
        texts[n] = span_is(names[n], file) ? span_text(text) : policy_bundle_file(span_of(sample, *size), policy_file_name(n));
    }
    assert_int_equal(policy_bundle(names, texts, n, &complaints, &bundle, size), ERR_NONE);
    free(sample);
    return bundle;
}

static void adopt(struct kit *kit, const char *name, uint8_t *bundle, size_t size)
{
    struct complaints complaints = {0};
    struct policy_adopted adopted = {.name = span_text(name), .effective = fake_runtime_clock(kit->fake)->wall_ms};
    struct policy *policy;

    assert_int_equal(policy_load(span_of(bundle, size), &complaints, &policy), ERR_NONE);
    adopted.policy = span_of(policy->version, POLICY_VERSION_SIZE);
    fake_runtime_input(kit->fake, EVENT_POLICY_ADOPTED, "", &adopted, span_of(bundle, size));
    policy_free(&policy);
    free(bundle);
}

void kit_adopt_with(struct kit *kit, const char *file, const char *text)
{
    size_t size;
    uint8_t *bundle = sample_with(file, text, &size);

    adopt(kit, "luton-2017", bundle, size);
}

void kit_adopt(struct kit *kit, const char *name)
{
    struct complaints complaints = {0};
    char folder[64];
    uint8_t *bundle;
    size_t size;

    snprintf(folder, sizeof folder, "deploy/policy/%s", name);
    assert_int_equal(policy_read_folder(folder, &complaints, &bundle, &size), ERR_NONE);
    adopt(kit, name, bundle, size);
}

void kit_open(struct kit *kit)
{
    unit_directory(kit->directory);
    make(kit);
    assert_int_equal(fake_runtime_start(kit->fake, kit->directory, NULL), ERR_NONE);
    kit_adopt(kit, "luton-2017");
}

void kit_open_after(struct kit *kit, const struct kit *first)
{
    unit_directory(kit->directory);
    make(kit);
    *fake_runtime_clock(kit->fake) = *fake_runtime_clock(first->fake);
    assert_int_equal(fake_runtime_start(kit->fake, kit->directory, first->fake), ERR_NONE);
}

void kit_close(struct kit *kit)
{
    fake_runtime_free(&kit->fake);
    free(kit->allocation);
    unit_remove(kit->directory);
}

void kit_restart(struct kit *kit, bool saved)
{
    struct kit old = *kit;

    if (saved)
        assert_int_equal(fake_runtime_save(kit->fake), ERR_NONE);
    fake_runtime_end(kit->fake);
    make(kit);
    *fake_runtime_clock(kit->fake) = *fake_runtime_clock(old.fake);
    assert_int_equal(fake_runtime_start(kit->fake, kit->directory, old.fake), ERR_NONE);
    fake_runtime_free(&old.fake);
    free(old.allocation);
}

void kit_pass(struct kit *kit, int64_t wall_ms, int64_t boot_ms)
{
    struct moment *now = fake_runtime_clock(kit->fake);

    now->wall_ms += wall_ms;
    now->boot_ms += boot_ms;
    fake_runtime_tick(kit->fake);
}

int64_t kit_moment(const char *time)
{
    int64_t ms = 0;

    assert_true(civil_parse_time(span_text(time), &ms));
    return ms;
}

void kit_pass_to(struct kit *kit, int64_t wall_ms)
{
    kit_pass(kit, wall_ms - fake_runtime_clock(kit->fake)->wall_ms, 1);
}

void kit_refer(struct kit *kit, const struct kit_referral *referral)
{
    char subject[TAG_TEXT_MAX + 1], family[TAG_TEXT_MAX + 1];
    struct triaged triaged = {.computed = 3, .rule = span_text("SEVERAL_INTENSIVE")};
    struct facts *facts = &triaged.facts;
    const struct policy *policy = policy_shelf_newest(&kit->allocation->shelf);

    tag_print('R', referral->number, subject);
    tag_print('F', referral->family != 0 ? referral->family : referral->number, family);
    triaged.family = span_text(family);
    triaged.level = referral->level != 0 ? referral->level : 3;
    triaged.policy = span_of(policy->version, POLICY_VERSION_SIZE);
    triaged.received = referral->received_ms != 0 ? referral->received_ms : fake_runtime_clock(kit->fake)->wall_ms;
    if (referral->marks != 0)
        PUT(&triaged, triaged, marks, referral->marks);
    PUT(facts, facts, kind, (uint8_t)(referral->kind != KIND_NONE ? referral->kind : KIND_EHA));
    if (referral->problems != 0)
        PUT(facts, facts, headline_problems, referral->problems);
    if (referral->needs != 0)
        PUT(facts, facts, household_needs, referral->needs);
    if (referral->agency != AGENCY_NONE)
        PUT(facts, facts, agency, (uint8_t)referral->agency);
    if (!referral->without_consent)
        PUT(facts, facts, consent, (uint8_t)(referral->consent != CONSENT_NONE ? referral->consent : CONSENT_GIVEN));
    PUT(facts, facts, border, (uint8_t)(referral->outside ? BORDER_OUTSIDE : BORDER_INSIDE));
    if (!referral->outside)
        PUT(facts, facts, neighbourhood, span_text("north"));
    if (referral->elsewhere)
        PUT(facts, facts, other_neighbourhood_agreed, true);
    if (referral->solo)
        PUT(facts, facts, solo_support_requested, true);
    if (referral->wants != 0)
        PUT(facts, facts, wants, referral->wants);
    SET_HAS(facts, facts, members);
    facts->n_members = 2;
    PUT(&facts->members[0], member_facts, role, MEMBER_PARENT);
    PUT(&facts->members[0], member_facts, months, 400);
    PUT(&facts->members[1], member_facts, role, MEMBER_CHILD);
    PUT(&facts->members[1], member_facts, months, referral->child_months != 0 ? (int64_t)referral->child_months : 96);
    if (referral->second_child_months != 0) {
        PUT(&facts->members[2], member_facts, role, MEMBER_CHILD);
        PUT(&facts->members[2], member_facts, months, (int64_t)referral->second_child_months);
        facts->n_members++;
    }
    fake_runtime_input(kit->fake, EVENT_TRIAGED, subject, &triaged, span_of(NULL, 0));
    fake_runtime_tick(kit->fake);
}

void kit_conflict(struct kit *kit, uint64_t referral)
{
    char subject[TAG_TEXT_MAX + 1], family[TAG_TEXT_MAX + 1], other[TAG_TEXT_MAX + 1];
    struct family_conflict conflict = {0};

    tag_print('R', referral, subject);
    tag_print('F', referral, family);
    tag_print('F', referral + 1, other);
    conflict.family = span_text(family);
    conflict.other = span_text(other);
    fake_runtime_input(kit->fake, EVENT_FAMILY_CONFLICT, subject, &conflict, span_of(NULL, 0));
}

void kit_candidate(struct kit *kit, uint64_t referral, uint64_t family, uint64_t other)
{
    char subject[TAG_TEXT_MAX + 1], family_tag[TAG_TEXT_MAX + 1], other_tag[TAG_TEXT_MAX + 1];
    struct family_candidate candidate = {.likeness = LIKENESS_NAME_BORN, .score = 93, .member = 1};

    tag_print('R', referral, subject);
    tag_print('F', family, family_tag);
    tag_print('F', other, other_tag);
    candidate.family = span_text(family_tag);
    candidate.other = span_text(other_tag);
    fake_runtime_input(kit->fake, EVENT_FAMILY_CANDIDATE, subject, &candidate, span_of(NULL, 0));
}

void kit_link(struct kit *kit, uint64_t family, uint64_t other)
{
    char family_tag[TAG_TEXT_MAX + 1], other_tag[TAG_TEXT_MAX + 1];
    struct family_linked linked = {.because = LINK_ASB_REFERENCE};

    tag_print('F', family, family_tag);
    tag_print('F', other, other_tag);
    linked.family = span_text(family_tag);
    linked.other = span_text(other_tag);
    fake_runtime_input(kit->fake, EVENT_FAMILY_LINKED, "", &linked, span_of(NULL, 0));
}

void kit_say(struct kit *kit, uint64_t family, uint64_t other, enum family_verdict verdict)
{
    char family_tag[TAG_TEXT_MAX + 1], other_tag[TAG_TEXT_MAX + 1];
    struct family_settled settled = {.verdict = (uint8_t)verdict, .by = span_text("m2")};

    tag_print('F', family, family_tag);
    tag_print('F', other, other_tag);
    settled.family = span_text(family_tag);
    settled.other = span_text(other_tag);
    fake_runtime_input(kit->fake, EVENT_FAMILY_SETTLED, "", &settled, span_of(NULL, 0));
}

static struct partner_event some_event(void)
{
    static const uint8_t hash[32];

    return (struct partner_event){.source = span_text("/schools/1"),
                                  .id = span_text("later"),
                                  .commitment = span_of(hash, sizeof hash),
                                  .content = span_of(hash, sizeof hash)};
}

static void later(struct kit *kit, enum event_type type, uint64_t referral, const void *data)
{
    char subject[TAG_TEXT_MAX + 1];

    tag_print('R', referral, subject);
    fake_runtime_input(kit->fake, type, subject, data, span_of(NULL, 0));
    fake_runtime_tick(kit->fake);
}

void kit_consent(struct kit *kit, uint64_t referral, enum consent_service consent)
{
    struct consent_recorded recorded = {.event = some_event(), .family = span_text("F0000000000001"), .consent = (uint8_t)consent};

    later(kit, EVENT_CONSENT_RECORDED, referral, &recorded);
}

void kit_withdraw(struct kit *kit, uint64_t referral)
{
    struct withdrawal_recorded recorded = {
        .event = some_event(), .family = span_text("F0000000000001"), .why = WITHDRAWAL_NO_LONGER_NEEDED};

    later(kit, EVENT_WITHDRAWAL_RECORDED, referral, &recorded);
}

void kit_challenged(struct kit *kit, uint64_t referral)
{
    struct challenge_recorded recorded = {.event = some_event(), .family = span_text("F0000000000001"), .why = CHALLENGE_TOO_SLOW};

    later(kit, EVENT_CHALLENGE_RECORDED, referral, &recorded);
}

// ---------------------------------------------------------------- requests

uint32_t kit_ask_take(struct kit *kit, const char *team, const char *worker, unsigned max, unsigned wait_ms)
{
    struct take take = {.team = span_text(team), .worker = span_text(worker)};

    PUT(&take, take, max, max);
    PUT(&take, take, wait_ms, wait_ms);
    return fake_runtime_request(kit->fake, WORK_TAKE, &take);
}

enum answer kit_taken(struct kit *kit, uint32_t ref, struct taken *taken)
{
    return fake_runtime_reply(kit->fake, ref, &record_taken, taken) ? (enum answer)taken->answer : ANSWER_NONE;
}

enum answer kit_take(struct kit *kit, const char *team, const char *worker, unsigned max, struct taken *taken)
{
    return kit_taken(kit, kit_ask_take(kit, team, worker, max, 0), taken);
}

static enum answer answered(struct kit *kit, uint32_t ref)
{
    static struct answered answered;
    struct plain_reply plain;

    // the same bytes may be either: both begin with the answer
    if (!fake_runtime_reply(kit->fake, ref, &record_answered, &answered))
        return ANSWER_NONE;
    if (answered.answer == ANSWER_BAD_REQUEST) {
        assert_true(fake_runtime_reply(kit->fake, ref, &record_plain_reply, &plain));
        assert_int_equal(plain.n_errors, 1);
        kit->refusal = plain.errors[0];
    }
    return (enum answer)answered.answer;
}

enum answer kit_answer(struct kit *kit, enum work_request request, const char *worker, uint64_t token, uint64_t referral, unsigned part,
                       uint64_t marks)
{
    char tag[TAG_TEXT_MAX + 1];
    struct answer_jobs asked = {.worker = span_text(worker), .token = token, .n_jobs = 1};

    tag_print('R', referral, tag);
    asked.jobs[0].referral = span_text(tag);
    if (part > 0)
        PUT(&asked.jobs[0], job_answer, part, part);
    if (marks != 0)
        PUT(&asked.jobs[0], job_answer, answers, marks);
    return answered(kit, fake_runtime_request(kit->fake, request, &asked));
}

enum answer kit_decline(struct kit *kit, const char *worker, uint64_t token, uint64_t referral)
{
    return kit_decline_part(kit, worker, token, referral, 0);
}

enum answer kit_decline_part(struct kit *kit, const char *worker, uint64_t token, uint64_t referral, unsigned part)
{
    char tag[TAG_TEXT_MAX + 1];
    struct decline decline = {.worker = span_text(worker), .token = token, .reason = DECLINE_WRONG_TEAM};

    tag_print('R', referral, tag);
    decline.referral = span_text(tag);
    if (part > 0)
        PUT(&decline, decline, part, part);
    return answered(kit, fake_runtime_request(kit->fake, WORK_DECLINE, &decline));
}

enum answer kit_decide(struct kit *kit, uint64_t referral, unsigned part, struct decide decide)
{
    char tag[TAG_TEXT_MAX + 1];

    tag_print('R', referral, tag);
    decide.referral = span_text(tag);
    decide.by = span_text("manager");
    if (part > 0)
        PUT(&decide, decide, part, part);
    return answered(kit, fake_runtime_request(kit->fake, WORK_DECIDE, &decide));
}

enum answer kit_confirm(struct kit *kit, uint64_t referral, unsigned part)
{
    return kit_decide(kit, referral, part, (struct decide){.action = DECIDE_CONFIRM});
}

enum answer kit_override(struct kit *kit, uint64_t referral, unsigned part, const char *team, unsigned level, enum override_why why)
{
    struct decide decide = {.action = DECIDE_OVERRIDE};

    if (team != NULL)
        PUT(&decide, decide, team, span_text(team));
    if (level > 0)
        PUT(&decide, decide, level, level);
    if (why != WHY_NONE)
        PUT(&decide, decide, why, (uint8_t)why);
    return kit_decide(kit, referral, part, decide);
}

enum answer kit_settle(struct kit *kit, uint64_t referral, unsigned part, enum decide_action action)
{
    char tag[TAG_TEXT_MAX + 1];
    struct decide decide = {.action = (uint8_t)action, .by = span_text("manager")};

    tag_print('R', referral, tag);
    decide.referral = span_text(tag);
    PUT(&decide, decide, part, part);
    return answered(kit, fake_runtime_request(kit->fake, WORK_DECIDE, &decide));
}

enum answer kit_close_job(struct kit *kit, uint64_t referral, unsigned part, const char *by, uint64_t token, enum outcome outcome)
{
    char tag[TAG_TEXT_MAX + 1];
    struct close_job asked = {.by = span_text(by), .outcome = (uint8_t)outcome};

    tag_print('R', referral, tag);
    asked.referral = span_text(tag);
    PUT(&asked, close_job, part, part);
    if (token > 0)
        PUT(&asked, close_job, token, token);
    return answered(kit, fake_runtime_request(kit->fake, WORK_CLOSE, &asked));
}

enum answer kit_reopen(struct kit *kit, uint64_t referral, const char *by)
{
    char tag[TAG_TEXT_MAX + 1];
    struct reopen_case asked = {.by = span_text(by), .why = REOPEN_NEED_RETURNED};

    tag_print('R', referral, tag);
    asked.referral = span_text(tag);
    PUT(&asked, reopen_case, note, 77);
    return answered(kit, fake_runtime_request(kit->fake, WORK_REOPEN, &asked));
}

enum answer kit_progress(struct kit *kit, uint64_t referral, const char *worker, uint64_t token, enum progress what)
{
    char tag[TAG_TEXT_MAX + 1];
    struct tell_progress asked = {.worker = span_text(worker), .token = token, .what = (uint8_t)what};

    tag_print('R', referral, tag);
    asked.referral = span_text(tag);
    return answered(kit, fake_runtime_request(kit->fake, WORK_PROGRESS, &asked));
}

enum answer kit_challenge(struct kit *kit, uint64_t referral, const char *by)
{
    char tag[TAG_TEXT_MAX + 1];
    struct challenge_decision asked = {.by = span_text(by), .why = CHALLENGE_LEVEL_TOO_LOW};

    tag_print('R', referral, tag);
    asked.referral = span_text(tag);
    PUT(&asked, challenge_decision, level_wanted, 4);
    return answered(kit, fake_runtime_request(kit->fake, WORK_CHALLENGE, &asked));
}

enum answer kit_step(struct kit *kit, const struct kit_step *step)
{
    char tag[TAG_TEXT_MAX + 1];
    struct step_case asked = {.by = span_text(step->by), .level = step->level, .team = span_text(step->team)};

    tag_print('R', step->referral, tag);
    asked.referral = span_text(tag);
    if (step->token > 0)
        PUT(&asked, step_case, token, step->token);
    if (step->to != NULL)
        PUT(&asked, step_case, to_worker, span_text(step->to));
    if (step->why != WHY_COUNT)
        PUT(&asked, step_case, why, step->why != WHY_NONE ? (uint8_t)step->why : WHY_NEED_HIGHER);
    PUT(&asked, step_case, note, 78);
    return answered(kit, fake_runtime_request(kit->fake, WORK_STEP, &asked));
}

static enum answer answered_plainly(struct kit *kit, uint32_t ref)
{
    struct plain_reply plain;

    if (!fake_runtime_reply(kit->fake, ref, &record_plain_reply, &plain))
        return ANSWER_NONE;
    if (plain.answer == ANSWER_BAD_REQUEST)
        kit->refusal = plain.errors[0];
    return (enum answer)plain.answer;
}

enum answer kit_roster(struct kit *kit, const char *worker, const char *team, int most, uint64_t days)
{
    struct roster_worker asked = {.worker = span_text(worker), .team = span_text(team), .by = span_text("manager")};

    if (most >= 0)
        PUT(&asked, roster_worker, most, (uint64_t)most);
    if (days != 0)
        PUT(&asked, roster_worker, days, days);
    return answered_plainly(kit, fake_runtime_request(kit->fake, WORK_ROSTER, &asked));
}

enum answer kit_capacity(struct kit *kit, const char *team, enum capacity capacity, int64_t for_ms)
{
    struct set_capacity asked = {.team = span_text(team), .capacity = (uint8_t)capacity, .by = span_text("manager")};

    if (for_ms > 0)
        PUT(&asked, set_capacity, until, fake_runtime_clock(kit->fake)->wall_ms + for_ms);
    return answered_plainly(kit, fake_runtime_request(kit->fake, WORK_CAPACITY, &asked));
}

enum answer kit_assign(struct kit *kit, uint64_t referral, unsigned part, const char *worker)
{
    char tag[TAG_TEXT_MAX + 1];
    struct assign_job asked = {.by = span_text("manager")};

    tag_print('R', referral, tag);
    asked.referral = span_text(tag);
    if (part > 0)
        PUT(&asked, assign_job, part, part);
    if (worker != NULL)
        PUT(&asked, assign_job, worker, span_text(worker));
    return answered(kit, fake_runtime_request(kit->fake, WORK_ASSIGN, &asked));
}

enum answer kit_away(struct kit *kit, const char *worker, int64_t for_ms)
{
    int64_t now_ms = fake_runtime_clock(kit->fake)->wall_ms;
    struct send_away asked = {.worker = span_text(worker), .until = now_ms + for_ms, .by = span_text("manager")};

    return answered_plainly(kit, fake_runtime_request(kit->fake, WORK_AWAY, &asked));
}

uint64_t kit_accept_lead(struct kit *kit, uint64_t referral, const char *team, const char *worker)
{
    struct taken taken;
    char tag[TAG_TEXT_MAX + 1];

    assert_int_equal(kit_take(kit, team, worker, 1, &taken), ANSWER_OK);
    tag_print('R', referral, tag);
    assert_true(span_is(taken.jobs[0].referral, tag) && taken.jobs[0].part == 0);
    assert_int_equal(kit_answer(kit, WORK_ACCEPT, worker, taken.token, referral, 0, taken.jobs[0].marks), ANSWER_OK);
    return taken.token;
}

uint64_t kit_rung(struct kit *kit, enum event_type type, const char *clock, struct rung *last)
{
    uint64_t n = 0;

    for (uint64_t sequence = 1; sequence <= fake_runtime_count(kit->fake); sequence++) {
        static union event_data data;
        struct faults faults = {0};
        enum event_type is;
        struct event head;

        assert_true(event_decode(fake_runtime_event(kit->fake, sequence), &head, &is, &data, &faults));
        if (is != type || (clock == NULL ? data.OVERDUE.beside : !span_is(data.OVERDUE.clock, clock)))
            continue;
        n++;
        if (last != NULL)
            *last = data.OVERDUE;
    }
    return n;
}

// ---------------------------------------------------------------- rows

unsigned kit_part(struct kit *kit, uint64_t referral, enum decision_reason reason)
{
    struct job_row row;

    return side_job_find(kit->allocation, referral, reason, 1, &row);
}

struct job_row kit_row(struct kit *kit, uint64_t referral, unsigned part)
{
    struct job_row row;

    assert_int_equal(job_table_get(&kit->allocation->jobs, (struct job_key){.referral = referral, .part = (uint8_t)part}, &row), ERR_NONE);
    return row;
}

const char *kit_team(struct kit *kit, uint64_t referral, unsigned part)
{
    static char text[NAME_TABLE_SIZE_MAX + 1];
    struct job_row row = kit_row(kit, referral, part);
    struct span team = name_table_text(kit->allocation->names, row.team);

    memcpy(text, team.at, team.size);
    text[team.size] = '\0';
    return text;
}

void kit_expect(struct kit *kit, uint64_t referral, unsigned part, enum state state, const char *team)
{
    struct job_row row = kit_row(kit, referral, part);

    assert_string_equal(code_text(LIST_STATE, row.state), code_text(LIST_STATE, state));
    assert_string_equal(kit_team(kit, referral, part), team);
}

// ---------------------------------------------------------------- check

struct checking {
    struct kit *kit;
    uint64_t counts[STATE_COUNT][2];
    uint64_t n_leased, n_ticking;
    uint64_t n_waiting; // in a queue of a team or of the hub
    uint64_t n_nodes;
};

static void check_owner(const struct job_row *row)
{
    bool with_hub = job_is_decidable(row);
    bool with_worker = row->state == STATE_LEASED || row->state == STATE_ACCEPTED;

    if (row->state == STATE_CLOSED)
        return;
    assert_int_equal(with_hub, row->team == NAME_HUB_DECISION);
    assert_int_equal(with_worker || job_is_reserved(row), row->worker_size > 0);
    assert_int_equal(with_worker || with_hub, row->token > 0);
    assert_int_equal(row->state == STATE_LEASED, row->lease_n > 0 && row->lease_ms > 0);
}

// Level 4 is with a protected team or with a person; what is held beside a lead waits only as long as the lead does.
static void check_place(struct kit *kit, struct job_key key, const struct job_row *row)
{
    bool with_team = row->state == STATE_QUEUED || row->state == STATE_LEASED || row->state == STATE_ACCEPTED;
    struct job_row lead;

    if (key.part == 0) {
        assert_true(row->level < 4 || !with_team || row->team == NAME_SPECIALIST);
        return;
    }
    lead = kit_row(kit, key.referral, 0);
    assert_true(!job_waits_with_lead(row) || lead.state == STATE_HELD || lead.state == STATE_DECIDING);
    assert_true(!job_is_open(row) || !job_is_offer(row) || lead.state == STATE_ACCEPTED); // only a worker's case is offered
}

static enum err check_row(void *context, struct span key_bytes, struct span value)
{
    struct checking *checking = context;
    struct job_key key;
    struct job_row row;
    struct alarm alarm;

    assert_true(job_key_parse(key_bytes, &key));
    assert_true(job_parse(value, &row));
    assert_true(row.state > STATE_ROUTING && row.state < STATE_COUNT); // exactly one state
    assert_int_not_equal(row.team, NAME_NONE);                         // one owner
    assert_int_equal(job_due(&row) > 0, row.state != STATE_CLOSED);    // one clock
    assert_in_range(row.level, 1, 4);
    assert_true(row.attempts <= 5);
    check_owner(&row);
    check_place(checking->kit, key, &row);
    checking->counts[row.state][key.part != 0]++;
    checking->n_leased += row.state == STATE_LEASED;
    checking->n_ticking += ring_next(checking->kit->allocation, key, &row, 0, &alarm);
    checking->n_waiting += row.state == STATE_QUEUED || row.team == NAME_HUB_DECISION;
    checking->n_waiting -= row.state == STATE_CLOSED && row.team == NAME_HUB_DECISION;
    return ERR_NONE;
}

struct counting {
    struct allocation *allocation;
    uint16_t team;
    uint64_t n;
};

static bool counts(void *context, const struct job_node *node)
{
    struct counting *counting = context;
    struct job_row row;
    bool waits = index_job_holds(counting->allocation, counting->team, node, &row);

    counting->n += waits;
    return waits;
}

static void count_nodes(void *context, struct job_heap *heap)
{
    job_heap_keep(heap, counts, context);
}

static bool count_ticking(void *context, const struct job_node *node)
{
    struct counting *counting = context;
    struct job_key key = job_node_key(node);
    struct job_row row;
    struct alarm alarm;

    if (job_table_get(&counting->allocation->jobs, key, &row) != ERR_NONE || !ring_next(counting->allocation, key, &row, 0, &alarm))
        return false;
    counting->n++;
    return true;
}

void allocation_check(struct kit *kit)
{
    struct allocation *allocation = kit->allocation;
    struct checking checking = {.kit = kit};
    struct counting counting = {.allocation = allocation};

    assert_int_equal(fake_runtime_save(kit->fake), ERR_NONE);
    assert_int_equal(projection_scan(allocation->projection, TABLE_JOB, check_row, &checking), ERR_NONE);
    assert_memory_equal(checking.counts, allocation->jobs.counts, sizeof checking.counts);
    assert_int_equal(checking.n_leased, lease_clock_count(allocation->leases));
    for (unsigned team = NAME_HUB_DECISION; team < name_table_count(allocation->names); team++) {
        counting.team = (uint16_t)team;
        team_queue_each(allocation->queues, (uint16_t)team, count_nodes, &counting);
    }
    assert_int_equal(checking.n_waiting, counting.n); // each waits in one queue, once
    counting.n = 0;
    job_heap_keep(&allocation->due, count_ticking, &counting);
    assert_true(counting.n >= checking.n_ticking); // each has a clock that will ring
}

// ---------------------------------------------------------------- equal

struct dump {
    uint8_t *bytes;
    size_t size, room;
};

static enum err add_row(void *context, struct span key, struct span value)
{
    struct dump *dump = context;

    while (dump->size + key.size + value.size > dump->room) {
        dump->room = dump->room == 0 ? 65536 : 2 * dump->room;
        dump->bytes = realloc(dump->bytes, dump->room);
        assert_non_null(dump->bytes);
    }
    memcpy(dump->bytes + dump->size, key.at, key.size);
    memcpy(dump->bytes + dump->size + key.size, value.at, value.size);
    dump->size += key.size + value.size;
    return ERR_NONE;
}

void kit_expect_equal(struct kit *a, struct kit *b)
{
    assert_int_equal(fake_runtime_save(a->fake), ERR_NONE);
    assert_int_equal(fake_runtime_save(b->fake), ERR_NONE);
    for (unsigned table = TABLE_JOB; table < TABLES; table++) {
        struct dump x = {0}, y = {0};

        assert_int_equal(projection_scan(a->allocation->projection, table, add_row, &x), ERR_NONE);
        assert_int_equal(projection_scan(b->allocation->projection, table, add_row, &y), ERR_NONE);
        assert_int_equal(x.size, y.size);
        if (x.size > 0)
            assert_memory_equal(x.bytes, y.bytes, x.size);
        free(x.bytes);
        free(y.bytes);
    }
}
