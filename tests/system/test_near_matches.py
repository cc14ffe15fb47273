# SPDX-License-Identifier: MIT
"""Families that may be known already: found beside the work, told to a person, never merged by themselves."""
import json
import secrets

import projections
from hub import wait_until
from samples import child, for_taf, parent, referral, surname, years_ago
from system_case import HubCase, main

LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # of a postcode


def about(*members, postcode="LU4 9QT", **data):
    return referral(members=[{**member, "ref": f"m{place}"} for place, member in enumerate(members)],
                    household={"postcode": postcode, "needs": []}, **data)


class NearMatches(HubCase):
    def families(self, *events):
        tags = []
        for event in events:
            tags += self.publish(event)
        fold = self.settle(*tags)
        return [fold.family[tag] for tag in tags]

    def candidates(self, family):
        return [event["data"] for _, event in self.log().all()
                if event["type"] == "earlyhelp.family.candidate.v1" and family in (event["data"]["family"], event["data"]["other"])]

    def wait_candidates(self, family, count=1):
        return wait_until(lambda: len(self.candidates(family)) >= count and self.candidates(family), 20, f"{count} questions about {family}")

    def test_spelling_variants_are_asked_about(self):
        name, born = surname(), years_ago(9)
        first, second = self.families(about(child(given_name="Zoë", family_name=name, born=born)),
                                      about(child(given_name="Zoe", family_name=name, born=born), postcode="LU1 1AA"))
        self.assertNotEqual(first, second, "nothing is merged")
        [question] = self.wait_candidates(second)
        self.assertEqual((question["family"], question["other"], question["likeness"], question["score"], question["member"]),
                         (second, first, "name_born", 100, 1))

    def test_strangers_twins_and_siblings_are_not(self):
        name, born = surname(), years_ago(7)
        tags = self.families(about(child(given_name="Jack", family_name=name, born=born)), about(child(given_name="Emily", family_name=name, born=born)),
                             about(child(given_name="Jack", family_name=name, born=years_ago(4))),
                             about(child(given_name="Jack", family_name=surname(), born=born)))
        projections.wait_compared(self.hub)
        self.assertEqual([self.candidates(tag) for tag in tags], [[], [], [], []])

    def test_a_parent_is_compared_as_well(self):
        name = surname()
        mother = parent(given_name="Siobhan", family_name=f"{name}-Grey", born="1984-05-17")
        first, second = self.families(about(child(), mother), about(child(), {**mother, "family_name": name}))
        [question] = self.wait_candidates(second)
        self.assertEqual((question["other"], question["member"]), (first, 2))

    def test_it_outlasts_a_kill(self):
        name, born = surname(), years_ago(11)
        self.families(about(child(given_name="Omar", family_name=name, born=born)))
        self.hub.kill("registry")
        self.hub.wait_ready()
        _, second = self.families(about(child()), about(child(given_name="Omar", family_name=name + "h", born=born), postcode="LU1 1AA"))
        self.hub.kill("registry")
        self.hub.wait_ready()
        self.assertEqual(len(self.wait_candidates(second)), 1)
        projections.wait_compared(self.hub)
        self.assertEqual(len(self.candidates(second)), 1, "asked once")

    def ask(self):
        """A question: the two referrals, and their families."""
        name, born = surname(), years_ago(9)
        referrals = self.publish(about(child(given_name="Lena", family_name=name, born=born, needs=["I301", "I310"]))) + self.publish(
            about(child(given_name="Lena", family_name=name + "h", born=born, needs=["I301", "I310"])))
        fold = self.settle(*referrals)
        families = [fold.family[referral] for referral in referrals]
        self.wait_candidates(families[1])
        return name, born, referrals, families

    def tasks(self, referral):
        return [job for job in self.worker().jobs(referral).values() if job.get("reason") == "family_candidate" and job["state"] == "deciding"]

    def say(self, *arguments):
        result = self.hub.windscreen("family", "settle", *arguments, "--by", "m2")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Done: ", result.stdout)

    def shown(self, tag):
        result = self.hub.windscreen("family", tag, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_a_person_says_same_and_takes_it_back(self):
        name, born, referrals, families = self.ask()
        wait_until(lambda: self.tasks(referrals[1]), 20, "a task for a person")
        self.assertIn(f"family settle {families[1]} OTHER", self.hub.windscreen("show", referrals[1]).stdout)
        refused = self.hub.windscreen("decide", referrals[1] + "/" + str(self.tasks(referrals[1])[0]["part"]), "confirm", "--by", "m2")
        self.assertEqual(refused.returncode, 1, "the question is not answered by yes")
        self.say(families[1], families[0], "same")
        wait_until(lambda: not self.tasks(referrals[1]), 20, "the task to end by itself")
        [third] = self.families(about(child(given_name="Lena", family_name=name + "h", born=born)))
        self.assertEqual(third, families[0], "the oldest family speaks for the household")
        shown = self.shown(referrals[1])
        self.assertEqual(sorted(shown["families"]), sorted(families))
        self.assertEqual(len(shown["referrals"]), 3)
        text = self.hub.windscreen("family", referrals[1]).stdout
        self.assertIn(f"{families[1]} and {families[0]} are one family, by m2", text)
        self.assertRegex(text, r"(?m)^  referral .* (GMT|BST)  family .*, 1 member, 1 of them a child$")
        self.assertEqual([question["verdict"] for question in shown["questions"]], ["same"])
        news = about(child(given_name="Lena", family_name=name + "h", born=born, needs=["I206"]))
        [(_, lead)] = self.settled_jobs(news)
        self.assertEqual((lead.state, lead.team), ("queued", "fsw"), "news of the household's open case")
        self.say(referrals[1], families[0], "different")
        self.assertEqual(self.shown(referrals[1])["families"], [families[1]])
        [fourth] = self.families(about(child(given_name="Lena", family_name=name + "h", born=born)))
        self.assertEqual(fourth, families[1])
        self.assert_balanced()

    def test_a_note_says_why(self):
        _, _, referrals, families = self.ask()
        result = self.hub.windscreen("family", "settle", referrals[1], families[0], "different", "--by", "m2", "--note", "-", input="Cousins of one name.")
        self.assertEqual(result.returncode, 0, result.stderr)
        [said] = self.shown(families[1])["said"]
        self.assertGreater(said["note"], 0)
        text = self.hub.windscreen("family", families[1])
        self.assertIn("different", text.stdout)
        self.assertNotIn("Next:", text.stdout)

    def test_what_makes_no_sense_is_refused(self):
        _, _, referrals, families = self.ask()
        strangers = self.families(for_taf(), for_taf())
        for arguments, code in (((families[0], families[0], "same"), 1), ((strangers[0], strangers[1], "same"), 1), (("x", families[0], "same"), 64),
                                ((families[0], families[1], "maybe"), 64), ((families[0], families[1], "same", "--note", "-"), 64)):
            result = self.hub.windscreen("family", "settle", *arguments, "--by", "m2", input="why")
            self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(self.hub.windscreen("family", "F0000000000001").returncode, 66)
        self.assertEqual(self.hub.windscreen("family", "x").returncode, 64)
        self.assertEqual(self.hub.windscreen("family", referrals[0]).returncode, 0)

    def test_one_reference_links_victims_and_perpetrators(self):
        reference = f"ASB {secrets.token_hex(4)}"
        victims, others, strangers = self.families(about(child(), asb={"role": "victim", "reference": reference}),
                                                   about(child(), asb={"role": "perpetrator", "reference": reference.lower().replace(" ", "-")}),
                                                   about(child(), asb={"role": "perpetrator", "reference": reference + "1"}))
        [link] = self.shown(victims)["links"]
        self.assertEqual((link["family"], link["other"], link["because"]), (others, victims, "asb_reference"))
        self.assertEqual(self.shown(strangers)["links"], [])
        self.assertEqual(self.shown(victims)["families"], [victims], "linked families stay apart")

    def test_z_a_rebuild_ends_with_the_same_rows(self):
        projections.wait_compared(self.hub)
        projections.assert_rebuilt_the_same(self, self.hub)

    def test_a_flood_of_look_alikes_is_bounded(self):
        name, born = surname(), years_ago(5)
        self.families(*(about(child(given_name="Lea", family_name=name, born=born), postcode=f"LU{1 + n % 4} {n % 9}A{LETTERS[n]}")
                        for n in range(20)))
        projections.wait_compared(self.hub)
        questions = [event for _, event in self.log().all() if event["type"] == "earlyhelp.family.candidate.v1"]
        for subject in {event["subject"] for event in questions}:
            self.assertLessEqual(sum(event["subject"] == subject for event in questions), 3)
        self.assert_balanced()


if __name__ == "__main__":
    main()
