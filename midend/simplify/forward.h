// SPDX-License-Identifier: Apache-2.0
// Replacing values lazily: a pass notes "read b instead of a" and one sweep at the end rewrites all operands.
#pragma once

#include <vector>

#include "ir/module.h"

namespace psmc::midend {

class Forwarding {
 public:
  explicit Forwarding(ir::Module& module) : module_(module) {}
  void replace(ir::ValueId old_value, ir::ValueId new_value);
  /// What to read instead of `value` now.
  ir::ValueId latest(ir::ValueId value) const;
  /// Rewrites the operands of all ops below `block`. True if any changed.
  bool apply(ir::BlockId block);

 private:
  ir::Module& module_;
  std::vector<ir::ValueId> next_;  ///< per value, grown on demand
};

}  // namespace psmc::midend
