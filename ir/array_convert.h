// SPDX-License-Identifier: Apache-2.0
// Whole arrays and single numbers between the dtypes and the two types that reference evaluation computes in: double
// for floats, int64 for integers. Rounding of a double to a smaller float happens once, to nearest even.
#pragma once

#include <span>

#include "ir/array.h"

namespace psmc::ir {

uint16_t double_to_bf16(double value);
uint16_t double_to_f16(double value);
/// `value` as the float type would hold it; other dtypes leave it unchanged.
double round_to_dtype(DType dtype, double value);
/// Two's complement wrap to the width of the integer type; bool: value != 0.
int64_t wrap_to_dtype(DType dtype, int64_t value);
/// Truncates towards zero and saturates; NaN gives 0; bool: value != 0.
int64_t double_to_integer(DType dtype, double value);

std::vector<double> to_doubles(const Array& array);
std::vector<int64_t> to_integers(const Array& array);
Array from_doubles(DType dtype, std::vector<int64_t> shape, std::span<const double> values);
Array from_integers(DType dtype, std::vector<int64_t> shape, std::span<const int64_t> values);

}  // namespace psmc::ir
