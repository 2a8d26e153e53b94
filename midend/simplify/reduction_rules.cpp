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
  const bool exact = monoid == "max" || monoid == "min" || is_integer(module.value_type(x).dtype);
  if (module.str_attr(inner, "monoid") != monoid || !exact) return false;
  AttrDict attrs = {rewriter.build().attr("monoid", monoid)};
  attrs.push_back(rewriter.build().attr("axes", joined_axes(module, inner, op, module.value_type(x).rank())));
  if (module.bool_attr(op, "keep")) attrs.push_back(rewriter.build().attr("keep", true));
  return replace_by(rewriter, op, OpKind::reduce, {&x, 1}, std::move(attrs));
}

}  // namespace

std::vector<Pattern> reduction_rules() {
  return {{"same-reduce", OpKind::reduce, 2, drop_reduce}, {"reduce-reduce", OpKind::reduce, 1, merge_reduces}};
}

}  // namespace psmc::midend
