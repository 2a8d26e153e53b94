// SPDX-License-Identifier: Apache-2.0
// State: arguments that stay in the scratchpads from one launch to the next, at one place for all functions.
#pragma once

#include "midend/plan/entry_planner.h"

namespace psmc::midend {

struct FuncNodes {
  ir::FuncId func;
  std::vector<Node> nodes;
};

/// Gives each state its buffer: spread over the tiles along the first dimension that allows it, with replicas.
void place_states(ProgramContext& context, const std::vector<FuncNodes>& funcs);

}  // namespace psmc::midend
