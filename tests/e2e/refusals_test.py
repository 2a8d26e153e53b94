# SPDX-License-Identifier: Apache-2.0
"""What psmc must not do silently: options without effect, requests that the machine or the model cannot meet."""

import pathlib
import tempfile

from command import psmc, refused, require

NET = """func @f(%x: tensor<4x8xf32>) -> (%r: tensor<4x8xf32>) {
  %b = call @softmax(%x) {axis = 1}
  return %b
}
"""


def says(words, *arguments, **more):
    """psmc must refuse this, and name `words` when it does."""
    text = refused(*arguments, **more)
    require(words in text, f"{arguments}: no '{words}' in: {text}")


def requests(net, folder):
    """The rectangle of tiles and the entries must be there."""
    out = ["-o", folder / "never.psmx"]
    for option in ("--columns", "--rows"):
        for count in (9, 100, 1024):
            says("PSM0103", "compile", net, *out, option, count, status=2)
    for count in (1, 8):
        psmc("compile", net, "-o", folder / "few.psmx", "--columns", count)
    says("`f`?", "compile", net, *out, "--entry", "F", status=2)
    for entry in ("softmax", "f.x"):
        says("PSM0103", "compile", net, *out, f"--entry={entry}", status=2)
    says("twice", "compile", net, *out, "--entry", "f", "--entry", "f", status=2)
    require(not (folder / "never.psmx").exists(), "a refused compilation left a file")


def passes(net):
    """Options of passes have kinds and ranges; a name that there is not is an error."""
    for wrong in ("fuse-elementwise{ops=abc}", "fuse-elementwise{ops=1e3}", "inline{limit=-5}", "inline{limit=0}",
                  "fold-constants{limit=99999999999999999999}", "fold-constants{limits=3}", "fold-constant"):
        says("PSM0212", "opt", net, "--passes", wrong)
    says("`fuse-elementwise`?", "opt", net, "--print-ir-after=fuse-elementwse")
    says("`cse`?", "opt", net, "--passes=dce,sce")
    for command in (["opt", net], ["compile", net, "-o", "-", "--emit=psma"]):
        says("PSM0102", *command, "--reproducer", "/nosuch/r.psm")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        net = folder / "net.psm"
        net.write_text(NET)
        requests(net, folder)
        passes(net)
    print("refusals: nothing is silently ignored")


if __name__ == "__main__":
    main()
