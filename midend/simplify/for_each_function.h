// SPDX-License-Identifier: Apache-2.0
// The loop over the functions of a module that most passes begin with.
#pragma once

#include "ir/module.h"
#include "ir/pass.h"

namespace psmc::midend {

/// Calls `visit(FuncId)` for every function; true if a visit returned true.
template <typename Visit>
bool for_each_function(ir::Module& module, Visit&& visit) {
  bool changed = false;
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (!module.func(ir::FuncId(i)).erased && visit(ir::FuncId(i))) changed = true;
  }
  return changed;
}

/// The same for the functions that the running pass is to work on.
template <typename Visit>
bool for_each_function(ir::Module& module, const ir::PassContext& context, Visit&& visit) {
  return for_each_function(module, [&](ir::FuncId func) { return !context.leaves_out(func) && visit(func); });
}

}  // namespace psmc::midend
