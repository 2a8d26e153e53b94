// SPDX-License-Identifier: Apache-2.0
#include "ir/infer_memo.h"

#include <algorithm>

#include "ir/op.h"

namespace psmc::ir {

namespace {

uint64_t hash_of(const Module& module, OpKind kind, std::span<const ValueId> operands, AttrId attrs) {
  Hasher hasher;
  hasher.add(static_cast<uint64_t>(kind) << 32 | attrs.index);
  for (ValueId operand : operands) hasher.add(module.value(operand).type.index);
  return hasher.value();
}

}  // namespace

std::optional<std::span<const TypeId>> InferMemo::find(const Module& module, OpKind kind,
                                                       std::span<const ValueId> operands, AttrId attrs) const {
  const uint32_t found = index_.find(hash_of(module, kind, operands, attrs), [&](uint32_t id) {
    const Case& known = cases_[id];
    return known.kind == kind && known.attrs == attrs && known.num_operands == operands.size() &&
           std::equal(operands.begin(), operands.end(), types_.begin() + known.first,
                      [&](ValueId operand, TypeId type) { return module.value(operand).type == type; });
  });
  if (found == IdTable::kNone) return std::nullopt;
  const Case& known = cases_[found];
  return std::span(types_.data() + known.first + known.num_operands, known.num_results);
}

void InferMemo::remember(const Module& module, OpKind kind, std::span<const ValueId> operands, AttrId attrs,
                         std::span<const TypeId> results) {
  if (kind == OpKind::for_ || kind == OpKind::group || !op_def(kind).infer) return;
  const auto count = [](const auto& list) { return static_cast<uint32_t>(list.size()); };
  index_.insert(hash_of(module, kind, operands, attrs), count(cases_));
  cases_.push_back({kind, attrs, count(types_), count(operands), count(results)});
  for (ValueId operand : operands) types_.push_back(module.value(operand).type);
  types_.insert(types_.end(), results.begin(), results.end());
}

void InferMemo::clear() { *this = InferMemo(); }

}  // namespace psmc::ir
