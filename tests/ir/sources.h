// SPDX-License-Identifier: Apache-2.0
// Modules in their printed form, one for each part of the text form, and reading them in tests.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "ir/text/parser.h"
#include "ir/text/printer.h"
#include "ir/verify.h"

namespace psmc::ir {

inline Module read_text(const std::string& text) {
  Result<Module> module = parse_text("test.psm", text);
  if (!module.ok()) FAIL(module.diagnostic().render() + "\n" + text);
  return std::move(module).value();
}

inline Module read_valid(const std::string& text) {
  Module module = read_text(text);
  for (const Diagnostic& diagnostic : verify(module)) FAIL(diagnostic.render() + "\n" + text);
  return module;
}

/// Each is exactly as the printer writes it.
inline const std::vector<std::string>& printed_modules() {
  static const std::vector<std::string> kModules = {
      "",
      // Constants: files, hashes, data forms, exact decimals.
      R"(const @a : tensor<2x2xf32> = file("m.safetensors", "layer.0")
const @b : tensor<3xf16> = file("m.safetensors", "b", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
const @c : tensor<f32> = dense[1e-05]
const @d : tensor<5xf32> = dense[0.1, -0.0, inf, -inf, nan]
const @e : tensor<100xbf16> = splat[-2.5]
const @f : tensor<2xi64> = dense[-9223372036854775808, 9223372036854775807]
const @g : tensor<3xbool> = dense[true, false, true]
const @h : tensor<f32> = hex "0100c07f"
const @"with space" : tensor<0xf32> = dense[]
const @j : tensor<2xf64> = dense[0.1, 1e+300]
const @k : tensor<1xf16> = dense[65504.0]
)",
      // Signatures: symbols, states, names of results, attributes.
      R"(func @f[n: 1..8, pos: 0..511](%x: tensor<4x(pos + 1 <= 512)xf32>, %k: tensor<4x8xf32> state @cache) -> (%out: tensor<4x(pos + 1 <= 512)xf32>, tensor<4x8xf32> state @cache) {level = "graph", tiles = [8, 8]} {
  return %x, %k
}

func @"quoted name"() {
  return
}

func @g(%0: tensor<f32>) -> tensor<f32> {
  return %0
}
)",
      // Ops of the graph level, locations, quoted and numbered names, run-time sizes, a call before its callee.
      R"(const @w : tensor<8x4xf32> = splat[0.5]

func @main[pos: 0..15](%x: tensor<2x8xf32>, %cache: tensor<16x4xf32> state @cache) -> (%y: tensor<2x4xf32>, tensor<16x4xf32> state @cache) {
  %w = constant @w
  %h = contract %x, %w {dtype = f32, spec = "mk,kn->mn"}  loc("layer 0")
  %0 = tanh %h  loc("model.onnx":12:3)
  %"my/name:0" = call @half(%0) {place.region = 3}  loc("half", "model.onnx":13:1)
  %1 = constant dense[1.0, 2.0] : tensor<2xf32>
  %"2" = slice %"my/name:0" {size = [1, 4], start = [1, 0]}
  %new = update %cache, %"2" {start = sym[pos, 0]}
  %seen = slice %new {size = sym[pos + 1, 4], start = [0, 0]}
  %sum = reduce %seen {axes = [0], keep = true, monoid = "sum"}
  %y = add %h, %sum
  return %y, %new
}

func @half(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %r = group {
    %c = constant dense[0.5] : tensor<f32>
    %h = mul %x, %c
    yield %h
  }
  return %r
}
)",
      // The loop level: bounds of all kinds, carried values, subscripts, buffers with strides and spaces.
      R"(func @kernel[n: 0..16, pos: 0..511](%x: buffer<64x16xbf16, scratchpad, strides [32, 1]>, %y: buffer<64xf32, memory>) {
  %acc = alloc : buffer<4x16xf32, accumulator>
  %t = alloc : buffer<3xi32>
  for %i = 0 to 64 step 4 {kind = "parallel", unroll = 2} {
    %z = constant 0.0 : f32
    %s, %m = for %j = 0 to sym(n) step 1 iter(%a = %z, %b = %z) {kind = "reduce", max_trip = 16} {
      %v = load %x[%i + 3, %j]
      %w = fma %v, %v, %a
      %p = max %b, %v
      yield %w, %p
    }
    %k = index %i * 4 - 2 * n + pos - 1
    for %q = %k to 2 {
      store %s, %y[-%q * 3 + %i * 4 + pos + 7]  loc("store")
      store %m, %y[5]
    }
    %one = constant 1 : index
    %big = constant -7 : i32
    store %big, %t[%one]
  }
  return
}
)",
      // The tile level, and maps that have no short form.
      R"(func @tile(%x: buffer<8x8xf32, scratchpad>, %i: index) {
  %v = inst {opcode = "v.ld", stride = 64} : vreg
  %w, %s = inst %v {opcode = "v.addr"} : vreg, sreg
  inst %w {opcode = "v.st"}
  %a = load %x, %i, %i {map = [1, 0, 0, 0, 1, 0]}
  %b = index %i {map = [0, 5]}
  return
}
)",
      // Extensions of the module and of constants; a small one without a name would stand where it is used.
      R"(module {"x.a-tool" = "[1.0, {\"k\": null}]", x.b = "3"}
const @c : tensor<2xf32> = dense[1.0, 2.0] {x.b = "\"text\""}
const @d : tensor<f32> = file("m.npy", "") {x.b = "{}"}

func @f() -> tensor<2xf32> {
  %0 = constant @c
  return %0
}
)",
  };
  return kModules;
}

}  // namespace psmc::ir
