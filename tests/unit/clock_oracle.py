#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Working time a second time, by other means: days as dates, London's clock from the system's time zone file, hours as intervals of it.
Compares thousands of random and of chosen moments with the hub's own arithmetic; a seed that fails is printed.

usage: clock_oracle.py ANSWERS [SEED]     ANSWERS is the program clock_answers
"""
import bisect
import datetime
import os
import random
import re
import subprocess
import sys
import zoneinfo

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LONDON = zoneinfo.ZoneInfo("Europe/London")
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
MS = datetime.timedelta(milliseconds=1)
DAY = datetime.timedelta(days=1)
FIRST, LAST = datetime.date(2015, 1, 1), datetime.date(2028, 12, 31)  # of the calendar's holidays
CASES = 20000


def read_holidays():
    with open(os.path.join(ROOT, "deploy", "policy", "luton-2017", "calendar.yaml"), encoding="utf-8") as file:
        return {datetime.date.fromisoformat(day) for day in re.findall(r"\{day: (\d{4}-\d\d-\d\d)", file.read())}


def utc_ms(moment):
    return (moment - EPOCH) // MS


def moment_of(ms):
    return EPOCH + ms * MS


class Office:
    """Opens at nine and closes at five in London, Monday to Friday, but for holidays."""

    def __init__(self, holidays):
        first, last = FIRST - 400 * DAY, LAST + 400 * DAY
        days = [first + n * DAY for n in range((last - first).days)]
        self.days = [day for day in days if day.weekday() < 5 and day not in holidays]
        self.opens = [utc_ms(self.local(day, 9)) for day in self.days]
        self.closes = [utc_ms(self.local(day, 17)) for day in self.days]
        self.worked = [0]  # ms that the office has been open before each day
        for opens, closes in zip(self.opens, self.closes):
            self.worked.append(self.worked[-1] + closes - opens)

    @staticmethod
    def local(day, hour):
        return datetime.datetime(day.year, day.month, day.day, hour, tzinfo=LONDON).astimezone(UTC)

    def close_of(self, day):
        return utc_ms(self.local(day, 17))

    def worked_until(self, ms):
        """Ms of office hours before a moment, since the first day."""
        place = bisect.bisect_right(self.opens, ms) - 1
        return self.worked[place] + min(ms, self.closes[place]) - self.opens[place]

    def first_with(self, worked):
        """The first moment by which so much has been worked; the last before which it has not been more."""
        place = bisect.bisect_left(self.worked, worked) - 1
        return self.opens[place] + worked - self.worked[place]

    def last_with(self, worked):
        place = bisect.bisect_right(self.worked, worked) - 1
        return self.opens[place] + worked - self.worked[place]

    # ------------------------------------------------------------ times

    def shifted(self, unit, amount, ms, sign):
        day = moment_of(ms).astimezone(LONDON).date()
        if unit in ("minutes", "hours"):
            return ms + sign * amount * (60000 if unit == "minutes" else 3600000)
        if unit == "working_hours":
            worked = self.worked_until(ms) + sign * amount * 3600000
            return self.first_with(worked) if sign > 0 else self.last_with(worked)
        if unit == "working_days":
            place = bisect.bisect_right(self.days, day) + amount - 1 if sign > 0 else bisect.bisect_left(self.days, day) - amount
            return self.closes[place]
        if unit == "weeks":
            return self.close_of(day + sign * amount * 7 * DAY)
        months = day.year * 12 + day.month - 1 + sign * amount
        begin = datetime.date(months // 12, months % 12 + 1, 1)
        last = (begin + 31 * DAY).replace(day=1) - DAY
        return self.close_of(begin.replace(day=min(day.day, last.day)))


AMOUNTS = {"minutes": 600, "hours": 100, "working_hours": 200, "working_days": 60, "weeks": 30, "months": 24}
EDGES = ((0, 0), (23, 59), (9, 0), (17, 0), (1, 0), (2, 0), (8, 59), (16, 59), (12, 0))


def random_moment(chance):
    day = FIRST + 60 * DAY + chance.randrange((LAST - FIRST).days + 100) * DAY  # and beyond the holidays that are known
    if chance.random() < 0.2:  # around the clock's changes, year ends and leap days
        year = chance.randrange(2016, 2026)
        day = chance.choice((datetime.date(year, 3, 31), datetime.date(year, 10, 31), datetime.date(year, 12, 31), datetime.date(year, 3, 1)))
        day -= chance.randrange(9) * DAY
    if chance.random() < 0.5:
        hour, minute = chance.choice(EDGES)
        moment = datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)
        return utc_ms(moment) + chance.choice((-1, 0, 0, 1, 59999))
    return utc_ms(datetime.datetime(day.year, day.month, day.day, tzinfo=UTC)) + chance.randrange(86400000)


def main(answers, seed):
    chance, office = random.Random(seed), Office(read_holidays())
    cases = []
    for _ in range(CASES):
        unit = chance.choice(list(AMOUNTS))
        cases.append((chance.choice(("due", "before")), unit, chance.randint(1, AMOUNTS[unit]), random_moment(chance)))
    asked = "".join(f"{way} {unit} {amount} {ms}\n" for way, unit, amount, ms in cases)
    told = subprocess.run([answers], input=asked, capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    wrong = 0
    for (way, unit, amount, ms), answer in zip(cases, told, strict=True):
        wanted = office.shifted(unit, amount, ms, 1 if way == "due" else -1)
        if int(answer) != wanted:
            wrong += 1
            print(f"{way} {amount} {unit} of {moment_of(ms)}: {moment_of(int(answer))}, not {moment_of(wanted)}")
    print(f"seed {seed}: {len(cases)} times agree" if wrong == 0 else f"seed {seed}: {wrong} of {len(cases)} times differ")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20161118))
