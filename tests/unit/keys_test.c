// SPDX-License-Identifier: MIT
// Family keys: durable before they are used, the same after reopening, gone when destroyed.
#include "services/registry/keys.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>

static const uint8_t kek[KEYS_SIZE] = "thirty-two bytes of a wrapping k";

static struct keys *open_keys(const char *folder)
{
    struct keys *keys;

    assert_int_equal(keys_open(folder, kek, &keys), ERR_NONE);
    return keys;
}

// In a folder of its own.
static struct keys *new_keys(char folder[64], char path[80])
{
    unit_directory(folder);
    snprintf(path, 80, "%s/keys", folder);
    return open_keys(path);
}

// Uses five batches of slots, each key once, and finds all of them again after opening again.
static void use_and_reopen(bool beside)
{
    static uint8_t seen[5 * KEYS_BATCH][KEYS_SIZE];
    uint8_t key[KEYS_SIZE];
    char folder[64], path[80];
    struct keys *keys;

    keys = new_keys(folder, path);
    assert_false(keys_is_filled(keys, 0));
    assert_int_equal(keys_get(keys, 0, key), ERR_NOT_FOUND);
    assert_int_equal(keys_refill(keys, 0), ERR_NONE);
    for (uint64_t slot = 0; slot < 5 * KEYS_BATCH; slot++) {
        assert_int_equal(keys_refill(keys, slot), ERR_NONE);
        if (beside)
            assert_int_equal(keys_refill_beside(keys, slot), ERR_NONE);
        assert_true(keys_is_filled(keys, slot) && keys_is_filled(keys, slot + KEYS_BATCH - 1));
        assert_int_equal(keys_get(keys, slot, seen[slot]), ERR_NONE);
        if (slot > 0)
            assert_memory_not_equal(seen[slot], seen[slot - 1], KEYS_SIZE);
    }
    assert_int_equal(keys_get(keys, 0, key), ERR_NONE); // long out of memory, but still on disk
    assert_memory_equal(key, seen[0], KEYS_SIZE);
    keys_close(&keys);
    keys = open_keys(path);
    for (uint64_t slot = 0; slot < 5 * KEYS_BATCH; slot += 7) {
        assert_int_equal(keys_get(keys, slot, key), ERR_NONE);
        assert_memory_equal(key, seen[slot], KEYS_SIZE);
    }
    assert_int_equal(keys_refill(keys, 5 * KEYS_BATCH - 5), ERR_NONE);
    assert_int_equal(keys_get(keys, 5 * KEYS_BATCH - 5, key), ERR_NONE);
    assert_memory_equal(key, seen[5 * KEYS_BATCH - 5], KEYS_SIZE);
    assert_true(keys_is_filled(keys, 6 * KEYS_BATCH - 6));
    keys_close(&keys);
    unit_remove(folder);
}

static void fills_and_reopens(void **state)
{
    (void)state;
    use_and_reopen(false);
}

static void fills_beside_and_reopens(void **state)
{
    (void)state;
    use_and_reopen(true);
}

// A process that was killed had filled slots ahead of what the log has heard of: more unused ones than a process would fill.
static void uses_what_was_filled_far_ahead(void **state)
{
    uint8_t seen[KEYS_SIZE], key[KEYS_SIZE];
    char folder[64], path[80];
    struct keys *keys;

    (void)state;
    keys = new_keys(folder, path);
    assert_int_equal(keys_refill(keys, 0), ERR_NONE);
    for (uint64_t slot = 0; slot < 5 * KEYS_BATCH; slot++)
        assert_int_equal(keys_refill(keys, slot), ERR_NONE);
    assert_int_equal(keys_get(keys, 3, seen), ERR_NONE);
    keys_close(&keys);
    keys = open_keys(path);
    for (uint64_t slot = 3; slot < 5 * KEYS_BATCH; slot++) {
        assert_int_equal(keys_refill(keys, slot), ERR_NONE);
        assert_int_equal(keys_refill_beside(keys, slot), ERR_NONE);
        assert_true(keys_is_filled(keys, slot));
        assert_int_equal(keys_get(keys, slot, key), ERR_NONE);
        if (slot == 3)
            assert_memory_equal(key, seen, KEYS_SIZE);
    }
    keys_close(&keys);
    unit_remove(folder);
}

static void destroys(void **state)
{
    uint8_t key[KEYS_SIZE];
    char folder[64], path[80];
    struct keys *keys;

    (void)state;
    keys = new_keys(folder, path);
    assert_int_equal(keys_refill(keys, 0), ERR_NONE);
    assert_int_equal(keys_destroy(keys, 5), ERR_NONE);
    assert_int_equal(keys_get(keys, 5, key), ERR_NOT_FOUND);
    assert_int_equal(keys_get(keys, 6, key), ERR_NONE);
    keys_close(&keys);
    keys = open_keys(path);
    assert_int_equal(keys_get(keys, 5, key), ERR_NOT_FOUND);
    assert_int_equal(keys_get(keys, 4, key), ERR_NONE);
    assert_int_equal(keys_destroy(keys, 5), ERR_NONE);
    assert_int_equal(keys_destroy(keys, 1 << 20), ERR_NOT_FOUND);
    keys_close(&keys);
    unit_remove(folder);
}

static void refuses_what_does_not_fit(void **state)
{
    static const uint8_t other[KEYS_SIZE] = "another 32 bytes of a wrapping k";
    char folder[64], path[80];
    struct keys *keys;

    (void)state;
    keys = new_keys(folder, path);
    assert_int_equal(keys_refill(keys, 100), ERR_BAD_STORE); // the log knows more: the key store was lost
    assert_int_equal(keys_refill(keys, 0), ERR_NONE);
    keys_close(&keys);
    assert_int_equal(keys_open(path, other, &keys), ERR_BAD_CONFIG);
    assert_null(keys);
    unit_remove(folder);
}

static void write_kek(const char *path, size_t size, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        fputc('k', file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void reads_the_kek(void **state)
{
    static const struct {
        size_t size;
        mode_t mode;
        enum err err;
    } rows[] = {
        {32, 0400, ERR_NONE},       {32, 0600, ERR_NONE},       {32, 0440, ERR_BAD_CONFIG}, {32, 0404, ERR_BAD_CONFIG},
        {32, 0620, ERR_BAD_CONFIG}, {31, 0400, ERR_BAD_CONFIG}, {33, 0400, ERR_BAD_CONFIG}, {0, 0400, ERR_BAD_CONFIG},
    };
    uint8_t read[KEYS_SIZE];
    char folder[64], path[80];

    (void)state;
    unit_directory(folder);
    snprintf(path, sizeof path, "%s/kek", folder);
    assert_int_equal(keys_read_kek(path, read), ERR_BAD_CONFIG);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unlink(path);
        write_kek(path, rows[i].size, rows[i].mode);
        assert_int_equal(keys_read_kek(path, read), rows[i].err);
    }
    assert_int_equal(keys_read_kek(folder, read), ERR_BAD_CONFIG);
    unit_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_and_reopens), cmocka_unit_test(fills_beside_and_reopens),  cmocka_unit_test(uses_what_was_filled_far_ahead),
        cmocka_unit_test(destroys),          cmocka_unit_test(refuses_what_does_not_fit), cmocka_unit_test(reads_the_kek),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
