// SPDX-License-Identifier: Apache-2.0
// Loop-level ops on scalars, one at a time: for the interpreter, and for passes that compute what it would.
#pragma once

#include <span>

#include "ir/module.h"

namespace psmc::ir {

/// A float is computed in double and rounded to its type; everything else is an integer.
union Scalar {
  double number;
  int64_t integer;
};

/// What a `constant` of a scalar type is.
Scalar scalar_constant(const Module& module, OpId op);
/// An elementwise op or `fma` on operands of type `from` (of `select`: of the values) to a result of type `to`.
Scalar apply_scalar(OpKind kind, DType from, DType to, std::span<const Scalar> operands);

}  // namespace psmc::ir
