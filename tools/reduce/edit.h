// SPDX-License-Identifier: Apache-2.0
// A copy of a module with changes that storage does not offer in place: arguments that come and go, results that are
// dropped, values that take the place of others. The changes are collected, then `finish` makes the new module. What it
// makes need not be valid: who asks for it verifies it.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "ir/clone.h"

namespace psmc::tools {

class Edit {
 public:
  explicit Edit(const ir::Module& module) : module_(ir::clone_module(module)) {}

  /// The copy, with the ids of the original. What changes no signature is done to it.
  ir::Module& module() { return module_; }
  /// Uses of `from` become uses of `to`.
  void replace(ir::ValueId from, ir::ValueId to) { forward_[from] = to; }
  /// Uses of the values of `op` become uses of new arguments of `func`, and the op goes.
  void make_arguments(ir::FuncId func, ir::OpId op);
  /// Uses of the values of `op` become uses of constants of ones; false if their types or sizes do not allow it.
  bool make_constants(ir::OpId op);
  /// Also in the calls of `func`. Needs: nothing uses it.
  void drop_argument(ir::FuncId func, uint32_t arg) { dropped_args_[func].insert(arg); }
  /// Needs: nothing calls `func`.
  void drop_result(ir::FuncId func, uint32_t result) { dropped_results_[func].insert(result); }
  /// The symbol becomes its least value. Needs: nothing calls `func`.
  void fix_symbol(ir::FuncId func, uint32_t symbol) { fixed_symbols_[func].insert(symbol); }
  /// Needs: nothing uses it.
  void drop_constant(ir::ConstId id) { dropped_constants_.insert(id); }

  ir::Module finish();

 private:
  ir::ValueId resolve(ir::ValueId value) const;
  void forward_operands();
  void drop_returned(ir::FuncId func);
  void drop_passed(ir::OpId call);
  void copy_func(ir::FuncId from, ir::Module& to);

  ir::Module module_;
  std::map<ir::ValueId, ir::ValueId> forward_;
  std::map<ir::FuncId, std::vector<ir::ValueId>> new_args_;  ///< results of ops that stand nowhere
  std::map<ir::FuncId, std::set<uint32_t>> dropped_args_, dropped_results_, fixed_symbols_;
  std::set<ir::ConstId> dropped_constants_;
};

/// Ops that stand in functions, in the order of the text; `visit(FuncId, OpId)`.
template <typename Visit>
void each_op(const ir::Module& module, Visit&& visit) {
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    const ir::FuncId func(i);
    if (!module.func(func).erased) ir::walk(module, module.func(func).body, [&](ir::OpId op) { visit(func, op); });
  }
}

}  // namespace psmc::tools
