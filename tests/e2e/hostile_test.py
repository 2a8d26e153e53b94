# SPDX-License-Identifier: Apache-2.0
"""Broken models: psmc refuses them with a code or runs them; it neither crashes nor hangs, and leaves nothing behind.

A small random model is made, then its files are cut short, overwritten and replaced, each from a seed. Runs are on the
interpreter, so what is under test is everything that reads.
"""

import pathlib
import random
import subprocess
import sys
import tempfile

from command import SOURCE, has_code, psmc, require

ROUNDS = 40
RUN = ["--on", "interpreter", "--prompt-ids", "1,2", "--tokens", "1", "--print", "ids"]


def make_model(out, *more):
    sizes = "--dim 16 --heads 2 --kv-heads 1 --head-dim 8 --hidden 24 --layers 1 --vocab 32 --seq 16".split()
    maker = SOURCE / "tests/reference/make_model.py"
    subprocess.run([sys.executable, maker, out, *sizes, *more], check=True, stdout=subprocess.DEVNULL)


def run_broken(model, what):
    """Runs; an error must carry a code."""
    _, stderr = psmc("run", model, *RUN, status=None, timeout=60)
    if stderr:
        require(has_code(stderr), f"{what}: no code in: {stderr.decode(errors='replace')}")


def mutate(data, rng):
    """Cuts, overwrites or repeats a part; the beginning, where headers stand, more often than the rest."""
    data = bytearray(data)
    kind = rng.randrange(4)
    if kind == 0:
        return bytes(data[: rng.randrange(len(data))])
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(min(len(data), 1 << rng.randrange(3, 13)))
        if kind == 1:
            data[at] = rng.randrange(256)
        elif kind == 2:
            data[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"9999", b"-1-1"])
        else:
            data[at:at] = data[at : at + rng.randrange(1, 40)]
    return bytes(data)


def break_files(folder, model):
    files = sorted(p for p in ([model] if model.is_file() else model.iterdir()) if p.is_file())
    rng = random.Random(20)
    for round_number in range(ROUNDS):
        path = files[round_number % len(files)]
        good = path.read_bytes()
        path.write_bytes(mutate(good, rng))
        run_broken(model, f"{path.name}, round {round_number}")
        path.write_bytes(good)
    for path in files:
        good = path.read_bytes()
        for name, bad in (("empty", b""), ("zeros", bytes(len(good))), ("brackets", b"[" * 100_000)):
            path.write_bytes(bad)
            run_broken(model, f"{path.name} as {name}")
        path.unlink()
        run_broken(model, f"without {path.name}")
        path.write_bytes(good)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for model in (folder / "huggingface", folder / "llama2c.bin"):
            make_model(model)
            psmc("run", model, *RUN)
            break_files(folder, model)
        for nonsense in ("nothing-here", folder, "/dev/null"):
            _, stderr = psmc("run", nonsense, *RUN, status=1)
            require(has_code(stderr), f"{nonsense}: no code")
        left = sorted(p.name for p in folder.iterdir())
        require(left == ["huggingface", "llama2c.bin"], f"left behind: {left}")
    print("hostile: every broken model was refused or run")


if __name__ == "__main__":
    main()
