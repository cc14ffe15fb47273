// SPDX-License-Identifier: MIT
// From two people to one of the codes of likeness.
// Pure policy of the registry: values in, a value out.
#include "services/registry/likeness.h"

#include "common/base/civil.h"

static unsigned least_of(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned score_of(const struct likeness_person *a, const struct likeness_person *b)
{
    unsigned straight = least_of(alike_score(&a->family, &b->family), alike_score(&a->given, &b->given));
    unsigned swapped = least_of(alike_score(&a->family, &b->given), alike_score(&a->given, &b->family));

    return straight > swapped ? straight : swapped;
}

static bool sounds_alike(const struct likeness_person *a, const struct likeness_person *b)
{
    return sound_equal(&a->family_sound, &b->family_sound) && sound_equal(&a->given_sound, &b->given_sound);
}

// MMDD as four digits.
static void print_day(struct civil date, int digits[4])
{
    digits[0] = date.month / 10;
    digits[1] = date.month % 10;
    digits[2] = date.day / 10;
    digits[3] = date.day % 10;
}

bool likeness_dates_alike(int32_t a, int32_t b)
{
    struct civil date_a = civil_from_days(a), date_b = civil_from_days(b);
    int day_a[4], day_b[4];
    unsigned n_other = 0, first = 4;

    if (date_a.year != date_b.year || a == b)
        return false;
    if (date_a.month == date_b.day && date_a.day == date_b.month)
        return true;
    print_day(date_a, day_a);
    print_day(date_b, day_b);
    for (unsigned i = 4; i-- > 0;)
        if (day_a[i] != day_b[i]) {
            n_other++;
            first = i;
        }
    if (n_other == 1)
        return true;
    return n_other == 2 && first < 3 && day_a[first] == day_b[first + 1] && day_a[first + 1] == day_b[first];
}

static enum likeness judge(const struct likeness_person *a, const struct likeness_person *b, unsigned score, const uint8_t *least)
{
#define COUNTS(likeness) (least[likeness] != 0 && score >= least[likeness])
    if (a->born == b->born) {
        if (COUNTS(LIKENESS_NAME_BORN))
            return LIKENESS_NAME_BORN;
        if (COUNTS(LIKENESS_SOUND_BORN) && sounds_alike(a, b))
            return LIKENESS_SOUND_BORN;
        return LIKENESS_NONE;
    }
    if (COUNTS(LIKENESS_NAME_SECTOR) && a->sector[0] != '\0' && strcmp(a->sector, b->sector) == 0 && likeness_dates_alike(a->born, b->born))
        return LIKENESS_NAME_SECTOR;
    return LIKENESS_NONE;
#undef COUNTS
}

struct likeness_found likeness_of(const struct likeness_person *a, const struct likeness_person *b, const uint8_t *least)
{
    struct likeness_found found = {.likeness = LIKENESS_NONE};

    if (!a->is_complete || !b->is_complete)
        return found;
    found.score = score_of(a, b);
    found.likeness = judge(a, b, found.score, least);
    return found;
}
