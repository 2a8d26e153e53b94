// SPDX-License-Identifier: Apache-2.0
// Inference as the readers of untrusted text use it: the definition's own rules, no unknown attributes, and the types
// and the number of results that the text claims. Diagnostics come without a place.
#pragma once

#include <vector>

#include "ir/op.h"

namespace psmc::ir {

/// The result types of an op that is to be made. `written`: the types that the text gives; null if it gives none, then
/// the definition must be able to infer them. Errors: those of inference, ir_attribute, type_differs, bad_type,
/// bad_syntax.
Result<std::vector<TypeId>> infer_checked(Module& module, OpKind kind, std::span<const ValueId> operands, AttrId attrs,
                                          const std::vector<Type>* written, size_t num_results);

/// Operand count and attributes only, for ops whose results are known later (`group`).
Status check_op_attrs(Module& module, OpKind kind, std::span<const ValueId> operands, AttrId attrs);

/// Attributes must be in the op's definition, unless the name has a dot (an annotation of a pass: "place.region").
/// `call` takes any (the callee's parameters), and so does `inst`.
Status check_attr_names(const Module& module, OpKind kind, AttrId attrs);

Diagnostic types_differ(const Module& module, OpKind kind, const std::vector<Type>& inferred);

}  // namespace psmc::ir
