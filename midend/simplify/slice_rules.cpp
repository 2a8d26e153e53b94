// SPDX-License-Identifier: Apache-2.0
// Slices move towards what is sliced, so less is moved, padded or stretched after them; and adjacent slices join.
//
//   %a = transpose %x {permutation = [1, 0]}               %a = slice %x {size = [4, 2], start = [0, 6]}
//   %b = slice %a {size = [2, 4], start = [6, 0]}     =>   %b = transpose %a {permutation = [1, 0]}
#include <algorithm>
#include <optional>

#include "midend/simplify/rules.h"
#include "midend/simplify/value_facts.h"

namespace psmc::midend {
namespace {

using namespace ir;

/// What a slice takes along each dimension.
struct Box {
  SymList start;
  std::vector<Dim> size;
  IntList step;
};

Box box_of(const Module& module, OpId slice) {
  Box box{module.syms_attr(slice, "start"), module.value_type(module.result(slice)).dims,
          module.ints_attr(slice, "step")};
  if (box.step.empty()) box.step.assign(box.size.size(), 1);
  return box;
}

AttrDict attrs_of(Builder& builder, const Box& box) {
  AttrDict attrs = {builder.attr("start", box.start)};
  if (std::any_of(box.step.begin(), box.step.end(), [](int64_t s) { return s != 1; }))
    attrs.push_back(builder.attr("step", box.step));
  add_shape(builder, attrs, "size", box.size);
  return attrs;
}

/// A slice of `x`; nothing if it does not fit there.
std::optional<ValueId> make_slice(Match& m, ValueId x, const Box& box) {
  Builder& builder = m.rewriter.build();
  Module& module = m.rewriter.module();
  const auto made =
      builder.try_create(OpKind::slice, {&x, 1}, module.attrs(attrs_of(builder, box)), module.op(m.root).loc);
  if (!made.ok()) return std::nullopt;
  builder.insert(*made);
  return module.result(*made);
}

bool merge_slices(Match& m) {
  Rewriter& rewriter = m.rewriter;
  const OpId op = m.root, inner = m.ops[1];
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
  return replace_by(rewriter, op, OpKind::slice, {&m.vars[0], 1}, std::move(attrs));
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

bool same_start(const Module& module, OpId a, OpId b) {
  return module.syms_attr(a, "start") == module.syms_attr(b, "start");
}
bool has_steps(const Module& module, OpId slice) {
  const IntList& step = module.ints_attr(slice, "step");
  return std::any_of(step.begin(), step.end(), [](int64_t s) { return s != 1; });
}

/// Along stretched dimensions every place is the one of x.
bool slice_of_broadcast(Match& m) {
  const std::vector<Dim> from = dims_of(m.rewriter, m[0]);
  const Module& module = m.rewriter.module();
  Box box = box_of(module, m.root);
  const std::vector<Dim> result = box.size, stretched = dims_of(m.rewriter, result_of(m.rewriter, m.ops[1]));
  const auto lead = static_cast<std::ptrdiff_t>(stretched.size() - from.size());
  box.start.erase(box.start.begin(), box.start.begin() + lead);
  box.size.erase(box.size.begin(), box.size.begin() + lead);
  box.step.erase(box.step.begin(), box.step.begin() + lead);
  for (size_t d = 0; d < from.size(); ++d) {
    if (!from[d].is_static() || !box.start[d].is_constant() || result[d + static_cast<size_t>(lead)] == Dim(0))
      return false;
    if (from[d] != Dim(1) || stretched[d + static_cast<size_t>(lead)] == Dim(1)) continue;
    box.start[d] = 0;
    box.size[d] = Dim(1);
    box.step[d] = 1;
  }
  const bool whole = box.size == from;
  const auto part = whole ? std::optional(m[0]) : make_slice(m, m[0], box);
  if (!part) return false;
  AttrDict attrs;
  add_shape(m.rewriter.build(), attrs, "shape", result);
  return replace_by(m.rewriter, m.root, OpKind::broadcast, {&*part, 1}, std::move(attrs));
}

bool slice_of_transpose(Match& m) {
  const Module& module = m.rewriter.module();
  const IntList permutation = module.ints_attr(m.ops[1], "permutation");
  if (!m.rewriter.has_one_user(module.result(m.ops[1]))) return false;
  const Box box = box_of(module, m.root);
  Box inner = box;
  for (size_t d = 0; d < permutation.size(); ++d) {
    const auto from = static_cast<size_t>(permutation[d]);
    inner.start[from] = box.start[d];
    inner.size[from] = box.size[d];
    inner.step[from] = box.step[d];
  }
  const auto part = make_slice(m, m[0], inner);
  return part && replace_by(m.rewriter, m.root, OpKind::transpose, {&*part, 1},
                            {m.rewriter.build().attr("permutation", permutation)});
}

/// The slice takes nothing of what was added.
bool slice_of_pad(Match& m) {
  const Module& module = m.rewriter.module();
  const std::vector<Dim>& from = dims_of(m.rewriter, m[0]);
  const IntList& low = module.ints_attr(m.ops[1], "low");
  Box box = box_of(module, m.root);
  for (size_t d = 0; d < from.size(); ++d) {
    if (!box.start[d].is_constant() || !box.size[d].is_static() || !from[d].is_static()) return false;
    const int64_t first = box.start[d].constant - low[d];
    if (first < 0 || box.size[d].bound == 0 || first + (box.size[d].bound - 1) * box.step[d] >= from[d].bound)
      return false;
    box.start[d] = first;
  }
  return replace_by(m.rewriter, m.root, OpKind::slice, {&m.vars[0], 1}, attrs_of(m.rewriter.build(), box));
}

/// Counting begins where the slice begins, if that is at 0.
bool slice_of_iota(Match& m) {
  const Module& module = m.rewriter.module();
  const auto axis = static_cast<size_t>(module.int_attr(m.ops[1], "axis"));
  const Box box = box_of(module, m.root);
  if (!box.start[axis].is_constant() || box.start[axis].constant != 0 || box.step[axis] != 1) return false;
  AttrDict attrs = module.attrs(module.op(m.ops[1]).attrs);
  std::erase_if(attrs, [&](const Attr& a) { return module.text(a.name) == "shape" || module.text(a.name) == "bound"; });
  add_shape(m.rewriter.build(), attrs, "shape", box.size);
  return replace_by(m.rewriter, m.root, OpKind::iota, {}, std::move(attrs));
}

/// Just what was written.
bool slice_of_update(Match& m) {
  const Module& module = m.rewriter.module();
  if (!same_start(module, m.root, m.ops[1]) || has_steps(module, m.root)) return false;
  if (module.value(m[1]).type != module.value(module.result(m.root)).type) return false;
  m.rewriter.replace(m.root, m[1]);
  return true;
}

/// Whether the second slice begins where the first ends, along `axis`, and is like it otherwise.
bool continues(const Box& a, const Box& b, size_t axis) {
  for (size_t d = 0; d < a.size.size(); ++d) {
    if (a.step[d] != 1 || b.step[d] != 1) return false;
    if (d == axis ? b.start[d] != a.start[d] + a.size[d].size : a.start[d] != b.start[d] || a.size[d] != b.size[d])
      return false;
  }
  return a.size[axis].is_static() && b.size[axis].is_static();
}

/// Neighbours among the operands that are adjacent slices of one value become one slice.
bool join_slices(Rewriter& rewriter, OpId op) {
  const Module& module = rewriter.module();
  const auto axis = static_cast<size_t>(module.int_attr(op, "axis"));
  std::vector<ValueId> operands;
  for (uint32_t i = 0; i < module.op(op).num_operands; ++i) operands.push_back(rewriter.operand(op, i));
  for (size_t i = 0; i + 1 < operands.size(); ++i) {
    const OpId a = rewriter.def(operands[i], OpKind::slice), b = rewriter.def(operands[i + 1], OpKind::slice);
    if (!a.valid() || !b.valid() || rewriter.operand(a, 0) != rewriter.operand(b, 0)) continue;
    Box box = box_of(module, a);
    const Box next = box_of(module, b);
    if (!continues(box, next, axis)) continue;
    box.size[axis] = Dim(box.size[axis].bound + next.size[axis].bound);
    const ValueId x = rewriter.operand(a, 0);
    if (operands.size() == 2) return replace_by(rewriter, op, OpKind::slice, {&x, 1}, attrs_of(rewriter.build(), box));
    operands[i] = rewriter.build().make(OpKind::slice, {x}, attrs_of(rewriter.build(), box));
    operands.erase(operands.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    return replace_by(rewriter, op, OpKind::concat, operands, module.attrs(module.op(op).attrs));
  }
  return false;
}

}  // namespace

std::vector<Pattern> slice_rules() {
  const Term x = var(0), y = var(1);
  return {
      match("slice-slice", t_slice(t_slice(x)), merge_slices)
          .says("slice(slice(x)) => slice(x)", "starts and steps add up; what does not fit in 64 bits stays"),
      Pattern{"slice-concat", OpKind::slice, 1, slice_of_concat, kind_bit(OpKind::concat)}.says(
          "slice(concat(x, y)) => slice(x)", "it lies in one operand"),
      match("slice-broadcast", t_slice(t_broadcast(x)), slice_of_broadcast)
          .says("slice(broadcast(x)) => broadcast(slice(x))",
                "known starts; stretched dimensions are equal everywhere"),
      match("slice-transpose", t_slice(t_transpose(x)), slice_of_transpose)
          .says("slice(transpose(x)) => transpose(slice(x))", "nobody else reads the transpose"),
      match("slice-pad", t_slice(t_pad(x)), slice_of_pad)
          .says("slice(pad(x)) => slice(x)", "it takes nothing of what was added"),
      match("slice-iota", t_slice(term(OpKind::iota, {})), slice_of_iota)
          .says("slice(iota) => iota", "it begins at 0 along the counted dimension, in steps of 1"),
      match("slice-update", t_slice(t_update(x, y)), slice_of_update)
          .says("slice(update(x, y)) => y", "it takes just what was written"),
      Pattern{"concat-slices", OpKind::concat, 1, join_slices, kind_bit(OpKind::slice)}.says(
          "concat(slice(x), slice(x)) => slice(x)", "the second begins where the first ends"),
  };
}

}  // namespace psmc::midend
