# SPDX-License-Identifier: Apache-2.0
"""Damaged images, IR, assembly, machine files and tokenizers given to the binary: each run ends with 0, with 1 and a
code, with 4 (a trap) and a code, or, if a tokenizer gives tokens that the model lacks, with 2 and a code; within a limit
of memory and time. Models are those of hostile_test.py."""

import pathlib
import random
import resource
import subprocess
import sys
import tempfile

from command import PSMC, SOURCE, has_code, psmc, require, skip
from hostile_test import mutate
from tiny import make_model, write_npy

ROUNDS = 60
LIMIT = 3 << 30
NET = """func @main(%x: tensor<6x20xf32>, %w: tensor<20x9xf32>) -> (%r: tensor<6x9xf32>) {
  %a = contract %x, %w {dtype = f32, spec = "mk,kn->mn"}
  %b = call @softmax(%a) {axis = 1}
  return %b
}
"""


def run(arguments, what):
    """Exit status of a run, which must be an allowed one."""
    result = subprocess.run([PSMC, *map(str, arguments)], capture_output=True, timeout=120,
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)))
    text = result.stderr.decode(errors="replace")
    require(result.returncode in (0, 1, 2, 4), f"{what}: exit status {result.returncode}\n{text[-2000:]}")
    require(result.returncode == 0 or has_code(result.stderr), f"{what}: no code in {text[-2000:]}")
    return result.returncode


def main():
    if not pathlib.Path(PSMC).is_file():
        skip(f"{PSMC} is not built")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "net.psm").write_text(NET)
        psmc("compile", folder / "net.psm", "-o", folder / "net.any", "--emit=json,psma,psmx", "--arch", "lab4")
        (folder / "lab4.json").write_bytes((SOURCE / "arch/presets/lab4.json").read_bytes())
        (folder / "llama3.json").write_bytes((SOURCE / "tests/frontend/tokenizers/llama3.json").read_bytes())
        model = make_model(folder / "tiny.bin", "--vocab", "2000")
        write_npy(folder / "x.npy", "<f4", (6, 20), [i / 50 for i in range(120)], "f")
        write_npy(folder / "w.npy", "<f4", (20, 9), [i / 99 for i in range(180)], "f")
        compiled = ["-o", folder / "out.psmx"]
        commands = {
            "net.psmx": ["sim", folder / "net.psmx", "--max-cycles", "100000", "--input", f"x={folder}/x.npy",
                         "--input", f"w={folder}/w.npy"],
            "net.psm": ["compile", folder / "net.psm", *compiled, "--arch", "lab4"],
            "net.json": ["compile", folder / "net.json", *compiled, "--arch", "lab4"],
            "net.psma": ["as", folder / "net.psma", *compiled, "--check"],
            "lab4.json": ["compile", folder / "net.psm", *compiled, "--arch", folder / "lab4.json"],
            "llama3.json": ["run", model, "--tokenizer", folder / "llama3.json", "--prompt", "Once", "--tokens", "1",
                            "--print", "ids", "--on", "interpreter"],
        }
        for file, command in commands.items():
            require(run(command, file) == 0, f"{file}: refused although nothing is wrong with it")
        rng = random.Random(21)
        refused = 0
        for number in range(ROUNDS):
            file = list(commands)[number % len(commands)]
            good = (folder / file).read_bytes()
            (folder / file).write_bytes(mutate(good, rng))
            refused += run(commands[file], f"{file}, round {number}") != 0
            (folder / file).write_bytes(good)
    print(f"RESULT corruptions.tried_binary {ROUNDS} files\nRESULT corruptions.refused_binary {refused} files")


if __name__ == "__main__":
    sys.exit(main())
