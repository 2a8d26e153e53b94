// SPDX-License-Identifier: Apache-2.0
// Contractions on the matrix unit that are not plain products of whole tiles. Of those whose depth is no whole number
// of its steps what lies behind the operands is no number, so nothing of it may get into the sums, not even times zero.
#include <catch2/catch.hpp>

#include <limits>

#include "base/random.h"
#include "ir/interp/interpreter.h"
#include "ir/text/parser.h"
#include "tools/driver/compile.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

struct Shape {
  int64_t m, n, k;
  bool transposed;  ///< b[n, k]
};

/// The first k columns (of b: rows, or columns) of matrices that are larger and on the same tile.
std::string text_of(const Shape& s, const std::string& dtype) {
  const int64_t wide = (s.k + 15) / 16 * 16 + 16;
  const auto matrix = [&](int64_t rows, int64_t columns) {
    return "tensor<" + std::to_string(rows) + "x" + std::to_string(columns) + "x" + dtype + ">";
  };
  const auto cut = [](int64_t rows, int64_t columns) {
    return " {size = [" + std::to_string(rows) + ", " + std::to_string(columns) + "], start = [0, 0]}\n";
  };
  const int64_t b_rows = s.transposed ? s.n : wide, b_columns = s.transposed ? wide : s.n;
  return "func @main(%x: " + matrix(s.m, wide) + ", %y: " + matrix(b_rows, b_columns) + ") -> (tensor<" +
         std::to_string(s.m) + "x" + std::to_string(s.n) + "xf32>, " + matrix(s.m, wide) + ", " +
         matrix(b_rows, b_columns) + ") {\n  %u = neg %x\n  %v = neg %y\n  %a = slice %u" + cut(s.m, s.k) +
         "  %b = slice %v" + (s.transposed ? cut(s.n, s.k) : cut(s.k, s.n)) +
         "  %c = contract %a, %b {dtype = f32, spec = \"mk," + (s.transposed ? "nk" : "kn") +
         "->mn\"}\n  return %c, %u, %v\n}\n";
}

/// Small integers, whose sums are exact in any order; no numbers where the other index is k or more.
ir::Array operand(Random& random, const ir::Type& type, size_t depth, int64_t k) {
  ir::Array array(type.dtype, type.bounds());
  for (int64_t i = 0; i < array.elements(); ++i) {
    const int64_t at = depth == 1 ? i % array.shape[1] : i / array.shape[1];
    array.set(i, at < k ? static_cast<double>(random.range(-8, 8)) : std::numeric_limits<double>::quiet_NaN());
  }
  return array;
}

/// The first result is that of the interpreter, to the bit, and comes from the matrix unit.
void check_result(Result<ir::Module>& module, const std::vector<ir::Array>& inputs) {
  const auto expected = ir::interpret(*module, ir::FuncId(0), inputs);
  REQUIRE(expected.ok());
  tools::CompileOptions options;
  options.columns = options.rows = 1;
  tools::CompileReport report;
  const auto image = tools::compile(*module, *arch::preset("lab4"), options, report);
  if (!image.ok()) FAIL(image.diagnostic().render());
  CHECK(report.kernels.find("unit = \"matrix\"") != std::string::npos);
  auto device = tools::Device::open(*image, {});
  REQUIRE(device.ok());
  REQUIRE((*device)->write(0, "x", inputs[0].bytes).ok());
  REQUIRE((*device)->write(0, "y", inputs[1].bytes).ok());
  REQUIRE((*device)->launch(0).ok());
  const auto bytes = (*device)->read(0, "result0");
  REQUIRE(bytes.ok());
  CHECK(*bytes == (*expected)[0].bytes);
}

const ir::Type& argument_type(const ir::Module& module, uint32_t i) {
  return module.value_type(module.block_arg(module.func(ir::FuncId(0)).body, i));
}

void check(const Shape& shape, const std::string& dtype) {
  const std::string text = text_of(shape, dtype);
  INFO(text);
  Result<ir::Module> module = ir::parse_text("test", text);
  if (!module.ok()) FAIL(module.diagnostic().render());
  Random random(7);
  std::vector<ir::Array> inputs;
  for (uint32_t i = 0; i < 2; ++i)
    inputs.push_back(operand(random, argument_type(*module, i), i == 0 || shape.transposed ? 1 : 0, shape.k));
  check_result(module, inputs);
}

struct Batched {
  std::string spec, x, y, result;
};

void check(const Batched& b, const std::string& dtype) {
  const std::string text = "func @main(%x: tensor<" + b.x + "x" + dtype + ">, %y: tensor<" + b.y + "x" + dtype +
                           ">) -> (tensor<" + b.result + "xf32>) {\n  %c = contract %x, %y {dtype = f32, spec = \"" +
                           b.spec +
                           "\"}\n  %h = constant dense[0.5] : tensor<f32>\n  %r = mul %c, %h\n  return %r\n}\n";
  INFO(text);
  Result<ir::Module> module = ir::parse_text("test", text);
  if (!module.ok()) FAIL(module.diagnostic().render());
  Random random(9);
  std::vector<ir::Array> inputs;
  for (uint32_t i = 0; i < 2; ++i) {
    ir::Array array(argument_type(*module, i).dtype, argument_type(*module, i).bounds());
    for (int64_t e = 0; e < array.elements(); ++e) array.set(e, static_cast<double>(random.range(-8, 8)));
    inputs.push_back(std::move(array));
  }
  check_result(module, inputs);
}

}  // namespace

SCENARIO("a contraction whose depth is no whole number of matrix steps reads nothing behind its operands") {
  for (const std::string dtype : {"bf16", "f32"})
    for (const bool transposed : {false, true})
      for (const int64_t k : {8, 9, 12, 15, 17, 23, 28, 31, 45, 50})
        for (const auto& [m, n] : {std::pair<int64_t, int64_t>{16, 16}, {9, 24}, {40, 33}})
          check({m, n, k, transposed}, dtype);
}

SCENARIO("products of matrices that are part of larger tensors run on the matrix unit") {
  for (const std::string dtype : {"bf16", "f32"})
    for (const Batched& b : {Batched{"tkgd,kdl->tkgl", "16x2x3x12", "2x12x40", "16x2x3x40"},
                             {"tkgl,kld->tkgd", "32x2x1x40", "2x40x24", "32x2x1x24"},
                             {"bmk,bnk->bmn", "3x16x33", "3x32x33", "3x16x32"},
                             {"mbk,kn->bmn", "16x2x16", "16x9", "2x16x9"}})
      check(b, dtype);
}
