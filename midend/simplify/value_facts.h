// SPDX-License-Identifier: Apache-2.0
// What the rewrite rules ask about values and types.
#pragma once

#include "ir/rewrite.h"

namespace psmc::midend {

/// The sizes of what `value` stands for by now.
const std::vector<ir::Dim>& dims_of(ir::Rewriter& rewriter, ir::ValueId value);
/// The first result.
ir::ValueId result_of(ir::Rewriter& rewriter, ir::OpId op);

/// Whether every value of `from` is a value of `to`, so that a conversion there loses nothing.
bool holds_all(DType to, DType from);

/// Whether no element of `value` can be -0.0; looks at a few defining ops.
bool never_minus_zero(ir::Rewriter& rewriter, ir::ValueId value);

/// The power of two whose product with any value is the quotient by `divisor`, if both are normal numbers of `dtype`.
std::optional<double> exact_reciprocal(DType dtype, double divisor);

/// Whether a reshape between these shapes only takes dimensions apart, so that a reader can look through it.
bool only_splits(std::span<const ir::Dim> from, std::span<const ir::Dim> to);

/// Replaces `op` by a new op of another kind or other attributes, if that fits its place (inference, the ranges of the
/// symbols) and has the same result type. False: nothing was changed.
bool replace_by(ir::Rewriter& rewriter, ir::OpId op, ir::OpKind kind, std::span<const ir::ValueId> operands,
                ir::AttrDict attrs);

/// `sizes` as the attributes `shape` (or `size`) and, where a size is of run time, `bound`.
void add_shape(ir::Builder& builder, ir::AttrDict& attrs, std::string_view name, const std::vector<ir::Dim>& sizes);

}  // namespace psmc::midend
