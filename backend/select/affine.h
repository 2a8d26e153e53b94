// SPDX-License-Identifier: Apache-2.0
// Affine index expressions of a kernel: constant + sum of coefficient * variable. Variables are symbols, loop counters,
// other index values in a scalar register, and the lane number of the vector loop being made.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "backend/mir/mir.h"

namespace psmc::backend {

using VarId = uint32_t;
inline constexpr VarId kLaneVar = 0;  ///< lane number 0..15 within a group of lanes

struct Affine {
  int64_t constant = 0;
  std::vector<std::pair<VarId, int64_t>> terms;  ///< by variable, no zero coefficients

  Affine() = default;
  Affine(int64_t c) : constant(c) {}  // NOLINT: a number is an expression
  static Affine of(VarId var, int64_t coefficient = 1);
  bool is_constant() const { return terms.empty(); }
  int64_t coefficient(VarId var) const;
  Affine without(VarId var) const;
  Affine operator+(const Affine& other) const;  ///< arithmetic wraps: bounds are checked where numbers are used
  Affine operator*(int64_t factor) const;
  Affine operator-(const Affine& other) const { return *this + other * -1; }
  bool operator==(const Affine&) const = default;
};

}  // namespace psmc::backend
