// SPDX-License-Identifier: Apache-2.0
// The fused multiply-adds of the vector and the matrix unit, on each path of the host, against LLVM's APFloat. psmc's
// own rule: every NaN is 0x7fc00000. Run once more with the C library's software fma (tests/CMakeLists.txt).
#include <catch2/catch.hpp>

#include <array>
#include <bit>
#include <vector>

#include "base/random.h"
#include "sim/core/fma.h"
#include "sim/core/special.h"
#include "tests/apfloat/apfloat.h"

using namespace psmc;
using namespace psmc::test;

namespace {

constexpr std::array kPaths = {sim::FmaPath::plain, sim::FmaPath::avx2, sim::FmaPath::avx512};
constexpr uint32_t kSign = 0x80000000u;

using Lanes = std::array<float, 16>;

float value(uint32_t bits) { return std::bit_cast<float>(bits); }

uint32_t expected(float a, float b, float c) {
  const uint32_t bits = apfloat_fma(std::bit_cast<uint32_t>(a), std::bit_cast<uint32_t>(b), std::bit_cast<uint32_t>(c));
  return (bits & ~kSign) > 0x7f800000u ? sim::kQuietNan : bits;
}

/// Zeros, the ends of the subnormal and of the normal range, around 1, roots of the ends, infinity, NaN; both signs.
std::vector<float> special_values() {
  std::vector<float> values;
  for (const uint32_t bits :
       {0x00000000u, 0x00000001u, 0x00000002u, 0x00400000u, 0x007fffffu, 0x00800000u, 0x00800001u, 0x1fb504f3u,
        0x20000000u, 0x33800000u, 0x34000000u, 0x3f7fffffu, 0x3f800000u, 0x3f800001u, 0x3fc00000u, 0x4b7fffffu,
        0x5f7fffffu, 0x5f800000u, 0x7f7fffffu, 0x7f800000u, 0x7f800001u, 0x7fc12345u})
    for (const uint32_t sign : {0u, kSign}) values.push_back(value(bits | sign));
  return values;
}

/// Anything; or numbers near each other, whose sums cancel; or around the smallest normal.
float draw(Random& random) {
  const auto bits = static_cast<uint32_t>(random.next());
  switch (random.below(4)) {
    case 0: return value(bits);
    case 1: return value((bits & 0x807fffffu) | static_cast<uint32_t>(random.range(30, 70)) << 23);
    default: return value((bits & 0x807fffffu) | static_cast<uint32_t>(random.range(120, 134)) << 23);
  }
}

/// Lanes in which fma16 on some path is not APFloat's.
uint32_t wrong_lanes(const Lanes& a, const Lanes& b, const Lanes& c, bool negate) {
  Lanes want, got;
  for (size_t i = 0; i < 16; ++i) want[i] = value(expected(negate ? -a[i] : a[i], b[i], c[i]));
  uint32_t wrong = 0;
  for (const sim::FmaPath path : kPaths) {
    if (!sim::fma_path_runs_here(path)) continue;
    sim::fma16_on(path, got.data(), a.data(), b.data(), c.data(), negate);
    for (size_t i = 0; i < 16; ++i) wrong += std::bit_cast<uint32_t>(got[i]) != std::bit_cast<uint32_t>(want[i]);
  }
  sim::fma16(got.data(), a.data(), b.data(), c.data(), negate);
  for (size_t i = 0; i < 16; ++i) wrong += std::bit_cast<uint32_t>(got[i]) != std::bit_cast<uint32_t>(want[i]);
  return wrong;
}

}  // namespace

TEST_CASE("a fused multiply-add of special values is APFloat's on every path", "[fma]") {
  const std::vector<float> special = special_values();
  uint32_t wrong = 0;
  for (const float a : special)
    for (const float b : special)
      for (size_t i = 0; i < special.size(); i += 16) {
        Lanes as, bs, cs;
        as.fill(a);
        bs.fill(b);
        for (size_t l = 0; l < 16; ++l) cs[l] = special[(i + l) % special.size()];
        wrong += wrong_lanes(as, bs, cs, false) + wrong_lanes(as, bs, cs, true);
      }
  CHECK(wrong == 0);
}

TEST_CASE("a fused multiply-add of random values is APFloat's on every path", "[fma]") {
  Random random(32);
  uint32_t wrong = 0;
  for (int i = 0; i < 100'000; ++i) {
    Lanes a, b, c;
    for (size_t l = 0; l < 16; ++l) {
      a[l] = draw(random);
      b[l] = draw(random);
      // Every other one nearly cancels: the rounded product, a few units in the last place away.
      c[l] = l % 2 == 0 ? draw(random)
                        : value(std::bit_cast<uint32_t>(-(a[l] * b[l])) + static_cast<uint32_t>(random.range(-2, 2)));
    }
    wrong += wrong_lanes(a, b, c, i % 2 == 1);
  }
  CHECK(wrong == 0);
}

TEST_CASE("the matrix unit's sums are APFloat's multiply-adds over K upwards, on every path", "[fma]") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    const uint32_t k = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 8 : 16;
    std::vector<float> a(16 * k), b(16 * k), acc(256), want(256);
    for (auto* v : {&a, &b, &acc})
      for (float& x : *v) x = draw(random);
    for (uint32_t m = 0; m < 16; ++m)
      for (uint32_t n = 0; n < 16; ++n) {
        float sum = acc[m * 16 + n];
        for (uint32_t i = 0; i < k; ++i) sum = value(expected(a[m * k + i], b[n * k + i], sum));
        want[m * 16 + n] = sum;
      }
    for (const sim::FmaPath path : kPaths) {
      if (!sim::fma_path_runs_here(path)) continue;
      std::vector<float> got = acc;
      sim::mma_f32_on(path, got.data(), a.data(), b.data(), k);
      uint32_t wrong = 0;
      for (size_t i = 0; i < 256; ++i) wrong += std::bit_cast<uint32_t>(got[i]) != std::bit_cast<uint32_t>(want[i]);
      INFO("path " << static_cast<int>(path) << ", K " << k << ", seed " << seed);
      REQUIRE(wrong == 0);
    }
  }
}
