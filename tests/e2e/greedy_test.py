# SPDX-License-Identifier: Apache-2.0
"""The greedy continuation of models/kjv: the interpreter must give the tokens that the training script recorded, the
simulator the first ones of them, and the same bytes each time."""

from command import SOURCE, psmc, require, skip

SIMULATED = 8


def expected():
    path = SOURCE / "models/kjv/expected.txt"
    if not path.is_file():
        skip(f"{path} is not there")
    lines = dict(line.split(": ") for line in path.read_text().splitlines() if not line.startswith("#"))
    return lines["prompt"].split(), lines["greedy"].split()


def generate(prompt, tokens, *more):
    out, _ = psmc("run", SOURCE / "models/kjv", "--prompt-ids", ",".join(prompt), "--tokens", tokens,
                  "--temperature", "0", "--print", "ids", *more)
    return out.decode().strip().split(",")


def main():
    prompt, greedy = expected()
    ids = generate(prompt, len(greedy), "--on", "interpreter", "--dtype", "f32")
    require(ids == greedy, f"the interpreter gives {ids}, the training script gave {greedy}")
    for _ in range(2):
        ids = generate(prompt, SIMULATED)
        require(ids == greedy[:SIMULATED], f"the simulator gives {ids}, expected {greedy[:SIMULATED]}")
    print(f"greedy: {len(greedy)} tokens interpreted and {SIMULATED} simulated as expected")


if __name__ == "__main__":
    main()
