# SPDX-License-Identifier: Apache-2.0
"""psmc validate systolic: random products, tables that are right, wrong and damaged."""

import pathlib
import tempfile

from command import SHARED, psmc, refused, require

FOLDS = "dataflow\tR\tC\tT_or_K\tfolds\tcycles_simulated\n"
SCALE_SIM = "array\tdf\tM\tN\tK\tscalesim_cycles\n"
FEW = ["validate", "systolic", "--cases", "50"]


def agreement(folder):
    out, _ = psmc(*FEW)
    for name in ("os", "os+drain", "ws", "ws_overlap", "is", "mma"):
        require(f"systolic.{name}.cases 50\nRESULT systolic.{name}.mismatches 0\n".encode() in out, f"{name}: {out}")
    table = folder / "table.tsv"
    for text, wrong in ((FOLDS + "os+drain\t3\t2\t9\t1\t15\n", 0), (FOLDS + "os+drain\t3\t2\t9\t1\t14\n", 1),
                        (SCALE_SIM + "16\tos\t100\t100\t100\t6369\n16\tws\t1\t64\t64\t751\n", 0),
                        (SCALE_SIM + "16\tos\t100\t100\t100\t6370\n16\tws\t1\t64\t64\t751\n", 1)):
        table.write_text(text)
        out, _ = psmc(*FEW, "--check", table, status=3 if wrong else 0)
        require(f"systolic.table.mismatches {wrong}\n".encode() in out, f"{text}: {out}")
        require((b"first difference: os" in out) == bool(wrong), f"{text}: {out}")
    table.write_text(FOLDS)
    psmc(*FEW, "--check", table, status=3)  # nothing was compared


def refusals(folder):
    bad = folder / "refused.tsv"
    for text, place in (("", "`dataflow`"), (FOLDS.replace("R\t", ""), "`R`"), (FOLDS + "ws\t3\t3\t17\t2\n", "ends before"),
                        (FOLDS + "ws\t0\t3\t17\t2\t48\n", ":2:4:"), (FOLDS + "ws\t3\t99999999999999999999\t17\t2\t48\n", "`C`"),
                        (FOLDS + "xs\t3\t3\t17\t2\t48\n", "'xs'"), (FOLDS + "os\t3\t3\t17\t2\t48\n", "`folds`"),
                        (FOLDS + "ws\t1024\t1024\t65536\t64\t1\n", "too long"), (SCALE_SIM + "16\tos\t0\t1\t1\t1\n", "`M`"),
                        (SCALE_SIM + "1\tos\t65536\t65536\t65536\t1\n", "too long")):
        bad.write_text(text)
        told = refused("validate", "systolic", "--cases", "1", "--check", bad)
        require(place in told, f"{text!r}: {told}")
    refused("validate", "systolic", "--check", folder / "nothing.tsv")
    refused("validate", "systolic", "--cases", "0", status=2)


def reference():
    file = SHARED / "data/systolic/check.tsv"
    if not file.is_file():
        print(f"systolic: {file} is not there; skipped")
        return
    out, _ = psmc(*FEW, "--check", file)
    require(b"systolic.table.cases 120\nRESULT systolic.table.mismatches 0\n" in out, f"{out}")


with tempfile.TemporaryDirectory() as name:
    agreement(pathlib.Path(name))
    refusals(pathlib.Path(name))
reference()
