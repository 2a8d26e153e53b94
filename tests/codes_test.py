# SPDX-License-Identifier: Apache-2.0
"""Every diagnostic code must be named by a test, as Code::name or as PSM0123, and have its page in tools/explain/; names
and numbers are unique."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEST_SUFFIXES = {".cpp", ".h", ".py", ".psm", ".psma", ".json", ".sh"}


def main():
    registry = (ROOT / "base/diagnostic_codes.def").read_text()
    codes = [(name, int(number)) for name, number in re.findall(r"^PSMC_CODE\((\w+), (\d+),", registry, re.M)]
    failures = []
    if len(codes) != registry.count("\nPSMC_CODE("):
        failures.append("base/diagnostic_codes.def has a line that is not PSMC_CODE(name, number, summary)")
    for seen in ([name for name, _ in codes], [number for _, number in codes]):
        twice = sorted({x for x in seen if seen.count(x) > 1})
        failures += [f"{x} stands twice in base/diagnostic_codes.def" for x in twice]

    pages = "".join(path.read_text() for path in sorted((ROOT / "tools/explain").glob("*.cpp")))
    for name, number in codes:
        if len(re.findall(rf"\{{Code::{name},", pages)) != 1:
            failures.append(f"{name} (PSM{number:04}) has no page in tools/explain/, or two")

    named = set()
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix in TEST_SUFFIXES and path.is_file():
            named |= set(re.findall(r"Code::(\w+)|PSM(\d{4})", path.read_text(encoding="utf-8", errors="replace")))
    names, numbers = {a for a, _ in named}, {int(b) for _, b in named if b}
    for name, number in codes:
        if name not in names and number not in numbers:
            failures.append(f"no test exercises {name} (PSM{number:04})")
    print("\n".join(failures) or f"codes: all {len(codes)} are exercised")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
