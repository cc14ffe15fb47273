# SPDX-License-Identifier: MIT
"""More than 300 bad messages, each with what intake must say of it: the code, and the path where the fault is.

Used by test_bad_inputs.py. A row is (name, frames, codes that are right, path or None where any will do).
"""
import itertools

import msgpack

from samples import child, parent, referral

MALFORMED = ("malformed",)
CUT = ("malformed", "length_beyond_end")
ROWS = []


# ---------------------------------------------------------------- how rows are made

def pack(value):
    return msgpack.packb(value, unicode_errors="surrogateescape")


def full():
    """A good referral that says something in every field."""
    return referral(
        members=[
            child(12, needs=["I201"], send=False, nhs_number="9990000018", upn="T821200015001", school="Sample School"),
            {"ref": "m3", "role": "unborn", "expected": "2027-02-10", "needs": []},
            parent(),
        ],
        level_claimed=2, at_risk_of_harm=False, unsure_about_safety=False, agencies_involved=["gp"],
        referrer={"agency": "school", "role": "sendco", "name": "N", "email": "n@example.org", "phone": "01582 000000"},
        consent={"service": "given", "given_by": "parent", "at": "2026-11-22", "reason": "asked", "share_with": ["health"]},
        household={"address": "1 Sample Road", "postcode": "LU4 9QT", "language": "ur", "interpreter": True, "needs": ["I219"]},
        headline_problems=[2, 5], wants=["parenting"], solo_support_requested=False,
        asb={"role": "victim", "reference": "A1"},
        envelope={"datacontenttype": "application/json", "dataschema": "urn:x", "subject": "S1",
                  "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    )


def steps(path):
    return [int(step) if step.isdigit() else step for step in path.split("/")[1:]]


def with_value(path, value):
    event = full()
    at = event
    *before, last = steps(path)
    for step in before:
        at = at[step]
    at[last] = value
    return event


def without(path):
    event = full()
    at = event
    *before, last = steps(path)
    for step in before:
        at = at[step]
    del at[last]
    return event


def raw(name, message, codes, path=""):
    ROWS.append((name, [message], codes if isinstance(codes, tuple) else (codes,), path))


def put(path, value, code, at=None):
    """The good referral with `value` at `path` is refused with `code` at `at`, by default there."""
    raw(f"{path} = {repr(value)[:40]}", pack(with_value(path, value)), code, path if at is None else at)


def put_each(path, code, *values):
    for value in values:
        put(path, value, code)


# ---------------------------------------------------------------- not one map

for text in (b"\x00", b"\x7f", b"\xe0", b"\xc0", b"\xc2", b"\xc3", b"\xc1", b"\x90", b"\x93\x01\x02\x03", b"\xa0", b"\xa5hello", b"\xc4\x00",
             b"\xcb" + bytes(8), b"\xca" + bytes(4), b"\xd4\x01\x00", b"\xc7\x00\x01", b"GET / HTTP/1.1\r\n\r\n", b"<xml/>", b'{"specversion":"1.0"}',
             b"\xff" * 100, b"\xc1" * 100, b"\xdc\x00\x00", b"\xdd\x00\x00\x00\x00", pack([full()]), pack("text"), pack(7)):
    raw(f"no map: {text[:12]!r}", text, MALFORMED)

# ---------------------------------------------------------------- cut short, and lengths that lie

GOOD = pack(full())
for size in (1, 2, 3, 10, 17, 33, 64, 100, 150, 222, 300, 411, 500, len(GOOD) - 100, len(GOOD) - 7, len(GOOD) - 1):
    raw(f"cut after {size} bytes", GOOD[:size], CUT, None)
BOMBS = {
    "map of 65,535": b"\xde\xff\xff", "map of 4,294,967,295": b"\xdf\xff\xff\xff\xff", "map of 15": b"\x8f", "cut length of a map": b"\xdf\xff",
}
for name, message in BOMBS.items():
    raw(name, message, CUT, None)
INNER_BOMBS = {
    "text of 4 GiB": b"\xdb\xff\xff\xff\xff", "text of 64 KiB": b"\xda\xff\xff", "text of 255": b"\xd9\xff", "text of 31": b"\xbf",
    "bytes of 4 GiB": b"\xc6\xff\xff\xff\xff", "bytes of 64 KiB": b"\xc5\xff\xff", "bytes of 255": b"\xc4\xff",
    "list of 4,294,967,295": b"\xdd\xff\xff\xff\xff", "list of 65,535": b"\xdc\xff\xff", "list of 15": b"\x9f",
    "map of 4,294,967,295": b"\xdf\xff\xff\xff\xff", "map of 65,535": b"\xde\xff\xff", "map of 15": b"\x8f",
    "number cut": b"\xcf\x00", "signed number cut": b"\xd3\x00", "length cut": b"\xdb\x00",
}
for name, bomb in INNER_BOMBS.items():
    raw(f"data is a {name}", b"\x81\xa4data" + bomb, CUT, "/data")
    raw(f"a list in data is a {name}", b"\x81\xa4data\x81\xa7members\x91" + bomb, CUT, "/data/members/0")
    raw(f"an unknown field is a {name}", b"\x81\xa4data\x81\xa6x-note" + bomb, CUT, "/data")
raw("a reserved byte as a value", b"\x81\xa4data\xc1", CUT, "/data")
raw("a value is missing", b"\x81\xa4data", MALFORMED, "/data")
raw("a pair is missing", b"\x82\xa2id\xa1x", MALFORMED, "")

# ---------------------------------------------------------------- behind the map, beside the frame

for tail in (b"\x00", b"\xc0", b"\n", b"\x80", GOOD, b"\xff" * 9):
    raw(f"followed by {tail[:4]!r}", GOOD + tail, "trailing_bytes")
for name, frames in {"two events": [GOOD, GOOD], "an event and an empty frame": [GOOD, b""], "two delimiters": [b"", b"", GOOD],
                     "delimiter, event, event": [b"", GOOD, GOOD], "five frames": [b"1", b"2", b"3", b"4", b"5"],
                     "delimiter, event, empty": [b"", GOOD, b""]}.items():
    ROWS.append((name, frames, ("extra_frames",), ""))

# ---------------------------------------------------------------- too deep, too large, too many


def nested(levels, inner=None):
    value = inner
    for _ in range(levels):
        value = [value]
    return value


for levels in (7, 8, 20, 100, 500):
    put("/data/x-note", nested(levels), "too_deep", "/data")
    put("/x-note", nested(levels + 1), "too_deep", "")
put("/data/x-note", {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}, "too_deep", "/data")
raw("a hundred thousand lists inside each other", b"\x91" * 60000, MALFORMED)
raw("the same inside a map", b"\x81\xa1x" + b"\x91" * 60000, "too_deep", "")
raw("maps inside each other", b"\x81\xa1x" * 15000, "too_deep", "")
put("/data/reason", "x" * 66000, "too_large", "")
put("/x-note", b"\x00" * 65536, "too_large", "")
raw("70,000 zeroes", bytes(70000), "too_large")
raw("65,537 bytes of nothing", b"\xc0" * 65537, "too_large")
put("/data/members", [child(ref=f"m{i}") for i in range(17)], "too_many")
put("/data/members", [child(ref=f"m{i}") for i in range(100)], "too_many")
put("/data/agencies_involved", ["school", "college", "early-years", "childrens-centre", "education-welfare", "school-nurse", "health-visitor",
                                "midwife", "gp", "hospital", "mental-health", "substance-misuse", "health", "police", "youth-offending",
                                "probation", "asb-team"], "too_many")
put("/data/consent/share_with", ["school", "college", "early-years", "childrens-centre", "education-welfare", "school-nurse", "health-visitor",
                                 "midwife", "gp", "hospital", "mental-health", "substance-misuse", "health", "police", "youth-offending",
                                 "probation", "asb-team"], "too_many")
put("/data/members/0/needs", [f"I2{i:02d}" for i in range(1, 14)], "too_many")
put("/data/household/needs", [f"I2{i:02d}" for i in range(1, 14)], "too_many")
put("/data/x-note", list(range(4097)), "too_many", "/data")
put("/x-note", {f"k{i}": i for i in range(65)}, "too_many", "")
put("/data/x-note", {f"k{i}": i for i in range(65)}, "too_many", "/data")

# ---------------------------------------------------------------- keys


def with_pair(key, value):
    """The good envelope, with one more pair of raw bytes."""
    pairs = GOOD[1:]
    return bytes([0x80 | (GOOD[0] & 0x0f) + 1]) + pairs + key + value


def doubled(path):
    """The field at `path` stands twice in its map."""
    def write(value, at):
        if not isinstance(value, dict):
            if isinstance(value, list):
                return pack([])[:0] + msgpack.Packer().pack_array_header(len(value)) + b"".join(write(v, f"{at}/{i}") for i, v in enumerate(value))
            return pack(value)
        pairs = [(pack(key), write(inner, f"{at}/{key}")) for key, inner in value.items()]
        pairs += [(pack(key), write(inner, f"{at}/{key}")) for key, inner in value.items() if f"{at}/{key}" == path]
        return msgpack.Packer().pack_map_header(len(pairs)) + b"".join(key + inner for key, inner in pairs)
    return write(full(), "")


for path in ("/id", "/source", "/type", "/specversion", "/time", "/data", "/data/kind", "/data/reason", "/data/members", "/data/referrer",
             "/data/referrer/agency", "/data/consent/service", "/data/household/postcode", "/data/members/0/born", "/data/members/0/nhs_number",
             "/data/members/2/role", "/data/asb/role", "/data/at_risk_of_harm"):
    raw(f"{path} twice", doubled(path), "duplicate_key", path)
raw("an unknown key twice", b"\x82\xa6x-note\x01\xa6x-note\x02", "duplicate_key", "")
for name, key in {"a number": b"\x05", "nil": b"\xc0", "true": b"\xc3", "bytes": b"\xc4\x01x", "a list": b"\x90", "a map": b"\x80", "empty": b"\xa0",
                  "65 bytes long": b"\xd9\x41" + b"k" * 65, "a long text": b"\xda\x01\x00" + b"k" * 256}.items():
    raw(f"a key is {name}", with_pair(key, b"\x01"), "bad_key", "")
raw("a key is not UTF-8", with_pair(b"\xa2\xc3\x28", b"\x01"), "bad_utf8", "")

# ---------------------------------------------------------------- texts that are not UTF-8, numbers with a point, extensions

BROKEN = (b"\xff", b"\xc3\x28", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x82", b"\xf8\x88\x80\x80\x80", b"\xc1\xbf", b"\xe0\x80\xaf")
for broken in BROKEN:
    put("/data/reason", "x" + broken.decode("utf-8", "surrogateescape"), "bad_utf8")
for path in ("/id", "/source", "/type", "/data/kind", "/data/referrer/name", "/data/household/address", "/data/members/0/given_name",
             "/data/members/0/school", "/data/members/0/needs/0", "/data/asb/reference"):
    put(path, "x\udcff", "bad_utf8")
put("/data/x-note", "\udcfe", "bad_utf8", "/data")
for path in ("/data/level_claimed", "/data/headline_problems/0", "/data/at_risk_of_harm", "/id", "/data/members/0/born"):
    put_each(path, "float_not_allowed", 2.0, float("nan"))
put("/data/x-note", 1.5, "float_not_allowed", "/data")
for path in ("/data/reason", "/time", "/data/members/0/born", "/data/members"):
    put(path, msgpack.ExtType(1, b"xy"), "extension_not_allowed")
put("/time", msgpack.Timestamp(1700000000), "extension_not_allowed")
put("/data/x-note", msgpack.ExtType(5, b""), "extension_not_allowed", "/data")

# ---------------------------------------------------------------- every field with the wrong type

TEXTS = ("/specversion", "/id", "/source", "/type", "/subject", "/datacontenttype", "/dataschema", "/traceparent", "/data/reason",
         "/data/referrer/role", "/data/referrer/name", "/data/referrer/email", "/data/referrer/phone", "/data/consent/reason",
         "/data/household/address", "/data/household/postcode", "/data/household/language", "/data/members/0/ref", "/data/members/0/given_name",
         "/data/members/0/family_name", "/data/members/0/nhs_number", "/data/members/0/upn", "/data/members/0/school", "/data/asb/reference")
CODES = ("/data/kind", "/data/referrer/agency", "/data/consent/service", "/data/consent/given_by", "/data/members/0/role", "/data/asb/role")
TIMES = ("/time", "/data/consent/at", "/data/members/0/born", "/data/members/1/expected")
FLAGS = ("/data/at_risk_of_harm", "/data/unsure_about_safety", "/data/solo_support_requested", "/data/household/interpreter", "/data/members/0/send")
LISTS = ("/data/members", "/data/agencies_involved", "/data/consent/share_with", "/data/household/needs", "/data/members/0/needs",
         "/data/headline_problems", "/data/wants")
MAPS = ("/data/referrer", "/data/consent", "/data/household", "/data/asb", "/data")

for path, value in itertools.product(TEXTS, (5, b"bytes", ["a"])):
    put(path, value, "wrong_type")
for path, value in itertools.product(CODES, (1, True, ["eha"])):
    put(path, value, "wrong_type")
for path, value in itertools.product(TIMES, (20261123, {"year": 2026})):
    put(path, value, "wrong_type")
for path, value in itertools.product(FLAGS, (0, "false", [])):
    put(path, value, "wrong_type")
for path, value in itertools.product(LISTS, (1, "I201", {"0": "I201"})):
    put(path, value, "wrong_type")
for path, value in itertools.product(MAPS, (1, "text", [{}])):
    put(path, value, "wrong_type")
put_each("/data/level_claimed", "wrong_type", "2", True, [2], {"level": 2})
put_each("/data/members/1", "wrong_type", "m2", 5, ["m2"], None)
put_each("/data/members/0/needs/0", "wrong_type", 201, ["I201"], None, True)
put_each("/data/headline_problems/0", "wrong_type", "2", None, [2])
put_each("/data/agencies_involved/0", "wrong_type", 3, {"agency": "gp"})
put_each("/data/wants/0", "wrong_type", 1, None)

# ---------------------------------------------------------------- numbers and codes beyond the declared ones

put_each("/data/level_claimed", "out_of_range", 0, 5, 6, 255, 2**31, 2**63, 2**64 - 1, -1, -2**63)
put_each("/data/headline_problems/0", "out_of_range", 0, 7, 63, 64, 2**32, -1)
put_each("/data/kind", "unknown_code", "EHA", "eha ", "assessment", "e", "ehaa", "x" * 300)
put_each("/data/referrer/agency", "unknown_code", "schools", "School", "agency", "-")
put_each("/data/consent/service", "unknown_code", "yes", "GIVEN", "not sought")
put_each("/data/consent/given_by", "unknown_code", "mother", "young-person")
put_each("/data/members/0/role", "unknown_code", "mother", "Child", "sibling")
put_each("/data/asb/role", "unknown_code", "offender", "both")
put_each("/data/members/0/needs/0", "unknown_code", "I200", "I221", "201", "i201", "I2011", "attendance", "I501")
put_each("/data/household/needs/0", "unknown_code", "I320", "housing")
put_each("/data/agencies_involved/0", "unknown_code", "GP", "doctor")
put_each("/data/consent/share_with/0", "unknown_code", "everybody", "*")
put_each("/data/wants/0", "unknown_code", "money", "Parenting")

# ---------------------------------------------------------------- what must be there

for path in ("/specversion", "/id", "/source", "/type", "/time", "/data", "/data/kind", "/data/reason", "/data/referrer", "/data/members",
             "/data/referrer/agency", "/data/consent/service", "/data/members/0/ref", "/data/members/0/role", "/data/members/2/role", "/data/asb/role"):
    raw(f"without {path}", pack(without(path)), "missing", path)
    put(path, None, "missing")
for path in ("/id", "/source", "/type", "/data/kind", "/data/reason", "/data/members/0/ref"):
    put(path, "", "missing")
raw("an empty map", b"\x80", "missing", "/id")
raw("data is an empty map", pack({**full(), "data": {}}), "missing", "/data/kind")
NOBODY = [{"ref": "m1", "role": "child", "needs": ["I201"]}]
raw("nobody is named", pack(referral(members=NOBODY, household={"language": "en"})), "nobody", "/data/members")
raw("no members, no address", pack(referral(members=[], household=None)), "nobody", "/data/members")
put_each("/specversion", "unsupported_version", "0.3", "1", "1.0.0", "2.0", " 1.0")
put_each("/type", "unsupported_type", "earlyhelp.referral.submitted.v2", "referral.submitted", "submitted", "earlyhelp.referral.received.v1",
         "earlyhelp.policy.adopted.v1", "com.example.other", "earlyhelp.referral.closed.v1")

# ---------------------------------------------------------------- texts too long, or with characters that do not belong there

LONGEST = {"/id": 128, "/source": 256, "/type": 64, "/subject": 64, "/datacontenttype": 64, "/dataschema": 256, "/traceparent": 55,
           "/data/reason": 16000, "/data/referrer/role": 64, "/data/referrer/name": 100, "/data/referrer/email": 254, "/data/referrer/phone": 32,
           "/data/consent/reason": 1000, "/data/household/address": 500, "/data/household/postcode": 10, "/data/household/language": 16,
           "/data/members/0/ref": 32, "/data/members/0/given_name": 100, "/data/members/0/family_name": 100, "/data/members/0/nhs_number": 16,
           "/data/members/0/upn": 13, "/data/members/0/school": 200, "/data/asb/reference": 64}
for path, longest in LONGEST.items():
    put(path, "x" * (longest + 1), "too_long")
    put(path, "é" * (longest // 2 + 1), "too_long")
put("/data/reason", "x" * 60000, "too_long")
LINES = ("/data/referrer/role", "/data/referrer/name", "/data/referrer/email", "/data/referrer/phone", "/data/members/0/given_name",
         "/data/members/0/family_name", "/data/members/0/school", "/data/asb/reference")
for path in LINES:
    put_each(path, "bad_character", "a\nb", "a\x00b", "a\u202eb")
put_each("/data/members/0/given_name", "bad_character", "\x1b[31m", "a\tb", "a\rb", "a\x7fb", "a\u0085b", "a\u2066b", "a\u2028b")
for path in ("/data/reason", "/data/household/address", "/data/consent/reason"):
    put_each(path, "bad_character", "a\x00b", "a\x07b", "a\x1bb", "a\x7fb")
put_each("/id", "bad_character", "a b", 'a"b', "a\\b", "a<b", "a>b", "a\nb", "é")
put_each("/source", "bad_character", "/a b", "/a<b>", '/a"', "/é", "/a%zz", "/a%1", "/a\n", "/a|b")
put_each("/data/members/0/ref", "bad_character", "m 1", "m\t", "ä")
put_each("/data/household/language", "bad_character", "en_GB", "e n", "-en", "en-", "1a", "englishlang", "ur!")

# ---------------------------------------------------------------- dates, times, numbers with check digits, postcodes

for path in ("/data/members/0/born", "/data/consent/at"):
    put_each(path, "bad_date", "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31", "26-01-01", "2026/01/01", "2026-1-1",
             "1899-12-31", "2100-01-01", "2026-01-01T00:00:00Z", "today", "0000-00-00", " 2026-01-01", "2026-01-01 ", "20260101", "٢٠٢٦-٠١-٠١", "-001-01-01")
put_each("/data/members/1/expected", "bad_date", "2027-02-29", "spring", "2027-2-1")
put_each("/time", "bad_time", "2026-11-23", "2026-11-23T09:12:00", "2026-11-23T25:00:00Z", "2026-11-23T09:60:00Z", "2026-11-23T09:12:61Z",
         "2026-02-30T09:12:00Z", "2026-11-23T9:12:00Z", "2026-11-23T09:12Z", "yesterday", "1795424000", "2026-11-23T09:12:00.Z", "2026-11-23T09:12:00+2",
         "2026-11-23T09:12:00Z ", "1899-12-31T23:59:59Z", "2026-11-23T09:12:00.1234567890Z", "23.11.2026 09:12")
put_each("/data/members/0/nhs_number", "bad_nhs_number", "9990000010", "9990000011", "9990000017", "9990000019", "4857773456", "9990000000", "999000001",
         "99900000180", "1111111111", "0000000000", "9990OO0018", "999.000.0018", "+999000001", "nine", "９９９0000018"[:5])
put_each("/data/members/0/upn", "bad_upn", "A821200015001", "T821200015002", "T82120001500", "S821200015001", "I821200015001", "T82120001500S",
         "8212000150010", "T8212000A5001", "Q207000016049", "T82120001500!", "TTTTTTTTTTTTT")
put_each("/data/household/postcode", "bad_postcode", "LU4", "12345", "LU4 9Q", "LU4 99T", "XX", "LU4 9CT", "QU4 9QT", "LU444 9QT", "4LU 9QT", "LU4-9QT", "9QT",
         "LU4 9QTT")
