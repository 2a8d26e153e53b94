// SPDX-License-Identifier: Apache-2.0
// rope and attention. Heads are two axes everywhere, key-value head and query group, so that grouped-query attention
// broadcasts nothing; pairs of rope are an axis of extent 2, which is never split.
#include "ir/composites/tables.h"
#include "ir/ops/infer.h"

namespace psmc::ir {
namespace {

using Values = std::vector<ValueId>;

Result<std::vector<Type>> infer_rope(const InferInput& in) {
  const Type& x = in.operand(0);
  if (x.rank() != 4 || x.dims[2] != Dim(2)) return operand_error(in, 0, "must have the shape [tokens, heads, 2, half]");
  for (size_t i = 1; i < 3; ++i) {
    const std::vector<Dim>& dims = in.operand(i).dims;
    if (dims.size() == 2 && dims[0] == x.dims[0] && dims[1] == x.dims[3]) continue;
    return operand_error(in, i, "must have the shape [tokens, half] of operand 1");
  }
  return infer_like_first(in);
}

/// One of the two halves of the pairs: [tokens, heads, 1, half].
ValueId half_of(const CompositeInput& in, ValueId x, int64_t which) {
  std::vector<Dim> sizes = in.type(0).dims;
  sizes[2] = Dim(1);
  return in.builder.slice(x, {0, 0, which, 0}, sizes);
}

/// r0 = x0 * cos - x1 * sin, r1 = x1 * cos + x0 * sin: Su et al., "RoFormer", 2021, with the pair (i, i + half).
Values build_rope(const CompositeInput& in) {
  Formula f(in.builder);
  const std::vector<Dim> dims = in.type(0).dims;
  const std::vector<Dim> stretched = {dims[0], Dim(1), Dim(1), dims[3]};
  const ValueId x = f.f32(in.operands[0]);
  const ValueId cos = in.builder.reshape(f.f32(in.operands[1]), stretched);
  const ValueId sin = in.builder.reshape(f.f32(in.operands[2]), stretched);
  const ValueId x0 = half_of(in, x, 0), x1 = half_of(in, x, 1);
  const ValueId r0 = f.op(OpKind::sub, f.op(OpKind::mul, x0, cos), f.op(OpKind::mul, x1, sin));
  const ValueId r1 = f.op(OpKind::add, f.op(OpKind::mul, x1, cos), f.op(OpKind::mul, x0, sin));
  const ValueId joined = in.builder.make(OpKind::concat, {r0, r1}, {in.builder.attr("axis", int64_t{2})});
  return {f.like(joined, in.operands[0])};
}

/// q [T, kv, g, d], k [kv, d, L], v [kv, L, d] give [T, kv, g, d].
Result<std::vector<Type>> infer_attention(const InferInput& in) {
  const Type &q = in.operand(0), &k = in.operand(1), &v = in.operand(2);
  if (q.rank() != 4) return operand_error(in, 0, "must have the shape [tokens, kv heads, group, width]");
  if (k.rank() != 3 || k.dims[0] != q.dims[1] || k.dims[1] != q.dims[3]) {
    return operand_error(in, 1, "must have the shape [kv heads, width, length]");
  }
  if (v.rank() != 3 || v.dims[0] != q.dims[1] || v.dims[1] != k.dims[2] || v.dims[2] != q.dims[3]) {
    return operand_error(in, 2, "must have the shape [kv heads, length, width]");
  }
  if (k.dtype != q.dtype || v.dtype != q.dtype)
    return operand_error(in, k.dtype != q.dtype ? 1 : 2, "must have the element type of operand 1");
  if (in.attr("first") != nullptr && syms_of(in, "first").size() != 1)
    return attr_error(in, "first", "must have one entry");
  return infer_like_first(in);
}

ValueId count_along(const CompositeInput& in, uint32_t axis, const Dim& dim) {
  SymList shape(4, SymExpr(1));
  IntList bound(4, 1);
  shape[axis] = dim.size;
  bound[axis] = dim.bound;
  Builder& b = in.builder;
  return b.make(OpKind::iota, std::span<const ValueId>(),
                {b.attr("axis", static_cast<int64_t>(axis)), b.attr("bound", bound), b.attr("dtype", DType::i32),
                 b.attr("shape", shape)});
}

/// Whether row 0 may see every column: then all rows may, and there is nothing to mask.
bool sees_all(const Dim& length, const SymExpr& first) {
  const SymExpr beyond = length.size - SymExpr(1) - first;
  return beyond.is_constant() && beyond.constant <= 0;
}

/// Scores where column <= first + row, elsewhere a number so low that its exponential is 0.
ValueId mask_scores(const CompositeInput& in, ValueId scores, const Dim& rows, const Dim& length) {
  const SymExpr first = in.sym("first");
  if (sees_all(length, first)) return scores;
  Builder& b = in.builder;
  Formula f(b);
  const ValueId start =
      b.make(OpKind::symbol, std::span<const ValueId>(), {b.attr("dtype", DType::i32), b.attr("expr", SymList{first})});
  const ValueId last = f.op(OpKind::add, count_along(in, 0, rows), start);
  const ValueId seen = f.op(OpKind::le, count_along(in, 3, length), last);
  return b.make(OpKind::select, {seen, scores, b.splat(DType::f32, -1e30)});
}

/// softmax(scale * q k) v, with the division after the second contraction, where the rows are shorter.
Values build_attention(const CompositeInput& in) {
  Formula f(in.builder);
  const Dim rows = in.type(0).dims[0], length = in.type(1).dims[2];
  const DType dtype = in.type(0).dtype;
  const ValueId raw = in.builder.contract("tkgd,kdl->tkgl", in.operands[0], in.operands[1], DType::f32);
  const ValueId scores = mask_scores(in, f.op(OpKind::mul, raw, in.number("scale", 1)), rows, length);
  const ValueId top = in.builder.reduce("max", scores, {3}, true);
  const ValueId e = f.op(OpKind::exp, f.op(OpKind::sub, scores, top));
  const ValueId sum = in.builder.reduce("sum", e, {3}, true);
  const ValueId mixed = in.builder.contract("tkgl,kld->tkgd", in.builder.cast(e, dtype), in.operands[2], DType::f32);
  return {f.like(f.op(OpKind::div, mixed, sum), in.operands[0])};
}

}  // namespace

std::vector<Composite> attention_composites() {
  return {
      {"rope",
       "Rotates the pairs of x [tokens, heads, 2, half] by cos and sin [tokens, half]",
       3,
       {},
       infer_rope,
       build_rope},
      {"attention",
       "softmax(scale * q k) v for q [T, kv, g, d], k [kv, d, L], v [kv, L, d]; row t sees the columns up to first + t",
       3,
       {{"first", AttrKind::syms, false, "the column that row 0 sees last, a list of one; default 0"},
        {"scale", AttrKind::number, false, "multiplies the scores; default 1"}},
       infer_attention,
       build_attention},
  };
}

}  // namespace psmc::ir
