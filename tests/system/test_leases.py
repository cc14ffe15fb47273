# SPDX-License-Identifier: MIT
"""Leases: take waits for work, what lapses is shown again under a new token, old tokens are stale, accept happens once."""
import os
import signal
import subprocess
import sys
import time

from hub import SLOW
from samples import for_fsw, for_single_agency, for_specialist, for_taf, referral
from system_case import HubCase, main

SHORT_MS = 1000  # waited out
EXTENDED_MS = 4000  # to be extended before it is over
FAR_MS = 60000  # the longest wait there is


class Leases(HubCase):
    """Each test uses a queue of its own, or leaves the queue empty behind it."""

    def one(self, event, team, **take):
        """Publishes; takes the job; (tag, worker, token, job)."""
        [tag] = self.publish(event)
        worker = self.worker()
        [(token, job)] = worker.take_jobs(team, 1, **take)
        self.assertEqual(job["referral"], tag)
        return tag, worker, token, job

    def answers(self, reply):
        return [job["answer"] for job in reply["jobs"]]

    def test_take_waits_until_there_is_work(self):
        worker = self.worker()
        ref = worker.begin("take", team="tys", worker="W1", wait_ms=FAR_MS)
        self.assertIsNone(worker.reply(ref, 0.5 / SLOW), "it must not answer before there is work")
        [tag] = self.publish(referral(needs=["I206"], solo_support_requested=True, members=[
            {"ref": "m1", "role": "child", "given_name": "Sam", "family_name": "Testsolo", "born": "2011-05-17", "needs": ["I206"]}]))
        taken = worker.reply(ref, FAR_MS / 2000 / SLOW)  # long before it would be told that there is none
        self.assertEqual([job["referral"] for job in taken["jobs"]], [tag])
        self.assertEqual(self.answers(worker.accept(taken["token"], *taken["jobs"])), ["ok"])

    def test_take_without_work_is_empty(self):
        self.assertEqual(self.worker().take("take3")["answer"], "empty")
        started = time.monotonic()
        self.assertEqual(self.worker().take("take3", wait_ms=700)["answer"], "empty")
        self.assertGreaterEqual(time.monotonic() - started, 0.6)

    def test_an_unknown_team_is_not_found(self):
        self.assertEqual(self.worker().take("plumbers")["answer"], "not_found")

    def test_two_waiting_workers_get_different_jobs(self):
        first, second = self.worker("W1"), self.worker("W2")
        refs = [worker.begin("take", team="fsw-asb", worker=worker.name, wait_ms=FAR_MS) for worker in (first, second)]
        tags = self.publish(*(referral(needs=["I207"], asb={"role": "victim"}) for _ in range(2)))
        taken = [worker.reply(ref, 30) for worker, ref in zip((first, second), refs)]
        self.assertEqual(sorted(job["referral"] for reply in taken for job in reply["jobs"]), sorted(tags))
        for worker, reply in zip((first, second), taken):
            self.assertEqual(self.answers(worker.accept(reply["token"], *reply["jobs"])), ["ok"])

    def test_one_message_may_take_and_accept_many(self):
        tags = self.publish(*(for_single_agency() for _ in range(10)))
        self.settle(*tags)
        worker = self.worker()
        taken = worker.take("single-agency", max=64, wait_ms=2000)
        self.assertEqual(sorted(job["referral"] for job in taken["jobs"]), sorted(tags))
        self.assertEqual(self.answers(worker.accept(taken["token"], *taken["jobs"])), ["ok"] * 10)

    def test_a_lapsed_lease_is_shown_again_and_the_old_token_is_stale(self):
        tag, late, token, job = self.one(for_taf(), "taf", lease_ms=SHORT_MS)
        self.assertEqual(job.get("attempt", 1), 1)
        other = self.worker("W2")
        [(newer, again)] = other.take_jobs("taf", 1)
        self.assertEqual((again["referral"], again["attempt"]), (tag, 2))
        self.assertGreater(newer, token)
        self.assertEqual(self.answers(late.accept(token, job)), ["stale"])
        self.assertEqual(self.answers(late.extend(token, job)), ["stale"])
        self.assertEqual(self.answers(late.release(token, job)), ["stale"])
        self.assertEqual(self.answers(other.accept(newer, again)), ["ok"])
        self.assertEqual(self.worker().jobs(tag)[0]["worker"], "W2")

    def test_a_stopped_worker_that_wakes_late_is_stale(self):
        [tag] = self.publish(for_taf())
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stopped_worker.py")
        process = subprocess.Popen([sys.executable, script, self.hub.endpoint("allocation", "work"), "taf", str(SHORT_MS)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(process.stdout.readline().split(), ["taken", tag])
            process.send_signal(signal.SIGSTOP)
            process.stdin.write("go\n")
            process.stdin.flush()
            other = self.worker("W2")
            [(token, job)] = other.take_jobs("taf", 1)
            self.assertEqual(self.answers(other.accept(token, job)), ["ok"])
            process.send_signal(signal.SIGCONT)
            self.assertEqual(process.stdout.readline().strip(), "stale")
        finally:
            process.kill()
            process.communicate()
        self.assertEqual(self.worker().jobs(tag)[0]["worker"], "W2")

    def test_extend_keeps_it(self):
        tag, worker, token, job = self.one(for_taf(), "taf", lease_ms=EXTENDED_MS)
        self.assertEqual(self.answers(worker.extend(token, job, lease_ms=FAR_MS)), ["ok"])
        self.assertEqual(self.worker("W2").take("taf", wait_ms=EXTENDED_MS + 500)["answer"], "empty")
        self.assertEqual(self.answers(worker.accept(token, job)), ["ok"])

    def test_release_gives_it_back_at_once(self):
        tag, worker, token, job = self.one(for_taf(), "taf")
        self.assertEqual(self.answers(worker.release(token, job)), ["ok"])
        other = self.worker("W2")
        [(newer, again)] = other.take_jobs("taf", 1)
        self.assertEqual(again["referral"], tag)
        self.assertEqual(self.answers(worker.accept(token, job)), ["stale"])
        self.assertEqual(self.answers(other.accept(newer, again)), ["ok"])

    def test_accept_happens_once(self):
        tag, worker, token, job = self.one(for_taf(), "taf")
        self.assertEqual(self.answers(worker.accept(token, job)), ["ok"])
        self.assertEqual(self.answers(worker.accept(token, job)), ["ok"], "the same worker with the same token hears the first answer")
        self.assertNotEqual(self.answers(self.worker("W2").accept(token, job)), ["ok"])
        self.assertNotEqual(self.answers(worker.accept(token + 1, job)), ["ok"])
        accepted = [event for _, event in self.log().all() if event["type"] == "earlyhelp.referral.accepted.v1" and
                    tag in [named["referral"] for named in event["data"]["jobs"]]]
        self.assertEqual(len(accepted), 1)

    def test_decline_goes_to_a_person(self):
        tag, worker, token, job = self.one(for_taf(), "taf")
        self.assertEqual(self.answers(worker.decline(token, job, "conflict_of_interest")), ["ok"])
        job = self.worker().jobs(tag)[0]
        self.assertEqual((job["state"], job["team"], job["proposal"]), ("deciding", "hub-decision", "taf"))
        self.assertEqual(self.worker("W9").decide(tag, "confirm")["answer"], "ok")
        [(token, again)] = worker.take_jobs("taf", 1)
        self.assertEqual(again["referral"], tag)
        self.assertEqual(self.answers(worker.accept(token, again)), ["ok"])

    def test_a_mark_must_be_answered(self):
        tag, worker, token, job = self.one(referral(needs=["I301"]), "fsw")
        self.assertEqual(job["marks"], ["single_indicator"])
        bare = {"referral": job["referral"]}
        reply = worker.accept(token, bare)
        self.assertEqual((reply["answer"], reply["jobs"][0]["marks"]), ("marks_unanswered", ["single_indicator"]))
        self.assertEqual(self.answers(worker.accept(token, job)), ["ok"])
        self.assertEqual(self.worker().jobs(tag)[0]["state"], "accepted")

    def test_queues_give_the_most_pressing_first(self):
        low, high = self.publish(referral(needs=["I206", "I201"], asb={"role": "victim"}), referral(needs=["I301", "I310"], asb={"role": "victim"}))
        self.settle(low, high)
        worker = self.worker()
        jobs = worker.take_jobs("fsw-asb", 2)
        self.assertEqual([job["referral"] for _, job in jobs], [high, low])
        for token, job in jobs:
            self.assertEqual(self.answers(worker.accept(token, job)), ["ok"])

    def lapse_five_times(self, event, team):
        tag, worker, _, job = self.one(event, team, lease_ms=SHORT_MS)
        for attempt in range(2, 6):
            [(_, job)] = worker.take_jobs(team, 1, lease_ms=SHORT_MS)
            self.assertEqual((job["referral"], job["attempt"]), (tag, attempt))
        self.log().follow(lambda _, event: event["type"] in ("earlyhelp.referral.dead.v1", "earlyhelp.referral.allocated.v1") and
                          event["subject"] == tag and (event["data"].get("reason") == "five_attempts"), 20, "the end of five attempts")
        self.assertEqual(worker.take(team, wait_ms=300)["answer"], "empty")
        return tag, worker.jobs(tag)[0]

    def test_after_five_attempts_it_is_dead(self):
        tag, job = self.lapse_five_times(for_fsw(), "fsw")
        self.assertEqual((job["state"], job["reason"]), ("dead", "five_attempts"))
        self.assertEqual(self.worker("W9").decide(tag, "override", team="taf", level=3, why="other")["answer"], "ok", "the manager's")
        worker = self.worker()
        [(token, again)] = worker.take_jobs("taf", 1)
        self.assertEqual(self.answers(worker.accept(token, again)), ["ok"])

    def test_a_specialist_job_is_never_dead(self):
        tag, job = self.lapse_five_times(for_specialist(), "specialist")
        self.assertEqual((job["state"], job["team"], job["reason"]), ("deciding", "hub-decision", "five_attempts"))
        self.assertEqual(self.worker("W9").decide(tag, "confirm")["answer"], "ok")
        worker = self.worker()
        [(token, again)] = worker.take_jobs("specialist", 1)
        self.assertEqual(self.answers(worker.accept(token, again)), ["ok"])

    def test_leases_survive_a_kill_of_allocation(self):
        tag, worker, token, job = self.one(for_taf(), "taf", lease_ms=120000)
        self.hub.kill("allocation")
        self.hub.wait_ready()
        self.assertEqual(self.worker().jobs(tag)[0]["state"], "leased")
        self.assertEqual(self.worker("W2").take("taf", wait_ms=300)["answer"], "empty")
        self.assertEqual(self.answers(worker.call("accept", again=2.0, worker="W1", token=token, jobs=[{"referral": tag}])), ["ok"])

    def test_z_the_whole_run_is_sound(self):
        fold = self.settle()
        self.assert_sound(fold)
        self.assert_balanced()


if __name__ == "__main__":
    main()
