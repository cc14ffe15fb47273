// SPDX-License-Identifier: MIT
// The families' keys: slots filled ahead, wrapped under the key-encryption key, in a store of their own; those not yet used, and
// those used last, also open in locked memory, so that a new family costs no disk access.
// Used by the registry only. Which slots are used is known from the log alone; nothing is written when one is.
#pragma once

#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { KEYS_SIZE = 32, KEYS_BATCH = 2048 };

struct keys;

// Reads the key-encryption key: a file of 32 bytes that group and others may not touch. What is wrong is said on standard
// error: ERR_BAD_CONFIG; ERR_IO: it may be good later.
CHECKED enum err keys_read_kek(const char *path, uint8_t kek[KEYS_SIZE]);

// Opens or makes the key store. Copies the key-encryption key into locked memory. ERR_BAD_CONFIG: it does not open the keys kept there.
CHECKED enum err keys_open(const char *directory, const uint8_t kek[KEYS_SIZE], struct keys **keys);
void keys_close(struct keys **keys);

// Sees to it that at least KEYS_BATCH slots from `first_unused` on are durable and open in memory. Writes to disk when they are not.
// ERR_BAD_STORE: `first_unused` lies beyond what was ever filled, so keys are lost.
CHECKED enum err keys_refill(struct keys *keys, uint64_t first_unused);

// Begins to fill the next KEYS_BATCH slots in a thread of its own when fewer than twice as many are left, so that keys_refill seldom has
// to wait for the disk. Errors as keys_refill, also of a filling that has ended.
CHECKED enum err keys_refill_beside(struct keys *keys, uint64_t first_unused);

// The slot is durable: a key was made for it, which may have been destroyed since.
bool keys_is_filled(const struct keys *keys, uint64_t slot);

// Copies the key of a slot, from memory or disk. ERR_NOT_FOUND: it was destroyed, or never filled. ERR_CRYPTO: it does not open.
CHECKED enum err keys_get(struct keys *keys, uint64_t slot, uint8_t key[KEYS_SIZE]);

// Overwrites the wrapped key with zeros, durably, and forgets it in memory. Of a destroyed key: good.
CHECKED enum err keys_destroy(struct keys *keys, uint64_t slot);
