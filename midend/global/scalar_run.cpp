// SPDX-License-Identifier: Apache-2.0
#include "midend/global/scalar_run.h"

#include <limits>

#include "ir/op.h"
#include "ir/ops/elementwise.h"
#include "ir/ops/loops.h"

namespace psmc::midend {

using ir::OpKind;
using ir::Scalar;

int64_t LoopRange::trips(int64_t most) const {
  if (low >= high) return 0;
  const auto span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  const uint64_t count = (span - 1) / static_cast<uint64_t>(step) + 1;
  return count > static_cast<uint64_t>(most) ? most : static_cast<int64_t>(count);
}

std::optional<Scalar> ScalarRun::value(ir::ValueId id) const {
  id = forwarding_.latest(id);
  if (id.index < known_.size() && known_[id.index]) return values_[id.index];
  const ir::OpId def = module_.def(id);
  if (!def.valid() || module_.kind(def) != OpKind::constant || !module_.value_type(id).is_scalar()) return {};
  return ir::scalar_constant(module_, def);
}

std::optional<LoopRange> ScalarRun::range(ir::OpId loop) const {
  const ir::LoopParts parts = ir::loop_parts(module_, loop);
  const auto bound = [&](const std::optional<ir::SymExpr>& expr, ir::ValueId id) -> std::optional<int64_t> {
    if (expr) return expr->is_constant() ? std::optional(expr->constant) : std::nullopt;
    const std::optional<Scalar> known = value(id);
    return known ? std::optional(known->integer) : std::nullopt;
  };
  const auto low = bound(parts.low, parts.low_value), high = bound(parts.high, parts.high_value);
  if (!low || !high) return {};
  const LoopRange range{*low, *high, parts.step};
  const int64_t most = module_.int_attr(loop, "max_trip", -1);
  if (most >= 0 && range.trips(std::numeric_limits<int64_t>::max()) > most) return {};  // an error when it runs
  return range;
}

std::optional<Scalar> ScalarRun::compute(ir::OpId op) const {
  if (module_.kind(op) == OpKind::index) return affine(op);
  if (!ir::is_elementwise(module_.kind(op)) && module_.kind(op) != OpKind::fma) return {};
  const auto operands = module_.operands(op);
  const ir::Type& type = module_.value_type(module_.result(op));
  if (!type.is_scalar() || operands.size() > 3) return {};
  Scalar args[3];
  for (size_t i = 0; i < operands.size(); ++i) {
    const std::optional<Scalar> known = value(operands[i]);
    if (!known) return {};
    args[i] = *known;
  }
  return ir::apply_scalar(module_.kind(op), module_.value_type(operands.back()).dtype, type.dtype,
                          {args, operands.size()});
}

std::vector<Scalar> ScalarRun::results(ir::OpId loop) {
  std::vector<Scalar> found;
  if (run(loop))
    for (uint32_t i = 0; i < module_.op(loop).num_results; ++i) found.push_back(values_[module_.result(loop, i).index]);
  for (const ir::ValueId id : set_) known_[id.index] = false;
  set_.clear();
  return found;
}

bool ScalarRun::run(ir::OpId loop) {
  const std::optional<LoopRange> range = this->range(loop);
  if (!range || steps_ < 0) return false;
  const ir::LoopParts parts = ir::loop_parts(module_, loop);
  const ir::BlockId block = module_.block(loop);
  std::vector<Scalar> carried(parts.num_carried);
  for (uint32_t i = 0; i < parts.num_carried; ++i) {
    const std::optional<Scalar> init = value(module_.operand(loop, parts.first_init + i));
    if (!init) return false;
    carried[i] = *init;
  }
  const int64_t trips = range->trips(steps_ + 1);
  for (int64_t trip = 0; trip < trips; ++trip) {
    if (--steps_ < 0) return false;
    Scalar counter;
    counter.integer = static_cast<int64_t>(static_cast<uint64_t>(range->low) +
                                           static_cast<uint64_t>(trip) * static_cast<uint64_t>(range->step));
    set(module_.block_arg(block, 0), counter);
    for (uint32_t i = 0; i < parts.num_carried; ++i) set(module_.block_arg(block, i + 1), carried[i]);
    if (!run_block(block)) return false;
    for (uint32_t i = 0; i < parts.num_carried; ++i) carried[i] = *value(module_.operand(module_.terminator(block), i));
  }
  for (uint32_t i = 0; i < parts.num_carried; ++i) set(module_.result(loop, i), carried[i]);
  return true;
}

bool ScalarRun::run_block(ir::BlockId block) {
  for (const ir::OpId op : ir::ops_of(module_, block)) {
    const OpKind kind = module_.kind(op);
    if (--steps_ < 0) return false;
    if (kind == OpKind::for_) {
      if (!run(op)) return false;
      continue;
    }
    if (kind == OpKind::constant) continue;
    if (kind == OpKind::yield) return yields_known(op);
    const std::optional<Scalar> result = compute(op);
    if (!result) return false;
    set(module_.result(op), *result);
  }
  return true;
}

bool ScalarRun::yields_known(ir::OpId yield) const {
  for (const ir::ValueId operand : module_.operands(yield))
    if (!value(operand)) return false;
  return true;
}

std::optional<Scalar> ScalarRun::affine(ir::OpId op) const {
  const ir::SubscriptRows rows = ir::subscript_rows(module_, op);
  const ir::SymExpr offset = rows.offset(0);
  if (!offset.is_constant()) return {};
  auto sum = static_cast<uint64_t>(offset.constant);
  for (uint32_t i = 0; i < rows.num_index; ++i) {
    const std::optional<Scalar> known = value(module_.operand(op, rows.first_index + i));
    if (!known) return {};
    sum += static_cast<uint64_t>(rows.coefficient(0, i)) * static_cast<uint64_t>(known->integer);
  }
  Scalar result;
  result.integer = static_cast<int64_t>(sum);
  return result;
}

void ScalarRun::set(ir::ValueId id, Scalar value) {
  if (known_.size() <= id.index) known_.resize(module_.num_values()), values_.resize(module_.num_values());
  if (!known_[id.index]) set_.push_back(id);
  known_[id.index] = true;
  values_[id.index] = value;
}

}  // namespace psmc::midend
