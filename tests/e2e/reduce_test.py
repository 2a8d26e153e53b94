# SPDX-License-Identifier: Apache-2.0
"""`psmc reduce` with commands that fail by status, by text, with a code of psmc, and by taking too long."""

import pathlib
import sys
import tempfile

from command import PSMC, psmc, refused, require

ROWS = "\n".join(f"  %v{i} = {op} %v{i - 1}" for i, op in enumerate(["exp", "neg", "tanh", "abs"] * 50, 1))
DATA = ", ".join(f"{i}.5" for i in range(64 * 16))
MODULE = f"""const @w : tensor<64x16xf32> = dense[{DATA}]

func @unused(%a: tensor<4xf32>) -> tensor<4xf32> {{
  return %a
}}

func @main[pos: 0..7](%v0: tensor<16x64xf32>, %s: tensor<8x4xf32> state @s) -> (tensor<16x16xf32>, tensor<8x4xf32> state @s) {{
{ROWS}
  %w = constant @w
  %c = contract %v200, %w {{spec = "mk,kn->mn"}}
  return %c, %s
}}
"""

# Sleeps for ever if the module holds a contraction: no limit that a machine may be too slow for.
SLOW = "grep -q contract {} && sleep 100000; exit 0"


def reduce(folder, *arguments, status=0, source="m.psm"):
    return psmc("reduce", source, "--test", *arguments, cwd=folder, status=status)


def left(folder, name="small.psm"):
    psmc("check", name, cwd=folder)
    return (folder / name).read_text()


def by_status(folder):
    out, _ = reduce(folder, "grep -q 'tanh' {} && exit 3; exit 0", "--status", 3, "-o", "small.psm")
    text = left(folder)
    require(text == "func @main(%0: tensor<1x1xf32>) {\n  %1 = tanh %0\n  return\n}\n", f"not reduced: {text}")
    require(b"replay: grep -q 'tanh' small.psm && exit 3; exit 0" in out, out)
    again, _ = reduce(folder, "grep -q 'tanh' {} && exit 3; exit 0", "--status", 3, "-o", "small.psm")
    require(again == out, "two runs differ")


def by_output(folder):
    test = f"{PSMC} opt %s -o /dev/null --passes=dce,no-such-pass"
    reduce(folder, test, "--output", "no-such-pass", "--status", 2, "-o", "small.psm")
    require(left(folder).count("\n") == 3, "an empty function is all that this needs")


def by_code(folder):
    """The interpreter wants the argument %v0, whatever is done with it."""
    test = f"{PSMC} interp {{}} --func main --symbol pos=0"
    _, said = psmc("interp", "m.psm", "--func", "main", "--symbol", "pos=0", cwd=folder, status=2)
    code = said.decode().split("[")[1].split("]")[0]
    reduce(folder, test, "--output", code, "-o", "small.psm")
    text = left(folder)
    require(code.startswith("PSM") and len(text.splitlines()) <= 4, f"{code}: {text}")


def by_time(folder):
    reduce(folder, SLOW, "--timeout", 0.5, "-o", "small.psm")
    text = left(folder)
    require("contract" in text and "exp" not in text and "tensor<1x1xf32>" in text, f"not reduced: {text}")


def with_data(folder):
    """Constants in files resolve from the candidates' folder, whatever its place; the output has data of its own."""
    psmc("opt", "m.psm", "-o", "stored.psm", "--passes=dce", cwd=folder)
    stored = (folder / "stored.psm").read_text()
    require('file("stored.safetensors"' in stored, "the constant should lie in a file")
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    (folder / "elsewhere").mkdir()
    test = f"{PSMC} check {{}} && grep -q '^const .*file(' {{}} && exit 5; exit 0"
    reduce(folder, test, "--status", 5, "-o", "elsewhere/small.psm", source="stored.psm")
    text = left(folder, "elsewhere/small.psm")
    require('file("small.safetensors"' in text and text.count("\n") == 5, f"the data are lost, or not reduced: {text}")
    require(sorted(path.name for path in (folder / "elsewhere").iterdir()) == ["small.psm", "small.safetensors"],
            "candidates are left behind")
    require(all(path.read_bytes() == data for path, data in before.items()), "the input was touched")
    refused("reduce", "stored.psm", "--test", "false {}", "-o", "./stored.psm", cwd=folder, status=2)
    (folder / "same").mkdir()
    (folder / "m2.psm").write_text(stored)
    refused("reduce", "m2.psm", "--test", "false {}", "-o", "stored.json", cwd=folder, status=2)
    require(all(path.read_bytes() == data for path, data in before.items()), "the input was touched")


def refusals(folder):
    said = refused("reduce", "m.psm", "--test", "exit 0 # {}", cwd=folder, status=2)
    require("does not fail" in said, said)
    require("does not name" in refused("reduce", "m.psm", "--test", "false", cwd=folder, status=2), "a command without {}")
    refused("reduce", "m.psm", "--test", "false {}", "--timeout", 1, "--status", 1, cwd=folder, status=2)
    refused("reduce", "m.psm", "--test", "false {}", "-o", "no/folder/x.psm", cwd=folder)
    refused("reduce", "none.psm", "--test", "false {}", cwd=folder)
    (folder / "bad.psm").write_text("func @f( {\n")
    refused("reduce", "bad.psm", "--test", "false {}", cwd=folder)
    out, _ = reduce(folder, "false {}", "-o", "small.psm", "--max-tests", 1)
    require(b"1 tests, ended by a limit" in out, out)


def main():
    for check in (by_status, by_output, by_code, by_time, with_data, refusals):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "m.psm").write_text(MODULE)
            check(folder)
            require((folder / "m.psm").read_text() == MODULE, f"{check.__name__}: the input was changed")
            require(not list(folder.glob(".reduce-*")), f"{check.__name__}: a folder is left behind")
    print("reduce: ok")


if __name__ == "__main__":
    sys.exit(main())
