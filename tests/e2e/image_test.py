# SPDX-License-Identifier: Apache-2.0
"""One image for all: a compiled model's bytes depend on the model alone, the assembly of it is a fixpoint, and a process
that has nothing but the image computes the logits that the model means."""

import pathlib
import shutil
import tempfile

from command import psmc, require
from tiny import make_model, read_floats, write_npy


def logits_of(image, folder, token):
    """Of one token at position 0."""
    write_npy(folder / "tokens.npy", "<i4", (1,), [token], "i")
    psmc("sim", image, "--entry", "decode", "--input", f"tokens={folder}/tokens.npy", "--input", "pos=0", "--output", folder / "out")
    return read_floats(folder / "out/logits.npy")


def expected_of(module, folder, token):
    psmc("interp", module, "--func", "decode", "--input", f"tokens={token}", "--symbol", "pos=0", "--output", folder / "expected")
    return read_floats(folder / "expected/logits.npy")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = make_model(folder / "tiny.bin")
        for dtype, tolerance in (("f32", 1e-4), ("bf16", 0.05)):
            image, again = folder / f"{dtype}.psmx", folder / "again.psmx"
            psmc("compile", model, "-o", image, "--dtype", dtype)
            psmc("run", model, "--dtype", dtype, "--prompt-ids", "5,6,7", "--tokens", "2", "--print", "ids")
            psmc("compile", model, "-o", again, "--dtype", dtype)
            require(image.read_bytes() == again.read_bytes(), f"{dtype}: two compilations differ")
            text, _ = psmc("dis", image)
            require(psmc("as", "-", stdin=text)[0] == image.read_bytes(), f"{dtype}: .psmx -> .psma -> .psmx is no fixpoint")
            psmc("compile", model, "-o", folder / f"{dtype}.psm", "--dtype", dtype)
            alone = folder / "alone"
            alone.mkdir()
            moved = shutil.move(image, alone / "image.psmx")
            for token in (1, 39):
                ours, expected = logits_of(moved, folder, token), expected_of(folder / f"{dtype}.psm", folder, token)
                scale = max(abs(v) for v in expected)
                worst = max(abs(a - b) for a, b in zip(ours, expected))
                require(len(ours) == 40 and worst <= tolerance * scale, f"{dtype}: logits are off by {worst} of {scale}")
                first, _ = psmc("run", model, "--dtype", dtype, "--prompt-ids", str(token), "--tokens", "1", "--print", "ids", "--chunk", "1")
                require(int(first) == ours.index(max(ours)), f"{dtype}: run and sim choose different tokens")
            shutil.rmtree(alone)
    print("image: the same bytes each time, and the image alone gives the logits")


if __name__ == "__main__":
    main()
