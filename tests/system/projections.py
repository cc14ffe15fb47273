# SPDX-License-Identifier: MIT
"""The two projections on disk, dumped and compared: as a daemon left them, and as it rebuilds them from the log.

Used by test_rebuild.py and by the kill storm.
"""
import os
import shutil
import struct

import lmdb

from peers import LogReader, Partner
from samples import child, referral, surname
from system_case import wait_caught_up

NAMES = ("allocation", "registry")


def path_of(hub, name):
    return os.path.join(hub.state, name, "data.mdb")


RUN_LIST = bytes(8)  # its key
RUN = struct.Struct(">IIIIQ")
PAGE, PAGE_HEAD, STRETCH_HEAD, FILTER_BLOCK, FILTER_ROWS = 4096, 16, 48, 64, 32


def stretch_rows(stretch, key_size, value_size):
    """Rows of one value of a sorted run, in their order (common/store/run_stretch.c)."""
    size = key_size + value_size
    assert (len(stretch) + PAGE_HEAD) % PAGE == 0
    unit = FILTER_BLOCK + FILTER_ROWS * size
    begin = STRETCH_HEAD + (len(stretch) - STRETCH_HEAD + unit - 1) // unit * FILTER_BLOCK
    end = begin + int.from_bytes(stretch[:4], "little") * size
    assert end <= len(stretch) and not any(stretch[end:])
    return [(stretch[at:at + key_size], stretch[at + key_size:at + size]) for at in range(begin, end, size)]


def merged(rows):
    """Rows of a hashed table, where the newest run counts. How they are spread over runs is a matter of when they were committed."""
    stored = dict(rows)
    runs = stored.pop(RUN_LIST)
    mark, key_size, value_size, _ = struct.unpack(">4sHHI", runs[:12])
    assert mark == b"runs"
    newest = {}
    for run, into, n_whole, bits, n_rows in RUN.iter_unpack(runs[12:]):
        of_run = [row for stretch in range(n_whole) for row in stretch_rows(stored.pop(struct.pack(">II", run, stretch)), key_size, value_size)]
        assert [key for key, _ in of_run] == sorted({key for key, _ in of_run}) and len(of_run) == n_rows
        assert n_whole == 1 << bits or not into
        for key, value in of_run if n_whole == 1 << bits else []:
            newest.setdefault(key, value)
    assert not stored, "stretches of no run"
    return sorted(newest.items())


def dump(path):
    """{table name: [(key, value)]} of a whole LMDB environment."""
    environment = lmdb.open(path, readonly=True, lock=False, max_dbs=64, subdir=False)
    try:
        with environment.begin() as transaction:
            names = [bytes(key) for key, _ in transaction.cursor()]
        tables = {}
        for name in names:
            try:
                table = environment.open_db(name, create=False)
            except lmdb.Error:  # a plain value of the main table
                continue
            with environment.begin(db=table) as transaction:
                rows = [(bytes(key), bytes(value)) for key, value in transaction.cursor()]
            tables[name.decode()] = merged(rows) if rows and rows[0][0] == RUN_LIST else rows
        with environment.begin() as transaction:
            tables[""] = [(bytes(key), bytes(value)) for key, value in transaction.cursor() if key.decode() not in tables]
        return tables
    finally:
        environment.close()


def wait_compared(hub, seconds=30):
    """Until the registry has compared every family with those before it: of a pair of look-alikes that comes now the log tells last."""
    name = surname()
    with LogReader(hub) as log, Partner(hub) as partner:
        log.next = log.head() + 1
        for spelt in (name, name + "h"):
            last = partner.publish(referral(members=[child(given_name="Nora", family_name=spelt)]))["referral"]
        log.follow(lambda _, event: event["type"] == "earlyhelp.family.candidate.v1" and event["subject"] == last, seconds, "all families are compared")


def rest(hub, name, seconds=30):
    """Brings the daemon to rest at the head of the log; the dump of what it then leaves on disk."""
    wait_caught_up(hub, seconds)
    hub.halt(name)
    return dump(path_of(hub, name))


def rebuild(hub, name, seconds=60):
    """Deletes the projection of a daemon at rest and starts it; the dump of what it makes from the log."""
    shutil.rmtree(os.path.dirname(path_of(hub, name)))  # the whole folder, as the README says one may: no key is in it
    hub.start_daemon(name)
    hub.wait_ready(seconds)
    return rest(hub, name, seconds)


def assert_same_marks(test, before, after, what):
    """(own events taken to, others' filed to, witness). The second may lag behind an own event at the end, of which no read has told yet;
    the witness is the last event of either."""
    [(_, old)], [(_, new)] = before.pop("marks"), after.pop("marks")
    test.assertEqual(old[:8], new[:8], f"{what}: own events taken to")
    if old[:8] == old[8:16]:
        test.assertEqual(old[:16], new[:16], f"{what}: marks")
    test.assertNotEqual(new[16:24], bytes(8), f"{what}: no witness")
    test.assertEqual(old[16:], new[16:], f"{what}: witness")


def assert_same(test, before, after, what):
    assert_same_marks(test, before, after, what)
    test.assertEqual(sorted(before), sorted(after), f"{what}: names of tables")
    for table, rows in before.items():
        test.assertEqual(len(rows), len(after[table]), f"{what}: rows of {table!r}")
        for row, (old, new) in enumerate(zip(rows, after[table])):
            test.assertEqual(old, new, f"{what}: row {row} of {table!r}")


def assert_rebuilt_the_same(test, hub, seconds=60):
    """Each projection as it is, and as it is rebuilt: row for row, byte for byte. The hub runs before and after."""
    for name in NAMES:
        before = rest(hub, name, seconds)
        after = rebuild(hub, name, seconds)
        hub.start_daemon(name)
        hub.wait_ready(seconds)
        assert_same(test, before, after, name)
