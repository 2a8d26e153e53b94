// SPDX-License-Identifier: Apache-2.0
// Elementwise ops come before reshapes, transposes and concats, where that lets them join the op that computes their
// operand (fuse-elementwise):
//
//   %a = contract %x, %w                  %a = contract %x, %w
//   %b = reshape %a {shape = [2, 3]}  =>  %c = cast %a {dtype = bf16}
//   %c = cast %b {dtype = bf16}           %d = reshape %c {shape = [2, 3]}
//
// Only if nobody else reads what is passed, so nothing is computed twice.
#include "ir/ops/elementwise.h"
#include "midend/simplify/rules.h"
#include "midend/simplify/value_facts.h"

namespace psmc::midend {
namespace {

using namespace ir;

constexpr int kLookBack = 6;
constexpr uint32_t kMostParts = 8;   ///< of a concat: an op becomes that many

bool computes(OpKind kind) { return is_elementwise(kind) || kind == OpKind::contract || kind == OpKind::reduce; }

/// Whether an elementwise op on `value`, read by one op alone, would end up next to what computes it.
bool can_absorb(Rewriter& rewriter, ValueId value, int left = kLookBack) {
  const OpId op = rewriter.def(value);
  if (!op.valid() || left == 0 || !rewriter.has_one_user(value)) return false;
  const OpKind kind = rewriter.module().kind(op);
  if (computes(kind)) return true;
  if (kind == OpKind::reshape || kind == OpKind::transpose) return can_absorb(rewriter, rewriter.operand(op, 0), left - 1);
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
  return rewriter.build().make(rewriter.module().kind(op), operands, rewriter.module().attrs(rewriter.module().op(op).attrs));
}

bool raise(Rewriter& rewriter, OpId op) {
  const Module& module = rewriter.module();
  const ValueId read = only_tensor(rewriter, op);
  if (!read.valid() || !can_absorb(rewriter, read)) return false;
  const OpId moved = rewriter.def(read);
  const OpKind kind = module.kind(moved);
  if (computes(kind)) return false;
  std::vector<ValueId> operands;
  for (uint32_t i = 0; i < module.op(moved).num_operands; ++i) operands.push_back(copy_on(rewriter, op, read, rewriter.operand(moved, i)));
  const AttrDict attrs = module.attrs(module.op(moved).attrs);
  return replace_by(rewriter, op, kind, operands, attrs);
}

}  // namespace

std::vector<Pattern> order_rules() {
  std::vector<Pattern> rules;
  for (uint32_t kind = 0; kind < kNumOpKinds; ++kind)
    if (is_elementwise(static_cast<OpKind>(kind))) rules.push_back({"raise-elementwise", static_cast<OpKind>(kind), 0, raise});
  return rules;
}

}  // namespace psmc::midend
