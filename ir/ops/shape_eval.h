// SPDX-License-Identifier: Apache-2.0
// Reference evaluation of data movement by shape: strided copies of bytes, so every bit survives.
#pragma once

#include "ir/op.h"

namespace psmc::ir {

Result<Array> eval_reshape(const EvalInput& in);
Result<Array> eval_transpose(const EvalInput& in);
Result<Array> eval_slice(const EvalInput& in);
Result<Array> eval_concat(const EvalInput& in);
Result<Array> eval_pad(const EvalInput& in);
Result<Array> eval_broadcast(const EvalInput& in);

/// The shape of the op's result for these symbols. Errors: interp_arguments if a dimension leaves 0..bound.
Result<std::vector<int64_t>> concrete_result(const EvalInput& in);
/// Copies the points of `shape` from `from` (element offset, strides) to `to`. Offsets must be inside both.
void copy_strided(const Array& from, int64_t from_offset, std::span<const int64_t> from_strides, Array& to,
                  int64_t to_offset, std::span<const int64_t> to_strides, std::span<const int64_t> shape);
/// Values of the symbol expressions.
std::vector<int64_t> values_of(const EvalInput& in, const SymList& list);
/// Whether `size` elements from `start` in steps of `step` lie in `shape`. Errors: interp_bounds.
Status check_box(std::span<const int64_t> shape, std::span<const int64_t> start, std::span<const int64_t> size,
                 std::span<const int64_t> step);

}  // namespace psmc::ir
