// SPDX-License-Identifier: Apache-2.0
// psmc's conversions against LLVM's APFloat: every pattern of the narrow formats; of f32 every rounding boundary of
// each narrow format and random patterns, and all 2^32 in the slow test.
//
// Where psmc has rules of its own, this file states them as the difference from APFloat:
//   * a NaN that is narrowed becomes one NaN of the format with the sign kept (APFloat keeps the payload's top bits);
//   * f16 and bf16 are widened with a NaN's payload as it is (APFloat makes it quiet); 8-bit NaNs become 0x7fc00000;
//   * e4m3 saturates at 448, infinities too (APFloat makes them NaN).
#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <bit>

#include "base/dtype.h"
#include "base/parallel.h"
#include "base/random.h"
#include "sim/core/convert.h"
#include "sim/core/special.h"
#include "tests/apfloat/apfloat.h"

using namespace psmc;
using namespace psmc::test;

namespace {

constexpr uint32_t kInfinity = 0x7f800000u;
constexpr uint32_t kQuietBit = 0x00400000u;

bool is_nan(uint32_t bits) { return (bits & 0x7fffffffu) > kInfinity; }
float value(uint32_t bits) { return std::bit_cast<float>(bits); }
uint32_t bits_of(float value) { return std::bit_cast<uint32_t>(value); }

/// A narrow format: psmc's conversions, and what a NaN and a finite overflow become.
struct Narrow {
  Format format;
  int width, mantissa;
  uint32_t nan;
  uint32_t (*from_f32)(float);
  float (*to_f32)(uint32_t);
};

constexpr std::array<Narrow, 4> kNarrow = {{
    {Format::bf16, 16, 7, 0x7fc0, [](float x) -> uint32_t { return f32_to_bf16(x); },
     [](uint32_t x) { return bf16_to_f32(static_cast<uint16_t>(x)); }},
    {Format::f16, 16, 10, 0x7e00, [](float x) -> uint32_t { return f32_to_f16(x); },
     [](uint32_t x) { return f16_to_f32(static_cast<uint16_t>(x)); }},
    {Format::e4m3, 8, 3, 0x7f, [](float x) -> uint32_t { return sim::f32_to_e4m3(x); },
     [](uint32_t x) { return sim::e4m3_to_f32(static_cast<uint8_t>(x)); }},
    {Format::e5m2, 8, 2, 0x7e, [](float x) -> uint32_t { return sim::f32_to_e5m2(x); },
     [](uint32_t x) { return sim::e5m2_to_f32(static_cast<uint8_t>(x)); }},
}};

/// What psmc should make of the f32 `bits`: APFloat's result but for psmc's own rules.
uint32_t expected(const Narrow& n, uint32_t bits) {
  const uint32_t sign = bits >> 31 << (n.width - 1);
  if (is_nan(bits)) return sign | n.nan;
  if (n.format == Format::e4m3 && (bits & 0x7fffffffu) > bits_of(448.0f)) return sign | 0x7e;
  return apfloat_convert(Format::f32, n.format, bits);
}

/// Counts disagreements and keeps the first one for the message.
struct Disagreements {
  uint64_t count = 0;
  uint32_t first = 0;
  void see(bool equal, uint32_t bits) {
    if (equal) return;
    if (count++ == 0) first = bits;
  }
};

#define CHECK_NONE(found)                           \
  do {                                              \
    INFO("first: 0x" << std::hex << (found).first); \
    CHECK((found).count == 0);                      \
  } while (false)

void see_narrowing(const Narrow& n, uint32_t bits, Disagreements& found) {
  found.see(n.from_f32(value(bits)) == expected(n, bits), bits);
}

/// All 2^32 patterns, in pieces of 2^20.
void narrow_everything(const Narrow& n) {
  std::atomic<uint64_t> wrong = 0;
  parallel_for(1u << 12, 0, [&](size_t piece) {
    Disagreements found;
    for (uint32_t low = 0; low < (1u << 20); ++low) see_narrowing(n, static_cast<uint32_t>(piece << 20) | low, found);
    wrong += found.count;
  });
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("every pattern of bf16, f16, e4m3 and e5m2 is widened as by APFloat") {
  for (const Narrow& n : kNarrow) {
    Disagreements found;
    for (uint32_t bits = 0; bits < 1u << n.width; ++bits) {
      const uint32_t wide = apfloat_convert(n.format, Format::f32, bits), ours = bits_of(n.to_f32(bits));
      if (!is_nan(wide)) {
        found.see(ours == wide, bits);
      } else if (n.width == 8) {
        found.see(ours == sim::kQuietNan, bits);
      } else {
        found.see(is_nan(ours) && (ours | kQuietBit) == wide, bits);
      }
    }
    CHECK_NONE(found);
  }
}

TEST_CASE("f32 is narrowed as by APFloat at every exponent, upper mantissa and rounding boundary") {
  for (const Narrow& n : kNarrow) {
    const uint32_t low_bits = 23u - static_cast<uint32_t>(n.mantissa), half = 1u << (low_bits - 1);
    Disagreements found;
    for (uint32_t top = 0; top < 1u << (32 - low_bits); ++top)
      for (const uint32_t low : {0u, 1u, half - 1, half, half + 1, 2 * half - 1})
        see_narrowing(n, top << low_bits | low, found);
    CHECK_NONE(found);
  }
}

TEST_CASE("f32 is narrowed as by APFloat at random patterns") {
  for (const Narrow& n : kNarrow) {
    Random random(n.nan);
    Disagreements found;
    for (int i = 0; i < 10'000'000; i += 2) {
      const uint64_t bits = random.next();
      see_narrowing(n, static_cast<uint32_t>(bits), found);
      see_narrowing(n, static_cast<uint32_t>(bits >> 32), found);
    }
    CHECK_NONE(found);
  }
}

TEST_CASE("all 2^32 f32 are narrowed to bf16 as by APFloat", "[.slow]") { narrow_everything(kNarrow[0]); }
TEST_CASE("all 2^32 f32 are narrowed to f16 as by APFloat", "[.slow]") { narrow_everything(kNarrow[1]); }
TEST_CASE("all 2^32 f32 are narrowed to e4m3 as by APFloat", "[.slow]") { narrow_everything(kNarrow[2]); }
TEST_CASE("all 2^32 f32 are narrowed to e5m2 as by APFloat", "[.slow]") { narrow_everything(kNarrow[3]); }

TEST_CASE("f32 becomes an integer as by APFloat: i8 nearest even, i32 towards zero, both saturating") {
  Random random(8);
  Disagreements narrow, wide;
  const auto see = [&](uint32_t bits) {
    narrow.see(sim::f32_to_i8(value(bits)) == apfloat_to_integer(bits, 8, false), bits);
    wide.see(sim::f32_to_i32(value(bits)) == apfloat_to_integer(bits, 32, true), bits);
  };
  for (uint32_t top = 0; top < 1u << 20; ++top)  // halves of all i8 have few mantissa bits: these, and their neighbours
    for (const uint32_t low : {0u, 1u, 0xfffu}) see(top << 12 | low);
  for (int i = 0; i < 1'000'000; ++i) see(static_cast<uint32_t>(random.next()));
  CHECK_NONE(narrow);
  CHECK_NONE(wide);
}
