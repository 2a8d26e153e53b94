// SPDX-License-Identifier: Apache-2.0
// Elementwise ops come before reshapes, transposes and concats, where that lets them join the op that computes their
// operand (fuse-elementwise):
//
//   %a = contract %x, %w                  %a = contract %x, %w
//   %b = reshape %a {shape = [2, 3]}  =>  %c = cast %a {dtype = bf16}
//   %c = cast %b {dtype = bf16}           %d = reshape %c {shape = [2, 3]}
//
// Only if nobody else reads what is passed, so nothing is computed twice. And a reshape that merges what a concat has
// joined comes before the concat, where it is one that readers look through:
//
//   %p = concat %a, %b {axis = 1}         %a, %b: 4x1x8     %c = reshape %a {shape = [2, 2, 8]}; %d = ... %b
//   %r = reshape %p {shape = [2, 2, 16]}                =>  %r = concat %c, %d {axis = 2}
#include <optional>

#include "ir/ops/elementwise.h"
#include "midend/simplify/rules.h"
#include "midend/simplify/value_facts.h"

namespace psmc::midend {
namespace {

using namespace ir;

constexpr int kLookBack = 6;
constexpr uint32_t kMostParts = 8;  ///< of a concat: an op becomes that many

bool computes(OpKind kind) { return is_elementwise(kind) || kind == OpKind::contract || kind == OpKind::reduce; }

/// Whether an elementwise op on `value`, read by one op alone, would end up next to what computes it.
bool can_absorb(Rewriter& rewriter, ValueId value, int left = kLookBack) {
  const OpId op = rewriter.def(value);
  if (!op.valid() || left == 0 || !rewriter.has_one_user(value)) return false;
  const OpKind kind = rewriter.module().kind(op);
  if (computes(kind)) return true;
  if (kind == OpKind::reshape || kind == OpKind::transpose)
    return can_absorb(rewriter, rewriter.operand(op, 0), left - 1);
  if (kind != OpKind::concat || rewriter.module().op(op).num_operands > kMostParts) return false;
  for (uint32_t i = 0; i < rewriter.module().op(op).num_operands; ++i)
    if (!can_absorb(rewriter, rewriter.operand(op, i), left - 1)) return false;
  return true;
}

/// The one operand of `op` that is not of rank 0, if it is read by `op` alone.
ValueId only_tensor(Rewriter& rewriter, OpId op) {
  ValueId found;
  for (uint32_t i = 0; i < rewriter.module().op(op).num_operands; ++i) {
    const ValueId operand = rewriter.operand(op, i);
    const Type& type = rewriter.module().value_type(operand);
    if (!type.is_tensor()) return {};
    if (type.rank() == 0 || operand == found) continue;
    if (found.valid()) return {};
    found = operand;
  }
  return found;
}

/// A copy of `op` that reads `to` instead of `from`.
ValueId copy_on(Rewriter& rewriter, OpId op, ValueId from, ValueId to) {
  std::vector<ValueId> operands;
  for (uint32_t i = 0; i < rewriter.module().op(op).num_operands; ++i) {
    const ValueId operand = rewriter.operand(op, i);
    operands.push_back(operand == from ? to : operand);
  }
  return rewriter.build().make(rewriter.module().kind(op), operands,
                               rewriter.module().attrs(rewriter.module().op(op).attrs));
}

/// Replaces `op`, the only reader of what `passed` computes. `passed` goes at once: it must not count as a reader any
/// more.
bool exchange(Rewriter& rewriter, OpId op, OpId passed, OpKind kind, std::span<const ValueId> operands,
              AttrDict attrs) {
  if (!replace_by(rewriter, op, kind, operands, std::move(attrs))) return false;
  rewriter.erase(passed);
  return true;
}

bool raise(Rewriter& rewriter, OpId op) {
  const Module& module = rewriter.module();
  const ValueId read = only_tensor(rewriter, op);
  if (!read.valid() || !can_absorb(rewriter, read)) return false;
  const OpId moved = rewriter.def(read);
  const OpKind kind = module.kind(moved);
  if (computes(kind) || module.op(moved).parent != module.op(op).parent) return false;  // a group keeps its one shape
  std::vector<ValueId> operands;
  for (uint32_t i = 0; i < module.op(moved).num_operands; ++i)
    operands.push_back(copy_on(rewriter, op, read, rewriter.operand(moved, i)));
  const AttrDict attrs = module.attrs(module.op(moved).attrs);
  return exchange(rewriter, op, moved, kind, operands, attrs);
}

/// Product of static extents, or nothing.
std::optional<int64_t> product(std::span<const Dim> dims) {
  int64_t count = 1;
  for (const Dim& dim : dims)
    if (!dim.is_static() || __builtin_mul_overflow(count, dim.bound, &count)) return std::nullopt;
  return count;
}

/// The dimension of `to` that holds all of dimension `axis` of `from`, and perhaps of those after it.
std::optional<size_t> joined_axis(std::span<const Dim> from, std::span<const Dim> to, size_t axis) {
  const auto before = product(from.first(axis)), inner = product(from.subspan(axis + 1));
  if (!before || !inner || *inner == 0 || *before == 0) return std::nullopt;
  for (size_t t = 0; t < to.size(); ++t) {
    const auto here = product(to.first(t)), after = product(to.subspan(t + 1));
    if (here == before && after && *after > 0 && *inner % *after == 0 && to[t].bound > 1) return t;
  }
  return std::nullopt;
}

bool reshape_parts(Rewriter& rewriter, OpId op) {
  const Module& module = rewriter.module();
  const ValueId joined = rewriter.operand(op, 0);
  const OpId concat = rewriter.def(joined, OpKind::concat);
  if (!concat.valid() || !rewriter.has_one_user(joined) || module.op(concat).num_operands > kMostParts) return false;
  const std::vector<Dim> from = module.value_type(joined).dims, to = module.value_type(module.result(op)).dims;
  if (only_splits(from, to)) return false;
  const auto axis = static_cast<size_t>(module.int_attr(concat, "axis"));
  const auto target = joined_axis(from, to, axis);
  if (!target) return false;
  const int64_t each = *product(std::span(from).subspan(axis + 1)) / *product(std::span(to).subspan(*target + 1));
  std::vector<std::vector<Dim>> shapes;
  for (uint32_t i = 0; i < module.op(concat).num_operands; ++i) {
    const std::vector<Dim>& part = module.value_type(rewriter.operand(concat, i)).dims;
    if (!part[axis].is_static()) return false;
    shapes.push_back(to);
    shapes.back()[*target] = Dim(part[axis].bound * each);
    if (!only_splits(part, shapes.back())) return false;
  }
  std::vector<ValueId> operands;
  for (uint32_t i = 0; i < shapes.size(); ++i)
    operands.push_back(rewriter.build().reshape(rewriter.operand(concat, i), shapes[i]));
  return exchange(rewriter, op, concat, OpKind::concat, operands,
                  {rewriter.build().attr("axis", static_cast<int64_t>(*target))});
}

}  // namespace

std::vector<Pattern> order_rules() {
  constexpr uint64_t kPassed = kind_bit(OpKind::reshape) | kind_bit(OpKind::transpose) | kind_bit(OpKind::concat);
  std::vector<Pattern> rules = {
      Pattern{"reshape-concat", OpKind::reshape, 0, reshape_parts, kind_bit(OpKind::concat)}.says(
          "reshape(concat(x, y)) => concat(reshape(x), reshape(y))",
          "what it merges lies within each operand; nobody else reads the concat")};
  for (uint32_t kind = 0; kind < kNumOpKinds; ++kind)
    if (is_elementwise(static_cast<OpKind>(kind)))
      rules.push_back(Pattern{"raise-elementwise", static_cast<OpKind>(kind), 0, raise, 0, kPassed}.says(
          "neg(reshape(x)) => reshape(neg(x))",
          "any elementwise op of one tensor and numbers; reshape, transpose or concat of computed values that nobody "
          "else reads"));
  return rules;
}

}  // namespace psmc::midend
