// SPDX-License-Identifier: Apache-2.0
// The names under which a print shows things: those that survive from the source, made unique by a suffix (`x.1`);
// numbers in order for values without one. A name that a print made is kept by the next print of what was read back.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
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

/// Values of one function after the other, with their mark: "%x", "%0". Nearly every name is that of the value as it
/// stands or a number, so 4 bytes a value say which; only quoted and suffixed names are kept as strings. The tables are
/// kept from function to function: making them anew would cost what the module is long for each.
class ValueNames {
 public:
  explicit ValueNames(const Module& module) : module_(module) {}
  /// From now on the values of `func`, and no others, have names. The module is the same as at the last call.
  void use(FuncId func);
  /// Appends the name; "%?" for a value that is not of this function (a broken module).
  void append(std::string& out, ValueId value) const;

 private:
  enum class Form : uint32_t { unknown, number, plain, made };
  struct Name {
    uint32_t form : 2 = 0;
    uint32_t number : 30 = 0;  ///< a number, a StrId or a place in `made_`
  };
  /// Calls `visit` for each value below `block`, in the order of the text.
  template <typename Visit>
  void each_value(BlockId block, const Visit& visit) const;
  void add(ValueId value);
  void forget(ValueId value);
  void set(ValueId value, Form form, size_t number);
  bool is_taken(StrId name) const;
  std::string with_suffix(std::string_view wanted);

  const Module& module_;
  FuncId func_;              ///< whose values have names
  std::vector<Name> names_;  ///< by value, from `first_` on
  uint32_t first_ = 0;
  std::vector<bool> taken_;  ///< by StrId
  std::unordered_set<std::string> suffixed_;
  std::unordered_map<std::string, uint32_t> next_suffix_;
  std::vector<std::string> made_;
  uint32_t next_number_ = 0;
};

/// Names of all constants; empty for those that are written where they are used (no name and few elements).
std::vector<std::string> constant_names(const Module& module);

}  // namespace psmc::ir
