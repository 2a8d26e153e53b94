# SPDX-License-Identifier: Apache-2.0
"""The host library of a small random model: the C and the Python example and `psmc run` give the same tokens; the runtime
comes with it; without a linker there is a coded error; the object needs the documented runtime functions and nothing else.
The lines of docs/host-library.md do what the page says."""

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


def check_c(folder, expected):
    compiler = shutil.which("cc")
    if compiler is None:
        print("no cc: the C example is left out")
        return
    run([compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-I.", SOURCE / "docs/examples/c/story.c", "./story.so",
         "./libpsmc_rt.so", "-Wl,-rpath,$ORIGIN", "-o", "story"], cwd=folder)
    ids = run([folder / "story", *PROMPT]).strip()
    require(ids == expected, f"the C example gives {ids}, psmc run gives {expected}")


def check_page(folder):
    """The lines of docs/host-library.md, as they stand there, in a folder that looks like the repository."""
    if shutil.which("cc") is None:
        print("no cc: the page is left out")
        return
    page = (SOURCE / "docs/host-library.md").read_text()
    first, *lines = re.search(r"```\n(.*?)```", page, re.DOTALL)[1].splitlines()
    require(first == "make build", f"the page begins with {first}")
    root = folder / "repository"
    for name, target in (("build", pathlib.Path(PSMC).parent), ("docs", SOURCE / "docs"), ("models", SOURCE / "models"),
                         ("bin/python3", sys.executable)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(target)
    out = run(["bash", "-euc", "\n".join(lines)], cwd=root, env={**os.environ, "PATH": f"{root}/bin:{os.environ['PATH']}"})
    ids = out.split()
    require(len(ids) == 3 and len(set(ids)) == 1 and ids[0].count(",") == 9, f"the page's lines print {out}")
    (root / "out").rename(folder / "elsewhere")
    moved = run([folder / "elsewhere/story", "280", "482", "117"], cwd="/").split()
    require(moved == ids[:1], f"in another folder the C example gives {moved}")


def check_runtime(folder, model):
    """The runtime is put beside a library, also over an old one, and nowhere else."""
    there = (folder / "libpsmc_rt.so").read_bytes()
    require(there == (pathlib.Path(PSMC).parent / "libpsmc_rt.so").read_bytes(), "not the runtime that lies beside psmc")
    (folder / "so").mkdir()
    (folder / "so/libpsmc_rt.so").write_bytes(b"old")
    psmc("compile", model, "-o", folder / "so/x.so", "--chunk", "1")
    require((folder / "so/libpsmc_rt.so").read_bytes() == there, "an old runtime was left")
    (folder / "obj").mkdir()
    psmc("compile", model, "-o", folder / "obj/x.o", "--emit=obj", "--chunk", "1")
    require([path.name for path in (folder / "obj").iterdir()] == ["x.o"], "an object is more than one file")
    require(psmc("compile", model, "-o", "-", "--emit=so", "--chunk", "1")[0].startswith(b"\x7fELF"), "no library on -")
    for name, path in (("libpsmc_rt.so", os.environ["PATH"]), ("libpsmc_rt.so", "/nowhere"), ("libpsmc_rt.any", "/nowhere")):
        _, stderr = psmc("compile", folder / "nothing", "-o", folder / "so" / name, "--emit=so", status=2, environment={"PATH": path})
        require(b"PSM0103" in stderr, "the runtime's name must be refused before anything is read, compiled or linked")
    check_lonely(folder / "lonely", model)


def check_lonely(folder, model):
    """psmc without the libraries that lie beside it: first without both, then without the runtime alone."""
    folder.mkdir()
    shutil.copy(PSMC, folder)
    command = [folder / "psmc", "compile", model, "-o", folder / "x.so", "--chunk", "1"]
    llvm = pathlib.Path(PSMC).parent / "libpsmc_llvm.so"
    if llvm.exists():  # linked in a sanitizer build
        result = subprocess.run(command, capture_output=True)
        require(result.returncode == 1 and b"error[PSM0906]" in result.stderr, f"without LLVM: {result}")
        require(not (folder / "x.so").exists(), "a library was left behind")
        subprocess.run([*command[:-4], "-o", folder / "x.psmx", *command[-2:]], check=True)
        shutil.copy(llvm, folder)
    result = subprocess.run(command, capture_output=True)
    require(result.returncode == 0 and b"warning[PSM0101]" in result.stderr, f"without a runtime: {result}")
    require((folder / "x.so").exists(), "without a runtime there is no library")


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
        ids = run([sys.executable, SOURCE / "docs/examples/python/story.py", folder / "story.so", *PROMPT]).strip()
        require(ids == expected, f"the Python example gives {ids}, psmc run gives {expected}")
        check_c(folder, expected)
        check_runtime(folder, model)
        check_page(folder)
        check_without_linker(folder, model)
        readelf = shutil.which("readelf") or shutil.which("llvm-readelf-19")
        if readelf is not None:
            more = undefined(readelf, folder / "story.o") - documented()
            require(not more, f"the object needs {sorted(more)}")
        require("@psmc_rt_launch" in (folder / "story.ll").read_text(), "the LLVM IR launches nothing")
    print("host library: C, Python and psmc run agree")


if __name__ == "__main__":
    main()
