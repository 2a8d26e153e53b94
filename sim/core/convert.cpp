// SPDX-License-Identifier: Apache-2.0
#include "sim/core/convert.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/dtype.h"
#include "sim/core/special.h"

namespace psmc::sim {

using arch::Element;

namespace {

template <typename T>
T get(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void put(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

/// |value| (finite) rounded to `mantissa` bits with smallest normal exponent `min_exponent`, as a multiple of the
/// smallest subnormal: the bits of the small float without sign, if it does not overflow.
uint32_t round_small(float value, int mantissa, int min_exponent) {
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude == 0.0) return 0;
  int exponent = static_cast<int>(std::bit_cast<uint64_t>(magnitude) >> 52) - 1023;
  if (exponent < min_exponent) exponent = min_exponent;
  const double unit = std::bit_cast<double>(static_cast<uint64_t>(exponent - mantissa + 1023) << 52);
  const auto steps = static_cast<uint32_t>(std::nearbyint(magnitude / unit));  // at most 2^(mantissa + 1)
  return static_cast<uint32_t>(exponent - min_exponent) * (1u << mantissa) + steps;
}

float from_small(uint8_t bits, int mantissa, int min_exponent) {
  const uint32_t fraction = bits & ((1u << mantissa) - 1), exponent = (bits & 0x7fu) >> mantissa;
  const int scale = (exponent == 0 ? min_exponent : min_exponent + static_cast<int>(exponent) - 1) - mantissa;
  const float steps = static_cast<float>(exponent == 0 ? fraction : fraction + (1u << mantissa));
  const float magnitude = steps * std::bit_cast<float>(static_cast<uint32_t>(scale + 127) << 23);
  return (bits & 0x80u) ? -magnitude : magnitude;
}

}  // namespace

float e4m3_to_f32(uint8_t bits) {
  if ((bits & 0x7fu) == 0x7fu) return std::bit_cast<float>(kQuietNan);
  return from_small(bits, 3, -6);
}

float e5m2_to_f32(uint8_t bits) {
  const uint32_t magnitude = bits & 0x7fu;
  if (magnitude > 0x7cu) return std::bit_cast<float>(kQuietNan);
  if (magnitude == 0x7cu) return std::bit_cast<float>((bits & 0x80u) ? 0xff800000u : 0x7f800000u);
  return from_small(bits, 2, -14);
}

uint8_t f32_to_e4m3(float value) {
  const uint8_t sign = std::bit_cast<uint32_t>(value) >> 31 ? 0x80 : 0;
  if (value != value) return sign | 0x7f;
  if (std::fabs(value) >= 448.0f) return sign | 0x7e;
  const uint32_t bits = round_small(value, 3, -6);
  return static_cast<uint8_t>(sign | (bits > 0x7eu ? 0x7eu : bits));
}

uint8_t f32_to_e5m2(float value) {
  const uint8_t sign = std::bit_cast<uint32_t>(value) >> 31 ? 0x80 : 0;
  if (value != value) return sign | 0x7e;
  if (std::fabs(value) >= 65536.0f) return sign | 0x7c;
  const uint32_t bits = round_small(value, 2, -14);
  return static_cast<uint8_t>(sign | (bits > 0x7cu ? 0x7cu : bits));
}

int8_t f32_to_i8(float value) {
  if (value != value) return 0;
  if (value >= 127.0f) return 127;
  if (value <= -128.0f) return -128;
  return static_cast<int8_t>(std::nearbyint(value));
}

int32_t f32_to_i32(float value) {
  if (value != value) return 0;
  if (value >= 2147483648.0f) return std::numeric_limits<int32_t>::max();
  if (value < -2147483648.0f) return std::numeric_limits<int32_t>::min();
  return static_cast<int32_t>(value);
}

uint32_t element_bytes(Element element) {
  switch (element) {
    case Element::f32: return 4;
    case Element::bf16:
    case Element::f16: return 2;
    default: return 1;
  }
}

uint32_t load_element(Element element, const std::byte* from) {
  switch (element) {
    case Element::f32: return get<uint32_t>(from);
    case Element::bf16: return uint32_t{get<uint16_t>(from)} << 16;
    case Element::f16: return std::bit_cast<uint32_t>(f16_to_f32(get<uint16_t>(from)));
    case Element::i8: return std::bit_cast<uint32_t>(static_cast<float>(get<int8_t>(from)));
    case Element::i8i: return static_cast<uint32_t>(int32_t{get<int8_t>(from)});
    case Element::u8: return get<uint8_t>(from);
    case Element::e4m3: return std::bit_cast<uint32_t>(e4m3_to_f32(get<uint8_t>(from)));
    case Element::e5m2: return std::bit_cast<uint32_t>(e5m2_to_f32(get<uint8_t>(from)));
    case Element::none: break;
  }
  return 0;
}

void store_element(Element element, uint32_t lane, std::byte* to) {
  const float value = std::bit_cast<float>(lane);
  const auto integer = static_cast<int32_t>(lane);
  switch (element) {
    case Element::f32: return put(to, lane);
    case Element::bf16: return put(to, f32_to_bf16(value));
    case Element::f16: return put(to, f32_to_f16(value));
    case Element::i8: return put(to, f32_to_i8(value));
    case Element::i8i: return put(to, static_cast<int8_t>(integer < -128 ? -128 : integer > 127 ? 127 : integer));
    case Element::u8: return put(to, static_cast<uint8_t>(lane));
    case Element::e4m3: return put(to, f32_to_e4m3(value));
    case Element::e5m2: return put(to, f32_to_e5m2(value));
    case Element::none: break;
  }
}

}  // namespace psmc::sim
