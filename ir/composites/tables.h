// SPDX-License-Identifier: Apache-2.0
// The tables of composites, one function a file, and the shorthands that their bodies are written in.
#pragma once

#include <vector>

#include "ir/composites/composite.h"

namespace psmc::ir {

std::vector<Composite> activation_composites();  ///< relu, silu, gelu
std::vector<Composite> norm_composites();        ///< softmax, rms_norm, layer_norm
std::vector<Composite> attention_composites();   ///< rope, attention

/// Arithmetic on values of f32 with numbers, so that a body reads like its formula.
class Formula {
 public:
  explicit Formula(Builder& builder) : builder_(builder) {}
  ValueId op(OpKind kind, ValueId a) { return builder_.make(kind, {a}); }
  ValueId op(OpKind kind, ValueId a, ValueId b) { return builder_.make(kind, {a, b}); }
  ValueId op(OpKind kind, ValueId a, double b) { return builder_.make(kind, {a, number(a, b)}); }
  ValueId f32(ValueId x) { return builder_.cast(x, DType::f32); }
  ValueId like(ValueId x, ValueId pattern) { return builder_.cast(x, builder_.module().value_type(pattern).dtype); }
  /// A rank-0 constant of the type of `like`.
  ValueId number(ValueId like, double value) { return builder_.splat(builder_.module().value_type(like).dtype, value); }

 private:
  Builder& builder_;
};

/// The result has the type of operand 0.
Result<std::vector<Type>> infer_like_first(const InferInput& in);

}  // namespace psmc::ir
