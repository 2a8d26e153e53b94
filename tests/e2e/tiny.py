# SPDX-License-Identifier: Apache-2.0
"""A small random Llama model, and .npy files without NumPy."""

import pathlib
import struct
import subprocess
import sys

from command import SOURCE

SIZES = "--dim 32 --heads 4 --kv-heads 2 --head-dim 8 --hidden 48 --layers 2 --vocab 40 --seq 32".split()


def make_model(out, *more):
    """`out` without extension is a Hugging Face folder, with .bin a llama2.c checkpoint."""
    maker = SOURCE / "tests/reference/make_model.py"
    subprocess.run([sys.executable, maker, out, *SIZES, *more], check=True, stdout=subprocess.DEVNULL)
    return out


def write_npy(path, dtype, shape, values, letter):
    """`dtype` as in '<f4', `letter` its struct format."""
    shape_text = "(" + "".join(f"{d}, " for d in shape) + ")"
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape_text}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    data = struct.pack(f"<{len(values)}{letter}", *values)
    pathlib.Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)


def read_floats(path):
    """The elements of a .npy file of f32."""
    raw = pathlib.Path(path).read_bytes()
    start = 10 + struct.unpack("<H", raw[8:10])[0]
    return list(struct.unpack(f"<{(len(raw) - start) // 4}f", raw[start:]))
