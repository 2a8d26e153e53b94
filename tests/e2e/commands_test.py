# SPDX-License-Identifier: Apache-2.0
"""Every sub-command, used well and badly: exit status, what is on the standard streams, and that nothing is left behind."""

import json
import pathlib
import tempfile

from command import SOURCE, psmc, refused, require
from tiny import make_model, read_floats, write_npy

NET = """func @f(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> (%r: tensor<4x8xf32>) {
  %a = mul %x, %y
  %b = call @softmax(%a) {axis = 1}
  return %b
}
"""
PREFIX = """func @g[n: 1..4](%x: tensor<8xf32>) -> (tensor<(n <= 8)xf32>) {
  %a = slice %x {size = sym[n], start = [0]}
  return %a
}
"""


def usage():
    for command in ([], ["compile"], ["run"], ["sim"], ["debug"], ["opt"], ["interp"], ["as"], ["dis"], ["bench"], ["bench", "gemm"],
                    ["bench", "llm"], ["bench", "accuracy"], ["bench", "noc"], ["validate"], ["validate", "noc"],
                    ["validate", "systolic"], ["explain"], ["arch-check"], ["arch-show"]):
        help_text, _ = psmc(*command, "-h")
        require(b"Example" in help_text, f"{command} -h has no example")
        require(help_text.count(b"\n") <= 45, f"{command} -h is longer than a screen")
        if command not in ([], ["explain"], ["bench", "noc"], ["validate", "noc"], ["validate", "systolic"]):  # others need arguments
            refused(*command, status=2)
    refused(status=2)
    refused("nonsense", status=2)
    refused("run", "x", "--no-such-option", status=2)
    refused("run", "x", "--tokens", "0", status=2)
    refused("run", "x", "--print", "morse", status=2)
    refused("run", "x", "--prompt", "a", "--prompt-ids", "1", status=2)
    refused("compile", "x", "-o", "y", "--emit=exe", status=2)


def lists():
    for option, word in (("--list-ops", b"contract"), ("--list-passes", b"fuse-elementwise"), ("--list-archs", b"psm1"),
                         ("--list-rewrites", b"neg(neg(x)) => x")):
        out, _ = psmc(option)
        require(word in out, f"{option} does not name {word}")
    out, _ = psmc("explain", "PSM0101")
    require(b"cannot_read" in out, "explain PSM0101")
    require(psmc("explain", "cannot_read")[0] == out, "explain by name")
    refused("explain", "PSM9999", status=2)


def compile_and_sim(folder):
    net = folder / "net.psm"
    net.write_text(NET)
    write_npy(folder / "x.npy", "<f4", (4, 8), [i / 10 for i in range(32)], "f")
    write_npy(folder / "y.npy", "<f4", (4, 8), [1.0] * 32, "f")
    inputs = ["--input", f"x={folder}/x.npy", "--input", f"y={folder}/y.npy"]
    image = folder / "net.psmx"
    psmc("compile", net, "-o", image, "--timing", "--verify-each")
    psmc("sim", image, *inputs, "--output", folder / "sim", "--stats", folder / "stats.json")
    psmc("interp", net, *inputs, "--output", folder / "interp")
    ours, expected = read_floats(folder / "sim/r.npy"), read_floats(folder / "interp/r.npy")
    require(len(ours) == 32 and all(abs(a - b) < 1e-5 for a, b in zip(ours, expected)), "sim and interp differ")
    stats = json.loads((folder / "stats.json").read_text())
    require(all(sum(tile) == stats["cycles"] for tile in stats["tiles"]), "the classes of a tile are not the run's cycles")
    shown, _ = psmc("sim", image, *inputs)
    require(b"r: 4x8 f32" in shown and b"RESULT cycles" in shown, "sim shows its outputs")
    again, _ = psmc("sim", "-", *inputs, stdin=image.read_bytes())
    require(again == shown, "sim from standard input differs")

    r = f"r={folder}/sim/r.npy"
    psmc("sim", image, *inputs, "--expect", r)
    write_npy(folder / "wrong.npy", "<f4", (4, 8), [*ours[:31], ours[31] + 0.5], "f")
    wrong = ["--expect", f"r={folder}/wrong.npy"]
    require("1 of 32" in refused("sim", image, *inputs, *wrong, status=3), "a wrong result is not told")
    psmc("sim", image, *inputs, *wrong, "--tolerance", "0.6")
    refused("sim", image, *inputs, *wrong, "--tolerance", "-1", status=2)
    refused("sim", image, *inputs, "--expect", f"z={folder}/wrong.npy", status=2)
    refused("sim", folder / "nothing.psmx")
    refused("sim", image, status=2)
    refused("sim", image, *inputs, "--input", "z=3", status=2)
    refused("sim", image, *inputs, "--entry", "g", status=2)
    refused("sim", image, "--input", "x", status=2)
    refused("sim", image, *inputs, "--input", f"x={folder}/x.npy", status=2)
    refused("sim", image, "--input", f"x={folder}/net.psm", "--input", f"y={folder}/y.npy")
    write_npy(folder / "short.npy", "<f4", (4, 7), [0.0] * 28, "f")
    refused("sim", image, "--input", f"x={folder}/short.npy", "--input", f"y={folder}/y.npy")
    require("PSM0812" in refused("sim", image, *inputs, "--max-cycles", "20", status=4), "a run that takes too long is a trap")
    damaged = bytearray(image.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    refused("sim", "-", *inputs, stdin=bytes(damaged))
    refused("compile", net, "-o", folder / "no/such/folder.psmx")
    refused("compile", net, "-o", folder / "x.psmx", "--arch", "pdp11", status=2)
    refused("compile", net, "-o", "-", "--emit=psm,json", status=2)
    require(not (folder / "x.psmx").exists(), "a failed compilation left a file")


def emits(folder):
    net = folder / "net.psm"
    psmc("compile", net, "-o", folder / "all.any", "--emit=psm,json,partition,loops,psma,psmx")
    for extension in (".psm", ".json", ".partition.txt", ".loops.psm", ".psma", ".psmx"):
        require((folder / f"all{extension}").stat().st_size > 0, f"--emit did not write all{extension}")
    psmc("compile", folder / "all.json", "-o", folder / "json.psmx")
    psmc("compile", folder / "net.psm", "-o", folder / "psm.psmx")
    out, _ = psmc("compile", net, "-o", "-", "--emit=psma")
    require(out == (folder / "all.psma").read_bytes(), "--emit=psma to standard output differs")
    out, _ = psmc("compile", net, "-o", "-", "--emit=json")
    require(out == (folder / "all.json").read_bytes(), "--emit=json to standard output differs")
    for kind in ("psma", "psmx", "partition", "loops", "llvm-ir", "obj", "header"):
        require(psmc("compile", "-", "-o", "-", f"--emit={kind}", stdin=out)[0], f"nothing on standard output for {kind}")
    require(psmc("opt", "-", "--passes=dce", stdin=out)[0] == psmc("opt", net, "--passes=dce")[0], "JSON-IR from standard input")
    refused("compile", net, "-o", folder / "module.txt", "--emit=json", status=2)
    refused("compile", net, "-o", folder / "module.json", "--emit=psm", status=2)
    psmc("opt", folder / "all.json", "-o", folder / "back.psm", "--passes=dce")
    require(psmc("opt", folder / "back.psm", "--passes=dce")[0] == psmc("opt", folder / "all.psm", "--passes=dce")[0],
            "psm and json are not the same module")


def opt_and_interp(folder):
    net = folder / "net.psm"
    out, dumps = psmc("opt", net, "--passes=inline-composites,cse", "--print-ir-after-all", "--timing", "--verify-each", "--check-each")
    require(b"@softmax" not in out and b"exp" in out, "inline-composites did not run")
    require(b"inline-composites" in dumps, "no dump after inline-composites")
    require(psmc("opt", "-", "--passes=inline-composites,cse", stdin=net.read_bytes())[0] == out, "opt from standard input")
    _, dumps = psmc("opt", net, "--passes=inline-composites,cse", "--print-ir-after=inline-composites")
    require(b"exp" in dumps, "--print-ir-after")
    refused("opt", net, "--passes=no-such-pass", status=2)
    refused("opt", net, "--passes=fuse-elementwise,inline-composites", status=2)
    refused("opt", "-", stdin=b"func @f(")
    (folder / "g.psm").write_text(PREFIX)
    write_npy(folder / "v.npy", "<f4", (8,), [float(i) for i in range(8)], "f")
    out, _ = psmc("interp", folder / "g.psm", "--input", f"x={folder}/v.npy", "--symbol", "n=3")
    require(out == b"result0: 3 f32 = 0, 1, 2\n", f"interp gives {out}")
    refused("interp", folder / "g.psm", "--input", f"x={folder}/v.npy", "--symbol", "n=9")
    refused("interp", folder / "g.psm", "--input", f"x={folder}/v.npy", "--symbol", "n=three", status=2)
    refused("interp", folder / "g.psm", "--input", f"x={folder}/v.npy", "--symbol", "m=3", status=2)
    refused("interp", folder / "g.psm", "--symbol", "n=3", status=2)
    refused("interp", folder / "g.psm", "--func", "h", status=2)


def assembly(folder):
    image = folder / "net.psmx"
    psmc("dis", image, "-o", folder / "net.psma")
    psmc("as", folder / "net.psma", "-o", folder / "again.psmx", "--check")
    require((folder / "again.psmx").read_bytes() == image.read_bytes(), ".psmx -> .psma -> .psmx is no fixpoint")
    text = (folder / "net.psma").read_bytes()
    through, _ = psmc("dis", "-", stdin=psmc("as", "-", stdin=text)[0])
    require(through == text, ".psma -> .psmx -> .psma is no fixpoint")
    refused("as", "-", stdin=b".code\nfrobnicate s1\n")
    refused("dis", "-", stdin=b"nothing")


def run_options(folder):
    model = make_model(folder / "tiny.bin")
    few = ["--prompt-ids", "1,2,3", "--print", "ids", "--dtype", "f32"]
    out, _ = psmc("run", model, *few, "--tokens", "4", "--report", folder / "run.json")
    record = json.loads((folder / "run.json").read_text())
    require({"decode"} <= {entry["name"] for entry in record["entries"]}, "run.json lacks an entry")
    psmc("run", model, *few, "--tokens", "4", "--report", folder / "report.html")
    page = (folder / "report.html").read_text()
    require(page.endswith("</html>\n") and "http" not in page, "report.html is not one offline file")
    require(psmc("run", model, *few, "--tokens", "4", "--on", "interpreter")[0] == out, "sim and interpreter tell different stories")
    sampled = [psmc("run", model, *few, "--tokens", "4", "--temperature", "1", "--seed", "5")[0] for _ in range(2)]
    require(sampled[0] == sampled[1], "the same seed gives different tokens")
    require("PSM0422" in refused("run", model, *few, "--tokens", "31"), "a full context")
    require("PSM0812" in refused("run", model, *few, "--tokens", "4", "--max-cycles", "20", status=4), "a trap of run")
    require("PSM0421" in refused("run", model, "--prompt", "x"), "no tokenizer")
    refused("run", model, "--prompt-ids", "1,x", "--print", "ids", status=2)
    refused("run", model, "--prompt-ids", "4000", "--print", "ids", "--tokens", "4", status=2)
    refused("run", model, *few, "--temperature", "-1", status=2)
    refused("run", folder / "net.psm", "--prompt-ids", "1", "--print", "ids")


def benches(folder):
    (folder / "shapes.tsv").write_text("tag\tM\tN\tK\na\t16\t32\t16\nb\t5\t3\t7\nbig\t4096\t4096\t4096\n")
    out, _ = psmc("bench", "gemm", "--shapes", folder / "shapes.tsv", "--max-macs", "100000", "--arch", "lab4", "--json")
    rows = [json.loads(line) for line in out.splitlines() if line.startswith(b"{")]
    require([row["status"] for row in rows] == ["ok", "ok"], f"bench gemm: {rows}")
    require(all(row["cycles"] >= row["bound"] for row in rows), "faster than the bound")
    require(b"RESULT gemm.shapes_ok 2 shapes" in out, "no RESULT line")
    (folder / "bad.tsv").write_text("tag\tM\tN\tK\na\t16\t-3\t16\n")
    refused("bench", "gemm", "--shapes", folder / "bad.tsv")
    refused("bench", "gemm", "--shapes", folder / "nothing.tsv")
    config = {"mini": {"dim": 32, "layers": 3, "heads": 4, "kv_heads": 2, "head_dim": 8, "hidden": 48, "vocab": 500, "seq": 64,
                       "rope_theta": 10000, "eps": 1e-5, "tied": True}, "odd": {"dim": 3}}
    (folder / "configs.json").write_text(json.dumps(config))
    llm = ["bench", "llm", "--config", folder / "configs.json", "--model"]
    out, _ = psmc(*llm, "mini", "--position", "7", "--check", "--json")
    row = json.loads(out.splitlines()[0])
    require(row["status"] == "ok" and row["cycles"] >= row["bound"], f"bench llm: {row}")
    out, _ = psmc(*llm, "mini", "--phase", "prefill", "--check", "--chunk", "4")
    require(b"bound by " in out, f"bench llm does not say what binds: {out}")
    psmc(*llm, "mini", "--position", "7", "--report", folder / "llm.json")
    ops = json.loads((folder / "llm.json").read_text())["entries"][0]["ops"]
    bounds = [op["bound"] for op in ops if op["name"] == "layer 0, query: contract"]
    require(len(bounds) == 1 and bounds[0] > 0, f"no bound of the query in {ops}")
    refused(*llm, "mini", "--position", "64")
    refused(*llm, "odd")
    refused(*llm, "none", status=2)


def accuracy(folder):
    model = folder / "tiny.bin"
    greedy, _ = psmc("run", model, "--prompt-ids", "1,2,3", "--print", "ids", "--dtype", "f32", "--tokens", "8", "--on", "interpreter")
    (folder / "ids.txt").write_bytes(greedy + b"a story\n")

    def results(*more, ids="ids.txt"):
        out, _ = psmc("bench", "accuracy", model, "--ids", folder / ids, "--prompt-ids", "1,2,3", *more)
        return {line.split()[1]: float(line.split()[2]) for line in out.decode().splitlines()}
    same = results("--dtype", "f32", "--on", "interpreter")
    count = greedy.count(b",") + 1
    require(same["accuracy.f32.agreed"] == same["accuracy.f32.free_running.agreed"] == count, f"f32 against itself: {same}")
    require(same["accuracy.f32.largest_logit_error"] == 0, f"f32 against itself: {same}")
    require(same["accuracy.f32.mean_nll"] == same["accuracy.reference.mean_nll"] > 0, f"f32 against itself: {same}")
    require(results("--dtype", "f32", "--arch", "lab4")["accuracy.f32.largest_logit_error"] < 1e-4, "f32 on the chip")
    narrow = results("--on", "interpreter")
    require(0 < narrow["accuracy.bf16.largest_logit_error"] < 0.1, f"bf16: {narrow}")
    first, *rest = greedy.decode().strip().split(",")
    (folder / "other.txt").write_text(",".join([first, str((int(rest[0]) + 1) % 40), *rest[1:]]))
    other = results("--dtype", "f32", "--on", "interpreter", ids="other.txt")
    require(other["accuracy.f32.free_running.same_until"] == 1, f"another second id: {other}")
    require(other["accuracy.f32.free_running.agreed"] == count - 1, f"its own way must be the greedy one: {other}")
    (folder / "none.txt").write_text("a story\n")
    (folder / "large.txt").write_text("1,4000\n")
    (folder / "many.txt").write_text(",".join(["1"] * 40))
    refused("bench", "accuracy", model, "--ids", folder / "none.txt")
    refused("bench", "accuracy", model, "--ids", folder / "large.txt", status=2)
    require("PSM0422" in refused("bench", "accuracy", model, "--ids", folder / "many.txt"), "more ids than context")


def sim_refuses_before_it_runs(folder):
    """A symbol out of its range gave NaN or a race; an output that cannot be a file was refused after the run."""
    image = folder / "g.psmx"
    (folder / "g.psm").write_text(PREFIX)
    write_npy(folder / "v.npy", "<f4", (8,), [float(i) for i in range(8)], "f")
    psmc("compile", folder / "g.psm", "-o", image)
    run = ("sim", image, "--input", f"x={folder}/v.npy", "--input")
    psmc(*run, "n=4")
    for value in (0, 5, -1):
        require("PSM0813" in refused(*run, f"n={value}"), f"n = {value} is not refused")
    text = psmc("dis", image)[0].replace(b'output "result0"', b'output "a/b"')
    psmc("as", "-", "-o", folder / "slash.psmx", stdin=text)
    told = refused("sim", folder / "slash.psmx", "--input", f"x={folder}/v.npy", "--input", "n=4", "--output", folder / "no",
                   "--max-cycles", "1")
    require("PSM0102" in told and not (folder / "no").exists(), "the name of an output is not refused before the run")


def the_fewest_scalar_registers_suffice(folder):
    machine = (SOURCE / "arch/presets/lab4.json").read_text()
    small = folder / "small.json"
    small.write_text(machine.replace('"scalar_registers": 32', '"scalar_registers": 16'))
    (folder / "rows.psm").write_text("""func @f(%x: tensor<9x8xf32>, %i: tensor<3xi32>) -> (%r: tensor<3x8xf32>) {
  %a = gather %x, %i
  return %a
}
""")
    write_npy(folder / "x.npy", "<f4", (9, 8), [float(i) for i in range(72)], "f")
    write_npy(folder / "i.npy", "<i4", (3,), [8, 0, 3], "i")
    write_npy(folder / "r.npy", "<f4", (3, 8), [float(8 * i + j) for i in (8, 0, 3) for j in range(8)], "f")
    psmc("compile", folder / "rows.psm", "-o", folder / "rows.psmx", "--arch", small)
    psmc("sim", folder / "rows.psmx", "--input", f"x={folder}/x.npy", "--input", f"i={folder}/i.npy", "--expect",
         f"r={folder}/r.npy")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        usage()
        lists()
        compile_and_sim(folder)
        emits(folder)
        opt_and_interp(folder)
        assembly(folder)
        run_options(folder)
        sim_refuses_before_it_runs(folder)
        the_fewest_scalar_registers_suffice(folder)
        benches(folder)
        accuracy(folder)
    print("commands: every sub-command does and refuses what it must")


if __name__ == "__main__":
    main()
