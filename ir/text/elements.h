// SPDX-License-Identifier: Apache-2.0
// Elements of constants as text, exact in both directions; used by the text form and by JSON-IR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"

namespace psmc::ir {

/// How the bytes of a constant are best written.
enum class DataForm : uint8_t {
  list,   ///< dense[1.0, 2.0]: few elements
  splat,  ///< splat[0.0]: more than one element, all the same
  hex,    ///< hex "0000803f": many elements, or a NaN with a payload
};
DataForm data_form(DType dtype, std::span<const std::byte> bytes);

/// The shortest decimal that reads back as the same double, always with a point, an exponent, or as inf or nan.
std::string double_text(double value);
/// Nothing if `text` is no decimal number or too large for a double.
std::optional<double> double_from_text(std::string_view text);
/// Element at `bytes` as a literal: 0.5, -3, true, inf. Reading it as a double and rounding gives the same bits.
std::string element_text(DType dtype, const std::byte* bytes);

/// Stores a number into an element of a float dtype, rounding to nearest even.
void store_number(DType dtype, double value, std::byte* out);
/// Stores an integer; false if it does not fit. For booleans 0 or 1; for floats rounded.
bool store_integer(DType dtype, int64_t value, std::byte* out);

std::string hex_text(std::span<const std::byte> bytes);
/// Nothing if `text` is not an even number of hexadecimal digits.
std::optional<std::vector<std::byte>> bytes_from_hex(std::string_view text);

}  // namespace psmc::ir
