// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/reduction_part.h"

#include "base/check.h"

namespace psmc::midend {
namespace {

ir::OpKind joining_op(const NodePiece& piece) {
  if (piece.body == ir::BodyKind::contract || piece.monoid == "sum") return ir::OpKind::add;
  if (piece.monoid == "prod") return ir::OpKind::mul;
  PSMC_CHECK(piece.monoid == "max" || piece.monoid == "min", "a reduction over an unknown monoid");
  return piece.monoid == "max" ? ir::OpKind::max : ir::OpKind::min;
}

/// The steps after the reduction make room for `added` steps before them; the root is found at step `root`.
void put_behind(NodePiece& piece, const std::vector<Step>& added, uint32_t root) {
  const auto by = static_cast<uint32_t>(added.size());
  const auto moved = [&](uint32_t step) { return step >= piece.inner ? step + by : step; };
  for (size_t i = piece.inner; i < piece.steps.size(); ++i) {
    Step& step = piece.steps[i];
    for (uint32_t& arg : step.args) arg = moved(arg);
    if (step.what == StepKind::root)
      step = {.what = StepKind::op, .dtype = step.dtype, .kind = ir::OpKind::cast, .args = {root}};
  }
  for (uint32_t& output : piece.outputs) output = moved(output);
  for (Leaf& leaf : piece.leaves)
    for (ir::Subscript& s : leaf.map.subscripts)
      if (s.indirect) s.index_operand = moved(s.index_operand);
  piece.steps.insert(piece.steps.begin() + piece.inner, added.begin(), added.end());
}

}  // namespace

bool may_part(const NodePiece& piece, uint32_t dim) {
  return dim >= piece.parallel && piece.body != ir::BodyKind::scalar && piece.space[dim].extent.is_static();
}

bool is_its_own_sum(const NodePiece& piece) {
  return piece.steps.size() == piece.inner + 1 && piece.steps.back().what == StepKind::root &&
         piece.steps.back().dtype == piece.accumulator && piece.outputs.size() == 1;
}

NodePiece reduction_part(const NodePiece& piece, uint32_t dim, const Range& range, bool first, bool last,
                         ir::ValueId value) {
  NodePiece part = piece;
  part.space[dim].extent = ir::Dim(range.size());
  for (Step& step : part.steps)
    if (step.what == StepKind::affine)
      for (const auto& [moved, coefficient] : step.expr.terms)
        if (moved == dim) step.expr.offset.constant += coefficient * range.lo;
  std::vector<Step> added = {{.what = StepKind::root, .dtype = piece.accumulator}};
  if (!first) {
    part.leaves.push_back({value, piece.result});
    added.push_back(
        {.what = StepKind::leaf, .dtype = piece.accumulator, .index = static_cast<uint32_t>(part.leaves.size() - 1)});
    added.push_back({.what = StepKind::op,
                     .dtype = piece.accumulator,
                     .kind = joining_op(piece),
                     .args = {piece.inner + 1, piece.inner}});
  }
  const auto joined = static_cast<uint32_t>(piece.inner + added.size() - 1);
  part.joined = first ? -1 : static_cast<int>(joined);
  if (last) {
    put_behind(part, added, joined);
  } else {
    part.steps.resize(piece.inner);
    part.steps.insert(part.steps.end(), added.begin(), added.end());
    part.outputs = {joined};
  }
  return part;
}

}  // namespace psmc::midend
