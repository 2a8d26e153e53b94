# SPDX-License-Identifier: Apache-2.0
"""Every cycle has its op: kernels that layers share count for the layer whose step runs them, nothing is lost, and no op
beats its bound."""

import json
import pathlib
import tempfile

from command import psmc, require
from tiny import make_model, write_npy

PARTS = ("attention norm", "query", "key", "value", "attention output", "feed-forward gate")


def all_cycles_of_tiles_are_the_ops(model, folder):
    psmc("compile", model, "-o", folder / "m.psmx")
    write_npy(folder / "tokens.npy", "<i4", (1,), [3], "i")
    psmc("sim", folder / "m.psmx", "--entry", "decode", "--input", f"tokens={folder}/tokens.npy", "--input", "pos=2",
         "--output", folder / "out", "--stats", folder / "stats.json")
    stats = json.loads((folder / "stats.json").read_text())
    finished = stats["classes"].index("finished")
    for c in range(len(stats["classes"])):
        if c == finished:
            continue
        tiles = sum(tile[c] for tile in stats["tiles"])
        ops = sum(op["cycles"][c] for op in stats["ops"])
        require(tiles == ops, f"{stats['classes'][c]}: tiles have {tiles} cycles, ops {ops}")
    unknown = sum(sum(op["cycles"]) for op in stats["ops"] if not op["name"])
    require(unknown == 0, f"{unknown} cycles have no op")


def each_layer_has_its_costs(model, folder):
    psmc("run", model, "--prompt-ids", "5,6", "--tokens", "3", "--print", "ids", "--report", folder / "run.json")
    run = json.loads((folder / "run.json").read_text())
    entry = next(e for e in run["entries"] if e["name"] == "decode")
    by_layer = [{}, {}]
    for op in entry["ops"]:
        require(op["bound"] is None or op["bound"] <= op["cycles"],
                f"{op['name']} takes {op['cycles']} cycles, its bound is {op['bound']}")
        for layer, ops in enumerate(by_layer):
            if op["name"].startswith(f"layer {layer}, "):
                ops[op["name"].split(", ")[1]] = op
    require(set(by_layer[0]) == set(by_layer[1]), f"layers differ: {set(by_layer[0]) ^ set(by_layer[1])}")
    for part in PARTS:
        require(any(name.startswith(part) for name in by_layer[1]), f"layer 1 has no {part}")
    for name, op in by_layer[0].items():
        if "contract" in name:
            require(op["bound"], f"{name} has no bound")
            require(op["bound"] == by_layer[1][name]["bound"], f"{name} has another bound in layer 1")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = make_model(folder / "tiny.bin")
        all_cycles_of_tiles_are_the_ops(model, folder)
        each_layer_has_its_costs(model, folder)
    print("costs: every cycle has its op, in every layer")


if __name__ == "__main__":
    main()
