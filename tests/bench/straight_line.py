# SPDX-License-Identifier: Apache-2.0
"""Straight-line tensor modules for the measurement of the IR: the same program as psmc's text and as MLIR's (tosa).

Of the ops 10 % are constants, 15 % exact duplicates of a recent op, 10 % lie on dead chains, 5 % are reshapes to the
same shape, 10 % are pairs of transposes that undo each other, 1 % calls; the rest are elementwise."""

import random

SHAPE, TURNED = "4x8", "8x4"
TENSOR, TRANSPOSED = f"tensor<{SHAPE}xf32>", f"tensor<{TURNED}xf32>"
UNARY = [("neg", "negate"), ("exp", "exp"), ("tanh", "tanh"), ("abs", "abs")]
BINARY = [("add", "add"), ("sub", "sub"), ("max", "maximum"), ("min", "minimum")]


class Program:
    def __init__(self, ops, seed):
        self.random = random.Random(seed)
        self.psm, self.mlir, self.pool, self.recent = [], [], ["x", "y"], []
        self.live, self.dead = "x", None
        made = 0
        while made < ops:
            made += self.step(f"v{made}")

    def put(self, psm, mlir):
        self.psm.append("  " + psm)
        self.mlir.append("  " + mlir)

    def elementwise(self, op, args, name):
        values = ", ".join("%" + arg for arg in args)
        types = ", ".join([TENSOR] * len(args))
        self.put(f"%{name} = {op[0]} {values}", f"%{name} = tosa.{op[1]} {values} : ({types}) -> {TENSOR}")

    def step(self, name):
        """Adds one op, or two; how many."""
        kind, choice, live = self.random.random(), self.random.choice, self.live
        if kind < 0.10:
            value = self.random.randrange(1, 200) * 0.25
            self.put(f"%{name} = constant splat[{value}] : {TENSOR}",
                     f'%{name} = "tosa.const"() {{value = dense<{value}> : {TENSOR}}} : () -> {TENSOR}')
            self.pool.append(name)
        elif kind < 0.25 and self.recent:
            op, args = choice(self.recent[-16:])
            self.elementwise(op, args, name)
            self.pool.append(name)
        elif kind < 0.35:
            self.elementwise(choice(UNARY), [self.dead if self.dead and self.random.random() < 0.7 else live], name)
            self.dead = name
        elif kind < 0.40:
            self.put(f"%{name} = reshape %{live} {{shape = [4, 8]}}",
                     f"%{name} = tosa.reshape %{live} {{new_shape = array<i64: 4, 8>}} : ({TENSOR}) -> {TENSOR}")
            self.live = name
        elif kind < 0.45:
            self.put(f"%{name}t = transpose %{live} {{permutation = [1, 0]}}",
                     f"%{name}t = tosa.transpose %{live}, %perm : ({TENSOR}, tensor<2xi32>) -> {TRANSPOSED}")
            self.put(f"%{name} = transpose %{name}t {{permutation = [1, 0]}}",
                     f"%{name} = tosa.transpose %{name}t, %perm : ({TRANSPOSED}, tensor<2xi32>) -> {TENSOR}")
            self.live = name
            return 2
        elif kind < 0.46:
            other = choice(self.pool[-32:])
            self.put(f"%{name} = call @helper(%{live}, %{other})",
                     f"%{name} = func.call @helper(%{live}, %{other}) : ({TENSOR}, {TENSOR}) -> {TENSOR}")
            self.live = name
        else:
            one = self.random.random() < 0.25
            op, args = (choice(UNARY), [live]) if one else (choice(BINARY), [live, choice(self.pool[-32:])])
            self.elementwise(op, args, name)
            self.recent.append((op, args))
            self.pool.append(name)
            self.live = name
        return 1

    def psm_text(self):
        head = f"func @helper(%a: {TENSOR}, %b: {TENSOR}) -> {TENSOR} {{\n  %s = add %a, %b\n  return %s\n}}\n\n"
        body = "\n".join(self.psm)
        return head + f"func @main(%x: {TENSOR}, %y: {TENSOR}) -> {TENSOR} {{\n{body}\n  return %{self.live}\n}}\n"

    def mlir_text(self):
        head = (f"func.func private @helper(%a: {TENSOR}, %b: {TENSOR}) -> {TENSOR} {{\n"
                f"  %s = tosa.add %a, %b : ({TENSOR}, {TENSOR}) -> {TENSOR}\n  return %s : {TENSOR}\n}}\n")
        perm = '  %perm = "tosa.const"() {value = dense<[1, 0]> : tensor<2xi32>} : () -> tensor<2xi32>\n'
        body = "\n".join(self.mlir)
        return (head + f"func.func @main(%x: {TENSOR}, %y: {TENSOR}) -> {TENSOR} {{\n{perm}{body}\n"
                f"  return %{self.live} : {TENSOR}\n}}\n")
