// SPDX-License-Identifier: Apache-2.0
// Inputs that are larger than the scratchpads of all tiles: they are read chunk by chunk, long reductions in parts, and
// results that do not fit either leave chunk by chunk.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/random.h"
#include "ir/interp/interpreter.h"
#include "ir/text/parser.h"
#include "tools/driver/compile.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

struct Run {
  std::vector<ir::Array> inputs, results, expected;  ///< expected: of the interpreter
  uint64_t input_bytes = 0;
  std::string partition;
};

arch::Machine lab4_with(uint64_t scratchpad_bytes) {
  arch::Machine machine = *arch::preset("lab4");
  machine.scratchpad.bytes = scratchpad_bytes;
  return machine;
}

/// @main of `text` on seeded inputs between -1 and 1 (integers: -100 to 100).
Run run(const std::string& text, const arch::Machine& machine, const std::vector<std::string>& disabled = {}) {
  INFO(text);
  Result<ir::Module> module = ir::parse_text("test", text);
  if (!module.ok()) FAIL(module.diagnostic().render());
  const ir::FuncId id = module->find_func("main");
  Run result;
  Random random(7);
  for (uint32_t i = 0; i < module->func(id).arg_state.size(); ++i) {
    const ir::Type& type = module->value_type(module->block_arg(module->func(id).body, i));
    ir::Array array(type.dtype, type.bounds());
    for (int64_t e = 0; e < array.elements(); ++e)
      array.set(e, is_integer(type.dtype) ? static_cast<double>(random.range(-100, 100)) : random.uniform(-1, 1));
    result.input_bytes += array.bytes.size();
    result.inputs.push_back(std::move(array));
  }
  const auto expected = ir::interpret(*module, id, result.inputs);
  if (!expected.ok()) FAIL(expected.diagnostic().render());
  result.expected = *expected;
  tools::CompileReport report;
  tools::CompileOptions options;
  options.pipeline.disabled = disabled;
  const auto image = tools::compile(*module, machine, options, report);
  if (!image.ok()) FAIL(image.diagnostic().render());
  result.partition = report.partition;
  auto device = tools::Device::open(*image, {});
  REQUIRE(device.ok());
  size_t next = 0;
  for (const arch::Symbol& symbol : image->entries[0].symbols)
    if (symbol.kind == arch::SymbolKind::input)
      REQUIRE((*device)->write(0, symbol.name, result.inputs[next++].bytes).ok());
  const auto stats = (*device)->launch(0);
  if (!stats.ok()) FAIL(stats.diagnostic().render());
  result.results = *expected;
  for (size_t i = 0; i < result.results.size(); ++i)
    result.results[i].bytes = *(*device)->read(0, "result" + std::to_string(i));
  return result;
}

void check_equal(const Run& r) {
  for (size_t i = 0; i < r.results.size(); ++i)
    for (int64_t e = 0; e < r.results[i].elements(); ++e)
      if (r.results[i].get(e) != r.expected[i].get(e)) {
        FAIL("result " << i << " element " << e << ": " << r.results[i].get(e) << ", not " << r.expected[i].get(e));
      }
}

/// |c - a b| <= g(K) |a||b| for c[m,n] = sum over k of a[m,k] b[k,n].
void check_bound(const Run& r, int64_t m, int64_t n, int64_t k) {
  const double ku = static_cast<double>(k) * 0x1p-24, g = ku / (1 - ku);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0, magnitude = 0;
      for (int64_t l = 0; l < k; ++l) {
        const double product = r.inputs[0].get(i * k + l) * r.inputs[1].get(l * n + j);
        sum += product;
        magnitude += std::fabs(product);
      }
      const double error = std::fabs(r.results[0].get(i * n + j) - sum);
      if (!(error <= g * magnitude)) FAIL("element " << i << ", " << j << " is off by " << error);
    }
}

std::string product(int64_t m, int64_t n, int64_t k, const char* dtype) {
  return fmt::format(
      "func @main(%a: tensor<{0}x{2}x{3}>, %b: tensor<{2}x{1}x{3}>) -> (tensor<{0}x{1}xf32>) {{\n"
      "  %c = contract %a, %b {{spec = \"mk,kn->mn\", dtype = f32}}\n  return %c\n}}\n",
      m, n, k, dtype);
}

constexpr uint64_t kSmall = 131072;  ///< bytes of a tile, four tiles

}  // namespace

SCENARIO("elementwise ops on inputs and results larger than all scratchpads run chunk by chunk") {
  const Run r = run(R"(
func @main(%x: tensor<331x617xf32>, %y: tensor<331x617xf32>) -> (tensor<331x617xf32>) {
  %p = mul %x, %y
  %q = max %p, %x
  return %q
}
)",
                    lab4_with(kSmall));
  CHECK(r.input_bytes > 4 * kSmall);
  check_equal(r);
}

SCENARIO("a long product of few results is summed in parts, the last one uneven, within the bound of one f32 sum") {
  for (const char* dtype : {"f32", "bf16"})
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 17, 10007}, {5, 37, 5003}, {1, 1, 60001}}) {
      const Run r = run(product(m, n, k, dtype), lab4_with(kSmall));
      CHECK(r.input_bytes > kSmall);
      check_bound(r, m, n, k);
    }
}

SCENARIO("a wide product is cut along its columns and keeps the bound") {
  for (const char* dtype : {"f32", "bf16"})
    check_bound(run(product(1, 3001, 200, dtype), lab4_with(kSmall)), 1, 3001, 200);
}

SCENARIO("on the matrix unit the parts of a sum give the very bits of the whole") {
  const Run parts = run(product(40, 72, 2000, "f32"), lab4_with(kSmall));
  const Run whole = run(product(40, 72, 2000, "f32"), lab4_with(16 << 20));
  check_bound(parts, 40, 72, 2000);
  CHECK(parts.results[0].bytes == whole.results[0].bytes);
}

SCENARIO("what follows a reduction follows its last part only, and sees the sum unrounded") {
  const Run r = run(R"(
func @main(%x: tensor<9x20011xi32>) -> (tensor<9xi32>) {
  %s = reduce %x {axes = [1], monoid = "sum"}
  %z = max %s, %s
  %n = neg %z
  %r = mul %n, %n
  return %r
}
)",
                    lab4_with(kSmall));
  check_equal(r);
  const Run largest = run(R"(
func @main(%x: tensor<9x20011xf32>) -> (tensor<9xbf16>) {
  %s = reduce %x {axes = [1], monoid = "max"}
  %n = neg %s
  %r = cast %n {dtype = bf16}
  return %r
}
)",
                          lab4_with(kSmall));
  check_equal(largest);
}

SCENARIO("an input that fits beside one that does not is loaded once; without fetching ahead the result is the same") {
  const std::string text = product(20, 700, 300, "f32");
  const Run ahead = run(text, lab4_with(kSmall));
  const Run late = run(text, lab4_with(kSmall), {"fetch-ahead"});
  check_bound(ahead, 20, 700, 300);
  CHECK(ahead.results[0].bytes == late.results[0].bytes);
}

SCENARIO("a long product of few results runs on all tiles, and keeps the bound of one f32 sum") {
  arch::Machine machine = *arch::preset("grid3x5");
  machine.scratchpad.bytes = kSmall;
  for (const char* dtype : {"f32", "bf16"})
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 13, 20011}, {9, 14, 10007}}) {
      const Run r = run(product(m, n, k, dtype), machine);
      check_bound(r, m, n, k);
      INFO(r.partition);
      CHECK(r.partition.find("   15  1x") != std::string::npos);  // all tiles, a part each
    }
}
