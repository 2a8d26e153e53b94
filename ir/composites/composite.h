// SPDX-License-Identifier: Apache-2.0
// Composite ops: softmax, rms_norm, rope, attention ... A composite is written in the IR's own text over the core ops
// (definitions.cpp). It stays one `call` through partitioning, sharding and kernel matching, and is then replaced by
// its definition (`instantiate`). Its result type follows from its operands by a rule of its own, so that inference
// does not have to build the body.
//
// In a body, ${...} is replaced before the text is read:
//   ${eps} ${eps=1e-05}   a parameter of the call, with what it is if the call has none
//   ${x.dtype}            the element type of operand %x
//   ${x.rank} ${x.last}   its number of dimensions, and the number of its last dimension
//   ${x.extent} ${x.per}  the static extent of its last dimension, and 1 over it
//   ${x.size2} ${x.bound2}  the size (for a `sym[...]` list) and the upper bound of its dimension 2
#pragma once

#include <string_view>

#include "ir/builder.h"
#include "ir/op.h"

namespace psmc::ir {

struct Composite {
  std::string_view name;
  std::string_view manual;
  std::vector<std::string_view> operands;  ///< their names in the body
  std::vector<AttrSpec> params;
  /// Result types; operand count and kinds of parameters have been checked.
  Result<std::vector<Type>> (*infer)(const InferInput&);
  /// The body, for operands that fit.
  std::string_view (*body)(const InferInput&);
};

/// Null if there is none of that name.
const Composite* find_composite(std::string_view name);
std::span<const Composite> all_composites();

/// The result types of `call @composite`, or why operands and parameters do not fit.
Result<std::vector<Type>> infer_composite(const Composite& composite, const InferInput& in);

/// The text of a function that is the composite for these operands and parameters.
std::string composite_text(const Composite& composite, const InferInput& in, std::span<const Type> results);

/// Builds the composite's definition at the builder's insertion point; the results replace those of the call. `attrs`
/// are those of the call (others than the parameters are ignored). Errors: those of infer_composite, unknown_callee.
Result<std::vector<ValueId>> instantiate(std::string_view name, std::span<const ValueId> operands, AttrId attrs,
                                         Builder& builder);

}  // namespace psmc::ir
