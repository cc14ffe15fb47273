# SPDX-License-Identifier: MIT
"""The three families of the Harrow case studies: where each must go, and why. deploy/samples/README.md says what was inferred."""
from system_case import main
from test_routing import RoutingCase, table


class CaseStudies(RoutingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routed = None

    def setUp(self):
        if type(self).routed is None:
            type(self).routed = self.route("harrow-case-studies")
        self.tags, self.fold = self.routed

    def triaged(self, name):
        return self.fold.triaged[self.tags[name]]

    def used(self, name):
        return dict(self.triaged(name).get("used", []))

    def test_beatrice_and_lorraine(self):
        """Out of school for two years and home-educated with concern: two indicators of level 3, so a family support worker.

        Not level 4: nothing says that Lorraine has been harmed. Not a team around the family: that is for level 2.
        """
        name = "harrow-1-beatrice-and-lorraine"
        self.check(self.tags, self.fold, name, table()[name])
        self.assertEqual((self.triaged(name)["level"], self.triaged(name)["computed"]), (3, 3))
        self.assertEqual(self.triaged(name).get("marks", []), [])

    def test_alton(self):
        """One indicator of level 3 (offending) and two of level 2 in different domains: level 3, a family support worker.

        Not Targeted Youth Support: support is for the household, as the study itself insists. Not the ASB worker: nobody reported
        anti-social behaviour.
        """
        name = "harrow-2-alton"
        self.check(self.tags, self.fold, name, table()[name])
        self.assertEqual((self.triaged(name)["level"], self.triaged(name)["computed"]), (3, 3))
        self.assertEqual(self.triaged(name).get("marks", []), [], "three indicators carry the level: there is nothing to confirm")

    def test_sinder_and_alistair(self):
        """Help at level 2 was tried and did not work, and other indicators hold: level 3, a family support worker.

        Without I319 the same facts are level 2. No assessment exists yet, which makes a task and does not hold the family up.
        """
        name = "harrow-3-sinder-and-alistair"
        self.check(self.tags, self.fold, name, table()[name])
        self.assertEqual((self.triaged(name)["level"], self.triaged(name)["computed"]), (3, 3))

    def test_nobody_waits_and_nobody_is_in_two_places(self):
        self.assert_sound(self.fold)
        self.assertEqual({self.fold.jobs[tag, 0].state for tag in self.tags.values()}, {"queued"})
        self.assert_balanced()


if __name__ == "__main__":
    main()
