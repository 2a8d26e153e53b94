// SPDX-License-Identifier: Apache-2.0
#include "ir/text/elements.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "ir/array_convert.h"

namespace psmc::ir {

namespace {

constexpr size_t kMaxListed = 64;

template <typename T>
T load(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <typename T>
void store(std::byte* out, T value) {
  std::memcpy(out, &value, sizeof value);
}

template <typename T>
bool store_fitting(std::byte* out, int64_t value) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) return false;
  store(out, static_cast<T>(value));
  return true;
}

double number_at(DType dtype, const std::byte* bytes) {
  switch (dtype) {
    case DType::f32: return load<float>(bytes);
    case DType::f16: return f16_to_f32(load<uint16_t>(bytes));
    case DType::bf16: return bf16_to_f32(load<uint16_t>(bytes));
    default: return load<double>(bytes);
  }
}

// Only the NaN that a literal `nan` gives can be written as one.
bool is_plain(DType dtype, const std::byte* bytes) {
  if (dtype == DType::boolean) return load<uint8_t>(bytes) <= 1;
  if (!is_float(dtype) || !std::isnan(number_at(dtype, bytes))) return true;
  std::byte canonical[8];
  store_number(dtype, std::numeric_limits<double>::quiet_NaN(), canonical);
  return std::memcmp(canonical, bytes, dtype_bytes(dtype)) == 0;
}

}  // namespace

DataForm data_form(DType dtype, std::span<const std::byte> bytes) {
  const size_t size = dtype_bytes(dtype);
  const size_t count = bytes.size() / size;
  if (count > 1) {
    const bool same = std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) == 0;
    if (same && is_plain(dtype, bytes.data())) return DataForm::splat;
  }
  if (count > kMaxListed) return DataForm::hex;
  for (size_t i = 0; i < count; ++i) {
    if (!is_plain(dtype, bytes.data() + i * size)) return DataForm::hex;
  }
  return DataForm::list;
}

std::string double_text(double value) {
  if (std::isnan(value)) return "nan";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::optional<double> double_from_text(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string element_text(DType dtype, const std::byte* bytes) {
  switch (dtype) {
    case DType::i8: return fmt::format("{}", load<int8_t>(bytes));
    case DType::i32: return fmt::format("{}", load<int32_t>(bytes));
    case DType::i64:
    case DType::index: return fmt::format("{}", load<int64_t>(bytes));
    case DType::boolean: return load<uint8_t>(bytes) ? "true" : "false";
    default: break;
  }
  const double value = number_at(dtype, bytes);
  if (dtype == DType::f64 || std::isnan(value) || std::isinf(value)) return double_text(value);
  // The shortest text of a float may, read as a double, round to its neighbour; then the double's own text is used.
  const auto narrow = static_cast<float>(value);
  std::string text = fmt::format("{}", narrow);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  const std::optional<double> read = double_from_text(text);
  const bool exact = read && std::bit_cast<uint32_t>(static_cast<float>(*read)) == std::bit_cast<uint32_t>(narrow);
  return exact ? text : double_text(value);
}

void store_number(DType dtype, double value, std::byte* out) {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  switch (dtype) {
    case DType::f32: return store(out, static_cast<float>(value));
    case DType::f16: return store(out, double_to_f16(value));
    case DType::bf16: return store(out, double_to_bf16(value));
    case DType::f64: return store(out, value);
    default: PSMC_CHECK(false, "a number for an integer element");
  }
}

bool store_integer(DType dtype, int64_t value, std::byte* out) {
  switch (dtype) {
    case DType::i8: return store_fitting<int8_t>(out, value);
    case DType::i32: return store_fitting<int32_t>(out, value);
    case DType::i64:
    case DType::index: return store_fitting<int64_t>(out, value);
    case DType::boolean:
      if (value != 0 && value != 1) return false;
      store(out, static_cast<uint8_t>(value));
      return true;
    default: store_number(dtype, static_cast<double>(value), out); return true;
  }
}

std::string hex_text(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(bytes.size() * 2, '0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = kDigits[static_cast<uint8_t>(bytes[i]) >> 4];
    text[2 * i + 1] = kDigits[static_cast<uint8_t>(bytes[i]) & 15];
  }
  return text;
}

std::optional<std::vector<std::byte>> bytes_from_hex(std::string_view text) {
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::byte> bytes(text.size() / 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::byte>(high * 16 + low);
  }
  return bytes;
}

}  // namespace psmc::ir
