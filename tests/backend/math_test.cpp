// SPDX-License-Identifier: Apache-2.0
// Every elementwise op on all its types: exact where the machine is exact, within 4 units in the last place elsewhere.
#include "tests/backend/harness.h"

#include <fmt/format.h>

#include <limits>

using namespace psmc;
using namespace psmc::backend::test;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

/// Inputs of all sizes with both signs, and the special ones.
std::vector<float> inputs(uint64_t seed) {
  std::vector<float> x{0.0f,   -0.0f,  1.0f,       -1.0f,   kInf,   -kInf,   std::nanf(""), 88.7f,
                       88.8f,  89.5f,  -87.3f,     -87.4f,  -88.5f, -103.0f, -104.5f,       1e30f,
                       -1e30f, 0.625f, 0.6249999f, -0.625f, 9.0f,   -9.0f,   20.0f,         -20.0f,
                       3e38f,  -3e38f, 2.5f,       3.5f,    -2.5f,  1e-30f,  -1e-30f,       1.1754944e-38f};
  Random random(seed);
  while (x.size() < 4096) {
    const float size = std::ldexp(random.uniform(0.5f, 1.0f), static_cast<int>(random.range(-12, 9)));
    x.push_back(random.chance(0.5) ? size : -size);
  }
  return x;
}

double ulps(float got, double wanted) {
  const auto rounded = static_cast<float>(wanted);
  if (std::isnan(got) && std::isnan(wanted)) return 0;
  if (got == rounded) return 0;
  if (std::isinf(got) || std::isinf(rounded) || std::isnan(got) || std::isnan(rounded)) return 1e9;
  const double unit = std::ldexp(1.0, std::max(std::ilogb(std::max(std::fabs(rounded), 1e-45f)), -126) - 23);
  return std::fabs(static_cast<double>(got) - wanted) / unit;
}

/// Worst distance of `op` from its meaning in double precision over all inputs.
double worst_ulps(const std::string& op, double (*meaning)(double), bool flush = false) {
  const std::vector<float> x = inputs(7);
  const ir::Module module = parse_kernel(fmt::format(R"(
func @k(%x: buffer<{0}xf32, scratchpad>, %y: buffer<{0}xf32, scratchpad>) {{
  for %i = 0 to {0} step 1 {{unit = "vector"}} {{
    %a = load %x[%i]
    %b = {1} %a
    store %b, %y[%i]
  }}
  return
}}
)",
                                                     x.size(), op));
  ir::Array in(DType::f32, {static_cast<int64_t>(x.size())}), out = in;
  std::memcpy(in.bytes.data(), x.data(), x.size() * 4);
  std::vector<ir::Array*> buffers{&in, &out};
  const Result<TileRun> run = run_on_tile(module, ir::FuncId(0), test_machine(), buffers);
  if (!run.ok()) FAIL(run.diagnostic().render());
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const auto got = static_cast<float>(out.get(static_cast<int64_t>(i)));
    const double wanted = meaning(x[i]);
    if (flush && std::fabs(wanted) < 1.1754944e-38 && got == 0) continue;
    const double distance = ulps(got, wanted);
    if (distance > 4) UNSCOPED_INFO(op << "(" << x[i] << ") = " << got << " instead of " << wanted);
    worst = std::max(worst, distance);
  }
  return worst;
}

std::string binary(const std::string& op, const std::string& type) {
  return fmt::format(R"(
func @k(%x: buffer<100x{1}, scratchpad, strides [1]>, %y: buffer<100x{1}, scratchpad, strides [1]>, %z: buffer<100x{1}, scratchpad, strides [1]>) {{
  for %i = 0 to 100 step 1 {{unit = "vector"}} {{
    %a = load %x[%i]
    %b = load %y[%i]
    %c = {0} %a, %b
    store %c, %z[%i]
  }}
  return
}}
)",
                     op, type);
}

}  // namespace

SCENARIO("elementary functions are within 4 units in the last place of the exact value") {
  CHECK(worst_ulps("exp", [](double x) { return std::exp(x); }) <= 4);
  CHECK(worst_ulps("exp2", [](double x) { return std::exp2(x); }) <= 4);
  CHECK(worst_ulps("log", [](double x) { return std::log(x); }) <= 4);
  CHECK(worst_ulps("sqrt", [](double x) { return std::sqrt(x); }) <= 0.5);
  CHECK(worst_ulps("rsqrt", [](double x) { return 1 / std::sqrt(x); }) <= 1);
  CHECK(worst_ulps("recip", [](double x) { return 1 / x; }, true) <= 0.5);
  CHECK(worst_ulps("tanh", [](double x) { return std::tanh(x); }) <= 4);
  CHECK(worst_ulps("sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }, true) <= 4);
  CHECK(worst_ulps("floor", [](double x) { return std::floor(x); }) == 0);
  CHECK(worst_ulps("round", [](double x) { return std::nearbyint(x); }) == 0);
  CHECK(worst_ulps("abs", [](double x) { return std::fabs(x); }) == 0);
  CHECK(worst_ulps("neg", [](double x) { return -x; }) == 0);
}

SCENARIO("arithmetic on f32, bf16, f16, i32 and i8 buffers is exact or rounded once") {
  CompareOptions exact;
  exact.tolerance = 0;
  for (const char* op : {"add", "sub", "mul", "div", "max", "min"}) {
    for (const char* type : {"f32", "bf16", "f16", "i32", "i8"}) {
      CAPTURE(op, type);
      // The interpreter and the vector unit both round to f32 before they round to a smaller type.
      compare(binary(op, type), {}, exact);
    }
  }
  for (const char* op : {"and", "or"}) {
    for (const char* type : {"i32", "i8", "bool"}) compare(binary(op, type), {}, exact);
  }
}

SCENARIO("integer division truncates, for the extreme numbers too") {
  const std::vector<int32_t> numbers{0,           1,
                                     -1,          2,
                                     -2,          3,
                                     7,           -7,
                                     10,          1000,
                                     65535,       65536,
                                     46341,       16777217,
                                     123456789,   -123456789,
                                     1073741823,  1073741824,
                                     1073741825,  2147483647,
                                     -2147483647, std::numeric_limits<int32_t>::min(),
                                     715827883,   -715827882,
                                     3333,        12347,
                                     99991,       -5,
                                     2147483646,  8388607,
                                     8388609,     33554431};
  ir::Array a(DType::i32, {1024}), b = a, c = a;
  Random random(5);
  for (int64_t i = 0; i < 1024; ++i) {
    a.set_int(i, numbers[static_cast<size_t>(i) / 32]);
    b.set_int(i, numbers[static_cast<size_t>(i) % 32]);
  }
  for (int round = 0; round < 8; ++round) {
    const ir::Module module = parse_kernel(R"(
func @k(%x: buffer<1024xi32, scratchpad>, %y: buffer<1024xi32, scratchpad>, %z: buffer<1024xi32, scratchpad>) {
  for %i = 0 to 1024 step 1 {unit = "vector"} {
    %a = load %x[%i]
    %b = load %y[%i]
    %c = div %a, %b
    store %c, %z[%i]
  }
  return
}
)");
    std::vector<ir::Array*> buffers{&a, &b, &c};
    const auto run = run_on_tile(module, ir::FuncId(0), test_machine(), buffers);
    if (!run.ok()) FAIL(run.diagnostic().render());
    for (int64_t i = 0; i < 1024; ++i) {
      const int64_t x = a.get_int(i), y = b.get_int(i);
      const int64_t wanted = y == 0 ? 0 : static_cast<int32_t>(static_cast<uint32_t>(x / y));
      if (c.get_int(i) != wanted) FAIL(x << " / " << y << " gave " << c.get_int(i));
      a.set_int(i, static_cast<int32_t>(random.next()) >> random.below(28));
      b.set_int(i, static_cast<int32_t>(random.next()) >> random.below(31));
    }
  }
}

SCENARIO("comparisons, selections, logic and casts between all types") {
  CompareOptions exact;
  exact.tolerance = 0;
  for (const char* type : {"f32", "i32"}) {
    for (const char* op : {"lt", "le", "eq", "ne"}) {
      for (const int n : {5, 16, 100}) {
        compare(fmt::format(R"(
func @k(%x: buffer<{2}x{1}, scratchpad>, %y: buffer<{2}x{1}, scratchpad>, %p: buffer<{2}xbool, scratchpad>, %z: buffer<{2}x{1}, scratchpad>, %q: buffer<{2}xbool, scratchpad>) {{
  for %i = 0 to {2} step 1 {{unit = "vector"}} {{
    %a = load %x[%i]
    %b = load %y[%i]
    %m = {0} %a, %b
    %o = load %p[%i]
    %n = not %m
    %r = select %n, %o, %m
    %e = eq %r, %o
    %f = ne %e, %n
    %g = and %f, %o
    %h = or %g, %m
    store %h, %q[%i]
    %s = select %h, %a, %b
    store %s, %z[%i]
  }}
  return
}}
)",
                            op, type, n),
                {}, exact);
      }
    }
  }
  for (const char* from : {"f32", "bf16", "f16", "i32", "i8", "bool"}) {
    for (const char* to : {"f32", "bf16", "f16", "i32", "i8", "bool"}) {
      CAPTURE(from, to);
      const std::string stored = std::string(to) == "bf16" || std::string(to) == "f16" ? "f32"
                                 : std::string(to) == "i8"                             ? "i32"
                                                                                       : to;
      exact.low = -300;
      exact.high = 300;
      compare(fmt::format(R"(
func @k(%x: buffer<50x{0}, scratchpad, strides [1]>, %y: buffer<50x{2}, scratchpad, strides [1]>) {{
  for %i = 0 to 50 step 1 {{unit = "vector"}} {{
    %a = load %x[%i]
    %b = cast %a {{dtype = {1}}}
    %c = cast %b {{dtype = {2}}}
    store %c, %y[%i]
  }}
  return
}}
)",
                          from, to, stored),
              {}, exact);
    }
  }
}
