# SPDX-License-Identifier: MIT
"""A disk without a free block: no daemon ends, what is in goes on to its workers, new referrals hear busy, a restart comes up all the
same, and when there is room again the hub takes referrals as before. On an ext4 of its own in a file, so it wants root."""
import os
import subprocess
import tempfile
import unittest

from hub import DAEMONS, Hub, real_directory, wait_until
from peers import TAKEN, Partner, Worker
from samples import for_taf
from system_case import assert_balanced, main, settle

DISK_BYTES = 400 << 20
N = 600


class SmallDisk:
    """A file system of its own, mounted while the `with` lasts."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="ws-disk-", dir=real_directory())
        self.image = self.folder + ".img"
        self.filler = os.path.join(self.folder, "filler")
        with open(self.image, "wb") as file:
            file.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", self.image], check=True)
        if subprocess.run(["mount", "-o", "loop", self.image, self.folder], check=False).returncode != 0:
            os.unlink(self.image)
            os.rmdir(self.folder)
            raise unittest.SkipTest("this machine mounts no file as a disk")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)
        os.rmdir(self.folder)
        os.unlink(self.image)

    def free_blocks(self):
        return os.statvfs(self.folder).f_bavail

    def fill(self):
        """Takes every free block, as often as something frees one."""
        file = os.open(self.filler, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for size in (1 << 20, 4096):
            try:
                while True:
                    os.write(file, b"\1" * size)
            except OSError:
                pass  # no room for that much
        try:
            os.fsync(file)  # until then blocks are only set aside, some of them for nothing
        except OSError:
            pass
        os.close(file)
        return self.free_blocks() == 0

    def make_room(self):
        os.unlink(self.filler)


@unittest.skipUnless(os.geteuid() == 0, "mounting a disk of its own takes root")
class FullDisk(unittest.TestCase):
    def work_off(self, hub, n):
        """A worker accepts n jobs."""
        with Worker(hub) as worker:
            for token, job in worker.take_jobs("taf", n, seconds=60):
                self.assertEqual(worker.accept(token, job)["answer"], "ok")

    def test_nobody_ends_and_nothing_is_lost(self):
        with SmallDisk() as disk:
            os.environ["TMPDIR"] = disk.folder
            with Hub(options={"audit": ["--map-size", str(64 << 20)]}) as hub, Partner(hub) as partner:
                tags = [receipt["referral"] for receipt in partner.publish_all([for_taf() for _ in range(N)])]
                settle(hub, tags)
                wait_until(disk.fill, 20, "no free block")
                self.work_off(hub, 100)
                self.assertEqual(partner.ask(for_taf(), 30)["status"], "busy")
                self.assertEqual([hub.daemons[name].starts for name in DAEMONS], [1] * len(DAEMONS), "a daemon ended on the full disk")
                for name in DAEMONS:
                    hub.kill(name)
                wait_until(lambda: all(hub.daemons[name].starts == 2 and hub.is_ready(name) for name in DAEMONS), 60, "all daemons back on the full disk")
                self.work_off(hub, 100)
                disk.make_room()
                later = partner.publish_all([for_taf() for _ in range(10)], seconds=60)
                self.assertLessEqual({receipt["status"] for receipt in later}, TAKEN)
                fold = settle(hub, tags + [receipt["referral"] for receipt in later])
                self.assertEqual(fold.breaches, [])
                assert_balanced(self, hub)


if __name__ == "__main__":
    main()
