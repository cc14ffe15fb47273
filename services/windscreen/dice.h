// SPDX-License-Identifier: MIT
// A small generator of numbers that look random: the same for a seed on every machine (splitmix64).
// Used by the made-up population only. Not for keys, tokens or anything that must not be guessed.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t dice_roll(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

// Dice of their own for one `thing` of a `stream`: independent of what other dice showed.
static inline struct dice dice_for(uint64_t seed, uint64_t stream, uint64_t thing)
{
    struct dice dice = {.state = seed};

    dice.state = dice_roll(&dice) ^ stream;
    dice.state = dice_roll(&dice) ^ thing;
    dice.state = dice_roll(&dice);
    return dice;
}

// 0 .. n-1; n above 0.
static inline uint32_t dice_below(struct dice *dice, uint32_t n)
{
    return (uint32_t)(((dice_roll(dice) >> 32) * n) >> 32);
}

static inline bool dice_chance(struct dice *dice, uint32_t per_mille)
{
    return dice_below(dice, 1000) < per_mille;
}

// Place in a list of weights, by weight.
static inline uint32_t dice_pick(struct dice *dice, const uint16_t *weights, uint32_t n)
{
    uint32_t sum = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += weights[i];
    for (uint32_t left = dice_below(dice, sum); left >= weights[at]; at++)
        left -= weights[at];
    return at;
}
