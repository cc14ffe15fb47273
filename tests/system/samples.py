# SPDX-License-Identifier: MIT
"""Referrals for tests: the samples of deploy/samples, and ones built on the spot. Nobody in them exists.

Used by the system tests. Dates count from today, so that ages stay what the test means.
"""
import datetime
import itertools
import json
import os
import secrets

from hub import ROOT

SAMPLES = os.path.join(ROOT, "deploy", "samples")
TYPE = "earlyhelp.referral.submitted.v1"
CONSONANTS = "bdfgklmnprst"
_numbers = itertools.count(1)
_run = secrets.token_hex(4)


def load(name):
    """Events of deploy/samples/NAME.ndjson."""
    with open(os.path.join(SAMPLES, f"{name}.ndjson"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def years_ago(years, days=40):
    """A birth date of somebody who has completed `years` years."""
    day = datetime.date.today() - datetime.timedelta(days=days)
    return day.replace(year=day.year - years, day=min(day.day, 28)).isoformat()


def nhs_number(stem):
    """The test number 999 + six digits, or the next that has a check digit."""
    while True:
        digits = f"999{stem % 1000000:06d}"
        check = (11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11) % 11
        if check != 10 and stem % 1000000 != 999999:  # ten nines are no number
            return digits + str(check)
        stem += 1


def upn():
    """A unique pupil number of Luton's that no other child of this run has."""
    digits = f"821{secrets.randbelow(10**9):09d}"
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[sum(int(digit) * (place + 2) for place, digit in enumerate(digits)) % 23] + digits


def surname():
    """A name of its own, without digits: those tell names apart."""
    return "".join(secrets.choice(CONSONANTS) + secrets.choice("aeiou") for _ in range(5)).capitalize()


def child(years=9, ref="m1", needs=(), **fields):
    return {"ref": ref, "role": "child", "given_name": "Sam", "family_name": f"Test{secrets.token_hex(6)}", "born": years_ago(years),
            "needs": list(needs), **fields}


def parent(ref="m2", needs=(), **fields):
    return {"ref": ref, "role": "parent", "given_name": "Alex", "family_name": f"Test{secrets.token_hex(6)}", "born": years_ago(38),
            "needs": list(needs), **fields}


def referral(needs=(), members=None, envelope=None, **data):
    """A referral of a family of its own: by default a child of nine and a parent, an EHA with consent. `needs` are the child's."""
    number = next(_numbers)
    event = {
        "specversion": "1.0", "id": f"t-{_run}-{number}", "source": "/schools/8212999", "type": TYPE, "time": now(),
        "data": {
            "kind": "eha", "reason": "A made-up referral.",
            "referrer": {"agency": "school", "role": "sendco", "name": "Sample Referrer"},
            "consent": {"service": "given", "given_by": "parent", "at": datetime.date.today().isoformat()},
            "household": {"address": "1 Sample Road", "postcode": "LU4 9QT", "needs": []},
            "members": members if members is not None else [child(needs=needs), parent()],
        },
    }
    for name, value in data.items():
        if value is None:
            event["data"].pop(name, None)
        else:
            event["data"][name] = value
    event.update(envelope or {})
    return event


def later(kind, about, envelope=None, tag=None, **data):
    """An event about a referral: of the event that sent it, or, with `tag`, of the referral itself. kind: referral.withdrawn and so on."""
    named = {"about": about["id"]} if tag is None else {"referral": tag}
    event = {"specversion": "1.0", "id": f"t-{_run}-{next(_numbers)}", "source": about["source"], "type": f"earlyhelp.{kind}.v1", "time": now(),
             "data": {**named, **data}}
    event.update(envelope or {})
    return event


def withdrawn(about, why="family_asked", **data):
    return later("referral.withdrawn", about, why=why, **data)


def consent_changed(about, service="given", consent=None, **data):
    return later("consent.changed", about, consent={"service": service, **(consent or {})}, **data)


def assessment_completed(about, needs=(), assessment=None, **data):
    """The assessment of the same household, with other needs of the child."""
    household = {**about["data"], **(assessment or {})}
    first, *others = household["members"]
    household["members"] = [{**first, "needs": list(needs)}, *others]
    return later("assessment.completed", about, assessment=household, **data)


def challenged(about, why="level_too_low", **data):
    return later("decision.challenged", about, why=why, **{"reason": "A made-up reason.", **data})


# Referrals that end in a known place; each call makes new families.
def for_taf():
    return referral(needs=["I201", "I206"])


def for_fsw():
    return referral(needs=["I301", "I310"])


def for_single_agency():
    return referral(needs=["I206"])


def for_specialist():
    return referral(needs=["I402"])


def for_hub_decision():
    return referral()


def for_hold():
    return referral(needs=["I201", "I206"], consent=None)


def mix(count):
    """`count` referrals for all kinds of places."""
    makers = (for_taf, for_fsw, for_single_agency, for_specialist, for_hub_decision, for_hold)
    return [makers[place % len(makers)]() for place in range(count)]
