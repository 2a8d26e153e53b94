// SPDX-License-Identifier: Apache-2.0
// Which functions of a module are equal but for their names, the names of values and where they come from.
#pragma once

#include <vector>

#include "midend/global/call_graph.h"
#include "midend/global/equal_constants.h"
#include "midend/global/key_table.h"

namespace psmc::midend {

/// Functions with the same signature (symbols, types, states, attributes but `private`) and the same ops in the same
/// order have the same number. Linear in the ops.
class FunctionKeys {
 public:
  FunctionKeys(ir::Module& module, EqualConstants& constants)
      : module_(module), constants_(constants), number_(module.num_funcs()), local_(module.num_values()) {}

  /// Those that `func` calls must have been asked about before.
  uint32_t number(ir::FuncId func);
  /// Words looked at.
  int64_t steps() const { return table_.steps(); }

 private:
  void add_signature(ir::FuncId func);
  void add_args(ir::BlockId block);
  void add_block(ir::BlockId block);
  void add_op(ir::OpId op);
  uint32_t facts(ir::OpId op);
  void define(ir::ValueId value);

  ir::Module& module_;
  EqualConstants& constants_;
  KeyTable table_;
  std::vector<uint32_t> number_;  ///< by function
  std::vector<uint32_t> local_;   ///< by value: its place among those of its function
  std::vector<uint32_t> key_;
  uint32_t defined_ = 0;
};

}  // namespace psmc::midend
