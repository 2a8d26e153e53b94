// SPDX-License-Identifier: Apache-2.0
// relu, silu, gelu: one tensor in any float type, computed in f32.
#include "ir/composites/tables.h"

namespace psmc::ir {
namespace {

using Values = std::vector<ValueId>;

/// max(x, 0), exact in every type.
Values build_relu(const CompositeInput& in) { return {Formula(in.builder).op(OpKind::max, in.operands[0], 0.0)}; }

/// x * sigmoid(x)
Values build_silu(const CompositeInput& in) {
  Formula f(in.builder);
  const ValueId x = f.f32(in.operands[0]);
  return {f.like(f.op(OpKind::mul, x, f.op(OpKind::sigmoid, x)), in.operands[0])};
}

/// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))): Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
Values build_gelu(const CompositeInput& in) {
  Formula f(in.builder);
  const ValueId x = f.f32(in.operands[0]);
  const ValueId cube = f.op(OpKind::mul, f.op(OpKind::mul, x, x), x);
  const ValueId inner = f.op(OpKind::add, x, f.op(OpKind::mul, cube, 0.044715));
  const ValueId bent = f.op(OpKind::tanh, f.op(OpKind::mul, inner, 0.7978845608028654));
  const ValueId half = f.op(OpKind::mul, x, 0.5);
  return {f.like(f.op(OpKind::mul, half, f.op(OpKind::add, bent, 1.0)), in.operands[0])};
}

}  // namespace

Result<std::vector<Type>> infer_like_first(const InferInput& in) { return std::vector<Type>{in.operand(0)}; }

std::vector<Composite> activation_composites() {
  return {
      {"relu", "max(x, 0)", 1, {}, infer_like_first, build_relu},
      {"silu", "x * sigmoid(x), computed in f32", 1, {}, infer_like_first, build_silu},
      {"gelu", "The Gaussian error linear unit in its tanh form, computed in f32", 1, {}, infer_like_first, build_gelu},
  };
}

}  // namespace psmc::ir
