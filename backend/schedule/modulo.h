// SPDX-License-Identifier: Apache-2.0
// Modulo scheduling of one loop: a new iteration starts every `period` cycles. Iterative modulo scheduling (Rau,
// MICRO-27, 1994): instructions by height; one that fits nowhere evicts what stands in its way, within a budget. Then
// instructions that only make values move as late as they can, so that values live shorter (what swing scheduling does
// at once).
#pragma once

#include <optional>
#include <vector>

#include "backend/schedule/loop_graph.h"
#include "backend/schedule/schedule.h"

namespace psmc::backend {

struct ModuloSchedule {
  uint32_t period = 0;
  uint32_t stages = 0;
  std::vector<uint32_t> cycle;  ///< by instruction, counted from the start of its iteration
  std::vector<arch::Slot> slot;
  bool one_port = false;  ///< all accesses go through memory slot 0, so that no two meet in a bank
};

/// No loop can have a shorter period: slots, units and ports, and cycles of dependences.
uint32_t resource_bound(const Model& model, const std::vector<MInst>& insts);
uint32_t recurrence_bound(const LoopGraph& graph, uint32_t at_least, uint32_t at_most);

/// A schedule with exactly that period, if one is found.
std::optional<ModuloSchedule> modulo_schedule(const Model& model, const std::vector<MInst>& insts,
                                              const LoopGraph& graph, uint32_t period);

}  // namespace psmc::backend
