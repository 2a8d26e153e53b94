# SPDX-License-Identifier: Apache-2.0
"""`psmc explain`: every code has a page, and the example on it gives that code."""

import pathlib
import re
import tempfile

from command import SOURCE, psmc, refused, require

COMMANDS = {"m.psm": ["opt", "m.psm"], "m.json": ["opt", "m.json"], "m.psma": ["as", "m.psma", "-o", "m.psmx", "--check"]}


def example_gives(code, page, folder):
    """Runs the example on a page; whether it could be run."""
    found = re.search(r"^Example, (.*):\n((?:    .*\n)+)", page, re.M)
    if not found or found[1] not in COMMANDS:
        return False
    text = "".join(line[4:] + "\n" for line in found[2].splitlines())
    (folder / found[1]).write_text(text)
    says = refused(*COMMANDS[found[1]], cwd=folder)
    require(f"error[{code}]" in says, f"the example of {code} gives: {says}")
    return True


def main():
    listed = psmc("explain")[0].decode()
    registry = re.findall(r"^PSMC_CODE\((\w+), (\d+), \"(.*)\"\)$", (SOURCE / "base/diagnostic_codes.def").read_text(), re.M)
    ran = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, number, summary in registry:
            code = f"PSM{int(number):04}"
            require(re.search(rf"^  {code} {name} +{re.escape(summary)}$", listed, re.M), f"{code} is not listed")
            page = psmc("explain", code)[0].decode()
            require(page.startswith(f"{code} {name}: {summary}\n\n") and "\nWhat to do: " in page, page)
            require(page == psmc("explain", name)[0].decode() == psmc("explain", number)[0].decode(), f"{code}: names")
            ran += example_gives(code, page, pathlib.Path(folder))
    require(ran >= 30, f"only {ran} examples were run")
    require("`unknown_op`?" in refused("explain", "unknwon_op", status=2), "what was meant")
    refused("explain", "PSM9999", status=2)
    print(f"explain: {len(registry)} codes, {ran} examples give theirs")


if __name__ == "__main__":
    main()
