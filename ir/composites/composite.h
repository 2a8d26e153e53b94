// SPDX-License-Identifier: Apache-2.0
// Composite ops: softmax, rms_norm, rope, attention ... A composite stays one `call` through partitioning, sharding and
// kernel matching, and is then replaced by its definition over the core ops (`instantiate`). Its result type follows
// from its operands by a rule of its own, so that inference does not have to build the body.
#pragma once

#include <string_view>

#include "ir/builder.h"
#include "ir/op.h"

namespace psmc::ir {

/// The checked operands and parameters of a composite while its body is built.
struct CompositeInput {
  Builder& builder;
  std::span<const ValueId> operands;
  AttrId attrs;

  const Type& type(size_t i) const { return builder.module().value_type(operands[i]); }
  double number(std::string_view name, double otherwise) const;
  int64_t integer(std::string_view name, int64_t otherwise) const;
  SymExpr sym(std::string_view name) const;  ///< the first entry of a sym list, 0 if absent
};

struct Composite {
  std::string_view name;
  std::string_view manual;
  int num_operands;
  std::vector<AttrSpec> params;
  /// Result types; operand count and kinds of parameters have been checked.
  Result<std::vector<Type>> (*infer)(const InferInput&);
  /// Appends the body at the builder's insertion point; operands fit.
  std::vector<ValueId> (*build)(const CompositeInput&);
};

/// Null if there is none of that name.
const Composite* find_composite(std::string_view name);
std::span<const Composite> all_composites();

/// The result types of `call @composite`, or why operands and parameters do not fit.
Result<std::vector<Type>> infer_composite(const Composite& composite, const InferInput& in);

/// Builds the composite's definition at the builder's insertion point; the results replace those of the call. `attrs`
/// are those of the call (others than the parameters are ignored). Errors: those of infer_composite, unknown_callee.
Result<std::vector<ValueId>> instantiate(std::string_view name, std::span<const ValueId> operands, AttrId attrs,
                                         Builder& builder);

}  // namespace psmc::ir
