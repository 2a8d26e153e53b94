# SPDX-License-Identifier: Apache-2.0
"""Rejects includes that go round the layers of the house.

A room may include itself and the rooms its row names; backend/host counts as a room of its own, above backend, because
it alone may see LLVM. Psmc's own headers are included by rooted names. Third-party headers have their one place each.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
EVERYTHING = {"base", "ir", "arch", "frontend", "midend", "backend", "backend/host", "sim", "tools", "tests"}
EDGES = {
    "base": set(),
    "ir": {"base"},
    "arch": {"base"},
    "frontend": {"base", "ir"},
    "midend": {"base", "ir", "arch"},
    "backend": {"base", "ir", "arch"},
    "backend/host": {"base", "ir", "arch", "backend"},
    "sim": {"base", "arch"},
    "tools": EVERYTHING - {"tests"},
    "tests": EVERYTHING,
    "labs": EVERYTHING - {"tests"},
}
# What may include a third-party header: a prefix of the header, then prefixes of the files that may.
THIRD_PARTY = {
    "llvm/": ("backend/host/llvm/", "tests/apfloat/apfloat.cpp"),
    "llvm-c/": ("backend/host/llvm/",),
    "lld/": ("backend/host/",),
    "CLI/": ("tools/",),
    "catch2/": ("tests/",),
    "nlohmann/": (),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def room_of(path):
    if path.startswith("backend/host/"):
        return "backend/host"
    return path.split("/")[0]


def check_own(path, header):
    room, target = room_of(path), room_of(header)
    if "/" not in header or target not in EVERYTHING:
        return f'"{header}" is not a rooted name such as "ir/module.h"'
    if not (ROOT / header).is_file():
        return f'"{header}" does not exist'
    if target != room and target not in EDGES[room]:
        return f'{room} must not include "{header}": it may only see {", ".join(sorted(EDGES[room])) or "nothing"}'
    return None


def check_third_party(path, header):
    if header.split("/")[0] in EVERYTHING:
        return f"<{header}> is psmc's own: include it with double quotes"
    for prefix, places in THIRD_PARTY.items():
        if header.startswith(prefix) and not path.startswith(places or ("nowhere",)):
            return f"<{header}> may be included only in {' '.join(places) or 'no file'}"
    return None


def violations(path, text):
    """The forbidden includes of one file as (line, why)."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            own, foreign = match.groups()
            why = check_own(path, own) if own else check_third_party(path, foreign)
            if why:
                found.append((number, why))
    return found


def check_itself():
    """The test must be able to fail: one sample of each rule."""
    samples = [
        ("base/x.cpp", '#include "ir/module.h"'),
        ("sim/x.cpp", '#include "ir/module.h"'),
        ("ir/x.cpp", '#include "arch/machine.h"'),
        ("backend/x.cpp", '#include "backend/host/host.h"'),
        ("backend/x.cpp", "#include <llvm/IR/Module.h>"),
        ("ir/x.cpp", "#include <CLI/CLI.hpp>"),
        ("ir/x.cpp", "#include <ir/module.h>"),
        ("ir/x.cpp", '#include "module.h"'),
        ("tools/x.cpp", '#include "tests/main.h"'),
    ]
    return [f"this sample should be rejected: {path}: {line}" for path, line in samples if not violations(path, line)]


def main():
    failures = check_itself()
    cli_users = set()
    for room in sorted({edge.split("/")[0] for edge in EDGES}):
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix not in {".h", ".cpp", ".c"}:
                continue
            name, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
            failures += [f"{name}:{line}: {why}" for line, why in violations(name, text)]
            if "#include <CLI/" in text:
                cli_users.add(name)
    if len(cli_users) > 1:
        failures.append(f"CLI11 belongs in one file of tools/, not in {', '.join(sorted(cli_users))}")
    print("\n".join(failures) or "layers: no forbidden include")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
