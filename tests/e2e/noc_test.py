# SPDX-License-Identifier: Apache-2.0
"""psmc validate noc and psmc bench noc: golden tables, good and bad, and what they show."""

import pathlib
import re
import tempfile

from command import SHARED, psmc, refused, require

HEADER = "pid\tcreate\tsrc\tdst\tflits\tarrive\n"


def zero_load(hop, create, source, to, flits):
    routers = abs(source % 8 - to % 8) + abs(source // 8 - to // 8) + 1
    return create + 2 + hop * routers + flits - 1


def table(hop, late=None):
    """Packets far apart, the rows not in order; `late` is the row that arrives a cycle later than it should."""
    rows = [(i, 200 * i, i * 11 % 64, i * 23 % 64, 1 + i % 9) for i in range(40)]
    text = [f"{row[0]}\t{row[1]}\t{row[2]}\t{row[3]}\t{row[4]}\t{zero_load(hop, *row[1:]) + (i == late)}\n"
            for i, row in enumerate(rows)]
    return HEADER + "".join(reversed(text))


def result(out, name):
    return float(re.search(rf"RESULT {re.escape(name)} (\S+) ".encode(), out)[1])


def agreement(folder):
    for router, hop in (("R2", 3), ("R3", 4), ("R4", 5)):
        good, bad = folder / f"{router}.tsv", folder / f"{router}bad.tsv"
        good.write_text(table(hop))
        out, _ = psmc("validate", "noc", "--router", router, "--packets", good)
        require(result(out, "noc.same_cycle") == 100 and result(out, "noc.zero_load") == 100, f"{router}: {out}")
        bad.write_text(table(hop, late=7))
        out, _ = psmc("validate", "noc", "--router", router, "--packets", bad, status=3)
        require(result(out, "noc.same_cycle") < 100 and b"created in cycle 1400" in out, f"{router}: {out}")
    psmc("validate", "noc", "--router", "R3", "--packets", folder / "R2.tsv", status=3)
    out, _ = psmc("validate", "noc", "--router", "R4", "--width", "3", "--height", "2")
    require(b"144 of 144" in out and b"same_cycle" not in out, f"zero load alone: {out}")


def refusals(folder):
    bad = folder / "refused.tsv"
    for text, place in (("", ""), ("pid\tcreate\tsrc\tdst\tflits\n", "`arrive`"), (HEADER + "0\t0\t0\t64\t1\t5\n", ":2:7:"),
                        (HEADER + "0\t0\t0\t1\t0\t5\n", "`flits`"), (HEADER + "0\t0\t0\t1\t256\t5\n", "`flits`"),
                        (HEADER + "0\t-1\t0\t1\t1\t5\n", "`create`"), (HEADER + "0\t0\t0\t1\t1\n", "ends before"),
                        (HEADER + "0\t99999999999999999999\t0\t1\t1\t5\n", "`create`")):
        bad.write_text(text)
        told = refused("validate", "noc", "--packets", bad)
        require(place in told, f"{text!r}: {told}")
    refused("validate", "noc", "--packets", folder / "nothing.tsv")
    refused("validate", "noc", "--router", "R5", status=2)
    refused("validate", "noc", "--width", "0", status=2)
    refused("validate", status=2)
    bad.write_text(HEADER)
    psmc("validate", "noc", "--packets", bad, status=3)  # nothing was compared


def bench():
    few = ["bench", "noc", "--cycles", "500", "--router"]
    latency = [result(psmc(*few, router, "--load", "0.01")[0], "noc.latency") for router in ("R2", "R3", "R4")]
    require(latency[0] < latency[1] < latency[2], f"latencies of R2, R3, R4: {latency}")
    out, _ = psmc(*few, "R2", "--load", "0.2", "--flits", "8")
    require(result(out, "noc.router_cycles") > 0 and result(out, "noc.latency") > latency[0] + 7, f"bench noc: {out}")
    refused("bench", "noc", "--load", "1", "--cycles", str(1 << 32))
    refused("bench", "noc", "--load", "1.5", status=2)


CURVES = "router\tvcs\tbuf\ttraffic\tpkt_flits\tlat@0.01\tlat@0.5\tmax_stable_rate_tested\tthroughput@inj1.0(avg)\n"


def curves(folder):
    file = folder / "curves.tsv"

    def row(latency, flits="2", stable="0.2"):
        return CURVES + f"R3\t4\t8\ttranspose\t{flits}\t{latency}\t99\t{stable}\t0.3\nR2\t1\t8\tuniform\t1\t3\t\t1\t\n"

    zero = 2 + 4 * 6.25 + 1  # on average over the sources
    file.write_text(row(zero))
    out, _ = psmc("validate", "noc", "--router", "R3", "--curves", file)
    ours = result(out, "noc.curve.R3.transpose.L2.0.01")
    require(abs(ours - zero) < 0.01 * zero and result(out, "noc.curves_worst") < 1, f"a curve: {out}")
    require(b"L2.0.5" not in out and 0.3 < result(out, "noc.throughput.R3.transpose.L2") < 0.4, f"saturation: {out}")
    file.write_text(row(1.03 * zero))
    psmc("validate", "noc", "--router", "R3", "--curves", file, status=3)
    refused("validate", "noc", "--router", "R2", "--curves", file)  # no row of 4 VCs
    bare = "router\tvcs\tbuf\ttraffic\tpkt_flits\tmax_stable_rate_tested\nR3\t4\t8\tuniform\t1\t0.4\n"
    for bad in (bare, row("x"), row("-1"), row(20, flits="0"), row(20, flits="1.7"), row(20).replace("lat@0.01", "lat@0"), row(20, stable="nan"), "", "router\n"):
        file.write_text(bad)
        refused("validate", "noc", "--router", "R3", "--curves", file)
    refused("validate", "noc", "--curves", file, "--packets", file, status=2)
    refused("bench", "noc", "--load", "nan", status=2)
    refused("bench", "noc", "--load", "0", "--cycles", 1 << 32)


def golden():
    for file in sorted((SHARED / "data/noc").glob("R*.tsv")):
        out, _ = psmc("validate", "noc", "--router", file.name[:2], "--packets", file)
        require(result(out, "noc.same_cycle_settled") == 100, f"{file.name}: {out}")


with tempfile.TemporaryDirectory() as name:
    agreement(pathlib.Path(name))
    refusals(pathlib.Path(name))
    curves(pathlib.Path(name))
bench()
golden()
