// SPDX-License-Identifier: Apache-2.0
#include "ir/composites/infer.h"

#include "ir/ops/infer.h"

namespace psmc::ir {

Result<std::vector<Type>> infer_like_first(const InferInput& in) { return std::vector<Type>{in.operand(0)}; }

Result<std::vector<Type>> infer_softmax(const InferInput& in) {
  PSMC_TRY(need_axis(in, "axis", int_of(in, "axis"), in.operand(0).rank()));
  return infer_like_first(in);
}

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

Result<std::vector<Type>> infer_attention(const InferInput& in) {
  const Type &q = in.operand(0), &k = in.operand(1), &v = in.operand(2);
  if (q.rank() != 4) return operand_error(in, 0, "must have the shape [tokens, kv heads, group, width]");
  if (k.rank() != 3 || k.dims[0] != q.dims[1] || k.dims[1] != q.dims[3]) {
    return operand_error(in, 1, "must have the shape [kv heads, width, length]");
  }
  if (v.rank() != 3 || v.dims[0] != q.dims[1] || v.dims[1] != k.dims[2] || v.dims[2] != q.dims[3]) {
    return operand_error(in, 2, "must have the shape [kv heads, length, width]");
  }
  for (size_t i = 1; i < 3; ++i) {
    if (in.operand(i).dtype != q.dtype) return operand_error(in, i, "must have the element type of operand 1");
  }
  if (in.attr("first") != nullptr && syms_of(in, "first").size() != 1)
    return attr_error(in, "first", "must have one entry");
  return infer_like_first(in);
}

bool attention_sees_all(const InferInput& in) {
  const SymList first = syms_of(in, "first");
  const SymExpr beyond = in.operand(1).dims[2].size - SymExpr(1) - (first.empty() ? SymExpr() : first[0]);
  return beyond.is_constant() && beyond.constant <= 0;
}

}  // namespace psmc::ir
