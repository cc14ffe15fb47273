// SPDX-License-Identifier: MIT
// Allocation: any frames of workers and operators, while it has work queued, leased and waiting for a decision.
// Placeholders in the input stand for what only the daemon knows: the newest lease's token, and the jobs in it.
#include "tests/fuzz/stage.h"

#include "common/base/tag.h"
#include "common/policy/policy.h"
#include "services/allocation/allocation.h"

enum { RESET_EVERY = 4096, REFER_EVERY = 64, TELL_EVERY = 7, FIRST_REFERRALS = 12, FRAMES_BYTES_MAX = 8192 };

static uint64_t n_referred, n_told, n_inputs;
static uint8_t token[9] = {0xcf};   // of the newest lease: uint 64
static char leased[TAG_SIZE + 1];   // a job in it
static char deciding[TAG_SIZE + 1]; // a job that waits for a person
static uint8_t *bundle;
static size_t bundle_size;
static struct policy *policy;

static void on_append(enum event_type type, uint64_t sequence, const struct event *head, const union event_data *data)
{
    (void)sequence;
    if (type == EVENT_LEASED) {
        uint64_t n = event_number(head->id);

        for (unsigned i = 8; i > 0; i--, n >>= 8)
            token[i] = (uint8_t)n;
        memcpy(leased, data->LEASED.jobs[0].referral.at, TAG_SIZE);
    }
    if (type == EVENT_ALLOCATED && span_is(data->ALLOCATED.team, "hub-decision"))
        memcpy(deciding, head->subject.at, TAG_SIZE);
}

// ---------------------------------------------------------------- work to do

// Referrals of every kind of destination, in turn; of one that is there it is an assessment.
static void triage(uint64_t n)
{
    char subject[TAG_TEXT_MAX + 1], family[TAG_TEXT_MAX + 1];
    struct triaged triaged = {.level = 2 + n % 3, .computed = 3, .rule = span_text("SEVERAL_INTENSIVE"), .received = stage.now.wall_ms};
    struct facts *facts = &triaged.facts;

    tag_print('R', n, subject);
    tag_print('F', n - n % 2, family); // every second family is known
    triaged.family = span_text(family);
    triaged.policy = span_of(policy->version, POLICY_VERSION_SIZE);
    if (n % 5 == 0)
        PUT(&triaged, triaged, marks, UINT64_C(1) << 1);
    PUT(facts, facts, kind, KIND_EHA);
    if (n % 7 != 0)
        PUT(facts, facts, consent, CONSENT_GIVEN);
    PUT(facts, facts, border, n % 4 == 0 ? BORDER_OUTSIDE : BORDER_INSIDE);
    if (n % 3 == 0)
        PUT(facts, facts, wants, UINT64_C(1) << WANT_PARENTING);
    SET_HAS(facts, facts, members);
    facts->n_members = 2;
    PUT(&facts->members[0], member_facts, role, MEMBER_PARENT);
    PUT(&facts->members[1], member_facts, role, MEMBER_CHILD);
    PUT(&facts->members[1], member_facts, months, 96);
    stage_input(EVENT_TRIAGED, subject, &triaged, span_of(NULL, 0));
}

static void refer(void)
{
    triage(++n_referred);
}

// What partners tell later, of the jobs that are under way, in turn.
static void tell(void)
{
    static const uint8_t hash[32];
    const struct partner_event event = {.source = span_text("/schools/1"),
                                        .id = span_text("later"),
                                        .commitment = span_of(hash, sizeof hash),
                                        .content = span_of(hash, sizeof hash)};
    const char *subject = n_told % 2 == 0 && leased[0] != '\0' ? leased : deciding;
    struct span family = span_text("F0000000000001");
    uint64_t n = ++n_told;

    if (subject[0] == '\0')
        return;
    if (n % 16 == 1)
        triage(1 + n % n_referred);
    else if (n % 8 == 0)
        stage_input(EVENT_WITHDRAWAL_RECORDED, subject,
                    &(struct withdrawal_recorded){.event = event, .family = family, .why = WITHDRAWAL_FAMILY_ASKED}, span_of(NULL, 0));
    else if (n % 8 == 4)
        stage_input(EVENT_CHALLENGE_RECORDED, subject,
                    &(struct challenge_recorded){.event = event, .family = family, .why = CHALLENGE_OTHER}, span_of(NULL, 0));
    else
        stage_input(EVENT_CONSENT_RECORDED, subject,
                    &(struct consent_recorded){.event = event, .family = family, .consent = (uint8_t)(1 + n % (CONSENT_COUNT - 1))},
                    span_of(NULL, 0));
}

static void begin(void)
{
    struct policy_adopted adopted = {.name = span_text("luton-2017"), .policy = span_of(policy->version, POLICY_VERSION_SIZE)};

    n_referred = n_told = 0;
    leased[0] = deciding[0] = '\0';
    stage_input(EVENT_POLICY_ADOPTED, "", &adopted, span_of(bundle, bundle_size));
    for (unsigned i = 0; i < FIRST_REFERRALS; i++)
        refer();
}

static void zero(void *state)
{
    memset(state, 0, sizeof(struct allocation));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct complaints complaints;

    (void)argc;
    (void)argv;
    require(policy_read_folder(FUZZ_POLICY, &complaints, &bundle, &bundle_size) == ERR_NONE);
    require(policy_load(span_of(bundle, bundle_size), &complaints, &policy) == ERR_NONE);
    stage.on_append = on_append;
    stage_open(NULL, NULL);
    begin();
    return 0;
}

// ---------------------------------------------------------------- inputs

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t frames[FRAMES_BYTES_MAX];

    if (size > sizeof frames)
        return 0;
    if (++n_inputs % RESET_EVERY == 0) {
        stage_reset(zero);
        begin();
    }
    if (n_inputs % REFER_EVERY == 0)
        refer();
    if (n_inputs % TELL_EVERY == 0)
        tell();
    memcpy(frames, data, size);
    fuzz_replace(frames, size, "\xcfTTTTTTTT", token, sizeof token);
    fuzz_replace(frames, size, "RTTTTTTTTTTTTT", leased[0] != '\0' ? leased : "R0000000000001", TAG_SIZE);
    fuzz_replace(frames, size, "RDDDDDDDDDDDDD", deciding[0] != '\0' ? deciding : "R0000000000001", TAG_SIZE);
    stage_play(span_of(frames, size));
    return 0;
}
