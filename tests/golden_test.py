# SPDX-License-Identifier: Apache-2.0
"""Golden tests: tests/<folder>/<pass>/<behaviour>.psm (or .psma), one behaviour each, at most 60 lines.

    // psmc opt --pass fuse-elementwise %s          first line: the command; %s is this file
    // Two maps in a row become one group.          why
    func @f ...
    // ---- output
    //| func @f ...                                what the command prints; `make update` writes it anew

A file fail_*.psm must be refused instead: each line that holds `// error: <text>` is named by a diagnostic that contains
the text. In .psma files the comment sign is `;`.

golden_test.py [--update] [files...]; PSMC names the compiler.
"""

import os
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent
SIGNS = {".psm": "//", ".psma": ";"}
MAX_LINES = 60


def first_line(path):
    return path.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]


def is_golden(path):
    """Other files of these kinds are inputs of other tests."""
    return path.suffix in SIGNS and first_line(path).startswith(f"{SIGNS[path.suffix]} psmc ")


def run(path, sign):
    """Runs the command of the first line in the folder of the file."""
    match = re.fullmatch(re.escape(sign) + r" psmc (.*%s.*)", first_line(path))
    if not match:
        return None
    arguments = [path.name if word == "%s" else word for word in match.group(1).split()]
    if arguments[0] == "opt" and "--check-each" not in arguments:
        arguments.insert(1, "--check-each")
    return subprocess.run([os.environ["PSMC"], *arguments], cwd=path.parent, capture_output=True, text=True, timeout=60)


def check_failure(path, sign, result):
    if result.returncode != 1:
        return [f"exit status {result.returncode}, expected 1", result.stderr]
    wanted = [
        (number, line.split(f"{sign} error: ", 1)[1].strip())
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if f"{sign} error: " in line
    ]
    said = result.stderr.splitlines()
    problems = [] if wanted else [f"no line holds `{sign} error: ...`"]
    for number, text in wanted:
        if not any(line.startswith(f"{path.name}:{number}:") and text in line for line in said):
            problems.append(f"line {number} should be refused with: {text}; it was said:\n{result.stderr}")
    return problems


def check_output(path, sign, result, update):
    if result.returncode != 0:
        return [f"exit status {result.returncode}", result.stderr]
    separator = f"{sign} ---- output\n"
    text = path.read_text()
    source = text.split(separator)[0]
    lines = [f"{sign}| {line}".rstrip() for line in result.stdout.splitlines()]
    new = source.rstrip("\n") + "\n" + separator + "\n".join(lines) + "\n"
    if new == text:
        return []
    if update:
        path.write_text(new)
        print(f"updated {path.relative_to(TESTS)}")
        return []
    return ["the output differs from the expected; `make update` writes it anew. It is now:", result.stdout]


def check(path, update):
    sign = SIGNS[path.suffix]
    if len(path.read_text().splitlines()) > MAX_LINES:
        return [f"longer than {MAX_LINES} lines"]
    result = run(path, sign)
    if result is None:
        return [f"the first line must be: {sign} psmc <arguments> %s"]
    if path.name.startswith("fail_"):
        return check_failure(path, sign, result)
    return check_output(path, sign, result, update)


def main():
    update = "--update" in sys.argv[1:]
    named = [pathlib.Path(name).resolve() for name in sys.argv[1:] if name != "--update"]
    paths = named or sorted(path for path in TESTS.rglob("*") if is_golden(path))
    failed = 0
    for path in paths:
        problems = check(path, update)
        if problems:
            failed += 1
            print(f"FAILED {path.relative_to(TESTS)}\n" + "\n".join(problems))
    print(f"golden: {len(paths) - failed} of {len(paths)} as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
