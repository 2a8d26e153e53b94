#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies arch/presets/*.json into the table of arch/presets.cpp (which keeps the order of the presets it has)."""
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent
TABLE = FOLDER.parent / "presets.cpp"


def main():
    text = TABLE.read_text()
    order = re.findall(r'^    \{"([^"]+)", R"json\(', text, re.M)
    order += sorted(p.stem for p in FOLDER.glob("*.json") if p.stem not in order)
    rows = "".join(f'    {{"{name}", R"json({(FOLDER / (name + ".json")).read_text()})json"}},\n' for name in order)
    head, rest = text.split("constexpr Preset kPresets[] = {\n")
    tail = rest[rest.index("};\n\n}  // namespace\n"):]
    TABLE.write_text(head + "constexpr Preset kPresets[] = {\n" + rows + tail)


if __name__ == "__main__":
    main()
