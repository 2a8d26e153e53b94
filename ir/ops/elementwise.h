// SPDX-License-Identifier: Apache-2.0
// Elementwise ops on single numbers, as the loop-level interpreter and folding use them.
#pragma once

#include <span>

#include "ir/op.h"

namespace psmc::ir {

/// Whether the op computes on int64 (rather than double) for operands of this dtype.
constexpr bool computes_in_integers(DType dtype) { return !is_float(dtype); }

/// The op on integers of `dtype`: wraps, division truncates and by zero gives 0; comparisons give 0 or 1.
int64_t apply_integer(OpKind kind, DType dtype, std::span<const int64_t> operands);
/// The op on floats in double precision, not yet rounded; comparisons give 0 or 1.
double apply_float(OpKind kind, std::span<const double> operands);
bool is_elementwise(OpKind kind);

}  // namespace psmc::ir
