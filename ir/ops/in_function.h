// SPDX-License-Identifier: Apache-2.0
// The part of an op's rules that needs the function around it: run-time symbols are declared, and whatever depends on
// them stays inside for every value in their ranges. Inference cannot know this; the verifier calls it for each op.
#pragma once

#include "ir/module.h"

namespace psmc::ir {

/// The least and the largest value of an expression, exact: symbols vary independently. Saturated to 64 bits.
struct SymRange {
  int64_t low = 0, high = 0;
};
/// Errors: unknown_symbol.
Result<SymRange> range_of(const Module& module, const Func& func, const SymExpr& expr);

/// Run-time dimensions of a type are within 0..bound for every value of the symbols. Errors: unknown_symbol,
/// symbol_out_of_range.
Status check_type_in_function(const Module& module, FuncId func, const Type& type);

/// For one op of `func`: symbols of its attributes and result types are declared, result dimensions within their
/// bounds, slices and updates inside their tensors, the symbols that a called function reads declared with a range
/// inside its own.
Status check_in_function(const Module& module, FuncId func, OpId op);

}  // namespace psmc::ir
