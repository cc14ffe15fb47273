// SPDX-License-Identifier: MIT
// Stretches: the filter is a Bloom filter in blocks of one cache line, rows are searched for where their number would stand if all were
// equally far apart.
// Called by runs and run_merge. Must not trust a count it reads.
//
// stretch: n_rows u32, zeros to 48 bytes (behind LMDB's page header, 64) | filter, 64 bytes a block | rows: key value ... | zeros
#include "common/store/run_stretch.h"

#include <assert.h>

enum { PAGE = 4096, PAGE_HEAD = 16, HEAD = 48, BLOCK = 64, ROWS_A_BLOCK = 32, PROBES = 6, FIRST_STEP = 8 };

static size_t row_size(struct stretch_form form)
{
    return form.key_size + form.value_size;
}

// What is left of a key's number behind the bits that all of a stretch have in common, as a place among `n`.
static size_t place_among(uint64_t number, unsigned bits, size_t n)
{
    return (size_t)((unsigned __int128)(number << bits) * n >> 64);
}

// ---------------------------------------------------------------- sizes

// The filter grows with the room, not with the rows: who reads knows where it ends without a look at the head.
static size_t count_blocks(struct stretch_form form, size_t size)
{
    size_t unit = BLOCK + ROWS_A_BLOCK * row_size(form);

    return (size - HEAD + unit - 1) / unit;
}

static size_t room_of(struct stretch_form form, size_t size)
{
    size_t filter = count_blocks(form, size) * BLOCK;

    return size < HEAD + filter ? 0 : (size - HEAD - filter) / row_size(form);
}

size_t stretch_size(struct stretch_form form, size_t n)
{
    size_t size = (PAGE_HEAD + HEAD + n * row_size(form) + PAGE - 1) / PAGE * PAGE - PAGE_HEAD;

    while (room_of(form, size) < n)
        size += PAGE;
    return size;
}

unsigned stretch_bits(struct stretch_form form, uint64_t n_rows)
{
    uint64_t bytes = n_rows * row_size(form) + n_rows / ROWS_A_BLOCK * BLOCK;
    unsigned bits = 0;

    while (bytes >> bits > STRETCH_BYTES && bits < 31)
        bits++;
    return bits;
}

// ---------------------------------------------------------------- the filter

// Nine bits of the key's second half for each probe.
static uint64_t probe_bits(const uint8_t *key)
{
    return bytes_word8(key + 8);
}

static size_t block_at(size_t n_blocks, unsigned bits, const uint8_t *key)
{
    return HEAD + BLOCK * place_among(stretch_number(key), bits, n_blocks);
}

static void mark(struct stretch_writer *writer, const uint8_t *key)
{
    uint8_t *block = writer->bytes + block_at(writer->n_blocks, writer->bits, key);
    uint64_t probe = probe_bits(key);

    for (int i = 0; i < PROBES; i++, probe >>= 9)
        block[probe >> 3 & (BLOCK - 1)] |= (uint8_t)(1 << (probe & 7));
}

void stretch_fetch(const struct stretch *stretch, unsigned bits, const uint8_t *key)
{
    __builtin_prefetch(stretch->at + block_at(stretch->n_blocks, bits, key));
}

bool stretch_has_perhaps(const struct stretch *stretch, unsigned bits, const uint8_t *key)
{
    const uint8_t *block = stretch->at + block_at(stretch->n_blocks, bits, key);
    uint64_t probe = probe_bits(key);

    for (int i = 0; i < PROBES; i++, probe >>= 9)
        if ((block[probe >> 3 & (BLOCK - 1)] >> (probe & 7) & 1) == 0)
            return false;
    return true;
}

// ---------------------------------------------------------------- writing

void stretch_begin(struct stretch_writer *writer, struct stretch_form form, unsigned bits, uint8_t *bytes, size_t size)
{
    assert(form.key_size >= STRETCH_KEY_MIN);
    *writer = (struct stretch_writer){.form = form, .bits = bits, .bytes = bytes, .size = size, .n_blocks = count_blocks(form, size)};
    memset(bytes, 0, HEAD + writer->n_blocks * BLOCK);
    writer->next = bytes + HEAD + writer->n_blocks * BLOCK;
}

void stretch_add(struct stretch_writer *writer, const uint8_t *key, const uint8_t *value)
{
    memcpy(writer->next, key, writer->form.key_size);
    memcpy(writer->next + writer->form.key_size, value, writer->form.value_size);
    mark(writer, key);
    writer->next += row_size(writer->form);
    writer->n_rows++;
}

void stretch_end(struct stretch_writer *writer)
{
    uint32_t n_rows = (uint32_t)writer->n_rows;

    assert(writer->n_rows <= room_of(writer->form, writer->size));
    memcpy(writer->bytes, &n_rows, sizeof n_rows);
    memset(writer->next, 0, (size_t)(writer->bytes + writer->size - writer->next));
}

// ---------------------------------------------------------------- reading

bool stretch_open(struct span value, struct stretch_form form, struct stretch *stretch)
{
    if (value.size <= HEAD || (value.size + PAGE_HEAD) % PAGE != 0 || value.size > UINT32_MAX)
        return false;
    *stretch = (struct stretch){value.at, (uint32_t)value.size, (uint32_t)count_blocks(form, value.size)};
    return true;
}

bool stretch_rows(const struct stretch *stretch, struct stretch_form form, struct stretch_rows *rows)
{
    rows->at = stretch->at + HEAD + (size_t)stretch->n_blocks * BLOCK;
    rows->n = bytes_word4(stretch->at);
    return rows->n <= room_of(form, stretch->size);
}

// The rows from `low` on are not lesser, or `high` is: where they meet.
static size_t bisect(const struct stretch_rows *rows, size_t size, size_t low, size_t high, uint64_t number)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (stretch_number(rows->at + middle * size) < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t stretch_rank(const struct stretch_rows *rows, struct stretch_form form, unsigned bits, uint64_t number)
{
    size_t size = row_size(form), guess = place_among(number, bits, rows->n), step = FIRST_STEP, other = guess;

    if (rows->n == 0)
        return 0;
    if (stretch_number(rows->at + guess * size) < number) {
        for (; other < rows->n && stretch_number(rows->at + other * size) < number; step *= 2) {
            guess = other;
            other += step;
        }
        return bisect(rows, size, guess + 1, other < rows->n ? other : rows->n, number);
    }
    for (; other > 0 && stretch_number(rows->at + other * size) >= number; step *= 2) {
        guess = other;
        other = other > step ? other - step : 0;
    }
    return bisect(rows, size, other, guess, number);
}

const uint8_t *stretch_find(const struct stretch_rows *rows, struct stretch_form form, unsigned bits, const uint8_t *key)
{
    uint64_t number = stretch_number(key);
    size_t size = row_size(form);

    for (size_t i = stretch_rank(rows, form, bits, number); i < rows->n; i++) {
        const uint8_t *row = rows->at + i * size;

        if (stretch_number(row) != number)
            return NULL;
        if (memcmp(row, key, form.key_size) == 0)
            return row + form.key_size;
    }
    return NULL;
}
