// SPDX-License-Identifier: Apache-2.0
#include "midend/simplify/forward.h"

namespace psmc::midend {

void Forwarding::replace(ir::ValueId old_value, ir::ValueId new_value) {
  if (next_.size() <= old_value.index) next_.resize(module_.num_values());
  next_[old_value.index] = new_value;
  const ir::StrId name = module_.value(old_value).name;
  if (name && !module_.value(new_value).name) module_.set_name(new_value, name);
}

ir::ValueId Forwarding::latest(ir::ValueId value) const {
  while (value.index < next_.size() && next_[value.index]) value = next_[value.index];
  return value;
}

bool Forwarding::apply(ir::BlockId block) {
  bool changed = false;
  ir::walk(module_, block, [&](ir::OpId op) {
    for (uint32_t i = 0; i < module_.op(op).num_operands; ++i) {
      const ir::ValueId before = module_.operand(op, i), after = latest(before);
      if (after == before) continue;
      module_.set_operand(op, i, after);
      changed = true;
    }
  });
  return changed;
}

}  // namespace psmc::midend
