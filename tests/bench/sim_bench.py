# SPDX-License-Identifier: Apache-2.0
"""How fast the machine is simulated, CPU seconds on one core, beside the goal of each figure: the network under three
loads, memory channels of known DRAM, words of a program that never waits, the trained 260K-parameter model and a layer of tinyllama-1.1b with and
without numbers.

Times are the user and system time of psmc, medians of three. SHARED is a folder of workloads; without it
what needs it is left out. PSMC names the compiler."""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

PSMC = os.environ.get("PSMC", "build/psmc")
SHARED = pathlib.Path(os.environ.get("SHARED", "../shared"))
TURNS = 3
LAUNCHES = 20
ROUNDS = 200_000  # of the static program's loop

# Eight words, each with work for several units, that repeat without a stall.
STATIC = """.machine "psm1"
.code "main"
 loop s1,end
 ld.v.f32 v1,[s2] | ld.v.f32 v2,[s2+1024] | vfma v10,v3,v4,v5
 addi s5,s5,1 | ld.v.f32 v6,[s2+64] | vfma v11,v3,v4,v5
 ld.v.f32 v7,[s2+128] | ld.v.f32 v8,[s2+1088] | vfma v12,v3,v4,v5
 addi s6,s6,1 | ld.v.f32 v9,[s2+192] | vfma v13,v3,v4,v5
 st.v.f32 [s3],v3 | ld.v.f32 v14,[s2+1152] | vfma v15,v3,v4,v5
 addi s7,s7,1 | ld.v.f32 v16,[s2+256] | vfma v17,v3,v4,v5
 ld.v.f32 v18,[s2+320] | ld.v.f32 v19,[s2+1216] | vfma v20,v3,v4,v5
 addi s8,s8,1 | ld.v.f32 v21,[s2+384] | vfma v22,v3,v4,v5
end: halt
.end
.tile 0 "main"
.zero 0x0 0x1000
.end
.entry "go"
.start 0 0 s1=ROUNDS s2=0 s3=3072
.end
"""


def result(name, value, unit, goal=None):
    print(f"RESULT sim.{name} {value:.4g} {unit}" + (f"   (goal {goal})" if goal else ""), flush=True)


def run(*arguments):
    """CPU seconds and standard output."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen([PSMC, *map(str, arguments)], stdout=out, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if child.returncode != 0:
            sys.exit(f"{arguments} failed: {errors.read().decode(errors='replace')}")
        return usage.ru_utime + usage.ru_stime, out.read().decode()


def result_of(text, name):
    found = re.search(rf"^RESULT {re.escape(name)} ([\d.e+-]+)", text, re.M)
    return float(found.group(1)) if found else sys.exit(f"no {name} in {text}")


def seconds_a_launch(*arguments):
    """What one more launch costs."""
    one = statistics.median(run("sim", *arguments)[0] for _ in range(TURNS))
    many = statistics.median(run("sim", *arguments, "--repeat", LAUNCHES + 1)[0] for _ in range(TURNS))
    return (many - one) / LAUNCHES


def network():
    for load, goal in (("0.01", "100e6"), ("0.1", "20e6"), ("0.3", "10e6")):
        texts = [run("bench", "noc", "--load", load)[1] for _ in range(TURNS)]
        result(f"network.load_{load}.router_cycles",
               1e6 * statistics.median(result_of(text, "noc.router_cycles") for text in texts), "/s", goal)


def memory():
    texts = [run("bench", "dram", "--cycles", 2_000_000)[1] for _ in range(TURNS)]
    for name in ("ddr4-2400", "hbm2", "psm1"):
        for pattern in ("random", "stream"):
            figure = f"dram.{name}.{pattern}.channel_cycles_per_s"
            speed = statistics.median(result_of(text, figure) for text in texts)
            result(f"memory.{name}.{pattern}.channel_cycles", speed, "/s", "20e6")


def static_program(folder):
    source, image = folder / "static.psma", folder / "static.psmx"
    source.write_text(STATIC.replace("ROUNDS", str(ROUNDS)))
    run("as", source, "-o", image)
    counted = json.loads(run("sim", image, "--stats", "-", "--timing-only")[1])
    for name, options in (("timing_only", ["--timing-only"]), ("with_numbers", ["--no-races"])):
        seconds = seconds_a_launch(image, *options)
        result(f"static.{name}.instructions", counted["instructions"] / seconds, "/s", "20e6")
        result(f"static.{name}.words", counted["words"] / seconds, "/s")


def stories(folder):
    model, image = SHARED / "data/llm/stories260K.bin", folder / "stories.psmx"
    if not model.exists():
        return print(f"skipped: {model} is not there")
    run("compile", model, "-o", image)
    control = ["--entry", "decode", "--input", "tokens=1", "--input", "pos=100"]
    for name, options in (("timing_only", ["--timing-only"]), ("with_numbers", ["--no-races"]), ("with_races", [])):
        result(f"stories260K.decode.{name}", 1 / seconds_a_launch(image, *control, *options), "tokens/s")


def layer():
    config = SHARED / "bench/llm_configs.json"
    if not config.exists():
        return print(f"skipped: {config} is not there")
    command = ["bench", "llm", "--config", config, "--model", "tinyllama-1.1b", "--phase", "decode", "--position", 512]
    name = "llm.tinyllama-1.1b.decode.512."
    cycles = set()
    for kind, options, goal in (("timing_only", ["--timing-only"], 0.3), ("with_numbers", [], 1.5)):
        texts = [run(*command, *options)[1] for _ in range(TURNS)]
        cycles |= {result_of(text, name + "cycles") for text in texts}
        seconds = statistics.median(result_of(text, name + "simulation_time") for text in texts)
        result(f"tinyllama_layer.decode.{kind}", seconds, "s", f"{goal} or less")
    result("tinyllama_layer.decode.cycles", cycles.pop(), "cycles")
    if cycles:
        sys.exit("timing only and with numbers take different cycles")


def main():
    network()
    memory()
    with tempfile.TemporaryDirectory() as name:
        static_program(pathlib.Path(name))
        stories(pathlib.Path(name))
    layer()


if __name__ == "__main__":
    main()
