// SPDX-License-Identifier: Apache-2.0
// Movement that moves nothing goes; two moves of one kind become one. A pattern that makes an op checks it like the
// verifier (`replace_by`): bounds of run-time sizes are known only roughly.
#include <algorithm>

#include "ir/ops/reshape.h"
#include "midend/simplify/rules.h"
#include "midend/simplify/value_facts.h"

namespace psmc::midend {
namespace {

using namespace ir;

const std::vector<Dim>& dims_of(Rewriter& rewriter, ValueId value) {
  return rewriter.module().value_type(rewriter.resolve(value)).dims;
}
ValueId result_of(Rewriter& rewriter, OpId op) { return rewriter.module().result(op); }

bool same_type(Rewriter& rewriter, OpId op) {
  const Module& module = rewriter.module();
  return module.value(rewriter.operand(op, 0)).type == module.value(module.result(op)).type;
}

/// A reshape, broadcast, pad or cast to the type that its operand has.
bool drop_same_type(Rewriter& rewriter, OpId op) {
  if (!same_type(rewriter, op)) return false;
  rewriter.replace(op, rewriter.operand(op, 0));
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

// A slice of the operand's type takes everything: starts are in bounds, so they are 0.
bool drop_slice(Rewriter& rewriter, OpId op) { return drop_same_type(rewriter, op); }

bool merge_slices(Rewriter& rewriter, OpId op) {
  const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::slice);
  if (!inner.valid()) return false;
  Module& module = rewriter.module();
  const SymList first = module.syms_attr(inner, "start"), second = module.syms_attr(op, "start");
  const IntList by_first = module.ints_attr(inner, "step"), by_second = module.ints_attr(op, "step");
  SymList start;
  IntList step;
  for (size_t d = 0; d < first.size(); ++d) {
    const int64_t by = by_first.empty() ? 1 : by_first[d], then = by_second.empty() ? 1 : by_second[d];
    int64_t both = 0;
    if (__builtin_mul_overflow(by, then, &both)) return false;
    start.push_back(first[d] + second[d] * by);
    step.push_back(both);
  }
  AttrDict attrs = {rewriter.build().attr("start", std::move(start))};
  if (std::any_of(step.begin(), step.end(), [](int64_t s) { return s != 1; }))
    attrs.push_back(rewriter.build().attr("step", std::move(step)));
  add_shape(rewriter.build(), attrs, "size", dims_of(rewriter, result_of(rewriter, op)));
  const ValueId x = rewriter.operand(inner, 0);
  return replace_by(rewriter, op, OpKind::slice, {&x, 1}, std::move(attrs));
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

/// The slice of a concat that lies in one operand is a slice of that.
bool slice_of_concat(Rewriter& rewriter, OpId op) {
  const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::concat);
  if (!inner.valid()) return false;
  Module& module = rewriter.module();
  const auto axis = static_cast<size_t>(module.int_attr(inner, "axis"));
  SymList start = module.syms_attr(op, "start");
  const Dim size = dims_of(rewriter, result_of(rewriter, op))[axis];
  const IntList& steps = module.ints_attr(op, "step");
  if (!start[axis].is_constant() || !size.is_static() || size.bound == 0) return false;
  const int64_t last = start[axis].constant + (size.bound - 1) * (steps.empty() ? 1 : steps[axis]);
  int64_t offset = 0;
  for (uint32_t i = 0; i < module.op(inner).num_operands; ++i) {
    const ValueId part = rewriter.operand(inner, i);
    const Dim& extent = dims_of(rewriter, part)[axis];
    if (!extent.is_static()) return false;
    if (start[axis].constant >= offset && last < offset + extent.bound) {
      start[axis] = start[axis].constant - offset;
      AttrDict attrs = module.attrs(module.op(op).attrs);
      std::erase_if(attrs, [&](const Attr& a) { return module.text(a.name) == "start"; });
      attrs.push_back(rewriter.build().attr("start", std::move(start)));
      return replace_by(rewriter, op, OpKind::slice, {&part, 1}, std::move(attrs));
    }
    offset += extent.bound;
  }
  return false;
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

}  // namespace

std::vector<Pattern> movement_rules() {
  return {
      {"same-cast", OpKind::cast, 2, drop_same_type},
      {"same-reshape", OpKind::reshape, 2, drop_same_type},
      {"same-broadcast", OpKind::broadcast, 2, drop_same_type},
      {"same-pad", OpKind::pad, 2, drop_same_type},
      {"same-slice", OpKind::slice, 2, drop_slice},
      {"same-transpose", OpKind::transpose, 2, drop_transpose},
      {"short-concat", OpKind::concat, 2, shorten_concat},
      {"cast-cast", OpKind::cast, 1, merge_casts, kind_bit(OpKind::cast)},
      {"reshape-reshape", OpKind::reshape, 1, merge_reshapes, kind_bit(OpKind::reshape)},
      {"transpose-transpose", OpKind::transpose, 1, merge_transposes, kind_bit(OpKind::transpose)},
      {"slice-slice", OpKind::slice, 1, merge_slices, kind_bit(OpKind::slice)},
      {"slice-concat", OpKind::slice, 1, slice_of_concat, kind_bit(OpKind::concat)},
      {"broadcast-broadcast", OpKind::broadcast, 1, merge_broadcasts, kind_bit(OpKind::broadcast)},
      {"concat-concat", OpKind::concat, 1, flatten_concat, kind_bit(OpKind::concat)},
  };
}

}  // namespace psmc::midend
