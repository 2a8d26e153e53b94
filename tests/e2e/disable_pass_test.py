# SPDX-License-Identifier: Apache-2.0
"""No pass is there for nothing: without any one step of the usual pipeline, and without any one pass or decision that
--disable-pass takes, some source of a small set compiles to other bytes, or is refused with a code."""

import pathlib
import tempfile

from command import has_code, psmc, require


def matrix(name, rows, columns):
    numbers = ", ".join(str(((i * 37) % 101 - 50) / 64) for i in range(rows * columns))
    return f"const @{name} : tensor<{rows}x{columns}xf32> = dense[{numbers}]\n"


SOURCES = {
    "calls": """func @main(%x: tensor<4x20xf32>) -> tensor<4x20xf32> {
  %y = call @twice(%x)
  return %y
}
func @twice(%x: tensor<4x20xf32>) -> tensor<4x20xf32> {
  %y = add %x, %x
  return %y
}
""",
    "softmax": """func @main(%x: tensor<4x20xf32>) -> tensor<4x20xf32> {
  %y = call @softmax(%x) {axis = 1}
  return %y
}
""",
    "reshape": """func @main(%x: tensor<6x4xf32>) -> tensor<4x6xf32> {
  %e = exp %x
  %r = reshape %e {shape = [4, 6]}
  return %r
}
""",
    # The slice of the concat is one of the constant, which is folded to zeros, so that the sum is %x.
    "simple": """const @c : tensor<4xf32> = dense[1.0, 2.0, 0.0, 0.0]
const @d : tensor<2xf32> = dense[-0.0, -0.0]
func @main(%x: tensor<2xf32>, %y: tensor<4xf32>) -> (tensor<2xf32>, tensor<4xf32>) {
  %c = constant @c
  %d = constant @d
  %p = concat %c, %y {axis = 0}
  %s = slice %p {size = [2], start = [2]}
  %z = mul %s, %d
  %r = add %x, %z
  %e = exp %y
  %f = exp %y
  %g = add %e, %f
  return %r, %g
}
""",
    "state": """func @main(%k: tensor<8x4xf32> state @k, %x: tensor<1x4xf32>) -> (tensor<8x4xf32> state @k, tensor<8x4xf32>) {
  %a = update %k, %x {start = [3, 0]}
  %d = sub %a, %k
  return %a, %d
}
""",
    "long": """func @main(%x: tensor<1x40000xf32>, %w: tensor<40000x4xf32>) -> tensor<1x4xf32> {
  %y = contract %x, %w {spec = "mk,kn->mn"}
  return %y
}
""",
    "layers": matrix("v", 64, 64) + matrix("w", 64, 64) + """func @main(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %v = constant @v
  %w = constant @w
  %a = contract %x, %v {spec = "mk,kn->mn"}
  %b = contract %a, %w {spec = "mk,kn->mn"}
  return %b
}
""",
}
# On one tile, so that a weight is a block that is fetched.
OPTIONS = {"layers": ["--columns", "1", "--rows", "1", "--stream-weights"]}


def listed(heading, text):
    """The names in --list-passes below the heading."""
    names = []
    lines = text.splitlines()
    for line in lines[lines.index(heading) + 1:] if heading else lines:
        if line.endswith(":"):
            break
        if line and not line.startswith(" "):
            names.append(line.split()[0])
    return names


class Compiler:
    def __init__(self, folder):
        self.folder = folder
        self.usual = {name: self.outcome(name) for name in SOURCES}

    def outcome(self, name, *options):
        """The image, or what it was refused with."""
        source, image = self.folder / f"{name}.psm", self.folder / "image.psmx"
        source.write_text(SOURCES[name])
        image.unlink(missing_ok=True)
        _, said = psmc("compile", source, "-o", image, *OPTIONS.get(name, []), *options, status=None)
        if image.exists():
            return image.read_bytes()
        require(has_code(said), f"{name} {options}: refused without a code: {said.decode()}")
        return said

    def changed_by(self, *options):
        return [name for name in SOURCES if self.outcome(name, *options) != self.usual[name]]


def main():
    text = psmc("--list-passes")[0].decode()
    pipeline = text.split("usual pipeline:")[1].strip().split(",")
    names = sorted(set(pipeline)) + listed("decisions (--disable-pass takes them too):", text)
    require(len(pipeline) >= 8 and len(names) >= 12 and set(pipeline) <= set(listed("", text)), f"passes: {names}")
    with tempfile.TemporaryDirectory() as name:
        compiler = Compiler(pathlib.Path(name))
        for kind, image in compiler.usual.items():
            require(image.startswith(b"PSMX"), f"{kind} does not compile: {image[:500]}")
        require(compiler.changed_by("--passes=" + ",".join(pipeline)) == [], "the listed pipeline is not the usual one")
        without = {f"--disable-pass={one}": one for one in names}
        for i, step in enumerate(pipeline):
            without["--passes=" + ",".join(pipeline[:i] + pipeline[i + 1:])] = f"{step}, step {i + 1}"
        useless = []
        for option, what in without.items():
            changed = compiler.changed_by(option)
            print(f"without {what}: {', '.join(changed) or 'nothing changes'}")
            useless += [] if changed else [what]
        require(not useless, f"without these nothing changes: {useless}")
        for command in (["compile", f"{name}/calls.psm", "-o", f"{name}/x.psmx"], ["opt", f"{name}/calls.psm"]):
            _, said = psmc(*command, "--disable-pass=cse,no-such-pass", status=2)
            require(b"`no-such-pass`" in said and has_code(said), "an unknown pass is not named")
    print(f"RESULT passes.needed {len(without)} of {len(without)}")


if __name__ == "__main__":
    main()
