# SPDX-License-Identifier: Apache-2.0
"""The schemas and the page of ops are what psmc prints (`--update` writes them anew), and what psmc writes as JSON-IR
satisfies the schema: all golden modules, seeds and good modules of the conformance folder. What it refuses the schema
mostly refuses too. The same of machine files: presets satisfy their schema, spoiled ones do not. Without python3-jsonschema only the first is tested.
"""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PSMC = os.environ.get("PSMC", str(ROOT / "build/psmc"))
PAGES = {"docs/json-ir.schema.json": ["schema"], "docs/ops.md": ["schema", "--ops"],
         "docs/rewrites.md": ["--list-rewrites"], "docs/machine.schema.json": ["schema", "--machine"]}
BEYOND_A_SCHEMA = """
    key-twice key-twice-in-attrs too-many-elements extent-of-unknown-symbol wrong-strides constant-number
    constant-count constant-does-not-fit constant-fraction constant-hex constant-buffer file-absolute file-above
    file-missing file-other-shape file-other-bytes file-no-entry file-kind function-twice symbol-twice symbol-range
    wrong-return no-return state-without-result unknown-value value-of-a-block value-before-its-op value-twice
    result-count type-differs slice-leaves symbol-leaves call-unknown no-yield alloc-without-type recursion
    lone-surrogate number-too-large fraction-as-id operand-with-point group-type-differs boolean-of-2 shapes-differ
    after-the-return constants-share-a-name function-reads-other""".split()


def pages(update):
    """Each page against what psmc prints."""
    good = True
    for name, arguments in PAGES.items():
        path = ROOT / name
        text = subprocess.run([PSMC, *arguments], capture_output=True, text=True, check=True).stdout
        if path.exists() and path.read_text() == text:
            continue
        if update:
            path.write_text(text)
            print(f"updated {name}")
        else:
            print(f"FAILED: {name} is not what `psmc {' '.join(arguments)}` prints; `make update` writes it anew")
            good = False
    return good


def models(folder):
    """The model of this repository and a small random one."""
    sizes = "--dim 16 --heads 2 --kv-heads 1 --head-dim 8 --hidden 24 --layers 2 --vocab 32 --seq 16".split()
    random_model = folder / "random.bin"
    subprocess.run([sys.executable, ROOT / "tests/reference/make_model.py", random_model, *sizes], check=True,
                   stdout=subprocess.DEVNULL)
    return [ROOT / "models/kjv", random_model]


def documents():
    """(name, JSON-IR as psmc writes it) of all modules that are in the tests."""
    sources = [path for folder in ("tests", "labs", "docs") for path in sorted((ROOT / folder).rglob("*.psm"))]
    sources += sorted((ROOT / "tests/fuzz/seeds/text").glob("*.json")) + sorted((ROOT / "tests/conformance/good").glob("*.json"))
    with tempfile.TemporaryDirectory() as folder:
        for path in sources:
            out = pathlib.Path(folder) / "out.json"
            done = subprocess.run([PSMC, "upgrade", path, "-o", out], capture_output=True, check=False)
            if done.returncode == 0:
                yield path.name, json.loads(out.read_text())
        for model in models(pathlib.Path(folder)):
            subprocess.run([PSMC, "compile", model, "-o", out, "--emit=json"], capture_output=True, check=True)
            yield model.name, json.loads(out.read_text())


def spoiled(document):
    """Documents that the schema refuses, made of a good one."""
    changes = [
        lambda d: d["psmc_ir"].update(version="2.0"),
        lambda d: d["psmc_ir"].update(requires=["quantum"]),
        lambda d: d.update(extra=1),
        lambda d: d.update({"x-": 1}),
        lambda d: d["constants"][0].update(tool=1),
        lambda d: d["functions"][0].pop("body"),
        lambda d: d["functions"][0]["body"][0].update(loc={"file": "x"}),
        lambda d: d["functions"][0]["body"][0].update(op="slyce"),
        lambda d: d["functions"][0]["args"][0].update(id=-1),
        lambda d: d["functions"][0]["args"][0].update(type={"kind": "tensor"}),
        lambda d: d["functions"][0]["body"][0].update(attrs={"t.a": None}),
        lambda d: d["functions"][0]["body"][0].update({"x-": 1}),
        lambda d: d["functions"][0]["body"].append({"op": "neg", "operands": [0, 0], "results": [{"id": 99}]}),
        lambda d: d["functions"][0]["body"].append({"op": "cast", "operands": [0], "results": [{"id": 99}]}),
        lambda d: d["functions"][0]["body"].append({"op": "neg", "operands": [0], "attrs": {"much": 1}}),
        lambda d: d["functions"][0]["body"].append({"op": "group"}),
    ]
    for change in changes:
        spoiled_one = copy.deepcopy(document)
        change(spoiled_one)
        yield spoiled_one


def spoil_machine(document):
    """Machine files that both psmc and the schema refuse, made of a good one."""
    tile = lambda d: d["nodes"][d["grid"]["node"]]
    changes = [
        lambda d: d.update(psmc_machine=3),
        lambda d: d.update(psmc_machine="2"),
        lambda d: d.pop("psmc_machine"),
        lambda d: d.update(wings=2),
        lambda d: d.update(name="p s"),
        lambda d: d.update(name=""),
        lambda d: d.update(clock_mhz=0),
        lambda d: d["grid"].update(columns=65),
        lambda d: d["grid"].pop("node"),
        lambda d: d["grid"].update({"except": [{"x": 0, "node": "tile"}]}),
        lambda d: d["grid"].update({"except": [{"x": 0, "y": 0, "z": 0, "node": "tile"}]}),
        lambda d: d["nodes"].clear(),
        lambda d: d["nodes"].update({"a tile": {}}),
        lambda d: tile(d).update(wings={}),
        lambda d: tile(d)["scratchpad"].pop("banks"),
        lambda d: tile(d)["scratchpad"].update(banks=16.5),
        lambda d: tile(d)["scratchpad"].update(wings=1),
        lambda d: tile(d)["matrix"].pop("dataflow"),
        lambda d: tile(d)["matrix"].update(dataflow="input"),
        lambda d: tile(d)["matrix"].update(wings=1),
        lambda d: tile(d)["core"].update(vector_registers=33),
        lambda d: tile(d)["latency"].update(load=0),
        lambda d: d["networks"][0].update(topology="ring"),
        lambda d: d["networks"][0].update(multicast=1),
        lambda d: d["networks"][0].pop("name"),
        lambda d: d["memory"].update(channels=[]),
        lambda d: d["memory"]["channels"][0].update(side="up"),
        lambda d: d["memory"]["channels"][0].pop("x"),
        lambda d: d["host"].pop("latency_cycles"),
        lambda d: d["sources"].update(name=1),
        lambda d: d["sources"].update(name=""),
    ]
    for change in changes:
        spoiled_one = copy.deepcopy(document)
        change(spoiled_one)
        yield spoiled_one


def machines(jsonschema):
    """The schema of machine files takes the presets, and refuses what psmc refuses for one value alone."""
    schema = json.loads((ROOT / "docs/machine.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    presets = sorted((ROOT / "arch/presets").glob("*.json"))
    assert len(presets) >= 6, presets
    for path in presets:
        errors = [e.message for e in validator.iter_errors(json.loads(path.read_text()))]
        assert not errors, f"{path.name}: {errors}"
    good = json.loads((ROOT / "arch/presets/psm1.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        for number, document in enumerate(spoil_machine(good)):
            assert not validator.is_valid(document), f"spoiled machine {number}"
            path = pathlib.Path(folder) / "machine.json"
            path.write_text(json.dumps(document))
            done = subprocess.run([PSMC, "arch-check", path], capture_output=True, check=False)
            assert done.returncode == 1, f"psmc takes the spoiled machine {number}"
    print(f"schema of machines: {len(presets)} presets, {number + 1} spoiled files refused")


def main():
    if not pages("--update" in sys.argv[1:]):
        return 1
    try:
        import jsonschema
    except ImportError:
        return 77
    machines(jsonschema)
    schema = json.loads((ROOT / "docs/json-ir.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    count = 0
    for name, document in documents():
        count += 1
        for error in validator.iter_errors(document):
            print(f"FAILED: {name} as JSON-IR: {error.message[:300]} at {list(error.absolute_path)}")
            return 1
    assert count >= 55, f"only {count} documents"
    good = json.loads((ROOT / "tests/conformance/good/extensions.json").read_text())
    assert validator.is_valid(good)
    for number, document in enumerate(spoiled(good)):
        assert not validator.is_valid(document), f"spoiled document {number}"
    refused, taken = 0, []
    for module in json.loads((ROOT / "tests/conformance/index.json").read_text())["modules"]:
        path = ROOT / "tests/conformance" / module["file"]
        if path.stem == "blocks-too-deep":  # for the validator, too: Python's limit of recursion
            continue
        try:
            is_valid = validator.is_valid(json.loads(path.read_text()))
        except json.JSONDecodeError:
            continue
        assert is_valid or not module["valid"], f"the schema refuses {path}"
        refused += not is_valid
        taken += [path.stem] if is_valid and not module["valid"] else []
    assert taken == BEYOND_A_SCHEMA, f"not the bad modules that a schema cannot tell: {set(taken) ^ set(BEYOND_A_SCHEMA)}"
    print(f"schema: {count} documents, {refused} bad modules refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
