# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/ir.md and docs/json-ir.md are modules that psmc takes, in both forms."""

import json
import math
import pathlib
import re
import struct
import tempfile

from command import SOURCE, psmc, require


def examples(page):
    """Its fenced blocks: (language, text)."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", (SOURCE / "docs" / page).read_text(), re.DOTALL | re.MULTILINE)


def constants(text, is_json):
    """(file, entry, shape) of the constants that lie in a file; all are f32."""
    if is_json:
        for constant in json.loads(text)["constants"]:
            yield constant["data"]["file"], constant["data"]["entry"], constant["type"]["shape"]
        return
    for shape, file, entry in re.findall(r'tensor<([\dx]+)xf32> = file\("([^"]+)", "([^"]+)"', text):
        yield file, entry, [int(extent) for extent in shape.split("x")]


def write_weights(folder, found):
    """Zeros for all of them, in one .safetensors file."""
    header, end = {}, 0
    for _, entry, shape in found:
        begin, end = end, end + 4 * math.prod(shape)
        header[entry] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    (folder / found[0][0]).write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))


def main():
    count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for page in ("ir.md", "json-ir.md"):
            for language, text in examples(page):
                is_json = language == "json"
                found = list(constants(text, is_json))
                if found:
                    write_weights(folder, found)
                source = folder / ("example.json" if is_json else "example.psm")
                source.write_text(text)
                for other in ("again.psm", "again.json"):
                    psmc("opt", source, "-o", folder / other, "--passes=dce", "--verify-each")
                one, two = (psmc("opt", folder / again, "--passes=dce")[0] for again in ("again.psm", "again.json"))
                require(one == two, f"{page}: the forms of an example differ")
                count += 1
    require(count >= 3, f"only {count} examples were found")
    print(f"docs: {count} examples are modules")


if __name__ == "__main__":
    main()
