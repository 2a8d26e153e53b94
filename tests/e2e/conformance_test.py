# SPDX-License-Identifier: Apache-2.0
"""tests/conformance: psmc takes each good module and refuses each bad one with its code at its position; the Python
reader and writer of docs/examples/python gives psmc's bytes for the good ones; its example runs."""

import json
import re
import subprocess
import sys
import tempfile
import pathlib

from command import PSMC, SOURCE, psmc, require

FOLDER = SOURCE / "tests/conformance"
PYTHON = SOURCE / "docs/examples/python"
sys.path.insert(0, str(PYTHON))
import psmc_ir  # noqa: E402


def check_good(module):
    path = FOLDER / module["file"]
    psmc("check", path)
    canonical = psmc("fmt", path, "-o", "-")[0].decode()
    again = psmc("fmt", "-", "-o", "-", stdin=canonical.encode())[0].decode()
    require(again == canonical, f"{path}: the canonical form of the canonical form differs")
    require(psmc_ir.write(psmc_ir.read(canonical)) == canonical, f"{path}: the Python writer gives other bytes")
    if "left-out" not in path.name and '"type"' in canonical:  # types cannot be added without inference
        direct = psmc_ir.write(psmc_ir.read(path.read_text()))
        require(direct == canonical, f"{path}: read by Python and written:\n{direct}\nbut canonical is\n{canonical}")
    with tempfile.TemporaryDirectory() as name:
        text = pathlib.Path(name) / "m.psm"
        psmc("upgrade", path, "-o", text)
        psmc("diff", path, text)


def check_bad(module):
    path = FOLDER / module["file"]
    stderr = psmc("check", path, status=1)[1].decode()
    found = re.search(r"^(.*?)(?:: )?error\[(PSM\d+)\]", stderr, re.MULTILINE)
    require(found, f"{path}: no diagnostic in {stderr}")
    place = re.search(r":(\d+):(\d+)$", found[1])
    said = (found[2], *(map(int, place.groups()) if place else (None, None)))
    wanted = (module["code"], module["line"], module["column"])
    require(said == wanted, f"{path}: {said}, not {wanted}:\n{stderr}")


def main():
    index = json.loads((FOLDER / "index.json").read_text())
    modules = index["modules"]
    listed = {module["file"] for module in modules}
    there = {f"{folder}/{path.name}" for folder in ("good", "bad") for path in (FOLDER / folder).glob("*.json")}
    require(listed == there, f"the index and the folder differ: {sorted(listed ^ there)}")
    for module in modules:
        (check_good if module["valid"] else check_bad)(module)
    good = sum(module["valid"] for module in modules)
    require(good >= 20 and len(modules) - good >= 30, "too few modules")
    require(len(open(PYTHON / "psmc_ir.py").readlines()) <= 200, "the Python example has more than 200 lines")
    out = subprocess.run([sys.executable, PYTHON / "build_and_run.py", PSMC], capture_output=True, text=True, check=True).stdout
    require("2.25" in out and "4.25" in out, f"the example computed something else: {out}")
    print(f"conformance: {good} good and {len(modules) - good} bad modules")


if __name__ == "__main__":
    main()
