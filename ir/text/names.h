// SPDX-License-Identifier: Apache-2.0
// The names under which a print shows things: those that survive from the source, made unique by a suffix (`x.1`);
// numbers in order for values without one. A name that a print made is kept by the next print of what was read back.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/module.h"

namespace psmc::ir {

/// Gives out each name once.
class UniqueNames {
 public:
  std::string take(std::string_view wanted);

 private:
  std::unordered_set<std::string> taken_;
  std::unordered_map<std::string, uint32_t> next_;  ///< the suffix to try first
};

/// `name` after % or @, quoted where it must be.
std::string print_name(char mark, std::string_view name);

/// Values of one function, with their mark: "%x", "%0".
class ValueNames {
 public:
  ValueNames(const Module& module, FuncId func);
  /// "%?" for a value that is not of this function (a broken module).
  const std::string& of(ValueId value) const;

 private:
  void add(ValueId value);
  void add_block(BlockId block);

  const Module& module_;
  UniqueNames unique_;
  uint32_t next_number_ = 0;
  std::unordered_map<ValueId, std::string> names_;
};

/// Names of all constants; empty for those that are written where they are used (no name and few elements).
std::vector<std::string> constant_names(const Module& module);

}  // namespace psmc::ir
