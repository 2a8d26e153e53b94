// SPDX-License-Identifier: Apache-2.0
// The partition of each function of a program. Internal to midend/plan.
#pragma once

#include <vector>

#include "base/trace.h"
#include "midend/plan/entry_planner.h"
#include "midend/plan/states.h"

namespace psmc::midend {

/// By function and node. Functions are partitioned side by side: one depends on another only through the places of
/// states, which are fixed before. Errors: unsupported_op, of the first function that has one.
Result<std::vector<std::vector<NodePlace>>> place_nodes(const ProgramContext& context,
                                                        const std::vector<FuncNodes>& funcs, unsigned threads,
                                                        const TimeScope* time);

}  // namespace psmc::midend
