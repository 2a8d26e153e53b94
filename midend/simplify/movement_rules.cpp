// SPDX-License-Identifier: Apache-2.0
// Movement that moves nothing goes; two moves of one kind become one. A pattern that makes an op checks it like the
// verifier (`replace_by`): bounds of run-time sizes are known only roughly.
#include <algorithm>
#include <cmath>

#include "ir/ops/reshape.h"
#include "midend/simplify/rules.h"
#include "midend/simplify/value_facts.h"

namespace psmc::midend {
namespace {

using namespace ir;

/// Of what has the type of its operand.
bool drop_same_type(Rewriter& rewriter, OpId op) {
  const Module& module = rewriter.module();
  const ValueId x = rewriter.operand(op, 0);
  if (module.value(x).type != module.value(result_of(rewriter, op)).type) return false;
  rewriter.replace(op, x);
  return true;
}

// Only where the one reshape has access maps: split-reshapes makes two of those that have none.
bool merge_reshapes(Rewriter& rewriter, OpId op) {
  const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::reshape);
  if (!inner.valid()) return false;
  const ValueId x = rewriter.operand(inner, 0);
  if (!reshape_is_affine(dims_of(rewriter, x), dims_of(rewriter, result_of(rewriter, op)))) return false;
  const AttrDict attrs = rewriter.module().attrs(rewriter.module().op(op).attrs);
  return replace_by(rewriter, op, OpKind::reshape, {&x, 1}, attrs);
}

bool drop_transpose(Rewriter& rewriter, OpId op) {
  if (!std::is_sorted(rewriter.module().ints_attr(op, "permutation").begin(),
                      rewriter.module().ints_attr(op, "permutation").end()))
    return false;
  rewriter.replace(op, rewriter.operand(op, 0));
  return true;
}

bool merge_transposes(Rewriter& rewriter, OpId op) {
  const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::transpose);
  if (!inner.valid()) return false;
  IntList both = rewriter.module().ints_attr(op, "permutation");
  for (int64_t& d : both) d = rewriter.module().ints_attr(inner, "permutation")[static_cast<size_t>(d)];
  const ValueId x = rewriter.operand(inner, 0);
  if (std::is_sorted(both.begin(), both.end())) {
    rewriter.replace(op, x);
    return true;
  }
  return replace_by(rewriter, op, OpKind::transpose, {&x, 1}, {rewriter.build().attr("permutation", std::move(both))});
}

bool merge_broadcasts(Rewriter& rewriter, OpId op) {
  const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::broadcast);
  if (!inner.valid()) return false;
  const ValueId x = rewriter.operand(inner, 0);
  const AttrDict attrs = rewriter.module().attrs(rewriter.module().op(op).attrs);
  return replace_by(rewriter, op, OpKind::broadcast, {&x, 1}, attrs);
}

/// Empty operands give nothing; a concat of one is that one.
bool shorten_concat(Rewriter& rewriter, OpId op) {
  const auto axis = static_cast<size_t>(rewriter.module().int_attr(op, "axis"));
  std::vector<ValueId> left;
  for (uint32_t i = 0; i < rewriter.module().op(op).num_operands; ++i) {
    const ValueId x = rewriter.operand(op, i);
    if (dims_of(rewriter, x)[axis] != Dim(0)) left.push_back(x);
  }
  if (left.empty()) left.push_back(rewriter.operand(op, 0));
  if (left.size() == 1) {
    if (rewriter.module().value(left[0]).type != rewriter.module().value(result_of(rewriter, op)).type) return false;
    rewriter.replace(op, left[0]);
    return true;
  }
  if (left.size() == rewriter.module().op(op).num_operands) return false;
  const AttrDict attrs = rewriter.module().attrs(rewriter.module().op(op).attrs);
  return replace_by(rewriter, op, OpKind::concat, left, attrs);
}

/// concat(concat(a, b), c) => concat(a, b, c), if nobody else reads the inner one.
bool flatten_concat(Rewriter& rewriter, OpId op) {
  const int64_t axis = rewriter.module().int_attr(op, "axis");
  std::vector<ValueId> flat;
  bool found = false;
  for (uint32_t i = 0; i < rewriter.module().op(op).num_operands; ++i) {
    const ValueId x = rewriter.operand(op, i);
    const OpId inner = rewriter.def(x, OpKind::concat);
    if (!inner.valid() || rewriter.module().int_attr(inner, "axis") != axis || !rewriter.has_one_user(x)) {
      flat.push_back(x);
      continue;
    }
    found = true;
    for (uint32_t j = 0; j < rewriter.module().op(inner).num_operands; ++j) flat.push_back(rewriter.operand(inner, j));
  }
  constexpr size_t kMost = 1024;
  if (!found || flat.size() > kMost) return false;
  const AttrDict attrs = rewriter.module().attrs(rewriter.module().op(op).attrs);
  return replace_by(rewriter, op, OpKind::concat, flat, attrs);
}

/// cast(cast(x)) where the first loses nothing and both ways to the end convert alike.
bool merge_casts(Rewriter& rewriter, OpId op) {
  const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::cast);
  if (!inner.valid()) return false;
  const ValueId x = rewriter.operand(inner, 0);
  const Module& module = rewriter.module();
  const DType a = module.value_type(x).dtype, b = module.value_type(result_of(rewriter, inner)).dtype;
  const DType c = module.value_type(result_of(rewriter, op)).dtype;
  if (!holds_all(b, a)) return false;
  // Integers wrap where floats saturate: x as a float between two integer types only if the last holds x.
  if (!is_float(a) && is_float(b) && !is_float(c) && c != DType::boolean && !holds_all(c, a)) return false;
  if (c == a) {
    rewriter.replace(op, x);
    return true;
  }
  return replace_by(rewriter, op, OpKind::cast, {&x, 1}, {rewriter.build().attr("dtype", c)});
}

/// What is stretched is rank 0, so it is stretched to the last shape at once.
bool move_splat(Match& m) {
  const Module& module = m.rewriter.module();
  if (module.value_type(m[0]).rank() != 0) return false;
  AttrDict attrs;
  add_shape(m.rewriter.build(), attrs, "shape", module.value_type(module.result(m.root)).dims);
  return replace_by(m.rewriter, m.root, OpKind::broadcast, {&m.vars[0], 1}, std::move(attrs));
}

/// Broadcasting itself adds leading dimensions of extent 1.
bool broadcast_of_reshape(Match& m) {
  const std::vector<Dim>&from = dims_of(m.rewriter, m[0]), &to = dims_of(m.rewriter, m.rewriter.operand(m.root, 0));
  if (to.size() <= from.size() || !std::equal(from.rbegin(), from.rend(), to.rbegin())) return false;
  const AttrDict attrs = m.rewriter.module().attrs(m.rewriter.module().op(m.root).attrs);
  return replace_by(m.rewriter, m.root, OpKind::broadcast, {&m.vars[0], 1}, attrs);
}

/// Both write one number.
bool merge_pads(Match& m) {
  const Module& module = m.rewriter.module();
  const double inner = module.float_attr(m.ops[1], "value"), outer = module.float_attr(m.root, "value");
  if (inner != outer || std::signbit(inner) != std::signbit(outer)) return false;
  AttrDict attrs = module.attrs(module.op(m.root).attrs);
  std::erase_if(attrs, [&](const Attr& a) { return module.text(a.name) == "low" || module.text(a.name) == "high"; });
  for (const char* side : {"low", "high"}) {
    IntList both = module.ints_attr(m.root, side);
    const IntList& first = module.ints_attr(m.ops[1], side);
    for (size_t d = 0; d < both.size(); ++d)
      if (__builtin_add_overflow(both[d], first[d], &both[d])) return false;
    attrs.push_back(m.rewriter.build().attr(side, std::move(both)));
  }
  return replace_by(m.rewriter, m.root, OpKind::pad, {&m.vars[0], 1}, std::move(attrs));
}

}  // namespace

std::vector<Pattern> movement_rules() {
  const Term x = var(0);
  const std::string type = "the types are equal, so nothing moves", one = "no element changes";
  return {
      Pattern{"same-cast", OpKind::cast, 2, drop_same_type}.says("cast(x) => x", type),
      Pattern{"same-reshape", OpKind::reshape, 2, drop_same_type}.says("reshape(x) => x", type),
      Pattern{"same-broadcast", OpKind::broadcast, 2, drop_same_type}.says("broadcast(x) => x", type),
      Pattern{"same-slice", OpKind::slice, 2, drop_same_type}.says("slice(x) => x", type),
      Pattern{"same-pad", OpKind::pad, 2, drop_same_type}.says("pad(x) => x", type),
      Pattern{"same-transpose", OpKind::transpose, 2, drop_transpose}.says("transpose(x) => x", "no dimension moves"),
      Pattern{"short-concat", OpKind::concat, 2, shorten_concat}.says(
          "concat(x, empty, y) => concat(x, y)", "empty operands give nothing; a concat of one is that one"),
      Pattern{"cast-cast", OpKind::cast, 1, merge_casts, kind_bit(OpKind::cast)}.says(
          "cast(cast(x)) => cast(x)", "the first loses nothing, and what is out of range ends alike"),
      Pattern{"reshape-reshape", OpKind::reshape, 1, merge_reshapes, kind_bit(OpKind::reshape)}.says(
          "reshape(reshape(x)) => reshape(x)", "where the one reshape has access maps"),
      Pattern{"transpose-transpose", OpKind::transpose, 1, merge_transposes, kind_bit(OpKind::transpose)}.says(
          "transpose(transpose(x)) => transpose(x)", one),
      Pattern{"broadcast-broadcast", OpKind::broadcast, 1, merge_broadcasts, kind_bit(OpKind::broadcast)}.says(
          "broadcast(broadcast(x)) => broadcast(x)", one),
      Pattern{"concat-concat", OpKind::concat, 1, flatten_concat, kind_bit(OpKind::concat)}.says(
          "concat(concat(x, y), z) => concat(x, y, z)", "one axis; nobody else reads the inner one"),
      match("transpose-splat", t_transpose(t_broadcast(x)), move_splat)
          .says("transpose(broadcast(x)) => broadcast(x)", "x of rank 0: all elements are equal"),
      match("reshape-splat", t_reshape(t_broadcast(x)), move_splat)
          .says("reshape(broadcast(x)) => broadcast(x)", "x of rank 0: all elements are equal"),
      match("broadcast-reshape", t_broadcast(t_reshape(x)), broadcast_of_reshape)
          .says("broadcast(reshape(x)) => broadcast(x)", "the reshape puts dimensions of extent 1 in front"),
      match("pad-pad", t_pad(t_pad(x)), merge_pads).says("pad(pad(x)) => pad(x)", "both write the same number"),
  };
}

}  // namespace psmc::midend
