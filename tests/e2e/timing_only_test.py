# SPDX-License-Identifier: Apache-2.0
"""psmc sim --timing-only: the embedded model in the cycles and with the counters of a run with numbers."""

import json
import pathlib
import tempfile

from command import SOURCE, psmc, refused, require
from tiny import write_npy

CHUNK = 16  # tokens of a prefill call, the default of `psmc compile`

FLOAT_ADDRESS = """.machine "lab4"
.code "main"
 vli v1,1.0
 nop
 vadd v2,v1,v1
 nop
 nop
 nop
 vgets s1,v2
 nop
 nop
 nop
 nop
 nop
 nop
 ld.s.i32 s2,[s1]
 halt
.end
.tile 0 "main"
.end
.entry "go"
.start 0 0
.end
"""


def stats(*arguments):
    return json.loads(psmc("sim", *arguments, "--stats", "-")[0])


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image = folder / "kjv.psmx"
        psmc("compile", SOURCE / "models" / "kjv", "-o", image)
        write_npy(folder / "tokens.npy", "<i4", (CHUNK,), range(40, 40 + CHUNK), "i")
        for entry, control in (("decode", ["tokens=7", "pos=5"]),
                               ("prefill", [f"tokens={folder}/tokens.npy", "pos=16", "count=9"])):
            control = [word for binding in control for word in ("--input", binding)]
            numbers = stats(image, "--entry", entry, *control)
            timing = stats(image, "--entry", entry, *control, "--timing-only")
            require(timing == numbers, f"{entry}: {timing['cycles']} cycles without numbers, {numbers['cycles']} with")
        seeded = [stats(image, "--entry", "prefill", "--timing-only", "--seed", "3") for _ in range(2)]
        require(seeded[0] == seeded[1] and seeded[0]["cycles"] > 10000, "a seed does not give one run")
        refused("sim", image, "--entry", "prefill", "--timing-only", status=2)
        refused("sim", image, "--entry", "decode", "--timing-only", "--seed", "1", "--output", folder, status=2)
        refused("sim", image, "--entry", "decode", "--seed", "1", status=2)
        source, program = folder / "p.psma", folder / "p.psmx"
        source.write_text(FLOAT_ADDRESS)
        psmc("as", source, "-o", program)
        require("PSM0814" in refused("sim", program, "--timing-only", status=4), "an address of floats is not told")
    print("timing only: the same cycles and counters")


if __name__ == "__main__":
    main()
