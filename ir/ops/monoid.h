// SPDX-License-Identifier: Apache-2.0
// The monoids of `reduce`: identity and combination, in double for floats and in wrapping int64 for integers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/dtype.h"

namespace psmc::ir {

enum class Monoid : uint8_t { sum, max, min, prod };

std::optional<Monoid> monoid_from_name(std::string_view name);
std::string_view monoid_name(Monoid monoid);
/// 0, -inf, inf, 1.
double identity_float(Monoid monoid);
double combine_float(Monoid monoid, double a, double b);
/// NaN if one is NaN; -0 is below +0. The order of operands does not matter.
double larger(double a, double b);
double smaller(double a, double b);
/// 0, lowest, highest of the dtype, 1.
int64_t identity_integer(Monoid monoid, DType dtype);
int64_t combine_integer(Monoid monoid, int64_t a, int64_t b);  ///< wraps at 64 bits

}  // namespace psmc::ir
