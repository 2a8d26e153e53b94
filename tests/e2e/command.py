# SPDX-License-Identifier: Apache-2.0
"""How the end-to-end tests call psmc. A test whose binary or input is not there exits with 77: skipped."""

import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PSMC = os.environ.get("PSMC", str(SOURCE / "build/psmc"))
SHARED = pathlib.Path(os.environ.get("SHARED", SOURCE.parent / "shared"))


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def psmc(*arguments, status=0, cwd=None, stdin=b"", timeout=600, environment=None):
    """Runs psmc and expects the exit status (None: any but a crash). Gives (stdout, stderr) as bytes."""
    if not pathlib.Path(PSMC).is_file():
        skip(f"{PSMC} is not built")
    command = [PSMC, *map(str, arguments)]
    result = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, timeout=timeout,
                            env={**os.environ, **(environment or {})})
    expected = {0, 1} if status is None else {status}
    if result.returncode not in expected:
        print(f"{' '.join(command)}\nexit status {result.returncode}, expected {sorted(expected)}")
        print(result.stdout[-2000:].decode(errors="replace"), result.stderr[-4000:].decode(errors="replace"), sep="\n")
        sys.exit(1)
    return result.stdout, result.stderr


def has_code(stderr):
    """Whether a diagnostic with a code was printed."""
    return re.search(rb"\[PSM\d{4}\]", stderr) is not None


def require(condition, message):
    if not condition:
        print(f"FAILED: {message}")
        sys.exit(1)


def refused(*arguments, status=1, **more):
    """psmc must refuse this with that exit status; a rejected input has a code."""
    _, stderr = psmc(*arguments, status=status, **more)
    require(stderr, f"{arguments}: nothing on standard error")
    if arguments and status != 3:
        require(has_code(stderr), f"{arguments}: no code in {stderr.decode(errors='replace')}")
    return stderr.decode(errors="replace")
