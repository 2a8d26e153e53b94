// SPDX-License-Identifier: Apache-2.0
#include "ir/array.h"

#include <bit>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "ir/array_convert.h"

namespace psmc::ir {
namespace {

constexpr int64_t kMaxArrayElements = int64_t{1} << 40;

template <typename T>
T read(const Array& array, int64_t i) {
  T value;
  std::memcpy(&value, array.bytes.data() + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return value;
}
template <typename T>
void write(Array& array, int64_t i, T value) {
  std::memcpy(array.bytes.data() + i * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
}

/// The neighbour of `d` among the floats whose last bit is odd, or `d` itself if it is a float: a second rounding to
/// fewer bits then gives what one rounding of `d` would (Boldo and Melquiond, "When double rounding is odd", 2005).
float round_to_odd(double d) {
  const float nearest = static_cast<float>(d);
  if (static_cast<double>(nearest) == d || d != d) return nearest;
  const uint32_t bits = std::bit_cast<uint32_t>(nearest);
  if ((bits & 1u) != 0) return nearest;
  const bool away = std::fabs(d) > std::fabs(static_cast<double>(nearest));
  return std::bit_cast<float>(away ? bits + 1 : bits - 1);
}

int64_t truncate(double value, int64_t low, int64_t high) {
  if (value != value) return 0;
  if (value <= static_cast<double>(low)) return low;
  if (value >= static_cast<double>(high)) return high;
  return static_cast<int64_t>(value);
}

}  // namespace

uint16_t double_to_bf16(double value) { return f32_to_bf16(round_to_odd(value)); }
uint16_t double_to_f16(double value) { return f32_to_f16(round_to_odd(value)); }

double round_to_dtype(DType dtype, double value) {
  switch (dtype) {
    case DType::f32: return static_cast<float>(value);
    case DType::f16: return f16_to_f32(double_to_f16(value));
    case DType::bf16: return bf16_to_f32(double_to_bf16(value));
    default: return value;
  }
}

int64_t wrap_to_dtype(DType dtype, int64_t value) {
  switch (dtype) {
    case DType::i8: return static_cast<int8_t>(value);
    case DType::i32: return static_cast<int32_t>(value);
    case DType::boolean: return value != 0;
    default: return value;
  }
}

int64_t double_to_integer(DType dtype, double value) {
  using I32 = std::numeric_limits<int32_t>;
  using I64 = std::numeric_limits<int64_t>;
  switch (dtype) {
    case DType::i8: return truncate(value, -128, 127);
    case DType::i32: return truncate(value, I32::min(), I32::max());
    case DType::boolean: return value != 0;
    default: return truncate(value, I64::min(), I64::max());
  }
}

Array::Array(DType type, std::vector<int64_t> dims) : dtype(type), shape(std::move(dims)) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    PSMC_CHECK(extent >= 0, "negative extent of an array");
    if (extent == 0) count = 0;
  }
  for (const int64_t extent : shape) {
    PSMC_CHECK(count == 0 || count <= kMaxArrayElements / extent, "array too large");
    if (count > 0) count *= extent;
  }
  bytes.resize(static_cast<size_t>(count) * dtype_bytes(dtype));
}

int64_t Array::elements() const {
  uint64_t count = 1;  // wraps only where an extent is 0, which makes it 0
  for (const int64_t extent : shape) count *= static_cast<uint64_t>(extent);
  return static_cast<int64_t>(count);
}

double Array::get(int64_t i) const {
  switch (dtype) {
    case DType::f32: return read<float>(*this, i);
    case DType::f16: return f16_to_f32(read<uint16_t>(*this, i));
    case DType::bf16: return bf16_to_f32(read<uint16_t>(*this, i));
    case DType::f64: return read<double>(*this, i);
    default: return static_cast<double>(get_int(i));
  }
}

void Array::set(int64_t i, double value) {
  switch (dtype) {
    case DType::f32: return write<float>(*this, i, static_cast<float>(value));
    case DType::f16: return write<uint16_t>(*this, i, double_to_f16(value));
    case DType::bf16: return write<uint16_t>(*this, i, double_to_bf16(value));
    case DType::f64: return write<double>(*this, i, value);
    default: return set_int(i, double_to_integer(dtype, value));
  }
}

int64_t Array::get_int(int64_t i) const {
  switch (dtype) {
    case DType::i8: return read<int8_t>(*this, i);
    case DType::boolean: return read<uint8_t>(*this, i) != 0;
    case DType::i32: return read<int32_t>(*this, i);
    case DType::i64:
    case DType::index: return read<int64_t>(*this, i);
    default: return double_to_integer(DType::i64, get(i));
  }
}

void Array::set_int(int64_t i, int64_t value) {
  switch (dtype) {
    case DType::i8: return write<int8_t>(*this, i, static_cast<int8_t>(value));
    case DType::boolean: return write<uint8_t>(*this, i, value != 0 ? 1 : 0);
    case DType::i32: return write<int32_t>(*this, i, static_cast<int32_t>(value));
    case DType::i64:
    case DType::index: return write<int64_t>(*this, i, value);
    case DType::f32: return write<float>(*this, i, static_cast<float>(value));
    default: return set(i, static_cast<double>(value));
  }
}

std::vector<double> to_doubles(const Array& array) {
  const int64_t count = array.elements();
  std::vector<double> values(static_cast<size_t>(count));
  if (array.dtype == DType::f32) {
    for (int64_t i = 0; i < count; ++i) values[i] = read<float>(array, i);
  } else {
    for (int64_t i = 0; i < count; ++i) values[i] = array.get(i);
  }
  return values;
}

std::vector<int64_t> to_integers(const Array& array) {
  std::vector<int64_t> values(static_cast<size_t>(array.elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = array.get_int(static_cast<int64_t>(i));
  return values;
}

Array from_doubles(DType dtype, std::vector<int64_t> shape, std::span<const double> values) {
  Array array(dtype, std::move(shape));
  for (size_t i = 0; i < values.size(); ++i) array.set(static_cast<int64_t>(i), values[i]);
  return array;
}

Array from_integers(DType dtype, std::vector<int64_t> shape, std::span<const int64_t> values) {
  Array array(dtype, std::move(shape));
  for (size_t i = 0; i < values.size(); ++i) array.set_int(static_cast<int64_t>(i), values[i]);
  return array;
}

}  // namespace psmc::ir
