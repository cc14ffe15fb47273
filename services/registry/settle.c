// SPDX-License-Identifier: MIT
// Judges what a person says of two families against what is known of them.
// Used by the registry. Must not settle what nobody asked about, unless a referral of each is named: a family's tag alone may be mistyped.
#include "services/registry/settle.h"

#include "common/base/tag.h"
#include "services/registry/kin.h"
#include "services/registry/registry.h"

static void refuse(const struct peer *peer, const char *path, enum fault code, const char *message, struct effects *effects)
{
    struct plain_reply reply = {.answer = ANSWER_BAD_REQUEST, .n_errors = 1};

    SET_HAS(&reply, plain_reply, errors);
    reply.errors[0] = (struct problem){.code = (uint8_t)code};
    PUT(&reply.errors[0], problem, path, span_text(path));
    PUT(&reply.errors[0], problem, message, span_text(message));
    effects_reply(effects, peer, &record_plain_reply, &reply);
}

static void answer(const struct peer *peer, enum answer answer, struct effects *effects)
{
    struct plain_reply reply = {.answer = (uint8_t)answer};

    if (answer == ANSWER_BUSY)
        PUT(&reply, plain_reply, retry_after_ms, REGISTRY_RETRY_MS);
    effects_reply(effects, peer, &record_plain_reply, &reply);
}

// What a request names: a family, or a referral and so its family.
struct named {
    uint64_t family;
    bool by_referral;
};

// False: no such referral, or no tag.
static bool read_name(struct registry *registry, struct span tag, struct named *named)
{
    struct row_referral row;
    uint64_t referral;
    enum err err;

    named->by_referral = tag_parse(tag, 'R', &referral);
    if (!named->by_referral)
        return tag_parse(tag, 'F', &named->family);
    err = rows_get_referral(&registry->rows, referral, &row);
    registry_require(err == ERR_NOT_FOUND ? ERR_NONE : err, "reading a referral's row");
    named->family = row.family;
    return err == ERR_NONE;
}

static void append(struct registry *registry, const struct settle *request, const uint64_t families[2], struct effects *effects)
{
    char family[TAG_SIZE + 1] = "", other[TAG_SIZE + 1] = "";
    struct family_settled data = {
        .family = span_of(family, TAG_SIZE), .other = span_of(other, TAG_SIZE), .verdict = request->verdict, .by = request->by};
    struct effect effect = {.type = EVENT_FAMILY_SETTLED, .data = &data};

    tag_print('F', families[0], family);
    tag_print('F', families[1], other);
    if (HAS(request, settle, note))
        PUT(&data, family_settled, note, request->note);
    registry_append(registry, &effect, effects);
}

// The household of both would be too large.
static bool is_too_large(struct registry *registry, const uint64_t families[2])
{
    struct joined_group first, second;
    uint64_t head, other_head;

    registry_require(kin_head(&registry->rows, families[0], &head), "reading a household");
    registry_require(kin_head(&registry->rows, families[1], &other_head), "reading a household");
    registry_require(kin_household(&registry->rows, families[0], &first), "reading a household");
    registry_require(kin_household(&registry->rows, families[1], &second), "reading a household");
    return head != other_head && first.n + second.n > JOINED_MAX;
}

static void judge(struct registry *registry, const struct peer *peer, const struct settle *request, const uint64_t families[2],
                  struct effects *effects)
{
    bool same = request->verdict == FAMILY_VERDICT_SAME, otherwise;
    unsigned bits;

    registry_require(kin_get(&registry->rows, families[0], families[1], &bits), "reading a pair of families");
    registry_require(kin_are_one_otherwise(&registry->rows, families[0], families[1], &otherwise), "reading a household");
    if ((bits & (same ? KIN_SAME : KIN_DIFFERENT)) != 0)
        answer(peer, ANSWER_OK, effects); // said before
    else if (!same && otherwise)
        refuse(peer, "/other", FAULT_OUT_OF_RANGE, "others make them one household: say different of those first", effects);
    else if (same && is_too_large(registry, families))
        refuse(peer, "/other", FAULT_TOO_MANY, "the household would be of more than 64 families", effects);
    else {
        append(registry, request, families, effects);
        answer(peer, ANSWER_OK, effects);
    }
}

void settle_ask(struct registry *registry, const struct peer *peer, const struct settle *request, struct effects *effects)
{
    struct named family, other;
    unsigned bits = 0;

    if (!read_name(registry, request->family, &family) || !read_name(registry, request->other, &other)) {
        answer(peer, ANSWER_NOT_FOUND, effects);
        return;
    }
    if (family.family == other.family) {
        refuse(peer, "/other", FAULT_OUT_OF_RANGE, "name two families", effects);
        return;
    }
    if (!family.by_referral || !other.by_referral)
        registry_require(kin_get(&registry->rows, family.family, other.family, &bits), "reading a pair of families");
    if ((!family.by_referral || !other.by_referral) && bits == 0)
        answer(peer, ANSWER_NOT_FOUND, effects);
    else if (runtime_admission(registry->runtime) == ADMISSION_CLOSED)
        answer(peer, ANSWER_BUSY, effects);
    else
        judge(registry, peer, request, (const uint64_t[]){family.family, other.family}, effects);
}

// ---------------------------------------------------------------- links

void settle_find_links(struct registry *registry, const struct identities *identities, uint64_t family, struct settle_links *links)
{
    struct kin_links known;
    uint64_t head;

    links->n = 0;
    if (!identities->has_reference)
        return;
    registry_require(kin_get_links(&registry->rows, &identities->reference, &known), "reading who has a reference");
    registry_require(kin_head(&registry->rows, family, &head), "reading a household");
    for (unsigned i = 0; i < known.n; i++) {
        uint64_t other_head;
        unsigned bits;

        registry_require(kin_head(&registry->rows, known.families[i], &other_head), "reading a household");
        registry_require(kin_get(&registry->rows, family, known.families[i], &bits), "reading a pair of families");
        if (head != other_head && (bits & KIN_LINKED) == 0)
            links->families[links->n++] = known.families[i];
    }
}

void settle_append_link(struct registry *registry, struct span referral, uint64_t family, uint64_t other, struct effects *effects)
{
    char family_tag[TAG_SIZE + 1] = "", other_tag[TAG_SIZE + 1] = "";
    struct family_linked data = {
        .family = span_of(family_tag, TAG_SIZE), .other = span_of(other_tag, TAG_SIZE), .because = LINK_ASB_REFERENCE};
    struct effect effect = {.type = EVENT_FAMILY_LINKED, .subject = referral, .data = &data};

    tag_print('F', family, family_tag);
    tag_print('F', other, other_tag);
    registry_append(registry, &effect, effects);
}

// ---------------------------------------------------------------- own events

static enum err note(struct registry *registry, struct span family_tag, struct span other_tag, enum kin_bit bit)
{
    uint64_t family, other;

    if (!tag_parse(family_tag, 'F', &family) || !tag_parse(other_tag, 'F', &other))
        return ERR_BAD_INPUT;
    return kin_note(&registry->rows, family, other, bit);
}

static enum err take_settled(struct registry *registry, const struct family_settled *settled)
{
    uint64_t family, other;

    if (!tag_parse(settled->family, 'F', &family) || !tag_parse(settled->other, 'F', &other))
        return ERR_BAD_INPUT;
    return kin_settle(&registry->rows, family, other, (enum family_verdict)settled->verdict);
}

enum err settle_take(struct registry *registry, const struct hub_event *own)
{
    const struct family_conflict *conflict = own->data;
    const struct family_linked *linked = own->data;

    switch (own->type) {
    case EVENT_FAMILY_CONFLICT:
        return note(registry, conflict->family, conflict->other, KIN_ASKED);
    case EVENT_FAMILY_LINKED:
        return note(registry, linked->family, linked->other, KIN_LINKED);
    default:
        return take_settled(registry, own->data);
    }
}
