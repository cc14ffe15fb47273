# SPDX-License-Identifier: MIT
"""Who gets work, end to end: rosters, caseloads, times away, the choice among workers who wait; over a restart, by the command line."""
import datetime
import json

from hub import wait_until
from samples import child, for_fsw, for_specialist, parent, referral
from system_case import HubCase, main


class Fair(HubCase):
    def run_ok(self, *arguments, code=0):
        result = self.hub.windscreen(*arguments)
        self.assertEqual(result.returncode, code, f"{arguments}: {result.stdout}{result.stderr}")
        return result.stdout + result.stderr

    def refer(self, event):
        [tag] = self.publish(event)
        self.settle(tag)
        return tag

    def accept_one(self, name, team="fsw"):
        """Takes one job at the team and accepts it; gives its referral and token."""
        worker = self.worker(name)
        [(token, job)] = worker.take_jobs(team, 1)
        self.assertEqual(worker.accept(token, job)["answer"], "ok")
        return job["referral"], token

    def leased(self, tag):
        return [event["data"] for _, event in self.log().all() if event["type"] == "earlyhelp.referral.leased.v1" and
                any(job["referral"] == tag for job in event["data"]["jobs"])]

    def posts(self, *arguments):
        return {(post["worker"], post["team"]): post for post in json.loads(self.run_ok("worker", "list", *arguments, "--json"))["workers"]}

    def test_a_caseload_is_kept_and_told(self):
        self.run_ok("worker", "roster", "anna", "--team", "fsw", "--most", "8", "--by", "m2")
        for _ in range(3):
            self.refer(for_fsw())
        first, token = self.accept_one("anna")
        self.accept_one("anna")
        answer = self.worker("anna").take("fsw", max=1)
        self.assertEqual((answer["answer"], answer["queued"]), ("at_capacity", 1))
        text = self.run_ok("work", "take", "--team", "fsw", "--worker", "anna", code=1)
        self.assertIn("1 job waits at fsw", text)
        post = self.posts("anna")["anna", "fsw"]
        self.assertEqual((post["cases"], post["load"], post["most"]), (2, 8, 8))
        self.assertEqual(self.worker("anna").call("close", referral=first, by="anna", token=token, outcome="needs_met")["answer"], "ok")
        self.accept_one("anna")
        self.assertIn("monday", self.run_ok("worker", "roster", "anna", "--team", "fsw", "--day", "mondays", "--by", "m2", code=64))
        self.run_ok("worker", "roster", "anna", "--team", "nowhere", "--by", "m2", code=1)
        self.run_ok("worker", "roster", "anna", "--team", "fsw", "--most", "0", "--by", "m2")

    def test_who_is_away_gets_nothing_but_level_4(self):
        tag = self.refer(for_fsw())
        case, _ = self.accept_one("bea")
        self.assertEqual(case, tag)
        back = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.assertIn(tag, self.run_ok("worker", "away", "bea", "--until", back, "--by", "m2"))  # to be handed over, or kept
        self.refer(for_fsw())
        self.assertEqual(self.worker("bea").take("fsw", max=1)["answer"], "away")
        urgent = self.refer(for_specialist())
        self.assertEqual(self.accept_one("bea", "specialist")[0], urgent)
        self.assertTrue(self.posts()["bea", "fsw"]["away"])
        self.assertIn("away until", self.run_ok("worker", "list", "bea"))
        self.hub.halt("allocation")
        self.hub.start_daemon("allocation")
        self.hub.wait_ready()
        self.assertEqual(self.worker("bea").take("fsw", max=1)["answer"], "away")
        self.run_ok("worker", "back", "bea", "--by", "m2")
        self.accept_one("bea")
        cases = json.loads(self.run_ok("worker", "cases", "bea", "--json"))["jobs"]
        self.assertEqual(len(cases), 3)

    def test_the_one_with_least_work_comes_first_and_the_log_says_why(self):
        self.refer(for_fsw())
        self.accept_one("cem")
        workers = {name: self.worker(name) for name in ("cem", "dora")}
        refs = {name: worker.begin("take", team="fsw", worker=name, max=1, wait_ms=20000) for name, worker in workers.items()}
        self.hub.status("allocation")  # what was asked before is with allocation
        tag = self.refer(for_fsw())
        self.assertEqual(workers["dora"].reply(refs["dora"])["answer"], "ok")
        leased = wait_until(lambda: self.leased(tag), 20, "the lease in the log")[0]
        self.assertEqual(leased["worker"], "dora")
        self.assertEqual(leased["because"], "least_work")
        self.assertEqual(leased["passed_over"], [{"worker": "cem", "why": "more_work"}])
        self.assertIn("not to cem", self.run_ok("show", tag))
        self.refer(for_fsw())
        self.assertEqual(workers["cem"].reply(refs["cem"])["answer"], "ok")
        self.assert_balanced()

    def test_victims_and_perpetrators_never_have_the_same_worker(self):
        tags = [self.refer(referral(needs=["I301", "I310"], asb={"role": role, "reference": "ASB-2016-117"})) for role in ("victim", "perpetrator")]
        first, _ = self.accept_one("eve", "fsw-asb")
        self.assertIn(first, tags)
        self.assertEqual(self.worker("eve").take("fsw-asb", max=2)["answer"], "empty")
        self.assertEqual({first, self.accept_one("fay", "fsw-asb")[0]}, set(tags))
        self.assertIn("link", self.run_ok("family", first))

    def test_a_family_that_comes_again_goes_back_to_its_worker(self):
        members = [child(9, needs=["I301", "I310"], given_name="Ida", family_name="Moss"), parent(given_name="Una", family_name="Moss")]
        tag = self.refer(referral(members=members))
        token = self.take_it("gus", tag)
        self.assertEqual(self.worker("gus").call("close", referral=tag, by="gus", token=token, outcome="needs_met")["answer"], "ok")
        again = self.refer(referral(members=members))
        job = self.worker("reader").jobs(again)[0]
        self.assertEqual((job["state"], job["worker"]), ("queued", "gus"))
        self.assertNotIn(again, [job["referral"] for job in self.worker("hal").take("fsw", max=64).get("jobs", [])])
        self.assertIn("the family's last case", self.run_ok("show", again))
        self.run_ok("assign", again, "hal", "--by", "m2", "--note", "-", code=65)  # nothing was written
        self.run_ok("worker", "roster", "hal", "--team", "fsw", "--by", "m2")
        self.assertIn("not on the roster", self.run_ok("assign", again, "hall", "--by", "m2", code=1))
        self.run_ok("assign", again, "hal", "--by", "m2")
        self.assertEqual(self.worker("gus").take("fsw", max=1)["answer"], "empty")
        self.take_it("hal", again)
        self.assertEqual(wait_until(lambda: self.leased(again), 20, "the lease in the log")[-1]["because"], "named")
        self.run_ok("assign", again, "gus", "--by", "m2")  # hal has it: it is offered
        self.assertIn("handover", [job.get("reason") for job in self.worker("reader").jobs(again).values()])
        self.assert_balanced()

    def test_a_full_teams_work_goes_to_another_neighbourhood_if_the_family_agrees(self):
        def parenting(**data):
            tag = self.refer(referral(members=[child(2, needs=["I201", "I206"]), parent()], wants=["parenting"], **data))
            return [job["team"] for job in self.worker("reader").jobs(tag).values() if job["team"].startswith("flying-start")]
        [usual] = parenting()
        self.run_ok("queue", "capacity", usual, "none", "--by", "m2")
        self.run_ok("queue", "capacity", usual, "nothing", "--by", "m2", code=64)
        self.run_ok("queue", "capacity", "specialist", "none", "--by", "m2", code=1)
        self.assertEqual(parenting(), [usual])
        [other] = parenting(other_neighbourhood_agreed=True)
        self.assertNotEqual(other, usual)
        self.assertIn("none", self.run_ok("queue", usual))
        self.run_ok("queue", "capacity", usual, "has_capacity", "--by", "m2")
        self.assertEqual(parenting(other_neighbourhood_agreed=True), [usual])
        *changes, totals = [json.loads(line) for line in self.run_ok("policy", "replay", self.hub.policy, "--json").splitlines()]
        self.assertEqual((changes, totals["totals"]["changed"]), ([], 0))  # who had room is none of the policy's rows

    def take_it(self, name, tag):
        """Takes at fsw until the worker is given this referral, and accepts it; gives the token. What comes before is given back."""
        worker = self.worker(name)
        taken = worker.take("fsw", max=64, wait_ms=5000)
        others = [job for job in taken["jobs"] if job["referral"] != tag]
        if others:
            worker.release(taken["token"], *others)
        [job] = [job for job in taken["jobs"] if job["referral"] == tag]
        self.assertEqual(worker.accept(taken["token"], job)["answer"], "ok")
        return taken["token"]


if __name__ == "__main__":
    main()
