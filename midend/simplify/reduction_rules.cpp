// SPDX-License-Identifier: Apache-2.0
// Reductions that combine nothing, and two in a row. A float sum begins at +0, so it turns -0 into +0; and it rounds,
// so sums in a row do not join.
#include <algorithm>

#include "midend/simplify/rules.h"
#include "midend/simplify/value_facts.h"

namespace psmc::midend {
namespace {

using namespace ir;

/// Over axes of extent 1 only: the operand, in another shape.
bool drop_reduce(Rewriter& rewriter, OpId op) {
  Module& module = rewriter.module();
  const ValueId x = rewriter.operand(op, 0);
  const Type& type = module.value_type(x);
  for (const int64_t axis : module.ints_attr(op, "axes"))
    if (type.dims[static_cast<size_t>(axis)] != Dim(1)) return false;
  if (module.str_attr(op, "monoid") == "sum" && !never_minus_zero(rewriter, x)) return false;
  const Type result = module.value_type(module.result(op));
  if (result == type) {
    rewriter.replace(op, x);
    return true;
  }
  SymList shape;
  for (const Dim& dim : result.dims) shape.push_back(dim.size);
  return replace_by(rewriter, op, OpKind::reshape, {&x, 1}, {rewriter.build().attr("shape", std::move(shape))});
}

/// The axes of `outer` as axes of what `inner` reduces, together with its own.
IntList joined_axes(const Module& module, OpId inner, OpId outer, size_t rank) {
  IntList axes = module.ints_attr(inner, "axes");
  IntList left;  // dimensions of the inner result as those of its operand
  for (int64_t d = 0; d < static_cast<int64_t>(rank); ++d) {
    const bool reduced = std::find(axes.begin(), axes.end(), d) != axes.end();
    if (!reduced || module.bool_attr(inner, "keep")) left.push_back(d);
  }
  for (const int64_t axis : module.ints_attr(outer, "axes")) axes.push_back(left[static_cast<size_t>(axis)]);
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  return axes;
}

bool merge_reduces(Rewriter& rewriter, OpId op) {
  const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::reduce);
  if (!inner.valid()) return false;
  const Module& module = rewriter.module();
  const std::string monoid(module.str_attr(op, "monoid"));
  const ValueId x = rewriter.operand(inner, 0);
  const bool exact = is_integer(module.value_type(x).dtype) || monoid == "max" || monoid == "min";
  if (module.str_attr(inner, "monoid") != monoid || !exact) return false;
  AttrDict attrs = {rewriter.build().attr("monoid", monoid)};
  attrs.push_back(rewriter.build().attr("axes", joined_axes(module, inner, op, module.value_type(x).rank())));
  if (module.bool_attr(op, "keep")) attrs.push_back(rewriter.build().attr("keep", true));
  return replace_by(rewriter, op, OpKind::reduce, {&x, 1}, std::move(attrs));
}

/// The dimensions of the operand of `reduce` that are reduced (or those that are left), mapped by `permutation`.
IntList mapped_axes(const IntList& axes, const IntList& permutation, bool reduced) {
  IntList mapped;
  for (size_t d = 0; d < permutation.size(); ++d) {
    const bool here = std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end();
    if (here == reduced) mapped.push_back(permutation[d]);
  }
  return mapped;
}

// Both lists of dimensions keep their order, so elements are combined in the order in which they were.
bool reduce_of_transpose(Match& m) {
  const Module& module = m.rewriter.module();
  const IntList axes = module.ints_attr(m.root, "axes"), permutation = module.ints_attr(m.ops[1], "permutation");
  IntList reduced = mapped_axes(axes, permutation, true);
  const IntList left = mapped_axes(axes, permutation, false);
  if (module.bool_attr(m.root, "keep") || !std::is_sorted(reduced.begin(), reduced.end()) ||
      !std::is_sorted(left.begin(), left.end()))
    return false;
  AttrDict attrs = {m.rewriter.build().attr("monoid", std::string(module.str_attr(m.root, "monoid"))),
                    m.rewriter.build().attr("axes", std::move(reduced))};
  return replace_by(m.rewriter, m.root, OpKind::reduce, {&m.vars[0], 1}, std::move(attrs));
}

/// The largest or smallest of equal elements: x of rank 0 stretched, over dimensions that are not empty.
bool reduce_of_splat(Match& m) {
  const Module& module = m.rewriter.module();
  const std::string_view monoid = module.str_attr(m.root, "monoid");
  const Type& type = module.value_type(m.rewriter.operand(m.root, 0));
  if (module.value_type(m[0]).rank() != 0 || (monoid != "max" && monoid != "min")) return false;
  for (const int64_t axis : module.ints_attr(m.root, "axes")) {
    const Dim& dim = type.dims[static_cast<size_t>(axis)];
    if (!dim.is_static() || dim.bound == 0) return false;
  }
  AttrDict attrs;
  add_shape(m.rewriter.build(), attrs, "shape", module.value_type(module.result(m.root)).dims);
  return replace_by(m.rewriter, m.root, OpKind::broadcast, {&m.vars[0], 1}, std::move(attrs));
}

}  // namespace

std::vector<Pattern> reduction_rules() {
  const Term x = var(0);
  return {
      Pattern{"same-reduce", OpKind::reduce, 2, drop_reduce}.says(
          "reduce(x) => reshape(x)", "over extents of 1 alone; a sum of floats begins at +0, so x must never be -0"),
      Pattern{"reduce-reduce", OpKind::reduce, 1, merge_reduces, kind_bit(OpKind::reduce)}.says(
          "reduce(reduce(x)) => reduce(x)", "one monoid; integers, or max and min of floats, which do not round"),
      match("reduce-transpose", t_reduce(t_transpose(x)), reduce_of_transpose)
          .says("reduce(transpose(x)) => reduce(x)", "reduced and other dimensions each keep their order"),
      match("reduce-splat", t_reduce(t_broadcast(x)), reduce_of_splat)
          .says("reduce(broadcast(x)) => broadcast(x)", "max or min of one number, over dimensions that are not empty"),
  };
}

}  // namespace psmc::midend
