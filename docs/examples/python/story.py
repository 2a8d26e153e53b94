#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten greedy tokens from a compiled language model, with ctypes and NumPy.

    psmc compile MODEL -o story.so
    python3 story.py story.so [prompt ids ...]

Takes the token ids of the prompt (none: 1) and prints the ids that follow, with commas. The argument structs are not
written down here: the library describes them itself.
"""
import ctypes
import json
import pathlib
import sys

import numpy as np

NUMPY = {"float": np.float32, "double": np.float64, "int32_t": np.int32, "int64_t": np.int64}


class Model:
    """A compiled model: each entry is called with its inputs by name and gives its outputs by name."""

    def __init__(self, library):
        path = pathlib.Path(library).resolve()
        self.library = ctypes.CDLL(str(path))  # finds libpsmc_rt.so in its own folder
        description = getattr(self.library, f"{path.stem}_interface")
        description.restype = ctypes.c_char_p
        interface = json.loads(description())
        self.prefix, self.version = interface["prefix"], interface["abi_version"]
        self.functions = {f["name"]: f for f in interface["functions"]}
        self.structs = {f["name"]: self.struct_of(f) for f in interface["functions"]}
        self.library[f"{self.prefix}_last_error"].restype = ctypes.c_char_p
        self.model = ctypes.c_void_p()
        self.check(self.library[f"{self.prefix}_open"](None, ctypes.byref(self.model)))

    @staticmethod
    def struct_of(function):
        fields = [("struct_size", ctypes.c_uint32), ("version", ctypes.c_uint32), ("cycles", ctypes.c_uint64)]
        for argument in function["arguments"]:
            if argument["by_value"]:
                fields.append((argument["name"], ctypes.c_int64))
            else:
                fields += [(argument["name"], ctypes.c_void_p), (argument["name"] + "_count", ctypes.c_uint64)]
        return type(function["name"] + "_args", (ctypes.Structure,), {"_fields_": fields})

    def check(self, status):
        if status != 0:
            raise RuntimeError(self.library[f"{self.prefix}_last_error"](self.model).decode())

    def call(self, entry, **inputs):
        struct = self.structs[entry]
        args = struct(struct_size=ctypes.sizeof(struct), version=self.version)
        arrays = {}
        for argument in self.functions[entry]["arguments"]:
            name = argument["name"]
            if argument["by_value"]:
                setattr(args, name, int(inputs[name]))
                continue
            dtype = NUMPY[argument["type"]]
            if argument["kind"] == "input":
                arrays[name] = np.ascontiguousarray(inputs[name], dtype)
            else:
                arrays[name] = np.empty(argument["shape"], dtype)
            setattr(args, name, arrays[name].ctypes.data)
            setattr(args, name + "_count", arrays[name].size)
        self.check(self.library[f"{self.prefix}_{entry}"](self.model, ctypes.byref(args)))
        outputs = {a["name"]: arrays[a["name"]] for a in self.functions[entry]["arguments"] if a["kind"] == "output"}
        return outputs, args.cycles

    def close(self):
        self.library[f"{self.prefix}_close"](self.model)


def main():
    model = Model(sys.argv[1])
    tokens = [int(token) for token in sys.argv[2:]] or [1]
    prompt, total = len(tokens), 0
    for pos in range(prompt + 9):
        outputs, cycles = model.call("decode", tokens=[tokens[pos]], pos=pos)
        total += cycles
        if pos + 1 >= prompt:
            tokens.append(int(outputs["logits"].argmax()))
    print(",".join(map(str, tokens[prompt:])))
    print(f"{total} cycles", file=sys.stderr)
    model.close()


if __name__ == "__main__":
    main()
