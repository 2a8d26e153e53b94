// SPDX-License-Identifier: Apache-2.0
// The 16-bit formats against their definition in double arithmetic: every 16-bit pattern, and for rounding every
// boundary between neighbours with the floats beside it.
#include "base/dtype.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "base/random.h"

using namespace psmc;

namespace {

struct Format {
  int exponent_bits;
  int mantissa_bits;
  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
};
constexpr Format kF16{5, 10};
constexpr Format kBf16{8, 7};

/// The value of `bits` by the definition: (-1)^s * 1.m * 2^(e - bias).
double decode(Format format, uint16_t bits) {
  const int mantissa = bits & ((1 << format.mantissa_bits) - 1);
  const int exponent = (bits >> format.mantissa_bits) & ((1 << format.exponent_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == (1 << format.exponent_bits) - 1) {
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * HUGE_VAL;
  }
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - format.bias() - format.mantissa_bits);
  return sign * std::ldexp((1 << format.mantissa_bits) + mantissa, exponent - format.bias() - format.mantissa_bits);
}

/// Rounds to the nearest representable value by scaling to an integer and nearbyint; overflow by the largest finite.
double rounded(Format format, float value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int exponent = std::max(std::ilogb(value), 1 - format.bias());
  const int unit = exponent - format.mantissa_bits;
  const double result = std::ldexp(std::nearbyint(std::ldexp(static_cast<double>(value), -unit)), unit);
  const double limit = std::ldexp(1.0, format.bias() + 1);
  return std::fabs(result) >= limit ? std::copysign(HUGE_VAL, value) : result;
}

bool same(double a, double b) { return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b); }

uint32_t failures_of(Format format, float value) {
  const bool half = format.exponent_bits == 5;
  const uint16_t bits = half ? f32_to_f16(value) : f32_to_bf16(value);
  const bool good = same(decode(format, bits), rounded(format, value));
  const float back = round_to(half ? DType::f16 : DType::bf16, value);
  return (good && same(back, rounded(format, value))) ? 0 : 1;
}

/// Each pattern, the midpoint to its neighbour, and the floats beside both.
uint32_t failures_at_boundaries(Format format) {
  uint32_t failures = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const double here = decode(format, static_cast<uint16_t>(bits));
    const double next = decode(format, static_cast<uint16_t>(bits + 1));
    for (const double point : {here, (here + next) / 2}) {
      const auto value = static_cast<float>(point);
      failures += failures_of(format, value);
      failures += failures_of(format, std::nextafter(value, HUGE_VALF));
      failures += failures_of(format, std::nextafter(value, -HUGE_VALF));
    }
  }
  return failures;
}

}  // namespace

TEST_CASE("every f16 and bf16 pattern decodes to its definition") {
  uint32_t failures = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<uint16_t>(bits);
    failures += same(f16_to_f32(pattern), decode(kF16, pattern)) ? 0 : 1;
    failures += same(bf16_to_f32(pattern), decode(kBf16, pattern)) ? 0 : 1;
  }
  CHECK(failures == 0);
}

TEST_CASE("every f16 and bf16 value encodes to its own pattern") {
  uint32_t failures = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<uint16_t>(bits);
    if (!std::isnan(decode(kF16, pattern))) failures += f32_to_f16(f16_to_f32(pattern)) == pattern ? 0 : 1;
    if (!std::isnan(decode(kBf16, pattern))) failures += f32_to_bf16(bf16_to_f32(pattern)) == pattern ? 0 : 1;
  }
  CHECK(failures == 0);
}

TEST_CASE("rounding to f16 and bf16 is to nearest even at every boundary") {
  CHECK(failures_at_boundaries(kF16) == 0);
  CHECK(failures_at_boundaries(kBf16) == 0);
}

TEST_CASE("rounding of random floats agrees with the definition") {
  Random random(1);
  uint32_t failures = 0;
  for (int i = 0; i < 2'000'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(random.next()));
    failures += failures_of(kF16, value) + failures_of(kBf16, value);
  }
  CHECK(failures == 0);
}

TEST_CASE("every f32 rounds as defined", "[.slow]") {
  uint64_t failures = 0;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); ++bits) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(bits));
    failures += failures_of(kF16, value) + failures_of(kBf16, value);
  }
  CHECK(failures == 0);
}

TEST_CASE("NaN becomes the quiet NaN with its sign") {
  for (const uint32_t bits : {0x7f800001u, 0x7fc00000u, 0x7fffffffu, 0xff800001u, 0xffc12345u}) {
    const auto value = std::bit_cast<float>(bits);
    CHECK(f32_to_bf16(value) == ((bits >> 16 & 0x8000u) | 0x7fc0u));
    CHECK(f32_to_f16(value) == ((bits >> 16 & 0x8000u) | 0x7e00u));
  }
}

TEST_CASE("element types have names and sizes") {
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16, DType::i8, DType::i32, DType::i64, DType::boolean,
                            DType::f64, DType::index}) {
    CHECK(dtype_from_name(dtype_name(dtype)) == dtype);
  }
  CHECK(dtype_name(DType::boolean) == "bool");
  CHECK(dtype_bytes(DType::bf16) == 2);
  CHECK(dtype_bytes(DType::index) == 8);
  CHECK_FALSE(dtype_from_name("f8").has_value());
  CHECK_FALSE(dtype_from_name("").has_value());
  CHECK(round_to(DType::f32, 1.1f) == 1.1f);
}
