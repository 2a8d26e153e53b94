// SPDX-License-Identifier: Apache-2.0
// Values: special functions against long double, matrix unit against std::fma, conversions, vector instructions.
#include <bit>
#include <cmath>
#include <limits>

#include "base/dtype.h"
#include "base/random.h"
#include "sim/core/convert.h"
#include "sim/core/fma.h"
#include "sim/core/special.h"
#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

float from_bits(uint32_t bits) { return std::bit_cast<float>(bits); }

/// Error of `got` in units of the last place of the correctly rounded result.
double ulps(float got, long double exact) {
  const float rounded = static_cast<float>(exact);
  if (got == rounded) return 0;
  if (!std::isfinite(rounded) || !std::isfinite(got)) return 1e9;
  const float next = std::nextafterf(std::fabs(rounded), std::numeric_limits<float>::infinity());
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) /
                             (static_cast<long double>(next) - std::fabs(rounded)));
}

template <typename F, typename G>
double worst(const F& function, const G& exact, uint32_t first, uint32_t last, uint32_t step) {
  double worst = 0;
  for (uint64_t bits = first; bits <= last; bits += step) {
    const float x = from_bits(static_cast<uint32_t>(bits));
    worst = std::max(worst, ulps(function(x), exact(static_cast<long double>(x))));
  }
  return worst;
}

SCENARIO("special functions are within 0.500001 ulp everywhere that is sampled") {
  const auto exp2 = [](long double x) { return exp2l(x); };
  const auto log2 = [](long double x) { return log2l(x); };
  const auto rsqrt = [](long double x) { return 1.0L / sqrtl(x); };
  // Positive and negative floats in steps that are no power of two, so that all exponents and many fractions are met.
  CHECK(worst(exp2_f32, exp2, 0x00000000, 0x43000000, 4099) <= 0.500001);
  CHECK(worst(exp2_f32, exp2, 0x80000000, 0xc3170000, 4099) <= 0.500001);
  CHECK(worst(log2_f32, log2, 0x00000001, 0x7f7fffff, 4099) <= 0.500001);
  CHECK(worst(log2_f32, log2, 0x3f700000, 0x3f880000, 7) <= 0.500001);  // around 1
  CHECK(worst(rsqrt_f32, rsqrt, 0x00000001, 0x7f7fffff, 4099) <= 0.500001);
}

SCENARIO("exact and special cases") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (int n = -149; n <= 127; ++n) {
    CHECK(exp2_f32(static_cast<float>(n)) == std::ldexp(1.0f, n));
    CHECK(log2_f32(std::ldexp(1.0f, n)) == static_cast<float>(n));
    if (n % 2 == 0) CHECK(rsqrt_f32(std::ldexp(1.0f, n)) == std::ldexp(1.0f, -n / 2));
  }
  CHECK(exp2_f32(128.0f) == inf);
  CHECK(exp2_f32(-150.0f) == 0.0f);
  CHECK(exp2_f32(-inf) == 0.0f);
  CHECK(log2_f32(0.0f) == -inf);
  CHECK(log2_f32(inf) == inf);
  CHECK(rsqrt_f32(0.0f) == inf);
  CHECK(rsqrt_f32(-0.0f) == -inf);
  CHECK(rsqrt_f32(inf) == 0.0f);
  for (const float x : {exp2_f32(nan), log2_f32(nan), log2_f32(-1.0f), rsqrt_f32(-1.0f), rsqrt_f32(nan)})
    CHECK(std::bit_cast<uint32_t>(x) == kQuietNan);
}

float odd_float(Random& random) {
  switch (random.below(8)) {
    case 0: return from_bits(static_cast<uint32_t>(random.next()));               // anything, NaN and infinity too
    case 1: return from_bits(static_cast<uint32_t>(random.next()) & 0x807fffff);  // subnormal
    case 2: return 0.0f;
    default: return random.uniform(-2, 2);
  }
}

SCENARIO("the matrix unit adds products over K upwards, one fused multiply-add a step") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    const uint32_t k = seed % 2 ? 16 : 8;
    std::vector<float> a(16 * k), b(16 * k), acc(256);
    for (auto* v : {&a, &b, &acc})
      for (float& x : *v) x = seed < 150 ? random.uniform(-3, 3) : odd_float(random);
    std::vector<float> expected = acc;
    for (uint32_t m = 0; m < 16; ++m)
      for (uint32_t n = 0; n < 16; ++n) {
        float& sum = expected[m * 16 + n];
        for (uint32_t i = 0; i < k; ++i) sum = std::fma(a[m * k + i], b[n * k + i], sum);
        sum = canonical(sum);
      }
    mma_f32(acc.data(), a.data(), b.data(), k);
    REQUIRE(std::memcmp(acc.data(), expected.data(), 1024) == 0);
  }
}

SCENARIO("i8 products add up and wrap") {
  Random random(5);
  std::vector<int8_t> a(512), b(512);
  for (auto* v : {&a, &b})
    for (int8_t& x : *v) x = static_cast<int8_t>(random.below(256));
  std::vector<int32_t> acc(256, std::numeric_limits<int32_t>::max()), expected = acc;
  for (uint32_t m = 0; m < 16; ++m)
    for (uint32_t n = 0; n < 16; ++n) {
      int64_t sum = expected[m * 16 + n];
      for (uint32_t i = 0; i < 32; ++i) sum += a[m * 32 + i] * b[n * 32 + i];
      expected[m * 16 + n] = static_cast<int32_t>(static_cast<uint32_t>(sum));
    }
  mma_i32(acc.data(), a.data(), b.data(), 32);
  CHECK(acc == expected);
}

SCENARIO("every product of two i8, at every k, wraps at both ends of i32") {
  Random random(6);
  for (uint32_t block = 0; block < 256; ++block) {  // 16 values of a by 16 of b
    const uint32_t k = block % 2 == 0 ? 32 : 8, at = static_cast<uint32_t>(random.below(k));
    std::vector<int8_t> a(16 * k), b(16 * k);
    std::vector<int32_t> acc(256), expected(256);
    for (uint32_t i = 0; i < 16; ++i) {
      a[i * k + at] = static_cast<int8_t>(block / 16 * 16 + i);
      b[i * k + at] = static_cast<int8_t>(block % 16 * 16 + i);
    }
    for (uint32_t i = 0; i < 256; ++i) {
      acc[i] = i % 3 == 0 ? std::numeric_limits<int32_t>::max() : i % 3 == 1 ? std::numeric_limits<int32_t>::min() : 7;
      const int64_t sum = int64_t{acc[i]} + int64_t{a[i / 16 * k + at]} * b[i % 16 * k + at];
      expected[i] = static_cast<int32_t>(static_cast<uint32_t>(sum));
    }
    mma_i32(acc.data(), a.data(), b.data(), k);
    REQUIRE(acc == expected);
  }
}

SCENARIO("every 8-bit float converts to f32 and back") {
  for (uint32_t bits = 0; bits < 256; ++bits) {
    const float x = e4m3_to_f32(static_cast<uint8_t>(bits)), y = e5m2_to_f32(static_cast<uint8_t>(bits));
    if (x == x) CHECK(f32_to_e4m3(x) == bits);
    if (y == y) CHECK(f32_to_e5m2(y) == bits);
  }
  CHECK(e4m3_to_f32(0x7e) == 448.0f);
  CHECK(e5m2_to_f32(0x7b) == 57344.0f);
  CHECK(f32_to_e4m3(1e9f) == 0x7e);
  CHECK(f32_to_e5m2(1e9f) == 0x7c);
  CHECK(f32_to_e4m3(std::numeric_limits<float>::quiet_NaN()) == 0x7f);
}

/// The nearest of all finite values of an 8-bit format, ties to the even pattern.
template <typename F>
uint8_t nearest(float x, uint8_t largest, const F& value) {
  uint8_t best = 0;
  for (uint32_t bits = 0; bits <= largest; ++bits) {
    const double d = std::fabs(static_cast<double>(value(static_cast<uint8_t>(bits))) - x);
    const double e = std::fabs(static_cast<double>(value(best)) - x);
    if (d < e || (d == e && (bits & 1) == 0)) best = static_cast<uint8_t>(bits);
  }
  return best;
}

SCENARIO("8-bit floats round to nearest even") {
  Random random(9);
  for (int i = 0; i < 20000; ++i) {
    const float x = std::fabs(random.uniform() * std::ldexp(1.0f, static_cast<int>(random.range(-12, 8))));
    REQUIRE(f32_to_e4m3(x) == nearest(x, 0x7e, e4m3_to_f32));
    REQUIRE(f32_to_e5m2(x) == nearest(x, 0x7b, e5m2_to_f32));
  }
  for (uint32_t bits = 0; bits < 0x7e; ++bits) {  // exactly between two neighbours
    const float tie = (e4m3_to_f32(static_cast<uint8_t>(bits)) + e4m3_to_f32(static_cast<uint8_t>(bits + 1))) / 2;
    CHECK(f32_to_e4m3(tie) == bits + (bits & 1));
  }
}

/// Runs `code` on vectors v1 = a, v2 = b, and returns v3, which the code has set.
std::array<uint32_t, 16> vector_result(const std::string& code, const std::array<uint32_t, 16>& a,
                                       const std::array<uint32_t, 16>& b) {
  test::Simulation s(test::one_tile("ld.v.f32 v1,[s0] | ld.v.f32 v2,[s0+64]\nnop\nnop\nnop\n" + code +
                                    "\nnop\nnop\nnop\nnop\nnop\nnop\nnop\nst.v.f32 [s0+128],v3\nhalt"));
  s.chip->scratchpad(0).fill(0, std::as_bytes(std::span(a)));
  s.chip->scratchpad(0).fill(64, std::as_bytes(std::span(b)));
  s.run();
  return s.at<std::array<uint32_t, 16>>(0, 128);
}

SCENARIO("vector instructions compute what the manual says") {
  Random random(11);
  std::array<uint32_t, 16> a, b;
  for (uint32_t l = 0; l < 16; ++l) {
    a[l] = std::bit_cast<uint32_t>(odd_float(random));
    b[l] = std::bit_cast<uint32_t>(odd_float(random));
  }
  a[3] = 0x7fc12345;  // a NaN with a payload
  a[4] = 0x80000000;
  b[4] = 0;
  const auto check = [&](const std::string& code, const auto& expected) {
    INFO(code);
    const auto got = vector_result(code, a, b);
    for (uint32_t l = 0; l < 16; ++l) {
      INFO("lane " << l << ": " << from_bits(a[l]) << ", " << from_bits(b[l]));
      CHECK(got[l] == expected(l));
    }
  };
  const auto bits = [](float x) { return std::bit_cast<uint32_t>(canonical(x)); };
  const auto f = [](uint32_t x) { return from_bits(x); };
  const auto i = [](uint32_t x) { return static_cast<int32_t>(x); };
  check("vadd v3,v1,v2", [&](uint32_t l) { return bits(f(a[l]) + f(b[l])); });
  check("vsub v3,v1,v2", [&](uint32_t l) { return bits(f(a[l]) - f(b[l])); });
  check("vmul v3,v1,v2", [&](uint32_t l) { return bits(f(a[l]) * f(b[l])); });
  check("vdiv v3,v1,v2", [&](uint32_t l) { return bits(f(a[l]) / f(b[l])); });
  check("vfma v3,v1,v2,v1", [&](uint32_t l) { return bits(std::fma(f(a[l]), f(b[l]), f(a[l]))); });
  check("vfnma v3,v1,v2,v1", [&](uint32_t l) { return bits(std::fma(-f(a[l]), f(b[l]), f(a[l]))); });
  check("vmov v3,v1", [&](uint32_t l) { return a[l]; });
  check("vneg v3,v1", [&](uint32_t l) { return a[l] ^ 0x80000000u; });
  check("vmin v3,v1,v2", [&](uint32_t l) {
    return l == 4 ? 0x80000000u
                  : bits(f(a[l]) != f(a[l])   ? f(a[l])
                         : f(b[l]) != f(b[l]) ? f(b[l])
                                              : std::fmin(f(a[l]), f(b[l])));
  });
  check("vmax v3,v1,v2", [&](uint32_t l) {
    return l == 4 ? 0u
                  : bits(f(a[l]) != f(a[l])   ? f(a[l])
                         : f(b[l]) != f(b[l]) ? f(b[l])
                                              : std::fmax(f(a[l]), f(b[l])));
  });
  check("vrcp v3,v1", [&](uint32_t l) { return bits(1.0f / f(a[l])); });
  check("vsqrt v3,v1", [&](uint32_t l) { return bits(std::sqrt(f(a[l]))); });
  check("vfloor v3,v1", [&](uint32_t l) { return bits(std::floor(f(a[l]))); });
  check("vrint v3,v1", [&](uint32_t l) { return bits(std::nearbyint(f(a[l]))); });
  check("viadd v3,v1,v2", [&](uint32_t l) { return a[l] + b[l]; });
  check("vimul v3,v1,v2", [&](uint32_t l) { return a[l] * b[l]; });
  check("vimin v3,v1,v2", [&](uint32_t l) { return i(a[l]) < i(b[l]) ? a[l] : b[l]; });
  check("vshr v3,v1,v2", [&](uint32_t l) { return static_cast<uint32_t>(i(a[l]) >> (b[l] & 31)); });
  check("vperm v3,v1,v2", [&](uint32_t l) { return a[b[l] & 15]; });
  check("vlane v3,v1,7", [&](uint32_t) { return a[7]; });
  check("viota v3", [&](uint32_t l) { return l; });
  check("vrbf16 v3,v1", [&](uint32_t l) { return bits(bf16_to_f32(f32_to_bf16(f(a[l])))); });
  check("vlt m1,v1,v2\nnop\nvsel v3,m1,v1,v2", [&](uint32_t l) { return f(a[l]) < f(b[l]) ? a[l] : b[l]; });
  check("vne m1,v1,v1\nnop\nvsel v3,m1,v1,v2", [&](uint32_t l) { return f(a[l]) != f(a[l]) ? a[l] : b[l]; });
  for (uint32_t l = 0; l < 16; ++l) a[l] = std::bit_cast<uint32_t>(random.uniform(-1, 1));
  float sum = f(a[2]);
  for (uint32_t l = 3; l < 5; ++l) sum += f(a[l]);
  check("li s1,0x1c\nmset m1,s1\nvredadd v3,v1,m1", [&](uint32_t) { return bits(sum); });
  check("vredmax v3,v1", [&](uint32_t) {
    float m = f(a[0]);
    for (uint32_t l = 1; l < 16; ++l) m = std::max(m, f(a[l]));
    return bits(m);
  });
  check("li s1,0\nmset m1,s1\nvredmin v3,v1,m1", [&](uint32_t) { return 0x7f800000u; });
}

SCENARIO("a matrix product by tiles: packed, by rows and transposing loads, accumulator rows out and in") {
  // C = A B with A 16 x 16 in rows, B 16 x 16 in k-rows; bf16.
  Random random(13);
  std::vector<uint16_t> a(256), b(256);
  for (auto* v : {&a, &b})
    for (uint16_t& x : *v) x = f32_to_bf16(random.uniform(-1, 1));
  std::string code = "li s3,32\nld.tr t1,[s0],s3 | ld.tt.bf16 t2,[s0+512],s3\n";
  for (int i = 0; i < 18; ++i) code += "nop\n";
  code += "mmaz.bf16 a1,t1,t2\n";
  for (int i = 0; i < 45; ++i) code += "nop\n";
  for (int row = 0; row < 16; ++row) {
    code += "acc.rd v1,a1," + std::to_string(row) + "\nnop\nnop\nnop\nst.v.f32 [s0+" + std::to_string(1024 + 64 * row) +
            "],v1\n";
  }
  test::Simulation s(test::one_tile(code + "halt"));
  s.chip->scratchpad(0).fill(0, std::as_bytes(std::span(a)));
  s.chip->scratchpad(0).fill(512, std::as_bytes(std::span(b)));
  const RunStats stats = s.run();
  CHECK(stats.macs == 4096);
  for (uint32_t m = 0; m < 16; ++m)
    for (uint32_t n = 0; n < 16; ++n) {
      float sum = 0;
      for (uint32_t k = 0; k < 16; ++k) sum = std::fma(bf16_to_f32(a[m * 16 + k]), bf16_to_f32(b[k * 16 + n]), sum);
      CHECK(s.at<float>(0, 1024 + 4 * (16 * m + n)) == sum);
    }
}

}  // namespace
}  // namespace psmc::sim
