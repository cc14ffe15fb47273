# SPDX-License-Identifier: MIT
"""One call of one daemon fails while it starts, at every place: it is started again, every promise is kept, and no person has to do
anything."""
from faults import CALLS, SHORT, kind_name
from faulty_case import FULL, NOT_HERE, FaultyCase
from hub import DAEMONS, wait_until
from system_case import main

STARTS_MAX = 60


class FaultyStarts(FaultyCase):
    def test_at_start(self):
        def deeds(hub, _load):
            return sum(self.fail_at_start(hub, name, call, kind)
                       for name in DAEMONS for call in CALLS if call not in NOT_HERE for kind in self.kinds_of(call))
        self.run_under_load(deeds)

    def kinds_of(self, call):
        return [kind for kind in CALLS[call][1] if kind != SHORT][:None if FULL else 1]

    def fail_at_start(self, hub, name, call, kind):
        """The first such call of a start fails, then the second, until a start meets none."""
        control = hub.controls[name]
        for place in range(1, STARTS_MAX):
            what = f"{name} starting: {call} number {place} {kind_name(kind)}"
            pid = wait_until(lambda: hub.is_ready(name) and hub.pid(name), 60, f"{name} ready before {what}")
            control.fail(call, kind, place)
            hub.kill(name)
            wait_until(lambda pid=pid: hub.pid(name) not in (None, pid) and hub.is_ready(name) or self.check_exits(hub, what), 60, f"{name} back after {what}")
            met = control.failed
            control.clear()
            if not met:
                return place - 1
        self.fail(f"{what}: a start never got by")
        return 0


if __name__ == "__main__":
    main()
