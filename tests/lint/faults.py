#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every test that tests/faults.md names exists: faults.py BUILD_FOLDER asks ctest there."""
import json
import os
import re
import subprocess
import sys

TABLE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "faults.md")
NAME = re.compile(r"`((?:unit|system|full|crash|fuzz|overload|lint|bench)\.[a-z0-9_]+)`")


def known_tests(folder):
    listed = subprocess.run(["ctest", "--show-only=json-v1"], cwd=folder, capture_output=True, text=True, check=True)
    return {test["name"] for test in json.loads(listed.stdout)["tests"]}


def main():
    known = known_tests(sys.argv[1])
    with open(TABLE, encoding="utf-8") as file:
        named = [(number, name) for number, line in enumerate(file, 1) for name in NAME.findall(line)]
    faults = [f"tests/faults.md:{number}: there is no test {name}" for number, name in named if name not in known]
    for fault in faults:
        print(fault)
    print(f"{len(named)} tests named, {len(faults)} of them missing")
    sys.exit(1 if faults or not named else 0)


if __name__ == "__main__":
    main()
