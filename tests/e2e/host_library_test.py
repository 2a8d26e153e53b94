# SPDX-License-Identifier: Apache-2.0
"""The host library of a small random model: the C and the Python example and `psmc run` give the same tokens; without a
linker there is a coded error; the object needs the documented runtime functions and nothing else."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from command import PSMC, SOURCE, has_code, psmc, require, skip

PROMPT = ["1", "5", "9"]
SIZES = "--dim 32 --heads 4 --kv-heads 2 --head-dim 8 --hidden 48 --layers 1 --vocab 64 --seq 32".split()


def run(command, **more):
    result = subprocess.run(list(map(str, command)), capture_output=True, timeout=600, **more)
    if result.returncode != 0:
        print(*command, result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace"), sep="\n")
        sys.exit(1)
    return result.stdout.decode()


def documented():
    """Functions that the runtime's header declares."""
    header = (SOURCE / "sim/runtime/psmc_runtime.h").read_text()
    return set(re.findall(r"\b(psmc_rt_\w+)\(", header))


def undefined(readelf, path):
    """Symbols that an ELF file leaves open."""
    out = run([readelf, "--syms", "--wide", path])
    return {line.split()[-1] for line in out.splitlines() if re.search(r" UND \w", line)}


def check_c(folder, runtime, expected):
    compiler = shutil.which("cc")
    if compiler is None:
        print("no cc: the C example is left out")
        return
    shutil.copy(runtime, folder)
    run([compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-I.", SOURCE / "docs/examples/c/story.c", "./story.so",
         "./libpsmc_rt.so", "-Wl,-rpath,$ORIGIN", "-o", "story"], cwd=folder)
    ids = run([folder / "story", *PROMPT]).strip()
    require(ids == expected, f"the C example gives {ids}, psmc run gives {expected}")


def check_without_linker(folder, model):
    _, stderr = psmc("compile", model, "-o", folder / "other.so", status=1, environment={"PATH": "/nowhere"})
    require(b"PSM0900" in stderr, f"no code of a missing linker in {stderr.decode(errors='replace')}")
    require(has_code(stderr) and not (folder / "other.so").exists(), "a library was left behind")


def main():
    runtime = pathlib.Path(PSMC).parent / "libpsmc_rt.so"
    if not runtime.is_file():
        skip(f"{runtime} is not built")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = folder / "model"
        run([sys.executable, SOURCE / "tests/reference/make_model.py", model, *SIZES])
        psmc("compile", model, "-o", folder / "story.psmx", "--emit=so,header,obj,llvm-ir")
        out, _ = psmc("run", model, "--prompt-ids", ",".join(PROMPT), "--tokens", "10", "--temperature", "0", "--print", "ids")
        expected = out.decode().strip()
        ids = run([sys.executable, SOURCE / "docs/examples/python/story.py", folder / "story.so", runtime, *PROMPT]).strip()
        require(ids == expected, f"the Python example gives {ids}, psmc run gives {expected}")
        check_c(folder, runtime, expected)
        check_without_linker(folder, model)
        readelf = shutil.which("readelf") or shutil.which("llvm-readelf-19")
        if readelf is not None:
            more = undefined(readelf, folder / "story.o") - documented()
            require(not more, f"the object needs {sorted(more)}")
        require("@psmc_rt_launch" in (folder / "story.ll").read_text(), "the LLVM IR launches nothing")
    print("host library: C, Python and psmc run agree")


if __name__ == "__main__":
    main()
