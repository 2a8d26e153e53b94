// SPDX-License-Identifier: Apache-2.0
#include "ir/uses.h"

namespace psmc::ir {

Uses::Uses(const Module& module) {
  std::vector<BlockId> roots;
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (!module.func(FuncId(i)).erased) roots.push_back(module.func(FuncId(i)).body);
  }
  build(module, roots);
}

Uses::Uses(const Module& module, FuncId func) {
  const BlockId root = module.func(func).body;
  build(module, {&root, 1});
}

// Counting sort: count the uses of each value, sum up where each list begins, then fill.
void Uses::build(const Module& module, std::span<const BlockId> roots) {
  first_.assign(module.num_values() + size_t{1}, 0);
  auto each = [&](auto&& visit) {
    for (BlockId root : roots) {
      walk(module, root, [&](OpId op) {
        for (ValueId operand : module.operands(op)) visit(operand, op);
      });
    }
  };
  each([&](ValueId value, OpId) { ++first_[value.index + size_t{1}]; });
  for (size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  uses_.resize(first_.back());
  std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
  each([&](ValueId value, OpId op) { uses_[next[value.index]++] = op; });
}

std::span<const OpId> Uses::of(ValueId value) const {
  if (value.index + size_t{1} >= first_.size()) return {};
  return {uses_.data() + first_[value.index], uses_.data() + first_[value.index + size_t{1}]};
}

}  // namespace psmc::ir
