// SPDX-License-Identifier: Apache-2.0
// Element types of tensors and their numerics. Conversions round to nearest even and are the same on every host.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace psmc {

enum class DType : uint8_t { f32, f16, bf16, i8, i32, i64, boolean, f64, index };

/// Bytes of one element in memory (bool: 1, index: 8).
size_t dtype_bytes(DType dtype);
/// "f32", "bf16", "bool" ...
std::string_view dtype_name(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);
constexpr bool is_float(DType d) { return d == DType::f32 || d == DType::f16 || d == DType::bf16 || d == DType::f64; }
constexpr bool is_integer(DType d) { return d == DType::i8 || d == DType::i32 || d == DType::i64 || d == DType::index; }

inline float bf16_to_f32(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
/// Round to nearest even; every NaN becomes the quiet NaN 0x7fc0 with the sign kept.
inline uint16_t f32_to_bf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>(((bits >> 16) & 0x8000u) | 0x7fc0u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
float f16_to_f32(uint16_t bits);
/// Round to nearest even, subnormals kept, overflow to infinity.
uint16_t f32_to_f16(float value);

/// `value` rounded to `dtype` (f32, f16, bf16) and back to f32.
float round_to(DType dtype, float value);

}  // namespace psmc
