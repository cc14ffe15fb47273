// SPDX-License-Identifier: MIT
// Which processor hears from a disk is read from the system's tables; what those do not tell is not guessed.
#include "common/runtime/processors.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

static char root[64];

// In a shell, with the folder of the tables as its own.
static void make(const char *commands)
{
    char line[1024];

    snprintf(line, sizeof line, "cd '%s' && %s", root, commands);
    assert_int_equal(system(line), 0);
}

static void make_disk(const char *affinity)
{
    char line[128];

    make("mkdir -p sys/dev/block proc/irq/9 proc/irq/10 sys/devices/pci/0000:00:02.0/msi_irqs "
         "sys/devices/pci/0000:00:02.0/virtio1/block/vda/slaves");
    make("touch sys/devices/pci/0000:00:02.0/msi_irqs/9 sys/devices/pci/0000:00:02.0/msi_irqs/10");
    make("ln -sfn ../../devices/pci/0000:00:02.0/virtio1/block/vda sys/dev/block/254:0");
    make("echo 0 > proc/irq/9/effective_affinity_list");
    snprintf(line, sizeof line, "echo %s > proc/irq/10/effective_affinity_list", affinity);
    make(line);
}

static void the_last_interrupt_of_its_controller_tells(void **state)
{
    (void)state;
    make_disk("1");
    assert_int_equal(processors_of_disk(root, makedev(254, 0)), 1);
}

static void a_volume_is_where_its_disk_is(void **state)
{
    (void)state;
    make_disk("3");
    make("mkdir -p sys/devices/virtual/block/dm-0/slaves");
    make("ln -sfn ../../../../pci/0000:00:02.0/virtio1/block/vda sys/devices/virtual/block/dm-0/slaves/vda");
    make("ln -sfn ../../devices/virtual/block/dm-0 sys/dev/block/253:0");
    assert_int_equal(processors_of_disk(root, makedev(253, 0)), 3);
}

static void a_ring_of_volumes_ends(void **state)
{
    (void)state;
    make("mkdir -p sys/dev/block sys/devices/virtual/block/dm-1/slaves");
    make("ln -sfn ../../dm-1 sys/devices/virtual/block/dm-1/slaves/dm-1");
    make("ln -sfn ../../devices/virtual/block/dm-1 sys/dev/block/253:1");
    assert_int_equal(processors_of_disk(root, makedev(253, 1)), -1);
}

static void what_is_not_told_is_not_known(void **state)
{
    static const char *const others[] = {"0-1", "0,1", "''", "x"};
    (void)state;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        make_disk(others[i]);
        assert_int_equal(processors_of_disk(root, makedev(254, 0)), -1);
    }
    make_disk("1");
    assert_int_equal(processors_of_disk(root, makedev(0, 44)), -1); // in memory
    make("rm proc/irq/10/effective_affinity_list");
    assert_int_equal(processors_of_disk(root, makedev(254, 0)), -1);
    make("rm -r sys/devices/pci/0000:00:02.0/msi_irqs");
    assert_int_equal(processors_of_disk(root, makedev(254, 0)), -1);
}

static int open_root(void **state)
{
    (void)state;
    unit_directory(root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    unit_remove(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_interrupt_of_its_controller_tells, open_root, remove_root),
        cmocka_unit_test_setup_teardown(a_volume_is_where_its_disk_is, open_root, remove_root),
        cmocka_unit_test_setup_teardown(a_ring_of_volumes_ends, open_root, remove_root),
        cmocka_unit_test_setup_teardown(what_is_not_told_is_not_known, open_root, remove_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
