# SPDX-License-Identifier: Apache-2.0
"""What psmc must not do silently: options without effect, requests that the machine or the model cannot meet."""

import json
import pathlib
import subprocess
import tempfile

from command import PSMC, SOURCE, psmc, refused, require
from tiny import make_model, write_npy

NET = """func @f(%x: tensor<4x8xf32>) -> (%r: tensor<4x8xf32>) {
  %b = call @softmax(%x) {axis = 1}
  return %b
}
"""
EARLY = """.machine "lab4"
.code "main"
        ld.v.f32 v1,[s0]
        vfma v2,v1,v1,v1
        vfma v3,v1,v1,v1
        halt
.end
.tile 0 "main"
.zero 0x0 0x800
.end
.entry "go"
.start 0 0 s1=8
.end
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
    for entry in ("", "softmax", "f.x"):
        says("PSM0103", "compile", net, *out, f"--entry={entry}", status=2)
    says("twice", "compile", net, *out, "--entry", "f", "--entry", "f", status=2)
    require(not (folder / "never.psmx").exists(), "a refused compilation left a file")


def passes(net):
    """Options of passes have kinds and ranges; a name that there is not is an error."""
    for wrong in ("fuse-elementwise{ops=abc}", "fuse-elementwise{ops=1e3}", "inline{limit=-5}", "inline{limit=0}",
                  "fold-constants{limit=99999999999999999999}", "fold-constants{limits=3}", "fold-constant"):
        says("PSM0212", "opt", net, "--passes", wrong, status=2)
    says("`fuse-elementwise`?", "opt", net, "--print-ir-after=fuse-elementwse", status=2)
    says("`cse`?", "opt", net, "--passes=dce,sce", status=2)
    for command in (["opt", net], ["compile", net, "-o", "-", "--emit=psma"]):
        says("PSM0102", *command, "--reproducer", "/nosuch/r.psm")


def nothing_to_compile(folder):
    """A module of constants alone is a good module, but there is no program in it."""
    module = folder / "constants.psm"
    for text in ("", "const @c : tensor<4xf32> = splat[1.0]\n"):
        module.write_text(text)
        says("no functions", "compile", module, "-o", folder / "constants.psmx", status=2)
        psmc("compile", module, "-o", "-", "--emit=psm")


def usage(net):
    """Mistakes on the command line have one form, and name what was probably meant."""
    for words, arguments in (("`compile`?", ["compil", net]), ("`llm`?", ["bench", "lllm"]), ("`--tokens`?", ["run", "x", "--tokns", "3"]),
                             ("`bf16`?", ["run", "x", "--dtype", "bf-16"]), ("`lab4`?", ["compile", net, "-o", "-", "--arch", "lab44"]),
                             ("'more'", ["opt", net, "more"]), ("PSM0103", ["compile", net]), ("psmc bench gemm --help", ["bench", "gemm"]),
                             ("neither", ["interp", net, "--input", "x=zero"])):
        says(words, *arguments, status=2)
    for words, option in (("--diagnostics: 'xml'", "--diagnostics=xml"), ("--max-errors: 1", "--max-errors"),
                          ("--max-errors: '-1'", "--max-errors=-1"), ("--bisect-limit: '-1'", "--bisect-limit=-1")):
        says(words, "compile", net, "-o", "-", option, status=2)  # an option that `compile -h` does not show
    for seed in ("-1", "99999999999999999999999", "1.5", "0x10"):
        says("PSM0103", "run", "x", "--seed", seed, status=2)
        says("PSM0103", "bench", "gemm", "--shapes", "x", "--seed", seed, status=2)
    require(psmc("--version")[0].startswith(b"psmc "), "--version")
    says("by `sqrt`", "opt", "-", stdin=NET.replace("call @softmax(%x) {axis = 1}", "sqtr %x").encode())


def places(net, folder):
    """An error says where: the file, the line, the op; once."""
    (folder / "noise.psm").write_bytes(bytes(range(256)) * 4)
    text = refused("opt", folder / "noise.psm")
    require(text.count("error") == 1 and "not text" in text, f"a binary file: {text}")
    (folder / "latin.psm").write_bytes("// \xe4\n".encode("latin-1") + NET.encode())
    says("not text", "opt", folder / "latin.psm")
    says("psmc compile", "opt", folder)
    says("psmc compile", "interp", folder)
    says("net.psm:2:8", "compile", net, "-o", folder / "x.psmx", "--passes=canonicalize")
    says("inline-composites", "compile", net, "-o", folder / "x.psmx", "--passes=canonicalize")
    (folder / "early.psma").write_text(EARLY)
    text = refused("as", folder / "early.psma", "-o", folder / "early.psmx", "--check")
    require("early.psma: error[PSM0721]" in text and text.count("word 1 slot") == 1 and "\n\n" not in text.rstrip(), text)


def outputs(net, folder):
    """All targets are looked at before anything is made; an output never replaces its own input."""
    (folder / "h.h").mkdir()
    says("PSM0102", "compile", net, "-o", folder / "h", "--emit=so,header")
    says("PSM0102", "compile", net, "-o", folder / "h", "--emit=psm,json,header")
    require(sorted(path.name for path in folder.iterdir()) == ["h.h", "net.psm"], f"left behind: {list(folder.iterdir())}")
    says("--emit", "compile", net, "-o", folder / "foo.txt", status=2)
    says("overwritten", "compile", net, "-o", net, "--emit=psm", status=2)
    says("overwritten", "compile", net, "-o", folder / "net.any", "--emit=psm,psmx", status=2)
    require(net.read_text() == NET, "the input was overwritten")
    for option in ("--arch", "--passes", "--entry"):
        says("nosuch", "compile", net, "-o", folder / "b.psm", option, "nosuch", status=2)
    psmc("compile", net, "-o", folder / "b.loops.psm")
    require("buffer<" in (folder / "b.loops.psm").read_text(), "the name says loops")


def lost_output(net, folder):
    """What cannot be written is not ok."""
    image = folder / "net.psmx"
    psmc("compile", net, "-o", image)
    write_npy(folder / "x.npy", "<f4", (4, 8), [0.5] * 32, "f")
    inputs = ["--input", f"x={folder}/x.npy"]
    for command in (["-h"], ["run", "-h"], ["--list-ops"], ["explain", "PSM0101"], ["opt", net], ["dis", image], ["sim", image, *inputs],
                    ["sim", image, *inputs, "--stats", "-"], ["interp", net, *inputs], ["compile", net, "-o", "-", "--emit=psm"]):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([PSMC, *map(str, command)], stdout=full, stderr=subprocess.PIPE, check=False)
        require(result.returncode == 1 and b"PSM0102" in result.stderr, f"{command} > /dev/full: {result}")
    stats, shown = psmc("sim", image, *inputs, "--stats", "-")
    require(json.loads(stats)["cycles"] > 0 and b"r: 4x8 f32" in shown, "--stats - is not JSON alone")
    says("PSM0102", "sim", image, *inputs, "--stats", "/nowhere/s.json")


def bindings(net, folder):
    """A wrong name is told before a missing one; what is expected is looked at before anything runs."""
    image, x = folder / "net.psmx", folder / "x.npy"
    for command in (["sim", image], ["interp", net]):
        says("no 'z'", *command, "--input", "z=1", status=2)
        says("'x' is not given", *command, status=2)
        says("a number is one element", *command, "--input", "x=1.5", status=2)
        write_npy(folder / "short.npy", "<f4", (4, 7), [0.0] * 28, "f")
        says("4x7 f32", *command, "--input", f"x={folder}/short.npy")
    says("output 'r'", "sim", image, "--input", f"x={x}", "--expect", f"r={folder}/short.npy", "--max-cycles", "1")
    says("PSM0820", "sim", image, "--input", f"x={x}", "--expect", "x=1", status=2)
    says("PSM0820", "sim", image, "--input", f"r={x}", status=2)


def limits(folder):
    """A small program that computes for long ends by itself."""
    text = "".join(f"func @f{i}(%x: tensor<4xf32>) -> (tensor<4xf32>) {{\n  %a = call @f{i + 1}(%x)\n  %b = call @f{i + 1}(%a)\n"
                   "  return %b\n}\n" for i in range(40))
    text += "func @f40(%x: tensor<4xf32>) -> (tensor<4xf32>) {\n  %a = neg %x\n  return %a\n}\n"
    (folder / "twice.psm").write_text(text)
    write_npy(folder / "four.npy", "<f4", (4,), [1.0] * 4, "f")
    command = ["interp", folder / "twice.psm", "--input", f"x={folder}/four.npy"]
    says("--max-steps", *command, "--func", "f0", "--max-steps", 1 << 24)
    says("PSM0361", *command, "--func", "f0")
    psmc(*command, "--func", "f30", "--max-steps", 1 << 24)


def language_model(folder):
    """`psmc run` takes exactly the context, only the model's tokens, and no option that means nothing."""
    model = make_model(folder / "tiny.bin")
    few = ["--prompt-ids", "1,2,3", "--print", "ids", "--on", "interpreter"]
    out, _ = psmc("run", model, *few, "--tokens", 30)
    require(out.count(b",") == 29, f"a context of 32 holds a prompt of 3 and 29 tokens before the last: {out}")
    says("PSM0422", "run", model, *few, "--tokens", 31)
    psmc("run", model, *few[:-2], "--tokens", 30)
    psmc("compile", model, "-o", folder / "tiny.psm")
    for name in ("tiny.bin", "tiny.psm"):
        says("the model's 40", "run", folder / name, "--prompt-ids", "40", "--print", "ids", "--tokens", 4, status=2)
    longer = make_model(folder / "longer.bin", "--seq", "512")
    _, stderr = psmc("compile", longer, "-o", folder / "longer.psmx", "--arch", "lab4", "--chunk", 64)
    require(b"warning[PSM0651]: 64 tokens of prefill" in stderr, f"a shorter chunk is not told: {stderr.decode()}")
    wrong = make_model(folder / "other.bin", "--vocab", "900")
    tokens = ["--prompt-ids", "1", "--print", "ids", "--tokens", 1, "--on", "interpreter"]
    _, stderr = psmc("run", wrong, *tokens, "--tokenizer", SOURCE / "models/kjv/tokenizer.json")
    require(b"warning[PSM0408]" in stderr, "a tokenizer of another model is not told")
    for option in ("--report=r.json", "--arch=lab4", "--max-cycles=9", "--columns=1"):
        says("interpreter", "run", model, *few, option, status=2)
    says("no name", "run", model, "--prompt-ids=1", "--print=ids", "--report", folder / "r.txt", status=2)
    says("PSM0102", "run", model, "--prompt-ids=1", "--print=ids", "--report", "/nowhere/r.json")
    says("no such file", "run", model, "--tokenizer", "nosuch")


def benches(folder):
    """A table without a shape to run is no success."""
    (folder / "shapes.tsv").write_text("tag\tM\tN\tK\na\t16\t32\t16\n")
    (folder / "empty.tsv").write_text("")
    command = ["bench", "gemm", "--shapes", folder / "shapes.tsv"]
    says("nosuch", *command, "--tag", "nosuch", status=2)
    says("--max-macs", *command, "--max-macs", 10, status=2)
    says("no shapes", "bench", "gemm", "--shapes", folder / "empty.tsv")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        net = folder / "net.psm"
        net.write_text(NET)
        outputs(net, folder)
        places(net, folder)
        requests(net, folder)
        passes(net)
        nothing_to_compile(folder)
        usage(net)
        lost_output(net, folder)
        bindings(net, folder)
        limits(folder)
        language_model(folder)
        benches(folder)
    print("refusals: nothing is silently ignored")


if __name__ == "__main__":
    main()
