# SPDX-License-Identifier: Apache-2.0
"""What psmc writes as JSON-IR satisfies docs/json-ir.schema.json, and what it refuses the schema mostly refuses too."""

import copy
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    try:
        import jsonschema
    except ImportError:
        return 77
    schema = json.loads((ROOT / "docs/json-ir.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    documents = [json.loads(path.read_text()) for path in sorted((ROOT / "tests/fuzz/seeds/text").glob("*.json"))]
    assert documents, "no documents"
    for document in documents:
        validator.validate(document)

    def spoil(change):
        document = copy.deepcopy(documents[-1])
        change(document)
        assert not validator.is_valid(document), document

    spoil(lambda d: d["psmc_ir"].update(version="2.0"))
    spoil(lambda d: d.update(extra=1))
    spoil(lambda d: d["functions"][0].pop("body"))
    spoil(lambda d: d["functions"][0]["body"][0].update(loc={"file": "x"}))
    spoil(lambda d: d["functions"][0]["args"][0].update(id=-1))
    spoil(lambda d: d["functions"][0]["args"][0].update(type={"kind": "tensor"}))
    spoil(lambda d: d["functions"][0]["body"][0].update(attrs={"a": None}))
    print(f"schema: {len(documents)} documents")
    return 0


if __name__ == "__main__":
    sys.exit(main())
