// SPDX-License-Identifier: Apache-2.0
// Graph-level interpretation: calls, groups, state, symbols, limits, the observer.
#include "tests/ir_ops/modules.h"

namespace psmc::ir {
namespace {

std::optional<Code> failure(const Module& module, std::span<const Array> args, const SymbolValues& symbols = {},
                            const InterpOptions& options = {}) {
  const auto results = interpret(module, FuncId(0), args, symbols, options);
  if (results.ok()) return std::nullopt;
  return results.diagnostic().code;
}

}  // namespace

TEST_CASE("a step with state: the cache comes back with one more column, and its visible part is read") {
  const Module module = valid_module(R"(
func @step[pos: 0..3](%k: tensor<2x4xf32> state @k, %x: tensor<2x1xf32>) -> (tensor<2xf32>, tensor<2x4xf32> state @k) {
  %k1 = update %k, %x {start = sym[0, pos]}
  %seen = slice %k1 {size = sym[2, pos + 1], start = [0, 0]}
  %sum = reduce %seen {axes = [1], monoid = "sum"}
  return %sum, %k1
}
)");
  Interpreter interpreter(module);
  const SymbolValues none;
  Array cache(DType::f32, {2, 4});
  for (int64_t pos = 0; pos < 4; ++pos) {
    const Array x = array_of(DType::f32, {2, 1}, {1.0 + static_cast<double>(pos), 10});
    const Array args[] = {cache, x};
    auto results = interpreter.run(FuncId(0), args, {{module.find_str("pos"), pos}});
    REQUIRE(results.ok());
    CHECK(results->at(0).get(0) == static_cast<double>((pos + 1) * (pos + 2) / 2));
    CHECK(results->at(0).get(1) == static_cast<double>(10 * (pos + 1)));
    cache = results->at(1);
  }
  CHECK(cache == array_of(DType::f32, {2, 4}, {1, 2, 3, 4, 10, 10, 10, 10}));
}

TEST_CASE("calls of functions and values used twice") {
  const Module module = valid_module(R"(
const @two : tensor<f32> = dense[2.0]
func @main(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %y = call @twice(%x)
  %z = call @twice(%y)
  return %z, %y, %z
}
func @twice(%x: tensor<3xf32>) -> (tensor<3xf32>) {
  %c = constant @two
  %r = mul %x, %c
  return %r
}
)");
  const Array args[] = {array_of(DType::f32, {3}, {1, 2, 3})};
  const auto results = run_good(module, args);
  CHECK(results.at(0) == array_of(DType::f32, {3}, {4, 8, 12}));
  CHECK(results.at(1) == array_of(DType::f32, {3}, {2, 4, 6}));
  CHECK(results.at(2) == results.at(0));
}

TEST_CASE("a function that returns its argument and a constant") {
  const Module module = valid_module(R"(
func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xi32>) {
  %c = constant dense[3, 4] : tensor<2xi32>
  return %x, %c
}
)");
  const Array args[] = {array_of(DType::f32, {2}, {1, 2})};
  const auto results = run_good(module, args);
  CHECK(results.at(0) == args[0]);
  CHECK(results.at(1).get_int(1) == 4);
}

TEST_CASE("a group sees the values around it and gives what it yields") {
  const Module module = valid_module(R"(
func @main(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %y = neg %x
  %a, %b = group {
    %s = add %x, %y
    %t = mul %x, %y
    yield %s, %t
  }
  return %a, %b
}
)");
  const Array args[] = {array_of(DType::f32, {3}, {1, 2, 3})};
  const auto results = run_good(module, args);
  CHECK(results.at(0) == array_of(DType::f32, {3}, {0, 0, 0}));
  CHECK(results.at(1) == array_of(DType::f32, {3}, {-1, -4, -9}));
}

TEST_CASE("the observer sees every value of the module once, in order") {
  const Module module = valid_module(R"(
func @main(%x: tensor<3xf32>) -> (tensor<3xf32>) {
  %y = call @silu(%x)
  %z = neg %y
  return %z
}
)");
  std::vector<uint32_t> seen;
  InterpOptions options;
  options.observer = [&](ValueId value, const Array& array) {
    seen.push_back(value.index);
    CHECK(array.shape == std::vector<int64_t>{3});
  };
  const Array args[] = {array_of(DType::f32, {3}, {1, 2, 3})};
  run_good(module, args, {}, options);
  CHECK(seen == std::vector<uint32_t>{0, 1, 2});
}

TEST_CASE("arguments and symbols are checked") {
  const Module module = valid_module(R"(
func @main[n: 1..4](%x: tensor<(n <= 4)xf32>) -> (tensor<(n <= 4)xf32>) {
  %y = neg %x
  return %y
}
)");
  const StrId n = module.find_str("n");
  const Array three(DType::f32, {3}), wrong(DType::i32, {3});
  CHECK_FALSE(failure(module, {{three}}, {{n, 3}}).has_value());
  CHECK(failure(module, {{three}}, {{n, 2}}) == Code::interp_arguments);
  CHECK(failure(module, {{three}}, {{n, 5}}) == Code::interp_arguments);
  CHECK(failure(module, {{three}}) == Code::interp_arguments);
  CHECK(failure(module, {{wrong}}, {{n, 3}}) == Code::interp_arguments);
  CHECK(failure(module, {{three, three}}, {{n, 3}}) == Code::interp_arguments);
}

TEST_CASE("work and memory are limited before they are spent") {
  const Module wide = valid_module(R"(
func @main(%x: tensor<f32>) -> (tensor<1000000x1000000xf32>) {
  %y = broadcast %x {shape = [1000000, 1000000]}
  return %y
}
)");
  const Array args[] = {Array(DType::f32, {})};
  CHECK(failure(wide, args) == Code::interp_limit);
  const Module deep = valid_module(R"(
func @main(%x: tensor<64x64xf32>) -> (tensor<64x64xf32>) {
  %y = contract %x, %x {spec = "mk,kn->mn"}
  return %y
}
)");
  const Array square[] = {Array(DType::f32, {64, 64})};
  InterpOptions options;
  options.max_steps = 64 * 64 * 64 - 1;
  CHECK(failure(deep, square, {}, options) == Code::interp_limit);
  options.max_steps += kOpSteps + 1;
  CHECK_FALSE(failure(deep, square, {}, options).has_value());
}

TEST_CASE("tensors without elements may have huge extents") {
  const std::string type = "tensor<0x1000000000000x1000000000000x1000000000000xf32>";
  const Module module =
      valid_module("func @main(%x: " + type + ") -> (" + type + ") {\n  %y = neg %x\n  return %y\n}\n");
  const int64_t huge = 1000000000000;
  const Array args[] = {Array(DType::f32, {0, huge, huge, huge})};
  CHECK(run_good(module, args).at(0) == args[0]);
}

TEST_CASE("functions that double their calls come to an end") {
  std::string text = "func @f0() {\n  call @f1()\n  return\n}\n";
  for (int i = 1; i < 60; ++i) {
    const std::string next = "  call @f" + std::to_string(i + 1) + "()\n";
    text += "func @f" + std::to_string(i) + "() {\n" + (i < 59 ? next + next : "") + "  return\n}\n";
  }
  InterpOptions options;
  options.max_steps = 1 << 20;
  CHECK(failure(valid_module(text), {}, {}, options) == Code::interp_limit);
}

TEST_CASE("what has no meaning at graph level is refused") {
  const Module module = parse_good("func @main(%x: buffer<3xf32, scratchpad>) {\n  %y = load %x[0]\n  return\n}\n");
  const Array args[] = {Array(DType::f32, {3})};
  CHECK(failure(module, args) == Code::interp_arguments);
  const Module scalar = parse_good("func @main() {\n  %y = symbol {dtype = index, expr = [3]}\n  return\n}\n");
  CHECK(failure(scalar, {}) == Code::interp_unsupported);
}

}  // namespace psmc::ir
