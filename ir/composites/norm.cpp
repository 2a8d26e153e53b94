// SPDX-License-Identifier: Apache-2.0
// softmax, rms_norm, layer_norm: computed in f32, the result in the type of the first operand.
#include "ir/composites/tables.h"
#include "ir/ops/infer.h"

namespace psmc::ir {
namespace {

using Values = std::vector<ValueId>;

Result<std::vector<Type>> infer_softmax(const InferInput& in) {
  PSMC_TRY(need_axis(in, "axis", int_of(in, "axis"), in.operand(0).rank()));
  return infer_like_first(in);
}

/// exp(x - max) / sum of it
Values build_softmax(const CompositeInput& in) {
  Formula f(in.builder);
  const IntList axes = {in.integer("axis", 0)};
  const ValueId x = f.f32(in.operands[0]);
  const ValueId top = in.builder.reduce("max", x, axes, true);
  const ValueId e = f.op(OpKind::exp, f.op(OpKind::sub, x, top));
  const ValueId sum = in.builder.reduce("sum", e, axes, true);
  return {f.like(f.op(OpKind::div, e, sum), in.operands[0])};
}

/// The last dimension of x is static and not empty; the other operands are vectors along it.
Result<std::vector<Type>> infer_norm(const InferInput& in) {
  const Type& x = in.operand(0);
  if (x.rank() == 0 || !x.dims.back().is_static() || x.dims.back().bound == 0) {
    return operand_error(in, 0, "must have a last dimension of static extent");
  }
  for (size_t i = 1; i < in.operands.size(); ++i) {
    if (in.operand(i).rank() != 1 || in.operand(i).dims[0] != x.dims.back()) {
      return operand_error(in, i, "must be a vector along the last dimension of operand 1");
    }
  }
  return infer_like_first(in);
}

/// The mean over the last dimension, which stays with extent 1.
ValueId mean_of_last(const CompositeInput& in, ValueId x) {
  const auto last = static_cast<int64_t>(in.type(0).rank()) - 1;
  const auto count = static_cast<double>(in.type(0).dims.back().bound);
  const ValueId sum = in.builder.reduce("sum", x, {last}, true);
  return Formula(in.builder).op(OpKind::mul, sum, 1.0 / count);
}

/// x * rsqrt(mean(x^2) + eps) * w: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
Values build_rms_norm(const CompositeInput& in) {
  Formula f(in.builder);
  const ValueId x = f.f32(in.operands[0]), w = f.f32(in.operands[1]);
  const ValueId mean = mean_of_last(in, f.op(OpKind::mul, x, x));
  const ValueId scale = f.op(OpKind::rsqrt, f.op(OpKind::add, mean, in.number("eps", 1e-5)));
  return {f.like(f.op(OpKind::mul, f.op(OpKind::mul, x, scale), w), in.operands[0])};
}

/// (x - mean) * rsqrt(variance + eps) * w + b
Values build_layer_norm(const CompositeInput& in) {
  Formula f(in.builder);
  const ValueId x = f.f32(in.operands[0]), w = f.f32(in.operands[1]), b = f.f32(in.operands[2]);
  const ValueId centred = f.op(OpKind::sub, x, mean_of_last(in, x));
  const ValueId variance = mean_of_last(in, f.op(OpKind::mul, centred, centred));
  const ValueId scale = f.op(OpKind::rsqrt, f.op(OpKind::add, variance, in.number("eps", 1e-5)));
  const ValueId scaled = f.op(OpKind::mul, f.op(OpKind::mul, centred, scale), w);
  return {f.like(f.op(OpKind::add, scaled, b), in.operands[0])};
}

constexpr AttrSpec kEps = {"eps", AttrKind::number, false, "added to the mean square; default 1e-5"};

}  // namespace

std::vector<Composite> norm_composites() {
  return {
      {"softmax",
       "exp(x) / sum(exp(x)) along `axis`",
       1,
       {{"axis", AttrKind::integer, true, "the dimension that sums to one"}},
       infer_softmax,
       build_softmax},
      {"rms_norm", "x / sqrt(mean of x^2 over the last dimension + eps) * w", 2, {kEps}, infer_norm, build_rms_norm},
      {"layer_norm",
       "x less its mean, over its standard deviation (last dimension), * w + b",
       3,
       {kEps},
       infer_norm,
       build_layer_norm},
  };
}

}  // namespace psmc::ir
