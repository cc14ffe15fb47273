# SPDX-License-Identifier: MIT
"""Whose family a referral is: NHS number, then UPN, then name, birth date and postcode; what disagrees makes a task for a person."""
import itertools
import secrets

from samples import child, for_taf, nhs_number, parent, referral, upn, years_ago
from system_case import HubCase, main

_stems = itertools.count(secrets.randbelow(900000), 5)  # stems without a check digit are skipped: keep apart


def new_nhs():
    return nhs_number(next(_stems))


def about(*members, postcode="LU4 9QT"):
    """A referral that ends at level 4, so that an open case changes nothing about where it goes."""
    return referral(members=[{**member, "ref": f"m{place}"} for place, member in enumerate(members)], at_risk_of_harm=True,
                    household={"postcode": postcode, "needs": []})


class Families(HubCase):
    def family(self, event):
        return self.families(event)[0]

    def families(self, *events):
        tags = []
        for event in events:
            tags += self.publish(event)
        fold = self.settle(*tags)
        return [fold.family[tag] for tag in tags]

    def conflicts(self, family):
        return [event["data"]["other"] for _, event in self.log().all()
                if event["type"] == "earlyhelp.family.conflict.v1" and event["data"]["family"] == family]

    def test_strangers_are_different_families(self):
        first, second = self.families(for_taf(), for_taf())
        self.assertNotEqual(first, second)

    def test_the_same_nhs_number_whatever_the_spelling(self):
        number, born = new_nhs(), years_ago(9)
        spaced = f"{number[:3]} {number[3:6]}-{number[6:]}"
        first, second = self.families(about(child(nhs_number=number, born=born)), about(child(nhs_number=spaced, born=born), postcode="LU1 1AA"))
        self.assertEqual(first, second)

    def test_the_same_upn(self):
        number, born = upn(), years_ago(9)
        first, second = self.families(about(child(upn=number, born=born)), about(child(upn=number.lower(), born=born), postcode="LU2 7BJ"))
        self.assertEqual(first, second)

    def test_the_same_name_birth_date_and_postcode(self):
        who = {"given_name": "Zoë Ann", "family_name": f"O'Test-{secrets.token_hex(4)}", "born": years_ago(9)}
        spelt = {"given_name": "ZOË  ann ", "family_name": who["family_name"].upper(), "born": who["born"]}
        first, second, third, fourth = self.families(about(child(**who)), about(child(**spelt), postcode="lu49qt"),
                                                     about(child(**who), postcode="LU1 1AA"), about(child(**{**who, "born": years_ago(8)})))
        self.assertEqual(first, second)
        self.assertNotIn(first, (third, fourth))

    def test_a_sibling_or_parent_brings_the_family(self):
        number, grown = new_nhs(), parent()
        known = child(nhs_number=number, born=years_ago(9))
        first, sibling, by_parent = self.families(about(known, grown), about(child(3), known), about(child(1), grown))
        self.assertEqual((first, first), (sibling, by_parent))

    def test_a_number_outweighs_a_name(self):
        number, born = new_nhs(), years_ago(9)
        named = {"given_name": "Sam", "family_name": f"Test{secrets.token_hex(4)}", "born": born}
        by_number, by_name = self.families(about(child(nhs_number=number, born=born)), about(child(**named)))
        both = self.family(about(child(**named, nhs_number=number)))
        self.assertEqual(both, by_number)
        self.assertEqual(self.conflicts(both), [by_name])

    def test_the_first_child_that_matches_decides_and_the_other_is_a_task(self):
        one, two = child(nhs_number=new_nhs()), child(nhs_number=new_nhs())
        first, second = self.families(about(one), about(two))
        self.assertEqual(self.family(about(child(), two, one)), second)
        self.assertEqual(self.conflicts(second), [first])

    def test_a_number_with_another_birth_date_is_a_new_family_and_a_task(self):
        number = new_nhs()
        first, second = self.families(about(child(nhs_number=number, born="2017-02-03")), about(child(nhs_number=number, born="2016-02-03")))
        self.assertNotEqual(first, second)
        self.assertEqual(self.conflicts(second), [first])

    def test_it_outlasts_a_kill(self):
        number, born = new_nhs(), years_ago(9)
        first = self.family(about(child(nhs_number=number, born=born)))
        self.hub.kill("registry")
        self.hub.wait_ready()
        self.assertEqual(self.family(about(child(nhs_number=number, born=born))), first)


if __name__ == "__main__":
    main()
