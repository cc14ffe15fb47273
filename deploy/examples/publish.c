// SPDX-License-Identifier: MIT
// A partner's program in C: sends one referral to a hub and waits for its receipt.
// cc publish.c $(pkg-config --cflags --libs windscreen) -o publish && ./publish tcp://127.0.0.1:7700
#include <stdio.h>
#include <time.h>
#include <windscreen.h>

static void print_result(void *context, const struct windscreen_result *result)
{
    int *code = context;

    if (result->receipt == NULL) {
        printf("no answer yet: send the same event again later\n");
        return;
    }
    printf("%s %.*s\n", code_text(LIST_RECEIPT, result->receipt->status), SPAN_ARG(result->receipt->referral));
    for (uint64_t i = 0; i < result->receipt->n_errors; i++)
        printf("  %.*s: %.*s\n", SPAN_ARG(result->receipt->errors[i].path), SPAN_ARG(result->receipt->errors[i].message));
    if (result->status == RECEIPT_ACCEPTED || result->status == RECEIPT_DUPLICATE)
        *code = 0;
}

// A referral about one child, made up; `id` must be new for every event of this source.
static struct span write_referral(const char *id, struct wire_writer *writer)
{
    static struct submitted referral;
    struct event event = {
        .specversion = span_text("1.0"),
        .id = span_text(id),
        .source = span_text("/schools/8214012"),
        .type = span_text("earlyhelp.referral.submitted.v1"),
    };

    PUT(&event, event, time, (int64_t)time(NULL) * 1000);
    referral.kind = KIND_EHA;
    referral.reason = span_text("Attendance has fallen since the autumn; the parent asks for help with routines.");
    referral.referrer.agency = AGENCY_SCHOOL;
    referral.consent.service = CONSENT_GIVEN;
    SET_HAS(&referral, submitted, consent);
    PUT(&referral.household, household, postcode, span_text("LU4 9QT"));
    SET_HAS(&referral, submitted, household);
    referral.n_members = 1;
    referral.members[0].ref = span_text("m1");
    referral.members[0].role = MEMBER_CHILD;
    PUT(&referral.members[0], member, given_name, span_text("Sam"));
    PUT(&referral.members[0], member, family_name, span_text("Example"));
    PUT(&referral.members[0], member, born, 16000); // days since 1970
    PUT(&referral.members[0], member, needs, UINT64_C(1) << INDICATOR_I201);
    event_encode(&event, EVENT_SUBMITTED, &referral, writer);
    return wire_written(writer);
}

int main(int argc, char **argv)
{
    static uint8_t buffer[SUBMISSION_BYTES_MAX];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    int code = 1;
    struct windscreen_publisher_options options = {
        .endpoint = argc > 1 ? argv[1] : "tcp://127.0.0.1:7700", .context = &code, .on_result = print_result};
    struct windscreen_publisher *publisher;
    char id[32];
    enum err err;

    snprintf(id, sizeof id, "example-%lld", (long long)time(NULL));
    err = windscreen_publisher_open(&options, &publisher);
    if (err == ERR_NONE)
        err = windscreen_publisher_send(publisher, write_referral(id, &writer));
    if (err == ERR_NONE)
        err = windscreen_publisher_wait(publisher);
    windscreen_publisher_close(&publisher);
    if (err != ERR_NONE)
        fprintf(stderr, "publish: %s\n", err_text(err));
    return err == ERR_NONE ? code : 1;
}
