# SPDX-License-Identifier: Apache-2.0
"""The speed of the IR: text -> canonicalize, cse, dce -> text with the verifier on, at 10k, 100k and 1M ops, phase by
phase, and the same work in mlir-opt-19 where it is installed (Debian's mlir-19-tools), turn by turn in one run.

Times are CPU seconds, medians of three; memory is the peak of the process. MLIR runs canonicalize and
cse, which both remove dead ops, on one thread. PSMC names the compiler."""

import math
import multiprocessing
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from straight_line import Program

PSMC = os.environ.get("PSMC", "build/psmc")
MLIR = shutil.which("mlir-opt-19")
SIZES = [10_000, 100_000, 1_000_000]
PASSES = "canonicalize,cse,dce"


def measured(command):
    """CPU seconds, peak memory in MB, standard error."""
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    if child.returncode != 0:
        sys.exit(f"{command} failed: {said}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def phases_of(said):
    """Milliseconds by phase; passes have a line each, and so do reading, verifying and writing."""
    found = re.findall(r"^ +([\d.]+) +[\d.]+ +([\w-]+)", said, re.M)
    return {name: float(ms) for ms, name in found if name not in ("opt", "passes")}


def result(name, value, unit):
    print(f"RESULT ir.{name} {value:.4g} {unit}", flush=True)


def exponent(small, large, ratio):
    return math.log(max(large, 1e-9) / max(small, 1e-9)) / math.log(ratio)


def write_program(ops, psm, mlir):
    """In a process of its own: the peak memory of a child begins with what this one has."""
    program = Program(ops, seed=1)
    psm.write_text(program.psm_text())
    mlir.write_text(program.mlir_text())


def measure_binary(folder, ops, label):
    """Reading and verifying of the same module in the binary form, and its size."""
    binary = folder / "m.psmb"
    measured([PSMC, "opt", folder / "m.psm", "-o", binary, "--passes", "none"])
    runs = [phases_of(measured([PSMC, "opt", binary, "-o", folder / "o.psmb", "--passes", "none", "--timing"])[2])
            for _ in range(3)]
    milliseconds = statistics.median(run["read"] + run["verify"] for run in runs)
    result(f"binary_{label}.load_verify", ops / milliseconds / 1e3, "Mops/s")
    result(f"binary_{label}.size", binary.stat().st_size / ops, "bytes_an_op")


def main():
    phases, memory = {}, ""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for ops in SIZES:
            psm, mlir = folder / "m.psm", folder / "m.mlir"
            writer = multiprocessing.Process(target=write_program, args=(ops, psm, mlir))
            writer.start()
            writer.join()
            ours, theirs, tables = [], [], []
            for _ in range(3):
                ours.append(measured([PSMC, "opt", psm, "-o", folder / "o.psm", "--passes", PASSES, "--verify-each",
                                      "--timing"]))
                tables.append(phases_of(ours[-1][2]))
                if MLIR:
                    theirs.append(measured([MLIR, "--mlir-disable-threading", "--canonicalize", "--cse", mlir, "-o",
                                            folder / "o.mlir"]))
            label = {10_000: "10k", 100_000: "100k", 1_000_000: "1m"}[ops]
            cpu = statistics.median(run[0] for run in ours)
            result(f"pipeline_{label}.cpu", cpu, "s")
            result(f"pipeline_{label}.speed", ops / cpu / 1e6, "Mops/s")
            result(f"pipeline_{label}.peak_memory", max(run[1] for run in ours), "MB")
            if theirs:
                mlir_cpu = statistics.median(run[0] for run in theirs)
                result(f"pipeline_{label}.mlir_cpu", mlir_cpu, "s")
                result(f"pipeline_{label}.mlir_peak_memory", max(run[1] for run in theirs), "MB")
                result(f"pipeline_{label}.ratio_to_mlir", mlir_cpu / cpu, "x")
            phases[ops] = {phase: statistics.median(table[phase] for table in tables) for phase in tables[0]}
            for phase, milliseconds in phases[ops].items():
                result(f"{phase}_{label}", ops / milliseconds / 1e3 if milliseconds else math.inf, "Mops/s")
            memory = ours[-1][2]
            measure_binary(folder, ops, label)
    for phase in phases[SIZES[-1]]:
        for small, name in ((SIZES[0], "10k"), (SIZES[1], "100k")):
            result(f"{phase}.growth_exponent_from_{name}",
                   exponent(phases[small][phase], phases[SIZES[2]][phase], SIZES[2] / small), "to_1m")
    bytes_an_op = [float(number) for number in re.search(r"([\d.]+) bytes an op .*?([\d.]+) for uses", memory).groups()]
    result("memory", sum(bytes_an_op), "bytes_an_op")
    if not MLIR:
        print("mlir-opt-19 is not installed (Debian: mlir-19-tools): no ratio")


if __name__ == "__main__":
    main()
