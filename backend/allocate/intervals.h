// SPDX-License-Identifier: Apache-2.0
// Live intervals: when each virtual register needs a physical one, exact to the cycle and with holes.
//
// Time is 2 * cycle for reads and 2 * cycle + 1 for writes, cycles counted over the whole function in layout order. A
// value needs its register from the issue of its write (a register in flight may not be touched) to its last read; a
// read window that is longer than a later write takes to begin keeps it longer. What is in flight at the end of a block
// keeps its register in the blocks that follow.
//
// Two registers may share a physical one if their intervals do not overlap: nothing else has to be checked.
#pragma once

#include <vector>

#include "backend/mir/liveness.h"
#include "backend/schedule/schedule.h"

namespace psmc::backend {

struct Interval {
  uint32_t from = 0, to = 0;  ///< half-open
};
using IntervalList = std::vector<Interval>;  ///< ascending, disjoint, not touching

/// By register. `model` null: `schedule` is only an order, results take no time.
std::vector<IntervalList> live_intervals(const Model* model, const MFunc& func, const Schedule& schedule,
                                         const std::vector<BlockLive>& live);
/// Each instruction in a word of its own, in the order of the code.
Schedule order_of_code(const MFunc& func);

bool overlap(const IntervalList& a, const IntervalList& b);
IntervalList merged(const IntervalList& a, const IntervalList& b);

}  // namespace psmc::backend
