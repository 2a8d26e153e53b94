# SPDX-License-Identifier: Apache-2.0
"""psmc arch-check and arch-show: all errors with places, warnings about what cannot be compiled for, the page, its JSON;
a machine that is only described is refused where programs are made; a copied preset runs as the preset does."""

import json
import tempfile
import pathlib

from command import SOURCE, psmc, refused, require

PRESETS = SOURCE / "arch/presets"
LAB4 = """lab4: 2 x 2 nodes at 1000 MHz
      host
   c0-T----T
      |    |
      T----T-c1

T 4 x tile: core, matrix unit of 16 x 16, output-stationary, 256 KiB scratchpad, DMA 2 in, 2 out, 64 semaphores

peak                                    bf16        i8       f32
multiply-adds a cycle                   1024      2048       256
Tflop/s (two a multiply-add)           2.048     4.096     0.512
ridge: flop a byte of memory              32        64         8
multiply-adds a scratchpad byte            2         4       0.5

scratchpads  1 MiB, 512 B/cycle, 512 GB/s
memory       256 MiB, 2 channels, 64 B/cycle, 64 GB/s
network      mesh: mesh, 64 B/cycle a link and direction, 3 cycles a hop
bisection    128 B/cycle, 128 GB/s each way
chip links   4 of 32 B/cycle, 32 GB/s
host         32 B/cycle, 32 GB/s, 1000 cycles
"""
NET = """func @f(%x: tensor<4x8xf32>) -> (%r: tensor<4x8xf32>) {
  %b = call @softmax(%x) {axis = 1}
  return %b
}
"""


def changed(name, *changes):
    text = (PRESETS / f"{name}.json").read_text()
    for old, new in changes:
        require(old in text, f"{old} is not in {name}")
        text = text.replace(old, new, 1)
    return text


def check(folder):
    for path in sorted(PRESETS.glob("*.json")):
        out, err = psmc("arch-check", path)
        usable = path.stem != "tpu-like"
        require((b", good\n" in out) == usable, f"{path.stem}: {out}")
        require((err == b"") == usable and (usable or b"warning[PSM0505]" in err), f"{path.stem}: {err}")
    bad = folder / "bad.json"
    bad.write_text(changed("lab4", ('"clock_mhz": 1000', '"clock_mhs": 1000'), ('"banks": 16', '"banks": 99'),
                           ('"side": "west"', '"side": "wets"')))
    _, err = psmc("arch-check", bad, status=1)
    for text in ("bad.json:1:1: error[PSM0202]: this object has no key \"clock_mhz\"",
                 "bad.json:4:3: error[PSM0502]: a machine has no \"clock_mhs\"", "did you mean `clock_mhz`?",
                 "error[PSM0503]: \"banks\" is 99; it must be from 1 to 64", "did you mean `west`?", "^~"):
        require(text in err.decode(), f"no '{text}' in {err.decode()}")
    refused("arch-check", folder / "missing.json", status=2)
    refused("arch-check", status=2)


def show(folder):
    page = psmc("arch-show", "lab4")[0].decode()
    require(page.startswith(LAB4), page)
    require("nodes.tile.scratchpad.bytes                       262144 B" in page, page)
    for path in sorted(PRESETS.glob("*.json")):
        numbers = json.loads(psmc("arch-show", path, "--json")[0])
        require(numbers["name"] == path.stem and numbers["usable"] == (path.stem != "tpu-like"), numbers)
        require(psmc("arch-show", path)[0] == psmc("arch-show", path.stem)[0], f"{path.stem} is not its file")
    numbers = json.loads(psmc("arch-show", "psm1", "--json")[0])
    require(numbers["flop_per_memory_byte"] == {"bf16": 128, "i8": 256, "f32": 32}, numbers)
    page = psmc("arch-show", "tpu-like")[0].decode()
    for text in ("T 1 x tpu: matrix unit of 256 x 256, weight-stationary: T rows in T + 766 cycles", "91.75", "1704.04760",
                 "compiler and simulator cannot use a weight-stationary matrix unit"):
        require(text in page, f"no '{text}' in {page}")
    refused("arch-show", "psm9", status=2)


def compile_for(folder):
    net = folder / "net.psm"
    net.write_text(NET)
    text = refused("compile", net, "-o", folder / "net.psmx", "--arch", "tpu-like", status=1)
    require("PSM0505" in text and "weight-stationary" in text, text)
    copy = folder / "machine.json"
    copy.write_text(changed("lab4", ('"sources"', '"sources"')))
    images = []
    for arch in ("lab4", copy):
        psmc("compile", net, "-o", folder / "net.psmx", "--arch", arch)
        images.append((folder / "net.psmx").read_bytes())
    require(images[0] == images[1], "a preset and its copy give different programs")
    ids = [psmc("run", SOURCE / "models/kjv", "--prompt", "In the beginning", "--tokens", 8, "--print", "ids", "--arch",
                arch)[0] for arch in ("psm1", "wormhole-like")]
    require(ids[0] == ids[1] and ids[0].strip(), f"wormhole-like says something else: {ids}")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check(folder)
        show(folder)
        compile_for(folder)
    require(json.loads(psmc("schema", "--machine")[0])["title"] == "psmc machine file", "no schema")
    print("arch: ok")


if __name__ == "__main__":
    main()
