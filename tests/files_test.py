# SPDX-License-Identifier: Apache-2.0
"""What every file of the tree keeps to: the licence line, a README in each room, sizes, no vague folder names."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ["base", "ir", "frontend", "midend", "backend", "arch", "sim", "tools", "tests"]
SOURCES = {".h", ".cpp", ".c", ".py"}
VAGUE = {"utils", "util", "common", "misc", "helpers"}
MAX_LINES = 700
MAX_README_LINES = 60


def sources():
    for path in sorted(ROOT.rglob("*")):
        top = path.relative_to(ROOT).parts[0]
        if path.suffix in SOURCES and path.is_file() and not top.startswith((".", "build")):
            yield path, str(path.relative_to(ROOT))


def check_source(path, name):
    lines = path.read_text(encoding="utf-8").splitlines()
    head = "\n".join(lines[:2])
    if "SPDX-License-Identifier: Apache-2.0" not in head:
        yield f"{name}: no SPDX line on top"
    if len(lines) > MAX_LINES:
        yield f"{name}: {len(lines)} lines; split it"
    if set(path.relative_to(ROOT).parts[:-1]) & VAGUE:
        yield f"{name}: the name of its folder says nothing"


def check_readmes():
    for room in ROOMS:
        readme = ROOT / room / "README.md"
        if not readme.is_file():
            yield f"{room}/README.md is missing"
        elif len(readme.read_text().splitlines()) > MAX_README_LINES:
            yield f"{room}/README.md: longer than {MAX_README_LINES} lines"


def check_links():
    """Relative links of the documents lead somewhere."""
    for path in sorted(ROOT.rglob("*.md")):
        if path.relative_to(ROOT).parts[0].startswith((".", "build")):
            continue
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                yield f"{path.relative_to(ROOT)}: the link to {target} leads nowhere"


def main():
    failures = [problem for path, name in sources() for problem in check_source(path, name)]
    failures += [*check_readmes(), *check_links()]
    print("\n".join(failures) or "files: all in order")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
