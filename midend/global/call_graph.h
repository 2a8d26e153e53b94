// SPDX-License-Identifier: Apache-2.0
// Who calls whom in a valid module (nothing calls itself), callees before callers.
#pragma once

#include <vector>

#include "ir/module.h"

namespace psmc::midend {

/// The function that `op` calls; invalid if it is no call, or one of a composite.
ir::FuncId callee_of(const ir::Module& module, ir::OpId op);

struct CallGraph {
  std::vector<ir::FuncId> order;               ///< every function, after those that it calls
  std::vector<std::vector<ir::OpId>> calls;    ///< by function: the calls in its body of functions of the module
  std::vector<std::vector<ir::OpId>> callers;  ///< by function: the calls of it
};

/// Linear.
CallGraph call_graph(const ir::Module& module);

}  // namespace psmc::midend
