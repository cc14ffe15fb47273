# SPDX-License-Identifier: MIT
"""A hub whose daemons' calls can be made to fail, to wait, or to see another wall clock, while they run.

Used by the tests of faults. Each daemon is started with tests/crash/fault_shim.c before libc, and reads what to do from a file of its own,
of which Control is the other end; counts go on when the daemon is started again.
"""
import errno
import mmap
import os
import re
import struct

from hub import BIN, DAEMONS, ROOT, Hub

SHIM = os.path.join(BIN, "fault_shim.so")
LAYOUT = struct.Struct("=QQQqQqQQ256s")
BITS = struct.Struct("=Q")  # the first of it: which calls
SHORT, SLOW = -1, -2
NAMED_KINDS = {"FAULT_SHORT": SHORT}
FOR_EVER = 1 << 62


def read_calls():
    """{name: (bit, kinds)} of fault_calls.def."""
    with open(os.path.join(ROOT, "tests", "crash", "fault_calls.def"), encoding="utf-8") as file:
        rows = re.findall(r'^FAULT_CALL\(\w+, "(\w+)", (.*)\)$', file.read(), re.MULTILINE)
    kinds = [[NAMED_KINDS.get(kind) or getattr(errno, kind) for kind in listed.split(", ")] for _, listed in rows]
    return {name: (1 << place, kinds[place]) for place, (name, _) in enumerate(rows)}


CALLS = read_calls()


def kind_name(kind):
    return {SHORT: "written short", SLOW: "slow"}.get(kind) or errno.errorcode[kind]


class Control:
    """What one daemon's calls do."""

    def __init__(self, path, folder):
        self.folder = folder
        with open(path, "wb") as file:
            file.truncate(LAYOUT.size)
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), LAYOUT.size)

    def put(self, calls=(), at=0, times=0, kind=0, slow_ms=0, shift_ms=0, under=""):
        """`under`: only on files of this folder of the state directory."""
        bits, folder = 0, os.path.join(self.folder, under).encode()
        for name in calls:
            bits |= CALLS[name][0]
        packed = LAYOUT.pack(bits, at, times, kind, slow_ms, shift_ms, 0, 0, folder)
        self.memory[:BITS.size] = BITS.pack(0)  # nothing is armed while it changes; `pack_into` would clear the shift, too, for a moment
        self.memory[BITS.size:LAYOUT.size] = packed[BITS.size:]
        self.memory[:BITS.size] = packed[:BITS.size]

    def fail(self, call, kind, at=1, times=1):
        self.put([call], at, times, kind)

    def slow(self, calls, ms, under=""):
        self.put(calls, 1, FOR_EVER, SLOW, ms, under=under)

    def shift(self, ms):
        self.put(shift_ms=ms)

    def clear(self):
        self.put()

    @property
    def failed(self):
        return LAYOUT.unpack_from(self.memory)[7]


class FaultyHub(Hub):
    restart_seconds = 0.02  # a walk through all faults is mostly restarts

    def __init__(self, **keywords):
        assert os.path.exists(SHIM), f"{SHIM} is not built: no fault would ever come"
        super().__init__(**keywords)
        self.controls = {name: Control(os.path.join(self.base, f"windscreen-{name}.faults"), self.state) for name in DAEMONS}
        self.environment.update({"LD_PRELOAD": SHIM, "WINDSCREEN_FAULTS": self.base})

    def shift_clocks(self, ms):
        for control in self.controls.values():
            control.shift(ms)
