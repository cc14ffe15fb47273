# SPDX-License-Identifier: MIT
"""`windscreen policy adopt`, `list` and `show`: a policy is in force from its day on, for levels, destinations and neighbourhoods alike, and stays so."""
import datetime
import json
import os
import shutil
import tempfile
import threading

from hub import POLICY, wait_until
from samples import child, parent, referral
from system_case import HubCase, main, wait_caught_up


def one_need():
    return referral(members=[child(9, needs=["I203"]), parent()])


class PolicyAdopt(HubCase):
    def setUp(self):
        self.folder = os.path.join(tempfile.mkdtemp(dir=self.hub.base), "draft")
        shutil.copytree(POLICY, self.folder)

    def change(self, file, old, new):
        path = os.path.join(self.folder, file)
        with open(path, encoding="utf-8") as read:
            text = read.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as written:
            written.write(text.replace(old, new, 1))

    def draft(self):
        """One need is of another level, and two neighbourhoods change places."""
        self.change("indicators.yaml", "code: I203, level: 2", "code: I203, level: 3")
        self.change("neighbourhoods.yaml", "LU4, neighbourhood: west", "LU4, neighbourhood: north")
        self.change("neighbourhoods.yaml", "LU3, neighbourhood: north", "LU3, neighbourhood: west")

    def adopt(self, folder, effective, code=0):
        result = self.hub.windscreen("policy", "adopt", folder, "--effective", effective, "--by", "m2", "--json")
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return json.loads(result.stdout) if code == 0 else result.stderr

    def states(self):
        return [row["state"] for row in json.loads(self.hub.windscreen("policy", "list", "--json").stdout)]

    def judged(self):
        """Level and neighbourhood that a new referral gets, and the policy that it names."""
        [tag] = self.publish(one_need())
        self.settle(tag)
        [event] = [event for _, event in self.log().all() if event.get("subject") == tag and ".triaged." in event["type"]]
        return event["data"]["level"], event["data"]["facts"]["neighbourhood"], event["data"]["policy"].hex()

    def day(self, days):
        return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()

    def test_a_adopted_now_and_for_a_day_that_lies_ahead(self):
        level, place, first = self.judged()
        self.assertEqual((level, place), (2, "west"))
        self.draft()
        adopted = self.adopt(self.folder, "now")
        wait_caught_up(self.hub)
        level, place, second = self.judged()
        self.assertEqual((level, place, second), (3, "north", adopted["version"]))
        self.assertEqual(self.states(), ["earlier", "in force"])
        # from a day that lies ahead on: nothing changes today, and it can be taken back
        ahead = self.adopt(POLICY, self.day(30))
        self.assertEqual(ahead["version"], first)
        self.assertEqual(self.states(), ["earlier", "in force", "to come"])
        later = self.adopt(self.folder, self.day(30))
        self.assertEqual(self.states(), ["earlier", "in force", "taken back", "to come"])
        # what follows it is told of one that is adopted now
        self.assertIsNone(self.adopt(self.folder, self.day(31))["until"])
        self.assertEqual(self.adopt(self.folder, "now")["until"], later["effective"])
        result = self.hub.windscreen("policy", "adopt", self.folder, "--effective", "now", "--by", "m2")
        self.assertRegex(result.stdout, r"\nuntil .*: then luton-2017 [0-9a-f]{12} takes its place, which was adopted before")
        wait_caught_up(self.hub)
        self.assertEqual(self.judged(), (3, "north", second))

    def test_a_what_comes_while_it_is_adopted(self):
        """Each referral is judged by the version in force when it came, whatever came first into the log; the registry reads the same version."""
        feeder = threading.Thread(target=lambda: [self.publish(one_need()) for _ in range(80)])
        self.draft()
        feeder.start()
        while feeder.is_alive():
            for folder in (self.folder, POLICY):
                self.adopt(folder, "now")
        wait_caught_up(self.hub)
        events = [event for _, event in self.log().all()]
        adoptions = [event["data"] for event in events if event["type"] == "earlyhelp.policy.adopted.v1"]
        tables = {}
        for event in events:
            data = event["data"]
            if event["type"] == "earlyhelp.referral.received.v1":
                tables[event["subject"]] = data["neighbourhoods"]
            if event["type"] == "earlyhelp.referral.triaged.v1":
                then = [adopted for adopted in adoptions if adopted["effective"] <= data["received"]]
                self.assertEqual(data["policy"], max(then, key=lambda adopted: adopted["effective"])["policy"], event["subject"])
                self.assertEqual(data["facts"]["neighbourhood"], "west" if data["level"] == 2 else "north", event["subject"])
        self.assertEqual(len(set(tables.values())), 2)
        [tag] = self.publish(one_need())
        self.settle(tag)
        self.assertRegex(" ".join(self.hub.windscreen("explain", tag).stdout.split()), r"In force for what came from [A-Z][a-z]+day \d+ [A-Z][a-z]+ \d+, \d\d:\d\d on")

    def test_b_a_restart_and_a_rebuild_change_nothing(self):
        """The folder that the hub is started with only seeds."""
        before = self.judged()
        adoptions = self.states()
        for name in ("triage", "registry", "allocation"):
            self.hub.halt(name)
            shutil.rmtree(os.path.join(self.hub.state, name))
            self.hub.start_daemon(name)
        self.hub.wait_ready()
        wait_caught_up(self.hub)
        self.assertEqual(self.judged(), before)
        self.assertEqual(self.states(), adoptions)

    def test_b_what_the_folder_holds_later_is_nobodys_word(self):
        """Another sample, or a draft with faults, neither replaces what was adopted nor keeps a daemon from starting."""
        before, adoptions = self.judged(), self.states()
        self.change("levels.yaml", "Any specialist need makes level 4.", "Any specialist need is level 4.")
        for faulty in (False, True):
            if faulty:
                self.change("teams.yaml", "agency: social-care", "agency: wizards")
            for name in ("triage", "registry"):
                self.hub.policy = self.folder
                self.hub.halt(name)
                self.hub.start_daemon(name)
            self.hub.wait_ready()
            wait_caught_up(self.hub)
            self.assertEqual(self.judged(), before)
            self.assertEqual(self.states(), adoptions)
        logs = self.hub.daemon_logs()
        self.assertIn(b"triage policy-folder-not-adopted", logs)
        self.assertIn(b"triage policy-folder-faulty", logs)
        self.assertIn(b"registry policy-folder-faulty", logs)
        self.hub.policy = POLICY

    def test_c_an_earlier_version_may_be_adopted_again(self):
        version = json.loads(self.hub.windscreen("policy", "list", "--json").stdout)[0]["version"]
        self.adopt(POLICY, "now")
        wait_caught_up(self.hub)
        self.assertEqual(self.judged(), (2, "west", version))

    def test_what_is_refused_changes_nothing(self):
        before = self.states()
        self.assertIn("past", self.adopt(POLICY, self.day(-2), code=1))
        self.change("destinations.yaml", "team: fsw\n", "team: fsww\n")
        self.assertIn("`fsww` is not a team", self.adopt(self.folder, "now", code=65))
        self.adopt("/nowhere", "now", code=66)
        for wrong in ("soon", "2027-13-01", ""):
            self.adopt(POLICY, wrong, code=64)
        self.assertEqual(self.hub.windscreen("policy", "adopt", POLICY, "--effective", "now").returncode, 64)
        self.assertEqual(self.states(), before)

    def test_the_text_is_shown_as_it_was_adopted(self):
        shown = json.loads(self.hub.windscreen("policy", "show", "--json").stdout)
        version = shown["adoption"]["version"]
        self.assertEqual(shown["adoption"]["state"], "in force")
        self.assertIn("levels.yaml", shown["files"])
        result = self.hub.windscreen("policy", "show", version[:10], "levels.yaml")
        self.assertEqual(result.stdout, shown["files"]["levels.yaml"])
        for name in os.listdir(POLICY):
            first = json.loads(self.hub.windscreen("policy", "list", "--json").stdout)[0]["version"]
            with open(os.path.join(POLICY, name), encoding="utf-8") as file:
                self.assertEqual(self.hub.windscreen("policy", "show", first, name).stdout, file.read(), name)
        self.assertEqual(self.hub.windscreen("policy", "show", "0000").returncode, 66)
        self.assertEqual(self.hub.windscreen("policy", "show", version, "nothing.yaml").returncode, 66)
        self.assertEqual(self.hub.windscreen("policy", "show", "xyz").returncode, 64)

    def postcodes(self, rows):
        """The draft names this many postcodes of LU4 beside the sample's rows; LU4 9QT is a place of its own."""
        letters = "ABDEFGHJLNPQRSTUWXYZ"
        words = (f"LU4 {sector}{first}{second}" for sector in range(10) for first in letters for second in letters)
        with open(os.path.join(self.folder, "neighbourhoods.yaml"), encoding="utf-8") as read:
            head, tail = read.read().split("neighbourhoods:\n", 1)
        with open(os.path.join(self.folder, "neighbourhoods.yaml"), "w", encoding="utf-8") as written:
            written.write(head + "neighbourhoods:\n")
            for word, _ in zip(words, range(rows)):
                written.write(f'  - {{postcode: "{word}", neighbourhood: {"north" if word == "LU4 9QT" else "west"}, source: "Wards of the council, 2017"}}\n')
            written.write(tail)

    def test_d_thousands_of_postcodes(self):
        first = json.loads(self.hub.windscreen("policy", "list", "--json").stdout)[0]["version"]
        self.postcodes(4000)
        self.assertGreater(os.path.getsize(os.path.join(self.folder, "neighbourhoods.yaml")), 256 << 10)
        adopted = self.adopt(self.folder, "now")
        wait_caught_up(self.hub)
        self.assertEqual(self.judged(), (2, "north", adopted["version"]))
        with open(os.path.join(self.folder, "neighbourhoods.yaml"), encoding="utf-8") as file:
            self.assertEqual(self.hub.windscreen("policy", "show", adopted["version"], "neighbourhoods.yaml").stdout, file.read())
        for name in ("triage", "registry", "allocation"):
            self.hub.halt(name)
            shutil.rmtree(os.path.join(self.hub.state, name))
            self.hub.start_daemon(name)
        self.hub.wait_ready()
        wait_caught_up(self.hub)
        self.assertEqual(self.judged(), (2, "north", adopted["version"]))
        self.adopt(POLICY, "now")
        wait_caught_up(self.hub)
        self.assertEqual(self.judged(), (2, "west", first))

    def test_what_is_larger_than_a_policy_may_be(self):
        before = self.states()
        with open(os.path.join(self.folder, "neighbourhoods.yaml"), "a", encoding="utf-8") as file:
            file.write("# no more\n" * 60000)
        self.assertIn("larger than 524288 bytes", self.adopt(self.folder, "now", code=65))
        self.assertEqual(self.hub.windscreen("policy", "check", self.folder).returncode, 65)
        self.assertEqual(self.states(), before)

    def test_triage_away_is_told(self):
        self.hub.halt("triage")
        result = self.hub.windscreen("policy", "adopt", POLICY, "--effective", "now", "--by", "m2")
        self.assertEqual(result.returncode, 75, result.stderr)
        self.hub.start_daemon("triage")
        wait_until(lambda: self.hub.is_ready("triage"), 30, "triage ready")


if __name__ == "__main__":
    main()
