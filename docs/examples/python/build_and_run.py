# SPDX-License-Identifier: Apache-2.0
"""Builds relu(x @ w + b) as JSON-IR and runs it in psmc's reference interpreter.

    python3 build_and_run.py [psmc]
"""

import pathlib
import subprocess
import sys
import tempfile

import psmc_ir


def build():
    def value(number, name, *shape):
        return {"id": number, "name": name, "type": psmc_ir.tensor("f32", *shape)}

    weight = {"id": 0, "name": "w", "type": psmc_ir.tensor("f32", 2, 3), "data": {"dense": [1.0, 0.0, -1.0, 0.5, 2.0, 1.5]}}
    bias = {"id": 1, "name": "b", "type": psmc_ir.tensor("f32", 3), "data": {"splat": 0.25}}
    zero = {"id": 2, "type": psmc_ir.tensor("f32"), "data": {"dense": [0.0]}}
    body = [
        {"op": "constant", "results": [{"id": 1, "name": "w"}], "attrs": {"id": 0}},
        {"op": "constant", "results": [{"id": 2, "name": "b"}], "attrs": {"id": 1}},
        {"op": "constant", "results": [{"id": 3}], "attrs": {"id": 2}},
        {"op": "contract", "operands": [0, 1], "results": [{"id": 4}], "attrs": {"spec": "mk,kn->mn"}},
        {"op": "add", "operands": [4, 2], "results": [{"id": 5}], "loc": {"label": "bias"}},
        {"op": "max", "operands": [5, 3], "results": [{"id": 6, "name": "y"}], "x-author": "build_and_run.py"},
        {"op": "return", "operands": [6]},
    ]
    main = {"name": "main", "args": [value(0, "x", 1, 2)], "results": [{"name": "y", "type": psmc_ir.tensor("f32", 1, 3)}],
            "body": body}
    # x as a constant function of its own, so that the example needs no input file.
    one = {"id": 3, "name": "x", "type": psmc_ir.tensor("f32", 1, 2), "data": {"dense": [1.0, 2.0]}}
    call = [{"op": "constant", "results": [{"id": 0}], "attrs": {"id": 3}},
            {"op": "call", "operands": [0], "results": [{"id": 1}], "attrs": {"callee": "main"}},
            {"op": "return", "operands": [1]}]
    example = {"name": "example", "args": [], "results": [{"name": "y", "type": psmc_ir.tensor("f32", 1, 3)}], "body": call}
    return psmc_ir.module([main, example], [weight, bias, zero, one])


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else "psmc"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "example.json"
        path.write_text(psmc_ir.write(build()))
        subprocess.run([compiler, "check", path], check=True)
        subprocess.run([compiler, "interp", path, "--func", "example"], check=True)


if __name__ == "__main__":
    main()
