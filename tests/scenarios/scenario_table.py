# SPDX-License-Identifier: MIT
"""Reads scenarios.md, and writes of each row the event that a partner would send.

Used by test_scenarios.py. Written apart from scenario_table.c and scenario_event.c, with a calendar of its own: the two check each other.
"""
import datetime
import os
import re
import secrets
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = "scenarios.md"
CELLS = ("name", "household", "said", "received", "level", "goes", "due", "source")
USUAL = "unless a row says otherwise"
LONDON = zoneinfo.ZoneInfo("Europe/London")

KINDS = {"eha", "contact", "police-notification", "self-referral"}
CONSENTS = {"given": "given", "refused": "refused", "withdrawn": "withdrawn", "not sought": "not_sought"}
FLAGS = {"at risk": "at_risk_of_harm", "unsure": "unsure_about_safety", "alone": "solo_support_requested", "elsewhere agreed": "other_neighbourhood_agreed"}
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?( [0-9])?$")


class Row:
    def __init__(self, line, cells):
        self.line = line
        for name, cell in zip(CELLS, cells):
            setattr(self, name, cell)

    def place(self):
        return f"{FILE}:{self.line}: {self.name}"


class Sheet:
    """What stands under one heading `# policy NAME`."""

    def __init__(self, policy):
        self.policy = policy
        self.usual = None
        self.rows = []
        self.by_name = {}

    def add(self, row):
        if row.name == USUAL:
            self.usual = row
            return
        time, *earlier = row.received.split(";")
        row.at = read_time(time.strip() or self.usual.received)
        row.earlier = [(self.by_name[name.strip()], state.strip()) for name, state in (one.split(":") for one in earlier)]
        row.root = row.earlier[0][0].root if row.earlier else row
        self.rows.append(row)
        self.by_name[row.name] = row


def read_sheets():
    sheets = []
    with open(os.path.join(HERE, FILE), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("# policy "):
                sheets.append(Sheet(line.split()[2]))
            cells = [cell.strip() for cell in line.split("|")[1:-1]] if line.startswith("|") else []
            if cells and sheets and cells[0] != "scenario" and not cells[0].startswith("---"):
                sheets[-1].add(Row(number, cells))
    return sheets


# ---------------------------------------------------------------- times

def read_time(text):
    """"Fri 18 Nov 2016 15:30" in London; " GMT" says that the clocks have gone back."""
    words = text.split()
    time = datetime.datetime.strptime(" ".join(words[:5]), "%a %d %b %Y %H:%M")
    assert time.strftime("%a") == words[0], text
    return time.replace(tzinfo=LONDON, fold=words[5:] == ["GMT"]).astimezone(datetime.timezone.utc)


def print_time(time):
    local = time.astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}{f' {local.tzname()}' if twice else ''}"


def months_ago(day, months):
    month = day.year * 12 + day.month - 1 - months
    return datetime.date(month // 12, month % 12 + 1, min(day.day, 28))


def read_day(text):
    return datetime.datetime.strptime(text, "%d %b %Y").date()


# ---------------------------------------------------------------- the event

def age_of(words, day):
    """The fields that tell an age: "12" years (and three months), "7m", "born 29 Feb 2012", "due 20 Jan 2017"."""
    if words.startswith("born "):
        return {"born": read_day(words[5:]).isoformat()}
    if words.startswith("due "):
        return {"expected": read_day(words[4:]).isoformat()}
    if not words:
        return {}
    months = int(words[:-1]) if words.endswith("m") else int(words) * 12 + 3
    return {"born": months_ago(day, months).isoformat()}


def household_of(cell, day):
    """(needs of the household, members)"""
    household, members = [], []
    for word in cell.split(","):
        text, codes = re.fullmatch(r"([^(]*)(?:\((.*)\))?", word.strip()).groups()
        needs = (codes or "").split()
        role, _, age = text.strip().partition(" ")
        if role == "home":
            household = needs
            continue
        name = secrets.token_hex(8)
        member = {"ref": f"m{len(members) + 1}", "role": role, "given_name": name[:8], "family_name": name[8:], "needs": needs}
        if age.endswith("SEND"):
            member["send"] = True
        members.append({**member, **age_of(age.removesuffix("SEND").strip(), day)})
    return household, members


def say(data, word):
    """One word of the cell `said`."""
    first = data["members"][0] if data["members"] else {}
    name, _, rest = word.partition(" ")
    left_out = {"no answer": (data, "consent"), "no kind": (data, "kind"), "no postcode": (data["household"], "postcode")}
    lists = {"wants": ("wants", rest), "with": ("agencies_involved", rest), "problem": ("headline_problems", int(rest) if rest.isdigit() else rest)}
    faults = {"bad NHS number": (first, "nhs_number", "9990000019"), "bad UPN": (first, "upn", "A821200015001"), "bad birth date": (first, "born", "2016-02-30"),
              "bad postcode": (data["household"], "postcode", "nowhere"), "unknown kind": (data, "kind", "letter")}
    if word in CONSENTS:
        data.setdefault("consent", {})["service"] = CONSENTS[word]
    elif word in FLAGS:
        data[FLAGS[word]] = True
    elif word in KINDS:
        data["kind"] = word
    elif word in faults:
        holder, field, value = faults[word]
        holder[field] = value
    elif word in left_out:
        holder, field = left_out[word]
        del holder[field]
    elif word == "reason given":
        data["consent"]["reason"] = "A made-up reason."
    elif word.startswith("unknown code "):
        first["needs"].append(word.split()[2])
    elif name in lists:
        data.setdefault(lists[name][0], []).append(lists[name][1])
    elif name == "claims":
        data["level_claimed"] = int(rest)
    elif name == "asb":
        data["asb"] = {"role": rest}
    elif name == "from":
        data["referrer"]["agency"] = rest
    else:
        assert POSTCODE.fullmatch(word), word
        data["household"]["postcode"] = f"{word}QT" if " " in word else f"{word} 9QT"


def event_of(sheet, row, number):
    """The event of a row; `number` is the NHS number by which its family is known."""
    needs, members = household_of(row.household, row.at.astimezone(LONDON).date())
    data = {"reason": "A made-up referral.", "referrer": {"role": "sendco"}, "household": {"address": "1 Sample Road", "needs": needs}, "members": members}
    members[0]["nhs_number"] = number
    for word in sheet.usual.said.split(",") + row.said.split(","):
        if word.strip():
            say(data, word.strip())
    return {"specversion": "1.0", "id": f"row-{row.line}", "source": "/schools/8212999", "type": "earlyhelp.referral.submitted.v1",
            "time": row.at.strftime("%Y-%m-%dT%H:%M:%SZ"), "data": data}
