# SPDX-License-Identifier: Apache-2.0
"""What a module's users may call: every function but the private ones, through compilation, the passes between
functions and back."""

import pathlib
import tempfile

from command import psmc, refused, require

LAYERS = 5
MODULE = """func @main(%x0: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
""" + "".join(f"""  %c{i} = contract %x{i}, %w {{spec = "mk,kn->mn"}}   loc("layer {i}, product")
  %s{i} = call @half(%c{i})   loc("layer {i}, half")
  %x{i + 1} = tanh %s{i}   loc("layer {i}, end")
""" for i in range(LAYERS)) + f"""  return %x{LAYERS}
}}
func @half(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {{private = true}} {{
  %c = constant 0.5 : tensor<f32>
  %r = mul %x, %c
  return %r
}}
""".replace("constant 0.5 : tensor<f32>", "constant dense[0.5] : tensor<f32>")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        source, image, text = folder / "m.psm", folder / "m.psmx", folder / "m.psma"
        source.write_text(MODULE)
        psmc("compile", source, "-o", image)
        psmc("dis", image, "-o", text)
        assembly = text.read_text()
        require('.entry "main"' in assembly and '.entry "half"' not in assembly, "a private function is an entry")
        psmc("compile", source, "-o", image, "--entry", "half")  # who names it gets it

        alone = folder / "alone.psm"
        alone.write_text(MODULE[MODULE.index("func @half"):])
        require("private" in refused("compile", alone, "-o", image, status=2), "the note does not say why there is no entry")

        out = psmc("opt", source, "--passes=inline,outline-repeats{least=3},remove-unused-symbols")[0].decode()
        require(out.count("call @main.repeat(") == LAYERS and "@half" not in out, f"not outlined:\n{out}")
        there = psmc("opt", source, "--passes=inline,remove-unused-symbols,cse")[0].decode()
        back = psmc("opt", source, "--check-each",
                    "--passes=inline,outline-repeats{least=3},inline,remove-unused-symbols,cse")[0].decode()
        values = [line.split("= ")[1] for line in there.splitlines() if "loc(" in line]
        require([line.split("  loc(")[1] for line in back.splitlines() if "loc(" in line] ==
                [line.split("  loc(")[1] for line in there.splitlines() if "loc(" in line] and len(values) == 2 * LAYERS,
                f"other ops or labels after outlining and inlining:\n{back}\n{there}")
    print("entries: private functions are no entries")


if __name__ == "__main__":
    main()
