# SPDX-License-Identifier: Apache-2.0
"""psmc validate dram and psmc bench dram: latencies of known DRAM, ten million commands of each under the
checker, speed."""

import re

from command import psmc, refused, require

LATENCIES = {"ddr4-2400": (22, 39, 56), "hbm2": (17, 31, 45), "psm1": (17, 31, 45)}
COMMANDS = 10_000_000  # of each


def result(out, name):
    return float(re.search(rf"RESULT {re.escape(name)} (\S+)".encode(), out)[1])


def commands_obey():
    out, _ = psmc("validate", "dram", "--commands", COMMANDS)
    for name, latencies in LATENCIES.items():
        ours = tuple(result(out, f"dram.{name}.{kind}") for kind in ("hit", "miss", "conflict"))
        require(ours == latencies, f"{name}: {ours}")
        require(result(out, f"dram.{name}.commands") >= COMMANDS, f"{name}: {out}")
        require(result(out, f"dram.{name}.violations") == 0, f"{name}: {out}")


def presets():
    few = ["validate", "dram", "--commands", "9000", "--preset"]
    for name in ("lab4", "psm1-lean"):
        out, _ = psmc(*few, name)
        require(result(out, f"dram.{name}.conflict") == 45 and result(out, f"dram.{name}.violations") == 0, f"{out}")
    require(psmc(*few, "hbm2", "--seed", "5") == psmc(*few, "hbm2", "--seed", "5"), "one seed, two results")
    require(psmc(*few, "hbm2", "--seed", "5") != psmc(*few, "hbm2", "--seed", "6"), "two seeds, one result")


def bench():
    few = ["bench", "dram", "--cycles", "200000", "--preset", "psm1"]
    full, _ = psmc(*few)
    fifth, _ = psmc(*few, "--load", "0.2")
    for kind in ("random", "stream"):
        name = f"dram.psm1.{kind}"
        require(result(full, f"{name}.channel_cycles_per_s") > 0, f"{full}")
        require(abs(result(fifth, f"{name}.bandwidth_share") - 20) < 1, f"{fifth}")
        require(result(fifth, f"{name}.read_latency") < result(full, f"{name}.read_latency"), f"{fifth} {full}")
    require(result(full, "dram.psm1.stream.bandwidth_share") > 70, f"{full}")


def refusals():
    for command in ("validate", "bench"):
        told = refused(command, "dram", "--preset", "hbm3", status=2)
        require("hbm3" in told and "hbm2" in told, told)
    refused("validate", "dram", "--commands", "0", status=2)
    refused("bench", "dram", "--load", "0", status=2)
    refused("bench", "dram", "--load", "nan", status=2)


commands_obey()
presets()
bench()
refusals()
