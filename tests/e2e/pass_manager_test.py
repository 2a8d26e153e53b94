# SPDX-License-Identifier: Apache-2.0
"""docs/pass-manager.md: its commands run; dumps are inputs wherever they lie; the same bytes on any number of threads; times
and counters are what they say."""

import json
import pathlib
import re
import shlex
import tempfile

from command import SHARED, SOURCE, psmc, refused, require
from tiny import make_model

NET = """const @big : tensor<16x16xf32> = hex "{big}"
func @main(%x: tensor<16x16xf32>) -> (%r: tensor<16x16xf32>) {{
  %w = constant @big
  %a = contract %x, %w {{spec = "mk,kn->mn"}}
  %t = transpose %a {{permutation = [1, 0]}}
  %u = transpose %t {{permutation = [1, 0]}}
  %s = call @softmax(%u) {{axis = 1}}
  %e = exp %s
  %f = exp %s
  %g = add %e, %f
  return %g
}}
""".format(big="".join(f"{i % 251:02x}00003f" for i in range(256)))


def commands_of_the_page(folder):
    page = (SOURCE / "docs/pass-manager.md").read_text()
    require(len(page.splitlines()) <= 80, "docs/pass-manager.md is longer than 80 lines")
    lines = [line for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", page, re.M | re.S) if not language
             for line in block.splitlines()]
    require(len(lines) >= 10, f"few commands: {lines}")
    for line in lines:
        name, *words = shlex.split(line)
        require(name == "psmc", f"no command: {line}")
        psmc(*words, cwd=folder)
    options = set(re.findall(r"--[a-z-]+", psmc("opt", "-h")[0].decode()))
    unnamed = sorted(option for option in options - {"--help", "--function"} if option not in page)
    require(not unnamed, f"not in docs/pass-manager.md: {unnamed}")


def dumps_are_inputs(folder):
    """The rest of the pipeline on any dump gives what the whole pipeline gives."""
    pipeline = psmc("--list-passes")[0].decode().split("usual pipeline:")[1].strip().split(",")
    whole, _ = psmc("opt", folder / "net.psm", "--print-ir-dir", folder / "here")
    (folder / "models").mkdir()
    psmc("opt", folder / "net.psm", "--passes=none", "-o", folder / "models/net.psm")
    require(len(list((folder / "models").glob("*.safetensors"))) == 1, "no constant went to a file")
    psmc("opt", folder / "models/net.psm", "--print-ir-dir", folder / "elsewhere")
    counts = []
    for where in ("here", "elsewhere"):
        files = sorted((folder / where).glob("*.psm"))
        counts.append([file.name for file in files])
        require(len(list((folder / where / "data").iterdir())) == 1, f"{where}/data is not one file")
        for file in files:
            rest = pipeline[int(file.name[:3]):]
            again, _ = psmc("opt", file, "--passes=" + (",".join(rest) or "none"))
            strip = lambda text: re.sub(rb'^const .*$', b"", text, flags=re.M)
            require(strip(again) == strip(whole), f"{file.name}: the rest of the pipeline gives another module")
    require(counts[0] == counts[1] and len(counts[0]) >= 5, f"dumps: {counts}")


def presets(folder):
    net = folder / "net.psm"
    text = psmc("--list-passes")[0].decode()
    for preset in ("none", "flatten", "simplify", "default"):
        listed = re.search(rf"^{preset} .*\n +(\S.*)$", text, re.M).group(1)
        written = "--passes=" + (listed if listed != "(no pass)" else "none")
        require(psmc("opt", net, f"--passes={preset}")[0] == psmc("opt", net, written)[0], f"{preset} is not {listed}")
    require(psmc("opt", net)[0] == psmc("opt", net, "--passes=default")[0], "default is not the default")
    require(b"softmax" in psmc("opt", net, "--passes=none")[0], "none runs something")
    require("did you mean `simplify`" in refused("opt", net, "--passes=simplfy", status=2), "no suggestion")


def same_bytes_on_any_number_of_threads(folder):
    model = make_model(folder / "tiny.bin")
    sources = [(folder / "net.psm", []), (model, []), (model, ["--dtype", "f32", "--arch", "lab4", "--chunk", "4"]),
               (model, ["--stream-weights", "--columns", "2", "--rows", "2"])]
    for source, options in sources:
        seen = set()
        for threads in (1, 2, 5):
            out = folder / f"threads{threads}"
            out.mkdir(exist_ok=True)
            psmc("compile", source, "-o", out / "m.any", *options, "--emit=psmx,psma,partition,loops", "--threads", threads,
                 "--stats-json", out / "m.stats.json")
            files = sorted(out.glob("m.*"))
            require(len(files) == 5, f"{files}")
            seen.add(tuple(file.read_bytes() for file in files))
        require(len(seen) == 1, f"{source.name} {options}: other bytes on other numbers of threads")


def times(folder):
    _, said = psmc("compile", folder / "net.psm", "-o", folder / "net.psmx", "--timing", "--threads", "2", "--time-trace",
                   folder / "trace.json")
    rows = re.findall(r"^ +([\d.]+) +([\d.]+)  ( *)(\S.*)$", said.decode(), re.M)
    names = [(len(indent) // 2, name.split("  ")[0].split(" x ")[0]) for _, _, indent, name in rows]
    for row in ((0, "compile"), (1, "read"), (1, "verify"), (1, "passes"), (2, "canonicalize"), (1, "plan"), (2, "partition"),
                (1, "kernels"), (2, "kernel"), (3, "select"), (3, "schedule"), (3, "allocate"), (3, "encode"), (1, "link"),
                (1, "check"), (1, "emit"), (1, "write")):
        require(row in names, f"--timing has no {row}: {said.decode()}")
    events = [event for event in json.loads((folder / "trace.json").read_text())["traceEvents"] if event["ph"] == "X"]
    whole = next(event for event in events if event["name"] == "compile")
    require(sum(event["cat"] == "kernel" for event in events) >= 2, "kernels are not in the trace")
    for event in events:
        require(event["dur"] >= 0 and event["ts"] >= whole["ts"] and
                event["ts"] + event["dur"] <= whole["ts"] + whole["dur"] + 0.01, f"{event} is not within {whole}")
    for option in ("--time-trace", "--stats-json"):
        refused("opt", folder / "net.psm", option, "/nosuch/file.json")
        refused("opt", folder / "net.psm", option, "-", status=2)


def counters(folder):
    net = folder / "net.psm"
    _, said = psmc("opt", net, "--stats", "--stats-json", folder / "stats.json", "-o", folder / "out.psm")
    stats = json.loads((folder / "stats.json").read_text())
    sums = {}
    for run in stats["runs"]:
        for what, count in run["counters"].items():
            sums.setdefault(run["pass"], {}).setdefault(what, 0)
            sums[run["pass"]][what] += count
    totals = {name: counters for name, counters in stats["totals"].items() if counters}
    require(sums == totals and len(sums) >= 3, f"totals are not sums: {stats}")
    shown = {(name, what): int(count) for count, name, what in re.findall(r"^ +(\d+)  ([\w-]+): (.+)$", said.decode(), re.M)}
    require(shown == {(name, what): n for name, c in totals.items() for what, n in c.items()}, f"--stats: {said.decode()}")


def bisect(folder):
    net = folder / "net.psm"
    count = len(psmc("--list-passes")[0].decode().split("usual pipeline:")[1].strip().split(","))
    outcomes = []
    for limit in range(count + 1):
        out, said = psmc("opt", net, "--bisect-limit", limit)
        numbers = [int(n) for n in re.findall(rb"^bisect: running pass \((\d+)\) [\w-]+(?: on @main)?$", said, re.M)]
        require(numbers == list(range(1, limit + 1)), f"--bisect-limit {limit} ran {numbers}")
        psmc("compile", net, "-o", folder / "bisect.psmx", "--bisect-limit", limit)
        outcomes.append(out)
    require(outcomes[-1] == psmc("opt", net)[0] and outcomes[0] != outcomes[-1], "the limit changes nothing")
    refused("opt", net, "--bisect-limit", "-1", status=2)
    bisect_by_function(folder)


def bisect_by_function(folder):
    """Every limit changes one function at most; what is said and made does not depend on the number of threads."""
    two = folder / "two.psm"
    function = NET[NET.index("func"):].replace("{{", "{").replace("}}", "}")
    two.write_text((folder / "net.psm").read_text() + function.replace("@main", "@other"))
    bodies, limit, changes = None, 0, []
    while True:
        out, said = psmc("opt", two, "--bisect-limit", limit)
        before, bodies = bodies, dict(re.findall(r"^func @(\w+)(.*?)^\}", out.decode(), re.M | re.S))
        last = re.search(rf"^bisect: running pass \({limit}\) ([\w-]+)(?: on @(\w+))?$", said.decode(), re.M)
        if limit > 0 and not last:
            break
        if before and before != bodies:
            names = [name for name in bodies if bodies[name] != before[name]]
            require(last.group(2) is None or names == [last.group(2)], f"run {limit} on {last.group(2)} changes {names}")
            changes += names if last.group(2) else []
        limit += 1
    require(set(changes) == {"main", "other"} and bodies == before, f"runs on single functions changed {changes}")
    seen = set()
    for threads in (1, 2, 5):
        _, said = psmc("compile", two, "-o", folder / "two.psmx", "--bisect-limit", limit // 2, "--threads", threads)
        seen.add((said, (folder / "two.psmx").read_bytes()))
    require(len(seen) == 1 and b"leaving out" in said, "the limit depends on the number of threads")


def reproducer(folder):
    """The last one replays from another folder than the model's, which has its constants in a file."""
    (folder / "other").mkdir()
    psmc("opt", folder / "models/net.psm", "--reproducer", folder / "other/r.psm", "-o", folder / "out.psm")
    command = re.match(r"// psmc opt --passes '(.*)' %s\n", (folder / "other/r.psm").read_text())
    psmc("opt", folder / "other/r.psm", f"--passes={command.group(1)}", "--verify-each")


def phases(folder):
    """What any phase leaves, and what is compiled from it, make the image that one compilation makes."""
    passes = psmc("--list-passes")[0].decode().split("usual pipeline:")[1].strip().split(",")
    dumps = folder / "phases"
    dumps.mkdir()
    long = folder / "long.psm"
    long.write_text("func @main(%x: tensor<1x40000xf32>, %w: tensor<40000x4xf32>) -> tensor<1x4xf32> {\n"
                    "  %y = contract %x, %w {spec = \"mk,kn->mn\"}\n  return %y\n}\n")
    models = [(SOURCE / "models/kjv", []), (SHARED / "data/llm/stories260K-hf", []),
              (SHARED / "data/llm/stories260K.bin", ["--stream-weights", "--columns", "3", "--rows", "2"])]
    models = [(folder / "net.psm", []), (long, []), (folder / "tiny.bin", ["--dtype", "f32"])] + \
             [model for model in models if model[0].exists()]
    for source, options in models:
        psmc("compile", source, "-o", dumps / "whole.psmx", *options)
        whole = (dumps / "whole.psmx").read_bytes()
        for phase in ["input", *dict.fromkeys(passes), "psma", "psmx"]:
            dump, image = dumps / f"{source.stem}-{phase}.dump", dumps / "image.psmx"
            psmc("compile", source, "-o", dump, "--compile-to", phase, *options)
            psmc("compile", dump, "-o", image, "--compile-from", phase, *options)
            require(image.read_bytes() == whole, f"{source.name}: from {phase} on the image is another one")
            if phase in passes and source.suffix == ".psm":
                psmc("opt", dump, "--passes=none")
        text, _ = psmc("compile", source, "-o", "-", "--compile-to", "cse", *options)
        require(b"func @" in text, "no graph on standard output")
        halfway, last = dumps / "half.psm", dumps / "last.psm"
        psmc("compile", source, "-o", halfway, "--compile-to", "inline-composites", *options)
        psmc("compile", halfway, "-o", last, "--compile-from", "inline-composites", "--compile-to", "cse", *options)
        psmc("compile", last, "-o", dumps / "image.psmx", "--compile-from", "cse", *options)
        require((dumps / "image.psmx").read_bytes() == whole, f"{source.name}: in three parts the image is another one")
    net, out = folder / "net.psm", folder / "no.psm"
    require("did you mean `cse`" in refused("compile", net, "-o", out, "--compile-to", "csee", status=2), "no suggestion")
    refused("compile", net, "-o", out, "--compile-from", "cse", "--compile-to", "inline", status=2)
    refused("compile", net, "-o", out, "--compile-to", "cse", "--emit=psm", status=2)
    refused("compile", dumps / "net-psmx.dump", "-o", out, "--compile-from", "psmx", "--emit=loops", status=2)
    refused("compile", net, "-o", folder / "no.psmx", "--compile-from", "psmx")
    refused("compile", net, "-o", folder / "no.psmx", "--compile-from", "psma")
    require(not out.exists(), "a refused compilation left a file")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "net.psm").write_text(NET)
        commands_of_the_page(folder)
        dumps_are_inputs(folder)
        presets(folder)
        same_bytes_on_any_number_of_threads(folder)
        phases(folder)
        times(folder)
        counters(folder)
        bisect(folder)
        reproducer(folder)
    print("pass manager: the page is true, dumps are inputs, the bytes do not depend on the threads")


if __name__ == "__main__":
    main()
