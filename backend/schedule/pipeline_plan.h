// SPDX-License-Identifier: Apache-2.0
// What a pipelined loop will look like, before it is built.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "backend/schedule/loop_graph.h"
#include "backend/schedule/modulo.h"

namespace psmc::backend {

struct PipelinePlan {
  ModuloSchedule schedule;
  LoopGraph graph;
  uint32_t copies = 1;              ///< iterations in the kernel
  std::vector<uint32_t> copies_of;  ///< by register: how many stand in for a local one; divides `copies`
  uint32_t list_length = 0;         ///< words of an iteration that is not pipelined

  /// Periods until the first iteration ends.
  uint32_t fill() const { return schedule.stages - 1; }
  /// Cycles before an iteration does anything, and until it has issued everything.
  uint32_t idle() const { return *std::min_element(schedule.cycle.begin(), schedule.cycle.end()); }
  uint32_t span() const { return *std::max_element(schedule.cycle.begin(), schedule.cycle.end()) + 1; }
};

/// Nothing if the loop cannot be pipelined, or runs no faster than as a list schedule. `trip` < 0: unknown.
std::optional<PipelinePlan> plan_pipeline(const Model& model, const MFunc& func, uint32_t block, const BlockLive& live,
                                          const Pressure& pressure, int64_t trip, double cycles_per_word);

/// How many steps of its pointer have happened, beyond one for each earlier iteration, when an instruction at `cycle`
/// issues; may be -1 or more.
int64_t steps_ahead(const PipelinePlan& plan, uint32_t inst);

}  // namespace psmc::backend
