// SPDX-License-Identifier: Apache-2.0
// What the inference functions of all op families share: the checks that come before them, typed attributes, shape
// rules, and messages that quote types as the text form prints them.
#pragma once

#include <string>
#include <vector>

#include "ir/op.h"

namespace psmc::ir {

using Inferred = Result<std::vector<Type>>;

/// "[4, (pos + 1 <= 512)]", for messages.
std::string dims_text(const Module& module, std::span<const Dim> dims);

/// Operand count and the op's attribute schema. After this, the accessors below cannot meet a wrong kind.
Status check_schema(const InferInput& in);
/// The attributes alone, against any schema.
Status check_attrs(const InferInput& in, std::span<const AttrSpec> specs);
/// An inference function that runs `check_schema` first and checks the size of the results after.
template <Inferred (*kInfer)(const InferInput&)>
Inferred checked(const InferInput& in);
Status check_results(const InferInput& in, const std::vector<Type>& results);

int64_t int_of(const InferInput& in, std::string_view name, int64_t otherwise = 0);
bool bool_of(const InferInput& in, std::string_view name, bool otherwise = false);
std::string_view text_of(const InferInput& in, std::string_view name);
IntList ints_of(const InferInput& in, std::string_view name);
SymList syms_of(const InferInput& in, std::string_view name);  ///< an int list is taken as constants
DType dtype_of(const InferInput& in, std::string_view name, DType otherwise);

Diagnostic operand_error(const InferInput& in, size_t i, std::string_view must);
Diagnostic attr_error(const InferInput& in, std::string_view name, std::string_view must);
Diagnostic shape_error(const InferInput& in, std::string message);

Status need_tensor(const InferInput& in, size_t i);
/// All operands from `first` on are tensors of one dtype.
Status need_same_tensors(const InferInput& in, size_t first = 0);
/// `axis` counts dimensions of `rank`; negative numbers are not accepted.
Status need_axis(const InferInput& in, std::string_view name, int64_t axis, size_t rank);

/// The shape that all operands of an elementwise op stretch to (numpy: trailing dimensions aligned, extent 1
/// stretches).
Result<std::vector<Dim>> broadcast_shape(const InferInput& in);

/// A dimension of `size`: static, or run-time with the bound that the optional attribute `bound` gives for dimension
/// `d`, else `otherwise` (negative: there is none, an error).
Result<Dim> dim_of(const InferInput& in, const SymExpr& size, size_t d, size_t rank, int64_t otherwise);

/// The operand map of a tensor of shape `dims` that is broadcast to `rank` dimensions of a space of shape `space`.
AccessMap broadcast_map(std::span<const Dim> dims, std::span<const Dim> space);
std::vector<IterDim> parallel_space(std::span<const Dim> dims);

template <Inferred (*kInfer)(const InferInput&)>
Inferred checked(const InferInput& in) {
  PSMC_TRY(check_schema(in));
  Inferred results = kInfer(in);
  if (results.ok()) PSMC_TRY(check_results(in, *results));
  return results;
}

}  // namespace psmc::ir
