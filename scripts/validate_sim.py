# SPDX-License-Identifier: Apache-2.0
"""The simulator against everything that it can be compared with: each comparison, its number, what is asked, whose
numbers they are. Prints a page and, with --html FILE, writes it there; exit status 3 if a comparison does not hold.

SHARED is a folder with the tables of other simulators; a comparison whose table is not there is left out and said so.
BUILD is the folder of psmc and of the tests."""

import argparse
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", SOURCE / "build"))
SHARED = pathlib.Path(os.environ.get("SHARED", SOURCE.parent / "shared"))
COLUMNS = ["what", "compared with", "number", "asked", "holds"]


def run(*command, statuses=(0,)):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode not in statuses:
        sys.exit(f"{' '.join(map(str, command))} ended with {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    return result.stdout


def psmc(*arguments, statuses=(0,)):
    return run(BUILD / "psmc", *arguments, statuses=statuses)


def value(text, name):
    found = re.search(rf"^RESULT {re.escape(name)} (\S+)", text, re.M)
    return float(found.group(1)) if found else sys.exit(f"no {name} in\n{text}")


def network():
    for router in ("R2", "R3", "R4"):
        text = psmc("validate", "noc", "--router", router)
        yield [f"network {router}: one packet from each node to each, 1 to 16 flits", "2 + s R + (L - 1)",
               f"{value(text, 'noc.zero_load'):g} % in that time", "100 %", value(text, "noc.zero_load") == 100]
    folder = SHARED / "data/noc"
    for table in sorted(folder.glob("R?_*.tsv")):
        text = psmc("validate", "noc", "--router", table.name[:2], "--packets", table, statuses=(0, 3))
        all_packets, settled = (value(text, f"noc.same_cycle{kind}") for kind in ("", "_settled"))
        yield [f"network {table.name[:2]}: packets of {table.name}", "BookSim2, packet by packet",
               f"{all_packets:g} % in their cycle; of those that arrive before the table ends {settled:g} %", "100 %",
               all_packets == 100]
    if (folder / "summary.tsv").exists():
        yield from curves(folder / "summary.tsv")
    else:
        print(f"left out: {folder} is not there")


def curves(table):
    for router in ("R2", "R3", "R4"):
        text = psmc("validate", "noc", "--router", router, "--curves", table, statuses=(0, 3))
        deviations = [abs(float(d)) for d in re.findall(r"the table [\d.]+: ([+-][\d.]+) %", text)]
        close = sum(d <= 2 for d in deviations)
        yield [f"network {router}: latency against load up to 80 % of saturation", "BookSim2's curves",
               f"{close} of {len(deviations)} points within 2 %, worst {max(deviations):.2f} %", "2 %",
               close == len(deviations)]


def memory():
    text = psmc("validate", "dram", "--commands", 10_000_000, statuses=(0, 3))
    for name, latencies in (("ddr4-2400", (22, 39, 56)), ("hbm2", (17, 31, 45)), ("psm1", (17, 31, 45))):
        ours = tuple(int(value(text, f"dram.{name}.{kind}")) for kind in ("hit", "miss", "conflict"))
        yield [f"memory, {name}: a lone read of each bank, row hit, miss, conflict", "DRAMsim3's closed forms",
               f"{ours[0]}, {ours[1]}, {ours[2]} cycles", "{}, {}, {}".format(*latencies), ours == latencies]
        violations = value(text, f"dram.{name}.violations")
        yield [f"memory, {name}: commands of nine seeded loads", "a checker of the rules of JESD79-4 and JESD235",
               f"{violations:.0f} violations in {value(text, f'dram.{name}.commands'):.0f} commands", "0", violations == 0]


def matrix_unit():
    folder = SHARED / "data/systolic"
    for name, source in (("check.tsv", "an independent PE-by-PE simulation"), ("scalesim_runs.tsv", "SCALE-Sim")):
        if not (folder / name).exists():
            print(f"left out: {folder / name} is not there")
            continue
        text = psmc("validate", "systolic", "--cases", 1, "--check", folder / name, statuses=(0, 3))
        wrong = value(text, "systolic.table.mismatches")
        yield [f"systolic arrays: products of {name}", source,
               f"{value(text, 'systolic.table.cases') - wrong:g} of {value(text, 'systolic.table.cases'):g} in the same cycles",
               "all", wrong == 0]
    text = psmc("validate", "systolic", "--cases", 10000, statuses=(0, 3))
    for form in ("os", "os+drain", "ws", "ws_overlap", "is"):
        wrong = value(text, f"systolic.{form}.mismatches")
        yield [f"systolic arrays, {form}: random products", "closed form, plain product",
               f"{wrong:g} of {value(text, f'systolic.{form}.cases'):g} differ", "0", wrong == 0]
    wrong = value(text, "systolic.mma.mismatches")
    yield ["matrix unit of psm1: chains of mma", "the array, PE by PE",
           f"{wrong:g} of {value(text, 'systolic.mma.cases'):g} differ", "0", wrong == 0]


def tests():
    for what, source, binary, *names in (
            ("conversions of bf16, f16, f8; fused multiply-adds", "LLVM's APFloat", "test_apfloat"),
            ("the programs of sim-timing.md: cycles, class by class; ticked; without numbers", "the page", "test_sim",
             "Scenario: documented programs take their documented cycles"),
            ("400 random programs: jumping over idle cycles; without numbers", "every cycle ticked", "test_sim",
             "Scenario: random programs end in a result*")):
        # The exit status of Catch2 is the number of failed assertions.
        text = run(BUILD / binary, *names, statuses=range(256))
        found = re.search(r"^All tests passed \((\d+) assertions?", text, re.M)
        yield [what, source, f"{found.group(1)} checks hold" if found else "a check fails", "all", found is not None]


def timing_only():
    with tempfile.TemporaryDirectory() as name:
        image = pathlib.Path(name) / "kjv.psmx"
        psmc("compile", SOURCE / "models/kjv", "-o", image)
        command = ["sim", image, "--entry", "decode", "--input", "tokens=7", "--input", "pos=100", "--stats", "-"]
        numbers, timing = json.loads(psmc(*command)), json.loads(psmc(*command, "--timing-only"))
    yield ["the embedded model, a token without numbers: all counters", "the same with numbers",
           f"{timing['cycles']} and {numbers['cycles']} cycles", "the same", timing == numbers]


def text_page(rows):
    lines = []
    for what, source, number, asked, holds in rows:
        lines.append(f"{'ok ' if holds else 'NOT'} {what}\n      {source}: {number} (asked: {asked})")
    return "\n".join(lines)


def html_page(rows):
    cells = [[*map(html.escape, row[:4]), "yes" if row[4] else "<b>no</b>"] for row in rows]
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells)
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    return f"""<!doctype html>
<meta charset="utf-8">
<title>The simulator, compared</title>
<style>body {{ font: 15px sans-serif; margin: 2em auto; max-width: 70em }} td, th {{ text-align: left; padding: .3em .8em .3em 0 }}</style>
<h1>The simulator, compared</h1>
<p>Written by <code>make validate-sim</code>. What is meant by each unit stands in <code>docs/sim-timing.md</code>.</p>
<table>
<tr>{head}</tr>
{body}
</table>
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--html", type=pathlib.Path)
    arguments = parser.parse_args()
    rows = [row for part in (network, memory, matrix_unit, tests, timing_only) for row in part()]
    print(text_page(rows))
    print(f"RESULT sim.comparisons {len(rows)} rows\nRESULT sim.comparisons_hold {sum(row[4] for row in rows)} rows")
    if arguments.html:
        arguments.html.write_text(html_page(rows))
    sys.exit(0 if all(row[4] for row in rows) else 3)


if __name__ == "__main__":
    main()
