#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The house rules that a machine can hold: who may include what, licence lines, headers that stand alone, no file or function too long."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# folder -> project folders it may include (itself always); the longest matching folder counts
MAY_INCLUDE = {
    "common/base": [],
    "common/crypto": ["common/base"],
    "proto": ["common/base"],
    "common/wire": ["common/base", "proto"],
    "common/store": ["common/base", "common/crypto", "common/wire", "proto"],
    "common/policy": ["common/base", "common/crypto", "common/wire", "proto"],
    "common/runtime": ["common", "proto"],
    "common/client": ["common/base", "common/wire", "proto"],
    "services": ["common", "proto"],
    # the command line explains and tries decisions: it may ask the other services' judging code, and nothing else of them
    "services/windscreen": ["common", "proto", "services/triage/level.h", "services/allocation/destination.h", "services/allocation/outcome.h",
                            "services/allocation/clock.h", "services/registry/facts.h", "services/registry/neighbourhood.h",
                            "services/intake/judge.h"],
    "deploy": ["common/client", "common/wire", "common/base", "proto"],
}

# library header -> folders that may include it
ONLY_IN = {
    "lmdb.h": ["common/store"],
    "czmq.h": ["common/runtime"],
    "zmq.h": ["common/runtime", "common/client"],
    "yaml.h": ["common/policy"],
    "jansson.h": ["common/wire", "services/windscreen"],
    "openssl/": ["common/crypto"],
    "msgpack": ["common/wire"],
}

# judging code: values in, values out
PURE = [
    "common/policy/schedule.c", "common/policy/table.c", "common/policy/rules.c", "common/policy/count.c", "services/triage/level.c", "services/allocation/destination.c", "services/allocation/outcome.c",
    "services/allocation/clock.c", "services/allocation/alarm.c", "services/intake/judge.c", "services/registry/facts.c",
    "services/registry/alike.c", "services/registry/likeness.c", "services/registry/match.c", "services/registry/sound.c",
]
IMPURE_HEADERS = re.compile(r'#include (<(stdio|time|unistd|sys/.*|fcntl)\.h>|"common/(store|runtime|client)/)')

LINES_MAX = {".c": 500, ".h": 200}  # generated tables aside
EXEMPT_FROM_LENGTH = {"proto/proto.h"}


PASSED_OVER = {".git", "build", "node_modules", "__pycache__"}


def files(*endings):
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(set(folders) - PASSED_OVER)
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def lines_of(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read().split("\n")


def folder_of(name, folders):
    fitting = [folder for folder in folders if name.startswith(folder + "/")]
    return max(fitting, key=len) if fitting else None


def check_includes(name):
    folder = folder_of(name, MAY_INCLUDE)
    for number, line in enumerate(lines_of(name), 1):
        own = re.match(r'\s*#\s*include "([^"]+)"', line)
        library = re.match(r"\s*#\s*include <([^>]+)>", line)
        if own and folder and "/" in own.group(1):
            service = "/".join(name.split("/")[:2])
            allowed = MAY_INCLUDE[folder] + [service if folder == "services" else folder]
            if not any(own.group(1) == place or own.group(1).startswith(place + "/") for place in allowed):
                yield f"{name}:{number}: {folder} may not include {own.group(1)}"
        if library:
            for header, places in ONLY_IN.items():
                if library.group(1).startswith(header) and folder and not any(name.startswith(place + "/") for place in places):
                    yield f"{name}:{number}: only {' and '.join(places)} may include <{library.group(1)}>"
        if name in PURE and IMPURE_HEADERS.match(line.strip()):
            yield f"{name}:{number}: judging code may not use {line.strip()}"


def check_shape(name):
    lines = lines_of(name)
    if not any("SPDX-License-Identifier: MIT" in line for line in lines[:3]):
        yield f"{name}:1: no SPDX-License-Identifier line"
    most = LINES_MAX.get(os.path.splitext(name)[1])
    if most and name not in EXEMPT_FROM_LENGTH and not name.startswith("tests/") and len(lines) > most:
        yield f"{name}: {len(lines)} lines, more than {most}"
    if name.endswith(".h") and "#pragma once" not in lines and "No include guard" not in "\n".join(lines[:4]):
        yield f"{name}:1: no #pragma once"
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line) and name != "tests/lint/layers.py":
            yield f"{name}:{number}: unfinished work"


def check_functions(name):
    start = None
    for number, line in enumerate(lines_of(name), 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start > 60:
                yield f"{name}:{start}: a function of {number - start} lines, more than 60"
            start = None


def check_alone(names):
    for name in names:
        if "No include guard" in "\n".join(lines_of(name)[:4]):
            continue
        source = f'#include "{name}"\n'
        done = subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-I.", "-I/usr/include", "-fsyntax-only", "-x", "c", "-"], cwd=ROOT, input=source,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"{name}: does not compile alone: {done.stderr.splitlines()[0] if done.stderr else ''}"


def main():
    code = list(files(".c", ".h"))
    faults = [fault for name in code for fault in check_includes(name)]
    faults += [fault for name in files(".c", ".h", ".def", ".py", ".yaml", ".sh", "CMakeLists.txt") for fault in check_shape(name)]
    faults += [fault for name in code if name.endswith(".c") and not name.startswith("tests/") for fault in check_functions(name)]
    faults += list(check_alone([name for name in code if name.endswith(".h")]))
    for fault in faults:
        print(fault)
    print(f"{len(code)} source files looked at, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
