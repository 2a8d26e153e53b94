// SPDX-License-Identifier: Apache-2.0
// Composites against their formulas in double precision, in every form in which they run: as a call, and inlined.
#include <chrono>
#include <cmath>

#include "ir/composites/composite.h"
#include "ir/text/print_type.h"
#include "tests/ir_ops/modules.h"

namespace psmc::ir {
namespace {

void check_close(const Array& a, const std::vector<double>& wanted, double tolerance) {
  REQUIRE(a.elements() == static_cast<int64_t>(wanted.size()));
  for (int64_t i = 0; i < a.elements(); ++i) {
    CHECK(a.get(i) == Approx(wanted[static_cast<size_t>(i)]).epsilon(tolerance).margin(tolerance));
  }
}

/// The calls of function 0 replaced by their definitions.
Module inlined(const std::string& text) {
  Module module = parse_good(text);
  Builder builder(module);
  std::vector<OpId> calls;
  for (const OpId op : ops_of(module, module.func(FuncId(0)).body)) {
    if (module.kind(op) == OpKind::call) calls.push_back(op);
  }
  for (const OpId op : calls) {
    builder.before(op);
    const std::vector<ValueId> operands(module.operands(op).begin(), module.operands(op).end());
    const auto results =
        instantiate(std::string(module.str_attr(op, "callee")), operands, module.op(op).attrs, builder);
    REQUIRE(results.ok());
    for (const OpId user : ops_of(module, module.func(FuncId(0)).body)) {
      for (uint32_t i = 0; i < module.operands(user).size(); ++i) {
        if (module.operand(user, i) == module.result(op)) module.set_operand(user, i, results->at(0));
      }
    }
    module.erase(op);
  }
  const Status status = verify_status(module);
  if (!status.ok()) FAIL(status.diagnostic().render());
  return module;
}

/// One call, run as a call and inlined: the same bits.
Array run_both(const std::string& params, const std::string& call, const std::string& type, std::span<const Array> args,
               const std::string& symbols = "", const SymbolValues& values = {}) {
  const std::string text =
      "func @f" + symbols + "(" + params + ") -> (" + type + ") {\n  %r = call " + call + "\n  return %r\n}\n";
  const Module called = valid_module(text), flat = inlined(text);
  SymbolValues own;
  for (size_t i = 0; i < values.size(); ++i)
    own.emplace_back(called.func(FuncId(0)).symbols.at(i).name, values[i].second);
  const Array result = run_good(called, args, own).at(0);
  CHECK(run_good(flat, args, own).at(0) == result);
  return result;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

TEST_CASE("activations") {
  Random random(2);
  const Array x = random_array(random, DType::f32, {3, 5}), h = random_array(random, DType::bf16, {3, 5});
  std::vector<double> silu, relu, gelu, half;
  for (int64_t i = 0; i < 15; ++i) {
    const double v = x.get(i);
    silu.push_back(v * sigmoid(v));
    relu.push_back(v > 0 ? v : 0);
    gelu.push_back(0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v))));
    half.push_back(h.get(i) * sigmoid(h.get(i)));
  }
  const std::string type = "tensor<3x5xf32>", bf = "tensor<3x5xbf16>";
  check_close(run_both("%x: " + type, "@silu(%x)", type, {{x}}), silu, 1e-6);
  check_close(run_both("%x: " + type, "@relu(%x)", type, {{x}}), relu, 0);
  check_close(run_both("%x: " + type, "@gelu(%x)", type, {{x}}), gelu, 1e-6);
  check_close(run_both("%x: " + bf, "@silu(%x)", bf, {{h}}), half, 0x1p-8);
}

TEST_CASE("softmax sums to one along its axis") {
  Random random(3);
  const Array x = random_array(random, DType::f32, {4, 3});
  std::vector<double> wanted(12);
  for (int64_t j = 0; j < 3; ++j) {
    double sum = 0;
    for (int64_t i = 0; i < 4; ++i) sum += std::exp(x.get(i * 3 + j));
    for (int64_t i = 0; i < 4; ++i) wanted[static_cast<size_t>(i * 3 + j)] = std::exp(x.get(i * 3 + j)) / sum;
  }
  check_close(run_both("%x: tensor<4x3xf32>", "@softmax(%x) {axis = 0}", "tensor<4x3xf32>", {{x}}), wanted, 1e-6);
}

TEST_CASE("norms") {
  Random random(4);
  const Array x = random_array(random, DType::f32, {2, 6}), w = random_array(random, DType::f32, {6}),
              b = random_array(random, DType::f32, {6});
  std::vector<double> rms, layer;
  for (int64_t r = 0; r < 2; ++r) {
    double mean = 0, square = 0, variance = 0;
    for (int64_t i = 0; i < 6; ++i) mean += x.get(r * 6 + i) / 6, square += x.get(r * 6 + i) * x.get(r * 6 + i) / 6;
    for (int64_t i = 0; i < 6; ++i) variance += std::pow(x.get(r * 6 + i) - mean, 2) / 6;
    for (int64_t i = 0; i < 6; ++i) {
      rms.push_back(x.get(r * 6 + i) / std::sqrt(square + 0.5) * w.get(i));
      layer.push_back((x.get(r * 6 + i) - mean) / std::sqrt(variance + 1e-5) * w.get(i) + b.get(i));
    }
  }
  const std::string type = "tensor<2x6xf32>";
  check_close(run_both("%x: " + type + ", %w: tensor<6xf32>", "@rms_norm(%x, %w) {eps = 0.5}", type, {{x, w}}), rms,
              1e-6);
  check_close(
      run_both("%x: " + type + ", %w: tensor<6xf32>, %b: tensor<6xf32>", "@layer_norm(%x, %w, %b)", type, {{x, w, b}}),
      layer, 1e-5);
}

TEST_CASE("rope rotates the pair (i, i + half), for a run-time number of tokens") {
  Random random(5);
  const Array x = random_array(random, DType::f32, {3, 2, 2, 4}), cos = random_array(random, DType::f32, {3, 4}),
              sin = random_array(random, DType::f32, {3, 4});
  std::vector<double> wanted(48);
  for (int64_t t = 0; t < 3; ++t) {
    for (int64_t h = 0; h < 2; ++h) {
      for (int64_t i = 0; i < 4; ++i) {
        const int64_t at = (t * 2 + h) * 8 + i;
        const double a = x.get(at), b = x.get(at + 4), c = cos.get(t * 4 + i), s = sin.get(t * 4 + i);
        wanted[static_cast<size_t>(at)] = a * c - b * s;
        wanted[static_cast<size_t>(at + 4)] = b * c + a * s;
      }
    }
  }
  const Array args[] = {x, cos, sin};
  check_close(run_both("%x: tensor<3x2x2x4xf32>, %c: tensor<3x4xf32>, %s: tensor<3x4xf32>", "@rope(%x, %c, %s)",
                       "tensor<3x2x2x4xf32>", args),
              wanted, 1e-6);
  check_close(run_both("%x: tensor<(n <= 8)x2x2x4xf32>, %c: tensor<(n <= 8)x4xf32>, %s: tensor<(n <= 8)x4xf32>",
                       "@rope(%x, %c, %s)", "tensor<(n <= 8)x2x2x4xf32>", args, "[n: 0..8]", {{StrId(), 3}}),
              wanted, 1e-6);
}

namespace {

/// Causal attention by its definition; q [T, kv, g, d], k [kv, d, L], v [kv, L, d].
std::vector<double> attention(const Array& q, const Array& k, const Array& v, int64_t first, double scale) {
  const int64_t T = q.shape[0], K = q.shape[1], G = q.shape[2], D = q.shape[3], L = k.shape[2];
  std::vector<double> out;
  for (int64_t t = 0; t < T; ++t) {
    for (int64_t kg = 0; kg < K * G; ++kg) {
      const int64_t head = kg / G, seen = std::min(L, first + t + 1);
      std::vector<double> p;
      double sum = 0;
      for (int64_t l = 0; l < seen; ++l) {
        double score = 0;
        for (int64_t d = 0; d < D; ++d) score += q.get((t * K * G + kg) * D + d) * k.get((head * D + d) * L + l);
        p.push_back(std::exp(score * scale));
        sum += p.back();
      }
      for (int64_t d = 0; d < D; ++d) {
        double mixed = 0;
        for (int64_t l = 0; l < seen; ++l) mixed += p[static_cast<size_t>(l)] / sum * v.get((head * L + l) * D + d);
        out.push_back(mixed);
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("attention masks what comes later, for several rows and for one") {
  Random random(6);
  const auto args_of = [&](DType dtype, int64_t rows, int64_t length) {
    return std::vector<Array>{random_array(random, dtype, {rows, 2, 3, 4}), random_array(random, dtype, {2, 4, length}),
                              random_array(random, dtype, {2, length, 4})};
  };
  const auto prefill = args_of(DType::f32, 3, 5);
  check_close(run_both("%q: tensor<3x2x3x4xf32>, %k: tensor<2x4x5xf32>, %v: tensor<2x5x4xf32>",
                       "@attention(%q, %k, %v) {first = [2], scale = 0.5}", "tensor<3x2x3x4xf32>", prefill),
              attention(prefill[0], prefill[1], prefill[2], 2, 0.5), 1e-5);
  const auto decode = args_of(DType::f32, 1, 5);
  const std::string grown = "(pos + 1 <= 8)";
  check_close(run_both("%q: tensor<1x2x3x4xf32>, %k: tensor<2x4x" + grown + "xf32>, %v: tensor<2x" + grown + "x4xf32>",
                       "@attention(%q, %k, %v) {first = sym[pos], scale = 0.5}", "tensor<1x2x3x4xf32>", decode,
                       "[pos: 0..7]", {{StrId(), 4}}),
              attention(decode[0], decode[1], decode[2], 4, 0.5), 1e-5);
  const auto chunk = args_of(DType::f32, 2, 8);
  check_close(run_both("%q: tensor<2x2x3x4xf32>, %k: tensor<2x4x8xf32>, %v: tensor<2x8x4xf32>",
                       "@attention(%q, %k, %v) {first = sym[pos]}", "tensor<2x2x3x4xf32>", chunk, "[pos: 0..6]",
                       {{StrId(), 3}}),
              attention(chunk[0], chunk[1], chunk[2], 3, 1), 1e-5);
  const auto narrow = args_of(DType::bf16, 2, 4);
  check_close(run_both("%q: tensor<2x2x3x4xbf16>, %k: tensor<2x4x4xbf16>, %v: tensor<2x4x4xbf16>",
                       "@attention(%q, %k, %v) {first = [1]}", "tensor<2x2x3x4xbf16>", narrow),
              attention(narrow[0], narrow[1], narrow[2], 1, 1), 0.02);
}

TEST_CASE("attention of one row over all it may see has no mask") {
  const Module module = inlined(R"(
func @f[pos: 0..7](%q: tensor<1x2x3x4xf32>, %k: tensor<2x4x(pos + 1 <= 8)xf32>, %v: tensor<2x(pos + 1 <= 8)x4xf32>) -> (tensor<1x2x3x4xf32>) {
  %r = call @attention(%q, %k, %v) {first = sym[pos]}
  return %r
}
)");
  for (const OpId op : ops_of(module, module.func(FuncId(0)).body)) CHECK(module.kind(op) != OpKind::select);
}

TEST_CASE("a composite whose inner tensors would be too large is an error") {
  Module module = parse_good(R"(
func @f(%q: tensor<1000000x1x1x1xf32>, %k: tensor<1x1x1000000000xf32>, %v: tensor<1x1000000000x1xf32>) {
  %r = call @attention(%q, %k, %v)
  return
}
)");
  const OpId call = module.block_data(module.func(FuncId(0)).body).first;
  Builder builder(module);
  builder.before(call);
  const std::vector<ValueId> operands(module.operands(call).begin(), module.operands(call).end());
  const auto results = instantiate("attention", operands, module.op(call).attrs, builder);
  REQUIRE_FALSE(results.ok());
  CHECK(results.diagnostic().code == Code::result_too_large);
}

TEST_CASE("a function may not take the name of a composite that is called") {
  const std::string text =
      "func @f(%x: tensor<2xf32>) {\n  %r = call @relu(%x)\n  return\n}\n"
      "func @relu(%x: tensor<2xf32>) -> (tensor<2xf32>) {\n  return %x\n}\n";
  CHECK(first_error(text) == Code::bad_attribute);
}

TEST_CASE("every composite is found by name and says what it is") {
  for (const Composite& composite : all_composites()) {
    CHECK(find_composite(composite.name) == &composite);
    CHECK_FALSE(composite.manual.empty());
  }
  CHECK(find_composite("nothing") == nullptr);
}

// A decode step of a model of 260 K parameters is this much contraction; on any host it is far below a second.
TEST_CASE("contraction is fast enough to be an oracle") {
  const Module module = valid_module(R"(
func @f(%x: tensor<1x512xf32>, %w: tensor<512x512xf32>) -> (tensor<1x512xf32>) {
  %r = contract %x, %w {spec = "mk,nk->mn"}
  return %r
}
)");
  Random random(1);
  const auto args = random_args(random, module, FuncId(0));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) run_good(module, args);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CHECK(seconds < 5);
}

}  // namespace psmc::ir
