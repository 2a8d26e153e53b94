// SPDX-License-Identifier: Apache-2.0
// Who uses each value: compressed lists, built in one pass over the module (or one function). They describe the moment
// of building; a pass that changes operands builds them anew or uses the rewriter (ir/rewrite.h).
#pragma once

#include <span>
#include <vector>

#include "ir/module.h"

namespace psmc::ir {

class Uses {
 public:
  explicit Uses(const Module& module);
  Uses(const Module& module, FuncId func);
  /// In order of the ops in the text. An op that uses a value twice is there twice.
  std::span<const OpId> of(ValueId value) const;
  /// Memory that the lists take (bytes).
  size_t bytes() const { return first_.capacity() * sizeof(first_[0]) + uses_.capacity() * sizeof(OpId); }
  bool is_unused(ValueId value) const { return of(value).empty(); }
  /// The op with the only use; invalid if there are none or more.
  OpId single(ValueId value) const { return of(value).size() == 1 ? of(value)[0] : OpId(); }

 private:
  void build(const Module& module, std::span<const BlockId> roots);

  std::vector<uint32_t> first_;  ///< per value, one more at the end
  std::vector<OpId> uses_;
};

}  // namespace psmc::ir
