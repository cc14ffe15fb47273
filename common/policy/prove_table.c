// SPDX-License-Identifier: MIT
// Gaps, rows that never match, and rows that match together, by taking boxes away from what can be.
// Called by prove_levels.c and prove_routes.c. A fault is told with the least that shows it.
#include "common/policy/prove_table.h"

void prove_table_init(struct prove_table *prove, struct proof *proof, const char *file, const struct table *table)
{
    prove->proof = proof;
    prove->file = file;
    prove->table = table;
    prove->all = box_all(table);
    for (unsigned row = 0; row < table->n_rows; row++)
        prove->rows[row] = box_of_row(table, row);
}

static uint64_t from_row(const struct prove_table *prove, unsigned row)
{
    return row < prove->table->n_rows ? ~table_values(0, row) | UINT64_C(1) << row : 0;
}

static struct box_search search_of(const struct prove_table *prove, uint64_t skipped)
{
    return (struct box_search){.n_facts = prove->table->n_facts,
                               .taken = prove->rows,
                               .n_taken = prove->table->n_rows,
                               .skipped = skipped,
                               .steps = &prove->proof->steps};
}

static enum box_end ended(struct prove_table *prove, enum box_end end)
{
    prove->proof->gave_up = prove->proof->gave_up || end == BOX_GAVE_UP;
    return end;
}

static struct box world_of(const struct prove_table *prove, unsigned world, bool wide)
{
    struct box box = prove->all;

    prove->world(prove->context, world, wide, &box);
    return box;
}

// What `asked` holds of the world: BOX_STOPPED and `here`, or BOX_NONE.
static enum box_end step_into(struct prove_table *prove, unsigned world, const struct box *asked, struct box *here)
{
    struct box in_world;

    if (prove->proof->steps == 0)
        return ended(prove, BOX_GAVE_UP);
    prove->proof->steps--;
    in_world = world_of(prove, world, false);
    return box_meet(prove->table->n_facts, &in_world, asked, here) ? BOX_STOPPED : BOX_NONE;
}

enum box_end prove_table_visit(struct prove_table *prove, unsigned row, unsigned world,
                               bool (*visit)(void *context, const struct box *piece), void *context)
{
    struct box asked;
    enum box_end end = step_into(prove, world, &prove->rows[row], &asked);

    return end == BOX_STOPPED ? prove_table_visit_box(prove, row, &asked, visit, context) : end;
}

enum box_end prove_table_visit_box(struct prove_table *prove, unsigned row, const struct box *asked,
                                   bool (*visit)(void *context, const struct box *piece), void *context)
{
    struct box_search search = search_of(prove, from_row(prove, row));

    search.visit = visit;
    search.context = context;
    return ended(prove, box_search(&search, asked));
}

// What is left of `asked` in any world without the rows that are not skipped; says in which world.
static enum box_end find_left(struct prove_table *prove, const struct box *asked, uint64_t skipped, unsigned *world, struct box *piece)
{
    for (*world = 0; *world < prove->n_worlds; ++*world) {
        struct box_search search = search_of(prove, skipped);
        struct box here;
        enum box_end end = step_into(prove, *world, asked, &here);

        if (end == BOX_STOPPED)
            end = ended(prove, box_first(&search, &here, piece));
        if (end != BOX_NONE)
            return end;
    }
    return BOX_NONE;
}

// One value of each fact, the least: absent, no, none before anything else.
static struct box point_in(const struct table *table, const struct box *box)
{
    struct box point = *box;

    for (unsigned fact = 0; fact < table->n_facts; fact++)
        point.allow[fact] &= ~point.allow[fact] + 1;
    return point;
}

static void show(const struct prove_table *prove, unsigned world, const struct box *piece, uint64_t told, const char *after, unsigned line)
{
    struct box point = point_in(prove->table, piece);
    struct witness witness = {0};

    witness_add_box(&witness, prove->table, &point, told | prove->always_told);
    if (prove->tell != NULL)
        prove->tell(prove->context, world, told, &witness);
    if (line != 0)
        witness_add(&witness, after, line);
    complaints_show(prove->proof->complaints, witness.text);
}

void prove_table_show(const struct prove_table *prove, unsigned world, const struct box *piece, uint64_t told)
{
    show(prove, world, piece, told, "", 0);
}

// ---------------------------------------------------------------- rows that never match

// Fewest facts of the row that never come together, as a mask.
static uint64_t conflict_in(struct prove_table *prove, unsigned row)
{
    struct box asked = prove->rows[row];
    uint64_t told = 0;

    for (unsigned fact = 0; fact < prove->table->n_facts; fact++) {
        uint64_t kept = asked.allow[fact];
        struct box piece;
        unsigned world;
        asked.allow[fact] = prove->all.allow[fact];
        if (find_left(prove, &asked, ~UINT64_C(0), &world, &piece) == BOX_NONE)
            continue;
        asked.allow[fact] = kept;
        told |= UINT64_C(1) << fact;
    }
    return told;
}

static void complain_of_conflict(struct prove_table *prove, unsigned row)
{
    struct witness words = {0};
    uint64_t told = conflict_in(prove, row);

    witness_add_box(&words, prove->table, &prove->rows[row], told);
    complaints_add(prove->proof->complaints, prove->file, prove->origins[row]->line,
                   (told & (told - 1)) == 0 ? "this row never matches: %s is never so here; mend or remove it"
                                            : "this row never matches: %s never come together; mend or remove it",
                   words.text);
}

// Leaves out every row above that is not needed to take all of this one; the rows kept, as a mask.
static uint64_t takers_of(struct prove_table *prove, unsigned row)
{
    uint64_t skipped = from_row(prove, row);
    struct box piece;
    unsigned world;

    for (unsigned by = row; by-- > 0;)
        if (find_left(prove, &prove->rows[row], ~(UINT64_C(1) << by), &world, &piece) == BOX_NONE)
            return UINT64_C(1) << by;
    for (unsigned by = row; by-- > 0;) {
        if (find_left(prove, &prove->rows[row], skipped | UINT64_C(1) << by, &world, &piece) == BOX_NONE)
            skipped |= UINT64_C(1) << by;
    }
    return ~skipped & table_values(0, row - 1);
}

static void complain_of_takers(struct prove_table *prove, unsigned row, uint64_t takers)
{
    bool alone = (takers & (takers - 1)) == 0;
    struct witness lines = {0};

    for (uint64_t left = takers; left != 0; left &= left - 1)
        witness_add(&lines, "%s%u",
                    left == takers             ? ""
                    : (left & (left - 1)) == 0 ? " and "
                                               : ", ",
                    prove->origins[__builtin_ctzll(left)]->line);
    complaints_add(
        prove->proof->complaints, prove->file, prove->origins[row]->line,
        alone ? "this row never matches: the row in line %.60s takes everything it would; move it up, narrow that one, or remove it"
              : "this row never matches: the rows in lines %.60s together take everything it would; move it up, narrow one of them, "
                "or remove it",
        lines.text);
}

// Facts that the row would take, and that go to one of the takers.
static void show_taken(struct prove_table *prove, unsigned row, uint64_t takers)
{
    unsigned by = TABLE_VALUES_MAX - 1 - (unsigned)__builtin_clzll(takers);
    struct box both, piece;
    unsigned world;

    if (box_meet(prove->table->n_facts, &prove->rows[row], &prove->rows[by], &both) &&
        find_left(prove, &both, from_row(prove, by), &world, &piece) == BOX_STOPPED)
        show(prove, world, &piece, prove->table->rows[row].columns | prove->table->rows[by].columns, " goes to line %u",
             prove->origins[by]->line);
}

// A last row that matches always stands for what nobody thought of: that others leave it nothing is as it should be.
static bool is_rest(const struct prove_table *prove, unsigned row)
{
    return row + 1 == prove->table->n_rows && prove->table->rows[row].columns == 0;
}

static void prove_row(struct prove_table *prove, unsigned row)
{
    struct box piece;
    uint64_t takers;
    unsigned world;

    if (find_left(prove, &prove->rows[row], from_row(prove, row), &world, &piece) != BOX_NONE)
        return;
    prove->dead[row] = true;
    if (find_left(prove, &prove->rows[row], ~UINT64_C(0), &world, &piece) == BOX_NONE) {
        complain_of_conflict(prove, row);
        return;
    }
    takers = takers_of(prove, row);
    if (is_rest(prove, row) && (takers & (takers - 1)) != 0)
        return;
    complain_of_takers(prove, row, takers);
    show_taken(prove, row, takers);
}

void prove_table_rows(struct prove_table *prove)
{
    for (unsigned row = 0; row < prove->table->n_rows; row++)
        prove_row(prove, row);
}

// ---------------------------------------------------------------- gaps

// Facts that the piece must keep as they are, or some row would match; the others may be anything.
static uint64_t needed_in(const struct prove_table *prove, const struct box *piece)
{
    struct box widened = *piece;
    struct box both;
    uint64_t needed = 0;

    for (unsigned fact = prove->table->n_facts; fact-- > 0;) {
        bool met = false;
        widened.allow[fact] = prove->all.allow[fact];
        for (unsigned row = 0; row < prove->table->n_rows && !met; row++)
            met = box_meet(prove->table->n_facts, &widened, &prove->rows[row], &both);
        if (!met)
            continue;
        widened.allow[fact] = piece->allow[fact];
        needed |= UINT64_C(1) << fact;
    }
    return needed;
}

static enum box_end find_gap(struct prove_table *prove, unsigned *world, struct box *piece)
{
    for (*world = 0; *world < prove->n_worlds; ++*world) {
        struct box_search search = search_of(prove, 0);
        struct box in_world = world_of(prove, *world, true);
        enum box_end end = ended(prove, box_first(&search, &in_world, piece));

        if (end != BOX_NONE)
            return end;
    }
    return BOX_NONE;
}

void prove_table_gap(struct prove_table *prove)
{
    struct box_search search = search_of(prove, 0);
    struct box piece;
    unsigned world;

    if (prove->table->n_rows == 0 || box_first(&search, &prove->all, &piece) == BOX_NONE) // no world need be asked
        return;
    if (find_gap(prove, &world, &piece) != BOX_STOPPED)
        return;
    complaints_add(prove->proof->complaints, prove->file, prove->origins[prove->table->n_rows - 1]->line,
                   "some referrals match no row: add one for them, or let this last row match always (leave out its `when`)");
    prove_table_show(prove, world, &piece, needed_in(prove, &piece));
}

// ---------------------------------------------------------------- rows that match together

static void prove_pair(struct prove_table *prove, unsigned row, unsigned other)
{
    struct box both, piece;
    unsigned world;

    if (!box_meet(prove->table->n_facts, &prove->rows[row], &prove->rows[other], &both))
        return;
    if (find_left(prove, &both, ~UINT64_C(0), &world, &piece) != BOX_STOPPED)
        return;
    complaints_add(prove->proof->complaints, prove->file, prove->origins[row]->line,
                   "this row and that in line %u match the same, and the list says `match: one`: narrow one, or say `match: first`",
                   prove->origins[other]->line);
    prove_table_show(prove, world, &piece, prove->table->rows[row].columns | prove->table->rows[other].columns);
}

void prove_table_single(struct prove_table *prove)
{
    const struct table *table = prove->table;

    for (unsigned row = 1; row < table->n_rows && table->single; row++)
        for (unsigned other = 0; other < row && !is_rest(prove, row); other++)
            prove_pair(prove, row, other);
}
