# SPDX-License-Identifier: MIT
"""Every row of scenarios.md through a running hub: sent when the row says, by the hub's clocks; what the log then tells is what the row expects.

One hub for each policy. Times are compared by the minute: the hub's clocks are set to the row's minute, and go on while it works.
"""
import datetime
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
from faults import FaultyHub  # noqa: E402
from fold import name_of  # noqa: E402
from hub import ROOT, wait_until  # noqa: E402
from peers import TAKEN, LogReader, Partner, Worker  # noqa: E402
from samples import consent_changed, nhs_number  # noqa: E402
from scenario_table import event_of, print_time, read_sheets  # noqa: E402
from system_case import assert_balanced, main, settle  # noqa: E402

BATCH = 100  # rows sent before the clocks are set again
CLOCKS = {  # policy -> the clock of a state, or of a state at a team
    "luton-2017": {"deciding": "hub_decision", "held": "held", "queued": "team_queue", ("queued", "specialist"): "specialist"},
    "harrow-2013": {"deciding": "manager_decision", "held": "held", "queued": "team_queue", ("queued", "specialist"): "safeguarding",
                    ("queued", "families-first"): "key_worker"},
}


def state_of(name, data):
    return "held" if name == "referral.held" else "deciding" if data["team"] == "hub-decision" else "queued"


def place_of(state, data):
    if state == "held":
        return f"held for {data['reason']}, then {data['proposal']}"
    if state == "deciding":
        return f"person for {data['reason']}" + (f", proposed {data['proposal']}" if "proposal" in data else "")
    return f"news to {data['team']}" if "news_of" in data else data["team"]


def job_of(name, data):
    """A job as the cell `goes to` tells it."""
    members = [f" for member {value}" for fact, value in data.get("used", []) if fact == "member"]
    marks = f" marked {' and '.join(data['marks'])}" if data.get("marks") else ""
    return f"{place_of(state_of(name, data), data)} by {data['rule']}{''.join(members)}{marks}"


def goes(jobs, usual):
    bases = {data["basis"] for _, data in jobs if "basis" in data} - {usual.removeprefix("basis ")}
    return " + ".join(job_of(name, data) for name, data in jobs) + "".join(f"; basis {basis}" for basis in bases)


def goes_expected(row, jobs):
    """Nothing that is held goes on yet, on whatever basis: the log tells none."""
    return row.goes.split("; basis ")[0] if all("basis" not in data for _, data in jobs) else row.goes


def due(policy, jobs):
    told = []
    for name, data in jobs:
        state = state_of(name, data)
        clock = CLOCKS[policy].get((state, data.get("team"))) or CLOCKS[policy][state]
        text = f"{clock} {print_time(datetime.datetime.fromisoformat(data['due'].replace('Z', '+00:00')))}"
        if text not in told:
            told.append(text)
    return "; ".join(told)


def level(triaged, received):
    needs = f", needs say {triaged['computed']}" if triaged["computed"] != triaged["level"] else ""
    return f"{triaged['level']} by {triaged['rule']}{needs}" + "".join(f"; {problem['path']} {problem['code']}" for problem in received.get("problems", []))


def set_clocks(hub, at):
    """To that minute: a little after its beginning, so that no rounding makes it the one before."""
    hub.shift_clocks(round((at.timestamp() - time.time()) * 1000) + 10)


class Sending:
    """Sends the rows of a sheet in the order of their times, and does in between what rows say has been done."""

    def __init__(self, hub, partner, worker, sheet):
        self.hub, self.partner, self.worker, self.sheet = hub, partner, worker, sheet
        self.referrals, self.events, self.done, self.shown = {}, {}, {}, {}

    def send_all(self):
        batch = []
        for row in sorted(self.sheet.rows, key=lambda row: row.at):
            if batch and (batch[0].at != row.at or len(batch) == BATCH or any(earlier.root == row.root for earlier in batch)):
                self.send(batch)
                batch = []
            batch.append(row)
            for earlier, state in row.earlier:
                self.bring(earlier, state)
        self.send(batch)

    def send(self, batch):
        set_clocks(self.hub, batch[0].at)
        events = [event_of(self.sheet, row, nhs_number(row.root.line * 7)) for row in batch]
        for row, event, receipt in zip(batch, events, self.partner.publish_all(events)):
            assert receipt["status"] in TAKEN, f"{row.place()}: {receipt}"
            self.referrals[row], self.events[row] = receipt["referral"], event

    def wait_lead(self, row, *states):
        def lead():
            jobs = self.worker.call("jobs", again=2.0, referral=self.referrals[row]).get("jobs")
            return jobs[0] if jobs and jobs[0]["state"] in states else None
        return wait_until(lead, 30, f"{row.place()}: {states}")

    def bring(self, row, state):
        """Does with a row's lead what has been done when the next row comes; once."""
        if row in self.done or state == "waiting":
            assert self.done.setdefault(row, state) == state, f"{row.place()}: {self.done[row]}, not {state}"
            return
        self.done[row] = state
        if state == "confirmed":
            self.wait_lead(row, "deciding")
            self.expect_ok(row, self.worker.decide(self.referrals[row], "confirm"))
        elif state == "agreed":
            self.wait_lead(row, "held")
            [receipt] = self.partner.publish_all([consent_changed(self.events[row])])
            assert receipt["status"] in TAKEN, receipt
            self.wait_lead(row, "queued")
        else:
            self.work(row, state)

    def expect_ok(self, row, reply):
        jobs = reply.get("jobs", [])
        assert reply["answer"] == "ok" and all(job.get("answer", "ok") == "ok" for job in jobs), f"{row.place()}: {reply}"

    def show(self, row):
        """Leases what waits at the lead's team until it is the lead's turn: (token, job)."""
        referral, team = self.referrals[row], self.wait_lead(row, "queued", "leased")["team"]
        while referral not in self.shown:
            taken = self.worker.take(team, max=64)
            self.shown.update((job["referral"], (taken["token"], job)) for job in taken["jobs"] if not job.get("part"))
        return self.shown[referral]

    def work(self, row, state):
        token, job = self.show(row)
        if state == "declined":
            self.expect_ok(row, self.worker.decline(token, job))
        elif state in ("accepted", "closed"):
            self.expect_ok(row, self.worker.accept(token, job))
        if state == "closed":
            self.expect_ok(row, self.worker.call("close", referral=job["referral"], by=self.worker.name, token=token, outcome="needs_met"))


class Told:
    """What the log tells of each referral."""

    def __init__(self, hub):
        self.received, self.triaged, self.jobs = {}, {}, {}
        first = {}
        with LogReader(hub) as log:
            for sequence, event in log.all():
                name, referral = name_of(event), event.get("subject")
                if name == "referral.received":
                    self.received[referral] = event["data"]
                elif name == "referral.triaged":
                    first[sequence] = self.triaged[referral] = event["data"]
                elif name in ("referral.allocated", "referral.held") and event.get("cause") in first:
                    self.jobs.setdefault(referral, []).append((name, event["data"]))


class Scenarios(unittest.TestCase):
    def check(self, sheet):
        with FaultyHub(policy=os.path.join(ROOT, "deploy", "policy", sheet.policy), start=False) as hub:
            set_clocks(hub, min(row.at for row in sheet.rows))
            hub.start()
            with Partner(hub) as partner, Worker(hub) as worker:
                sending = Sending(hub, partner, worker, sheet)
                sending.send_all()
                fold = settle(hub, sending.referrals.values())
            wrong = list(self.wrong(sheet, sending, Told(hub)))
            self.assertEqual(wrong, [], f"{len(wrong)} wrong:\n" + "\n".join(wrong))
            self.assertEqual(fold.breaches, [])
            assert_balanced(self, hub, 60)

    def wrong(self, sheet, sending, told):
        for row in sheet.rows:
            referral = sending.referrals[row]
            jobs = told.jobs[referral]
            fields = {
                "level": (row.level, level(told.triaged[referral], told.received[referral])),
                "goes to": (goes_expected(row, jobs), goes(jobs, sheet.usual.goes)),
                "due": (row.due, due(sheet.policy, jobs)),
                "family": (told.received[sending.referrals[row.root]]["family"], told.received[referral]["family"]),
                "news of": (set(), {data["news_of"] for _, data in jobs if "news_of" in data} - {sending.referrals[earlier] for earlier, _ in row.earlier}),
            }
            yield from (f"{row.place()}: {field}\n    expected {expected}\n    got      {got}" for field, (expected, got) in fields.items() if expected != got)

    def test_every_row(self):
        for sheet in read_sheets():
            with self.subTest(sheet.policy):
                self.check(sheet)


if __name__ == "__main__":
    main()
