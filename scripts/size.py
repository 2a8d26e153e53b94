# SPDX-License-Identifier: Apache-2.0
"""Prints how long the hand-written files are: number, lines, median, 95th percentile and the five longest."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["base", "ir", "arch", "frontend", "midend", "backend", "sim", "tools", "tests", "scripts", "models", "labs"]
SUFFIXES = {".h", ".cpp", ".c", ".py"}


def main():
    lengths = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                lengths.append((path.read_bytes().count(b"\n"), str(path.relative_to(ROOT))))
    lengths.sort()
    count = len(lengths)
    print(f"files {count}, lines {sum(n for n, _ in lengths)}")
    print(f"median {lengths[count // 2][0]}, 95th percentile {lengths[min(count - 1, count * 95 // 100)][0]}")
    for lines, name in reversed(lengths[-5:]):
        print(f"{lines:6} {name}")


if __name__ == "__main__":
    main()
