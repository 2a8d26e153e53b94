# SPDX-License-Identifier: Apache-2.0
"""JSON-IR is read as a stream: the memory that a large document takes is that of its text and of what it holds, not of a
tree. (A tree took 23 times the text of a large constant, and 18 times that of many ops.)"""

import os
import pathlib
import subprocess
import sys
import tempfile

from command import PSMC, require, skip

TYPE = '{"kind": "tensor", "dtype": "f32", "shape": [16, 16]}'
HEAD = '{"psmc_ir": {"version": "1.1"},\n "constants": ['


def large_constant(out, count=2_000_000):
    out.write(HEAD + f'{{"id": 0, "name": "w", "type": {{"kind": "tensor", "dtype": "f32", "shape": [{count}]}}, "data": {{"dense": [0.5')
    out.write(", -1.234567" * (count - 1) + ']}}],\n "functions": []}\n')


def many_ops(out, count=150_000):
    out.write(HEAD + f'],\n "functions": [{{"name": "f", "args": [{{"id": 0, "type": {TYPE}}}], "results": [], "body": [\n')
    for i in range(1, count):
        out.write(f' {{"op": "add", "operands": [{i - 1}, {i // 2}], "results": [{{"id": {i}, "type": {TYPE}}}]}},\n')
    out.write(' {"op": "return"}]}]}\n')


def memory_of(path):
    """Bytes at most that `psmc check` had, and its exit status."""
    process = subprocess.Popen([PSMC, "check", path], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    return usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)


def main():
    if not pathlib.Path(PSMC).is_file():
        skip(f"{PSMC} is not built")
    if not sys.platform.startswith("linux"):
        skip("the unit of ru_maxrss is another one here")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "m.json"
        path.write_text(HEAD + '],\n "functions": []}\n')
        least, _ = memory_of(path)
        for make in (large_constant, many_ops):
            with path.open("w") as out:
                make(out)
            taken, status = memory_of(path)
            size = path.stat().st_size
            require(status == 0, f"{make.__name__} was refused")
            require(taken - least < 3 * size, f"{make.__name__}: {taken >> 20} MiB for a text of {size >> 20} MiB")
            print(f"{make.__name__}: {(taken - least) / size:.2f} bytes of memory a byte of text")


if __name__ == "__main__":
    main()
