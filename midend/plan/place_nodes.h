// SPDX-License-Identifier: Apache-2.0
// The partition of each function of a program. Internal to midend/plan.
#pragma once

#include <functional>
#include <vector>

#include "base/trace.h"
#include "midend/plan/entry_planner.h"
#include "midend/plan/states.h"

namespace psmc::midend {

/// What is done with the places of function `i`, in the order of the functions, one at a time.
using UsePlaces = std::function<Status(size_t i, const std::vector<NodePlace>&)>;

/// Functions are partitioned side by side: one depends on another only through the places of states, which are fixed
/// before and which `use` leaves as they are. `use` has one function while others are still partitioned. Errors:
/// unsupported_op, of the first function that has one; those of `use`.
Status place_nodes(const ProgramContext& context, const std::vector<FuncNodes>& funcs, unsigned threads,
                   const TimeScope* time, const UsePlaces& use);

}  // namespace psmc::midend
