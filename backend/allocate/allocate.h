// SPDX-License-Identifier: Apache-2.0
// Register allocation. Each file is a colouring problem of its own: registers interfere when their live intervals
// overlap.
#pragma once

#include <string>
#include <vector>

#include "backend/allocate/coloring.h"
#include "backend/allocate/file_report.h"
#include "backend/allocate/intervals.h"

namespace psmc::backend {

struct Allocation {
  std::vector<uint8_t> physical;  ///< by virtual register
  std::vector<Reg> uncolored;
  std::array<FileReport, 6> files{};
  bool ok() const { return uncolored.empty(); }
};

/// Colours every virtual register that has an interval. `cost`: what spilling it costs, by register.
Allocation allocate(const Model& model, const MFunc& func, const std::vector<IntervalList>& intervals,
                    const std::vector<double>& cost);
/// Executions of the instructions that would be added if a register were spilled, by register; loops count tenfold.
std::vector<double> spill_costs(const MFunc& func);

/// Joins the two registers of moves that do not overlap, and removes the moves:
///   %2 = vfma %1,..; %1 = vmov %2   =>   %1 = vfma %1,..
/// Moves in inner loops first.
void coalesce_moves(MFunc& func);

/// Gives each of `regs` a place in the spill area: stored after each write, loaded into a register of its own before
/// each read. Constants and arguments are made again instead. False if one of them cannot be spilled.
bool insert_spills(MFunc& func, const std::vector<Reg>& regs, std::array<FileReport, 6>& files);

}  // namespace psmc::backend
