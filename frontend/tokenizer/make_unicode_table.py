#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints unicode_categories.inc: where the general category changes, from Python's unicodedata.

    make_unicode_table.py > unicode_categories.inc

An entry is code << 5 | category, category being the index in NAMES; it holds up to the next entry's code.
"""
import unicodedata

NAMES = "Cc Cf Cn Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs".split()

entries, last = [], None
for code in range(0x110000):
    category = unicodedata.category(chr(code))
    if category != last:
        entries.append(code << 5 | NAMES.index(category))
        last = category
print("// SPDX-License-Identifier: Apache-2.0")
print(f"// Written by make_unicode_table.py from Unicode {unicodedata.unidata_version}: {len(entries)} ranges.")
for i in range(0, len(entries), 12):
    print(" ".join(f"{e:#x}," for e in entries[i:i + 12]))
