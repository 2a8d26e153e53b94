# SPDX-License-Identifier: Apache-2.0
"""psmc sim --checkpoint and --resume: the embedded model stopped and gone on with, in outputs, cycles and counters."""

import json
import pathlib
import random
import tempfile

from command import SOURCE, psmc, refused, require

INPUTS = ["--input", "tokens=7", "--input", "pos=5"]


def files(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def check_decode(folder, image, options, cycle):
    """Stopped before `cycle`; returns the checkpoint."""
    checkpoint, inputs = folder / "kjv.psmk", INPUTS
    whole, resumed = folder / "whole", folder / "resumed"
    outputs = options == []
    run = ["sim", image, "--entry", "decode", *options]
    psmc(*run, *inputs, "--stats", folder / "whole.json", "--checkpoint-at", cycle, "--checkpoint", checkpoint,
         *(["--output", whole] if outputs else []))
    psmc(*run, "--resume", checkpoint, "--stats", folder / "resumed.json", *(["--output", resumed] if outputs else []))
    require((folder / "whole.json").read_text() == (folder / "resumed.json").read_text(),
            f"other counters after going on from cycle {cycle} with {options}")
    if outputs:
        require(files(whole) == files(resumed), f"other outputs after going on from cycle {cycle}")
    return checkpoint


def check_refusals(folder, image, checkpoint, cycles):
    run = ["sim", image, "--entry", "decode"]
    for other in (["sim", image, "--entry", "prefill"], [*run, "--no-races"]):
        require("PSM0816" in refused(*other, "--resume", checkpoint), f"{other}: goes on from a checkpoint of another run")
    refused(*run, *INPUTS, "--checkpoint-at", cycles + 1, "--checkpoint", folder / "late.psmk", status=2)
    require(not (folder / "late.psmk").exists(), "a checkpoint of a launch that was over")
    good = checkpoint.read_bytes()
    checkpoint.write_bytes(good[: len(good) // 2])
    require("PSM0815" in refused(*run, "--resume", checkpoint), "half a checkpoint is gone on with")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image = folder / "kjv.psmx"
        psmc("compile", SOURCE / "models" / "kjv", "-o", image)
        cycles = json.loads(psmc("sim", image, "--entry", "decode", *INPUTS, "--stats", "-")[0])["cycles"]
        pick = random.Random(1)
        checkpoint = check_decode(folder, image, [], pick.randrange(1, cycles))
        check_refusals(folder, image, checkpoint, cycles)
        check_decode(folder, image, ["--no-races"], pick.randrange(1, cycles))
        check_decode(folder, image, ["--timing-only"], pick.randrange(1, cycles))
    print("checkpoints: the same outputs, cycles and counters")


if __name__ == "__main__":
    main()
