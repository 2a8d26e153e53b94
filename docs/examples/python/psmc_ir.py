# SPDX-License-Identifier: Apache-2.0
"""Reads and writes JSON-IR (docs/json-ir.md) with the standard library alone.

    module = psmc_ir.read(text)          # checks the header; plain dicts and lists, as in the document
    text = psmc_ir.write(module)         # canonical: byte for byte what `psmc fmt` writes

Types of results that are left out stay left out: inferring them is psmc's business. build_and_run.py is an example.
"""

import json
import math
import re
import struct
from fractions import Fraction

VERSION, FEATURES = "1.1", {"extensions"}
FORMATS = {"f32": "<f", "f64": "<d", "f16": "<e", "i8": "<b", "i32": "<i", "i64": "<q", "index": "<q", "bool": "<?"}
WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}

class Written(float):
    """A number that knows how it was written, for extensions."""
    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number

def read(text):
    """The document as dicts and lists; ValueError if it is no JSON-IR that this reader knows."""
    document = json.loads(text, parse_float=Written, object_pairs_hook=_unique,
                          parse_int=lambda digits: Written(digits) if digits == "-0" else int(digits))
    header = document.get("psmc_ir", {})
    if not re.fullmatch(r"1\.\d+", header.get("version", "")):
        raise ValueError(f"JSON-IR {header.get('version')} is not 1.x")
    unknown = [feature for feature in header.get("requires", []) if feature not in FEATURES]
    if unknown:
        raise ValueError(f"the document needs {', '.join(unknown)}")
    return document

def _unique(pairs):
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return dict(pairs)

def module(functions, constants=()):
    return {"psmc_ir": {"version": VERSION}, "constants": list(constants), "functions": list(functions)}

def tensor(dtype, *shape):
    return {"kind": "tensor", "dtype": dtype, "shape": list(shape)}

def quote(text):
    return '"' + re.sub(r'["\\\x00-\x1f\x7f]', lambda c: ESCAPES.get(c[0], f"\\u{ord(c[0]):04x}"), text) + '"'

def dump(value):
    """Any JSON value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(key)}: {dump(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(dump, value)) + "]"
    if isinstance(value, str):
        return quote(value)
    return getattr(value, "text", None) or json.dumps(value)

def _extensions(thing):
    return {key: thing[key] for key in sorted(thing) if key.startswith("x-")}

def _ordered(thing, *keys):
    """The keys that are there, in this order, then extensions."""
    return {key: thing[key] for key in keys if key in thing} | _extensions(thing)

def bf16_value(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]

def element_bytes(dtype, value):
    """The bytes of one element, rounded to nearest even."""
    value = WORDS.get(value, value) if isinstance(value, str) else value
    if dtype == "bf16":
        if not math.isfinite(value):
            return struct.pack("<f", value)[2:]
        near = struct.unpack("<I", element_bytes("f32", value))[0] >> 16
        around = [b for b in (near - 1, near, near + 1) if b >= 0 and (b & 0x7fff) < 0x7f80] or [near]
        best = min(around, key=lambda b: (abs(Fraction(bf16_value(b)) - Fraction(value)), b & 1))
        return struct.pack("<H", best)
    try:
        return struct.pack(FORMATS[dtype], value)
    except OverflowError:  # a float beyond the type
        return struct.pack(FORMATS[dtype], math.copysign(math.inf, value))

def element_value(dtype, data):
    return bf16_value(struct.unpack("<H", data)[0]) if dtype == "bf16" else struct.unpack(FORMATS[dtype], data)[0]

def shortest(value, dtype="f64"):
    """The shortest decimal that gives the value back, always with a point or an exponent."""
    for digits in range(1, 10) if dtype != "f64" else ():
        short = repr(float(f"{value:.{digits}g}"))
        if element_bytes("f32", float(short)) == struct.pack("<f", value):
            return short
    return repr(float(value))

def element_text(dtype, data):
    value = element_value(dtype, data)
    if not isinstance(value, float):
        return json.dumps(value)
    if math.isfinite(value):
        return shortest(value, dtype)
    return '"nan"' if math.isnan(value) else quote("-inf" if value < 0 else "inf")

def data_bytes(constant):
    """The bytes of a constant; None if they lie in a file."""
    data, dtype = constant["data"], constant["type"]["dtype"]
    if "hex" in data:
        return bytes.fromhex(data["hex"])
    if "dense" in data:
        return b"".join(element_bytes(dtype, item) for item in data["dense"])
    return element_bytes(dtype, data["splat"]) * math.prod(constant["type"]["shape"]) if "splat" in data else None

def _data(constant):
    data, dtype = data_bytes(constant), constant["type"]["dtype"]
    if data is None:
        return dump(_ordered(constant["data"], "file", "entry", "sha256"))
    size = 2 if dtype == "bf16" else struct.calcsize(FORMATS[dtype])
    items = [data[at:at + size] for at in range(0, len(data), size)]
    plain = {item: element_value(dtype, item) == element_value(dtype, item) or item == element_bytes(dtype, "nan")
             for item in set(items)}
    if len(items) > 1 and len(plain) == 1 and plain[items[0]]:
        return f'{{"splat": {element_text(dtype, items[0])}}}'
    if len(items) > 64 or not all(plain.values()):
        return f'{{"hex": "{data.hex()}"}}'
    return f'{{"dense": [{", ".join(element_text(dtype, item) for item in items)}]}}'

def _attribute(value):
    if isinstance(value, dict) and "number" in value:
        number = float(WORDS.get(value["number"], value["number"]))
        return shortest(number) if math.isfinite(number) else dump({"number": str(number)})
    if isinstance(value, dict) and "syms" in value and all(isinstance(item, int) for item in value["syms"]):
        return dump(value["syms"])
    if isinstance(value, float):
        return shortest(value)
    return dump(value)

def _attributes(attrs):
    return "{" + ", ".join(f"{quote(name)}: {_attribute(attrs[name])}" for name in sorted(attrs)) + "}"

def _type(type):
    return _ordered(type, "kind", "dtype") | {k: type[k] for k in ("shape", "space", "strides") if k in type}

def _symbols(symbols):
    return dump([_ordered(symbol, "name", "low", "high") for symbol in symbols])

class _Function:
    """Writes one function; values are numbered in the order of the text."""
    def __init__(self):
        self.numbers, self.next = {}, 0

    def value(self, value):
        shown = dict(value)
        if "id" in value:
            shown["id"] = self.numbers[value["id"]] = self.next
            self.next += 1
        if "type" in value:
            shown["type"] = _type(value["type"])
        return dump(_ordered(shown, "id", "name", "type", "state"))

    def values(self, values):
        return "[" + ", ".join(map(self.value, values)) + "]"

    def members(self, thing, always, **writers):
        """One object: the keys that hold something or are `always` there, in the order of the writers."""
        parts = [f"{quote(key)}: {write(thing[key])}" for key, write in writers.items() if thing.get(key) or key in always]
        parts += [f"{quote(key)}: {dump(value)}" for key, value in _extensions(thing).items()]
        return "{" + ", ".join(parts) + "}"

    def body(self, ops, indent):
        return "[" + ",".join("\n" + " " * indent + self.op(op, indent) for op in ops) + "]"

    def op(self, op, indent):
        def blocks(blocks):
            inner = {"args": self.values, "body": lambda ops: self.body(ops, indent + 1)}
            return "[" + ", ".join(self.members(block, ["body"], **inner) for block in blocks) + "]"

        return self.members(op, [], op=dump, operands=lambda ids: dump([self.numbers[i] for i in ids]), results=self.values,
                            attrs=_attributes, blocks=blocks,
                            loc=lambda loc: dump(_ordered(loc, "label", "file", "line", "column")))

    def write(self, function):
        return self.members(function, ["args", "results", "body"], name=dump, symbols=_symbols, args=self.values,
                            results=self.values, attrs=_attributes, body=lambda ops: self.body(ops, 3))

def _constant(constant):
    shown = {key: constant[key] for key in ("id", "name") if key in constant} | {"type": _type(constant["type"])}
    parts = [dump(shown)[1:-1], f'"data": {_data(constant)}', dump(_extensions(constant))[1:-1]]
    return "{" + ", ".join(filter(None, parts)) + "}"

def write(document):
    """The canonical text."""
    constants = ",".join("\n  " + _constant(constant) for constant in document.get("constants", []))
    functions = ",".join("\n  " + _Function().write(function) for function in document["functions"])
    extensions = "".join(f",\n {quote(key)}: {dump(value)}" for key, value in _extensions(document).items())
    header = dump({"version": VERSION})
    return f'{{"psmc_ir": {header},\n "constants": [{constants}],\n "functions": [{functions}]{extensions}}}\n'
