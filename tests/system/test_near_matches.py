# SPDX-License-Identifier: MIT
"""Families that may be known already: found beside the work, told to a person, never merged by themselves."""
import secrets

from hub import wait_until
from samples import child, parent, referral, years_ago
from system_case import HubCase, main

CONSONANTS = "bdfgklmnprst"
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # of a postcode


def surname():
    """A name of its own, without digits: those tell names apart."""
    return "".join(secrets.choice(CONSONANTS) + secrets.choice("aeiou") for _ in range(5)).capitalize()


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

    def wait_compared(self):
        """Until a pair of look-alikes that came after everything else has been found."""
        name = surname()
        _, last = self.families(about(child(given_name="Nora", family_name=name)), about(child(given_name="Nora", family_name=name + "h")))
        self.wait_candidates(last)

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
        self.wait_compared()
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
        self.wait_compared()
        self.assertEqual(len(self.candidates(second)), 1, "asked once")

    def test_a_flood_of_look_alikes_is_bounded(self):
        name, born = surname(), years_ago(5)
        self.families(*(about(child(given_name="Lea", family_name=name, born=born), postcode=f"LU{1 + n % 4} {n % 9}A{LETTERS[n]}")
                        for n in range(20)))
        self.wait_compared()
        questions = [event for _, event in self.log().all() if event["type"] == "earlyhelp.family.candidate.v1"]
        for subject in {event["subject"] for event in questions}:
            self.assertLessEqual(sum(event["subject"] == subject for event in questions), 3)
        self.assert_balanced()


if __name__ == "__main__":
    main()
