// SPDX-License-Identifier: MIT
// Reads a text, has it sealed, and tells the sequence by which it is cited.
// Called by main's table and by commands with --note. Never prints what it sent.
#include "services/windscreen/command_note.h"

#include "common/wire/utf8.h"
#include "services/windscreen/hub.h"
#include "services/windscreen/screen.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NOTE_MAX = 16000 }; // as write_note.text says

struct text {
    size_t size;
    uint8_t at[NOTE_MAX + 1];
};

static int refuse(const struct given *given, const char *name, const char *why)
{
    fprintf(stderr, "windscreen %s: %s: %s\n", given->command->words, strcmp(name, "-") == 0 ? "standard input" : name, why);
    return EXIT_BAD_DATA;
}

static bool read_all(int fd, struct text *text)
{
    ssize_t got = 1;

    for (text->size = 0; got > 0 && text->size <= NOTE_MAX; text->size += (size_t)got) {
        do
            got = read(fd, text->at + text->size, NOTE_MAX + 1 - text->size);
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return false;
    }
    return true;
}

static int read_text(const struct given *given, const char *name, struct text *text)
{
    int fd = given_open(given, name);
    bool good;

    if (fd < 0)
        return EXIT_NO_INPUT;
    good = read_all(fd, text);
    if (fd != STDIN_FILENO)
        close(fd);
    if (!good)
        return refuse(given, name, strerror(errno));
    if (text->size > NOTE_MAX)
        return refuse(given, name, "a note has at most 16,000 bytes: shorten it");
    if (text->size == 0)
        return refuse(given, name, "the note is empty");
    return utf8_is_valid(span_of(text->at, text->size)) ? 0 : refuse(given, name, "a note is text in UTF-8");
}

// Notes are the registry's, whichever daemon the command itself talks to.
static int send(const struct given *given, bool connects, const struct write_note *request, struct note_written *reply, struct hub *hub)
{
    int code = connects ? hub_open(given, "registry", hub) : hub_open_beside(given, "registry", hub);

    if (code == 0)
        code = hub_ask(hub, &service_people[PEOPLE_NOTE], request, 0, reply);
    return code == 0 ? hub_refused(hub, (enum answer)reply->answer) : code;
}

int command_note_send(const struct given *given, struct span referral, struct span by, uint64_t *sequence)
{
    const char *name = given_text(given, "note");
    struct write_note request = {.referral = referral, .by = by};
    struct note_written reply = {0};
    struct hub hub = {0};
    struct text text;
    int code;

    *sequence = 0;
    if (name == NULL)
        return 0;
    code = read_text(given, name, &text);
    if (code != 0)
        return code;
    request.text = span_of(text.at, text.size);
    code = send(given, false, &request, &reply, &hub);
    hub_close(&hub);
    *sequence = reply.sequence;
    return code;
}

int command_note_run(const struct given *given)
{
    struct write_note request = {0};
    struct note_written reply = {0};
    struct hub hub = {0};
    struct text text;
    const char *by;
    uint64_t part;
    int code;

    if (!given_required(given, "by", &by) || !given_job(given, given->words[0], &request.referral, &part))
        return EXIT_BAD_USAGE;
    code = read_text(given, given->words[1], &text);
    if (code != 0)
        return code;
    request.by = span_text(by);
    request.text = span_of(text.at, text.size);
    code = send(given, true, &request, &reply, &hub);
    if (code == 0 && given->json)
        code = screen_json(hub_json(&hub));
    else if (code == 0)
        printf("note %" PRIu64 ", sealed; read it with `windscreen work open %.*s --worker W --sequence %" PRIu64 "`\n", reply.sequence,
               SPAN_ARG(request.referral), reply.sequence);
    hub_close(&hub);
    return code;
}
