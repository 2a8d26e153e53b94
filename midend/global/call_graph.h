// SPDX-License-Identifier: Apache-2.0
// Who calls whom in a valid module (nothing calls itself), callees before callers.
#pragma once

#include <vector>

#include "ir/module.h"

namespace psmc::midend {

/// The functions of a module by name: a look-up costs no more where there are many.
class FuncNames {
 public:
  explicit FuncNames(const ir::Module& module);
  /// Invalid if `op` is no call, or one of a composite.
  ir::FuncId callee(ir::OpId op) const;

 private:
  const ir::Module& module_;
  std::vector<ir::FuncId> funcs_;  ///< by the id of the name
};

struct CallGraph {
  std::vector<ir::FuncId> order;               ///< every function, after those that it calls
  std::vector<std::vector<ir::OpId>> calls;    ///< by function: the calls in its body of functions of the module
  std::vector<std::vector<ir::OpId>> callers;  ///< by function: the calls of it
};

/// Linear.
CallGraph call_graph(const ir::Module& module, const FuncNames& names);

}  // namespace psmc::midend
