# SPDX-License-Identifier: Apache-2.0
"""psmc fmt, check, diff, upgrade and graphs for viewers, as a user meets them."""

import pathlib
import re
import shutil
import subprocess
import tempfile

from command import psmc, refused, require

CANONICAL = """const @w : tensor<4xf32> = dense[1.0, 2.0, 3.0, 4.0]

func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = constant @w
  %a = add %x, %w
  %b = exp %x
  %y = mul %a, %b
  return %y
}
"""
UNTIDY = """// what it is for
const @w : tensor<4xf32> = dense[1.0, 2.0, 3, 4]   // weights
func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // first the sum
  %w = constant @w

  %a = add   %x, %w : tensor<4xf32>    // the "sum" // and more
  %b = exp %x
  %y = mul %a,%b
  return %y
  // nothing follows
}
// the end
"""
TIDY = """// what it is for
const @w : tensor<4xf32> = dense[1.0, 2.0, 3.0, 4.0]  // weights

func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  // first the sum
  %w = constant @w
  %a = add %x, %w  // the "sum" // and more
  %b = exp %x
  %y = mul %a, %b
  return %y
  // nothing follows
}
// the end
"""


def formatting(folder):
    path = folder / "m.psm"
    path.write_text(UNTIDY)
    require(psmc("fmt", "--check", path, status=1)[0].decode() == f"{path}\n", "an untidy text is called canonical")
    require(path.read_text() == UNTIDY, "--check wrote")
    require(psmc("fmt", path, "-o", "-")[0].decode() == TIDY, "fmt to standard output gives something else")
    psmc("fmt", path)
    require(path.read_text() == TIDY, f"fmt gives\n{path.read_text()}")
    psmc("fmt", "--check", path)
    psmc("fmt", path)
    require(path.read_text() == TIDY, "fmt of a canonical text changes it")
    json_path = folder / "m.json"
    psmc("upgrade", path, "-o", json_path)
    canonical = json_path.read_text()
    json_path.write_text(canonical.replace(", ", ",\n"))
    psmc("fmt", "--check", json_path, status=1)
    psmc("fmt", json_path, path)
    require(json_path.read_text() == canonical, "fmt of JSON-IR gives something else")
    require("PSM0103" in refused("fmt", path, json_path, "-o", folder / "both", status=2), "-o takes two modules")
    binary = folder / "m.psmb"
    psmc("upgrade", path, "-o", binary)
    before = binary.read_bytes()
    psmc("fmt", "--check", binary)
    psmc("fmt", binary)
    require(before.startswith(b"PSMB") and binary.read_bytes() == before, "fmt makes a text of a binary module")
    for one, other in ((path, json_path), (json_path, binary), (binary, path)):
        kept = other.read_bytes()
        require("psmc upgrade" in refused("fmt", one, "-o", other, status=2), f"fmt {one.name} -o {other.name}")
        require(other.read_bytes() == kept, f"{other.name} is no longer what its name says")
    path.write_text('// first\nmodule {x.b="[]",x.a = "1"} // tools\n\n' + UNTIDY)
    tidy = '// first\nmodule {x.a = "1", x.b = "[]"}  // tools\n' + TIDY
    require(psmc("fmt", path, "-o", "-")[0].decode() == tidy, "extensions of the module are not formatted")
    path.write_text("// a line\n" * 1_000_000 + "func @f( %x: f32) {\n  return\n}\n")
    psmc("fmt", path)  # each used to look through the others for the next code
    require(path.read_text().endswith("// a line\nfunc @f(%x: f32) {\n  return\n}\n"), "comments are lost")
    path.write_text("func @f( {\n")
    refused("fmt", path)
    require(path.read_text() == "func @f( {\n", "fmt of a broken text wrote")


def checking(folder):
    good, bad = folder / "good.psm", folder / "bad.psm"
    good.write_text(CANONICAL)
    bad.write_text("func @f(%x: tensor<4xf32>) {\n  %a = neg %x, %x\n  %b = nag %x\n  return\n}\n")
    out = psmc("check", good)[0].decode()
    require(out == f"{good}: 1 function, 5 ops, 1 constant\n", out)
    out, err = psmc("check", bad, good, status=1)
    require(b"good.psm: 1 function" in out, "a good module beside a bad one is not named")
    require(re.search(rb"bad.psm:2:\d+: error\[PSM0350\]", err) and re.search(rb"bad.psm:3:\d+: error\[PSM0208\]", err),
            f"not all errors are told: {err.decode()}")


def comparing(folder):
    def diff(change, status=1):
        other = folder / "other.psm"
        other.write_text(change(CANONICAL))
        return psmc("diff", folder / "good.psm", other, status=status)[0].decode()

    same = diff(lambda text: re.sub(r"%a\b", "%sum", text).replace("@w", "@weights"), 0)
    require(same == "", f"names are told: {same}")
    lines = CANONICAL.splitlines(keepends=True)
    lines[3], lines[4], lines[5] = lines[5], lines[3], lines[4]
    require(diff(lambda _: "".join(lines), 0) == "", "the order of independent ops is told")
    out = diff(lambda text: text.replace("add", "sub"))
    require("- " in out and "add %x, %w" in out and "sub %x, %w" in out and "mul" not in out, f"the cause is not told: {out}")
    require("2 ops differ because of these" in out, f"what follows is not counted: {out}")
    require("constant" in diff(lambda text: text.replace("4.0]", "5.0]")), "other elements are not told")
    require("x.t" in diff(lambda text: 'module {x.t = "1"}\n' + text), "another extension of the module is not told")
    require("constant" in diff(lambda text: text.replace("4.0]", '4.0] {x.t = "1"}')), "another extension is not told")
    require("mul %a, %b" in diff(lambda text: text.replace("mul %a, %b", "mul %b, %a")), "swapped operands are not told")
    require("tensor<4xf32>" in diff(lambda text: text.replace("(%x: ", "[n: 0..3](%x: ")), "another signature is not told")
    require("@g is only in" in diff(lambda text: text.replace("@f", "@g")), "another function is not told")
    require("exp %a" in diff(lambda text: text.replace("  %b = exp", "  %d = exp %a\n  %b = exp")), "a dead op is not told")
    stores = """func @k(%x: buffer<4xf32>, %y: buffer<4xf32>) {
  %0 = load %x[0]
  store %0, %y[1]
  %1 = load %x[2]
  store %1, %y[3]
  return
}
"""
    require("one of the modules only" in refused("diff", "-", "-", status=2), "standard input is read twice")
    one, two = folder / "one.psm", folder / "two.psm"
    one.write_text(stores)
    swapped = stores.splitlines(keepends=True)
    swapped[2], swapped[3] = swapped[3], swapped[2]
    two.write_text("".join(swapped))
    require("order of effects" in psmc("diff", one, two, status=1)[0].decode(), "the order of effects does not matter")


def upgrading(folder):
    psmc("upgrade", folder / "good.psm", "-o", folder / "new.json")
    new = (folder / "new.json").read_text()
    require('"version": "1.1"' in new, "not the present version")
    (folder / "old.json").write_text(new.replace('"1.1"', '"1.0"'))
    psmc("upgrade", folder / "old.json", "-o", folder / "again.json")
    require((folder / "again.json").read_text() == new, "an old document does not become the new one")
    require(psmc("upgrade", folder / "old.json")[0].decode() == new, "standard output gives something else")
    psmc("upgrade", folder / "old.json", "-o", folder / "text.psm")
    require((folder / "text.psm").read_text() == CANONICAL, "the text of an upgraded document differs")
    (folder / "old.json").write_text(new.replace('"1.1"', '"2.0"'))
    require("PSM0213" in refused("upgrade", folder / "old.json"), "another major is upgraded")


def graphs(folder):
    source, out = folder / "g.psm", folder / "g.dot"
    source.write_text(CANONICAL + """
func @"a \\"b\\""(%x: tensor<2xf32>) -> tensor<2xf32> {
  %r = group {
    %e = exp %x
    yield %e
  }
  return %r
}
""")
    psmc("opt", source, "--passes=dce", "-o", out)
    text = out.read_text()
    nodes = re.findall(r"^ *n(\d+) \[.*label=", text, re.MULTILINE)
    edges = re.findall(r"^ *n(\d+) -> n(\d+)", text, re.MULTILINE)
    require(len(set(nodes)) == len(nodes) == 11, f"{len(nodes)} nodes")
    require(len(edges) == 9, f"{len(edges)} edges")
    require(all(a in nodes and b in nodes for a, b in edges), "an edge without node")
    require(text.count("subgraph cluster_") == 3 and text.count("{") == text.count("}"), "clusters")
    require('label="add\\n%a : tensor<4xf32>"' in text, text)
    psmc("opt", source, "--passes=dce", "-o", out, "--function", "f")
    require(out.read_text().count("subgraph") == 1, "--function shows others, too")
    require("there are: " in refused("opt", source, "--passes=dce", "-o", out, "--function", "ff", status=2), "no names")
    refused("opt", source, "--passes=dce", "-o", folder / "g.json", "--function", "f", status=2)
    psmc("compile", source, "-o", folder / "c.dot", "--emit=dot")
    require((folder / "c.dot").read_text() == text, "compile --emit=dot gives another graph")
    large = "".join(f"  %{i + 1} = exp %{i}\n" for i in range(3000))
    source.write_text(f"func @f(%0: tensor<4xf32>) -> tensor<4xf32> {{\n{large}  return %3000\n}}\n")
    psmc("opt", source, "--passes=dce", "-o", out)
    require("1001 more ops" in out.read_text() and len(out.read_text()) < 300_000, "a large module is not limited")
    if shutil.which("dot"):
        for path in (folder / "c.dot", out):
            done = subprocess.run(["dot", "-Tplain", path], capture_output=True, check=False, timeout=300)
            require(done.returncode == 0 and not done.stderr, done.stderr)
    else:
        print("no Graphviz: graphs were looked at, not drawn")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part in (formatting, checking, comparing, upgrading, graphs):
            part(folder)
    print("modules: fmt, check, diff, upgrade and graphs do what they say")


if __name__ == "__main__":
    main()
