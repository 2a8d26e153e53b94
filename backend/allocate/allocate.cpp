// SPDX-License-Identifier: Apache-2.0
#include "backend/allocate/allocate.h"

#include <algorithm>
#include <cmath>

#include "backend/abi.h"
#include "base/check.h"

namespace psmc::backend {
namespace {

using arch::RegFile;

struct Event {
  uint32_t from, to;
  uint32_t node;
};

/// The interference graph of one file, its nodes in the order of their first interval.
class FileProblem {
 public:
  FileProblem(RegFile file, const MFunc& func, const std::vector<IntervalList>& intervals) {
    for (Reg reg = kFirstVirtual; reg < func.regs.size(); ++reg) {
      if (func.regs[reg].file == file && !intervals[reg].empty()) regs.push_back(reg);
    }
    std::stable_sort(regs.begin(), regs.end(),
                     [&](Reg a, Reg b) { return intervals[a][0].from < intervals[b][0].from; });
    for (uint32_t node = 0; node < regs.size(); ++node) {
      for (const Interval& i : intervals[regs[node]]) events_.push_back({i.from, i.to, node});
    }
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.from < b.from; });
    connect();
  }
  std::vector<Reg> regs;
  Graph graph;
  uint32_t max_live = 0;

 private:
  void connect() {
    graph.neighbors.resize(regs.size());
    std::vector<Event> active;
    for (const Event& event : events_) {
      size_t kept = 0;
      for (const Event& other : active) {
        if (other.to <= event.from) continue;
        active[kept++] = other;
        graph.neighbors[event.node].push_back(other.node);
        graph.neighbors[other.node].push_back(event.node);
      }
      active.resize(kept);
      active.push_back(event);
      max_live = std::max(max_live, static_cast<uint32_t>(active.size()));
    }
    graph.finish();
  }
  std::vector<Event> events_;
};

uint8_t first_free(RegFile file) {
  if (file == RegFile::s) return kFirstFreeScalar;
  return file == RegFile::m ? 1 : 0;
}

}  // namespace

std::vector<double> spill_costs(const MFunc& func) {
  std::vector<double> cost(func.regs.size(), 0);
  for (const MBlock& block : func.blocks) {
    const double times = block.loop == kNone ? 1 : std::pow(10.0, std::min(func.loops[block.loop].depth + 1, 12u));
    for (const MInst& inst : block.insts) {
      const auto touch = [&](Reg reg, const RegUse&) { cost[reg] += times; };
      for_each_read(inst, touch);
      for_each_write(inst, touch);
    }
  }
  for (Reg reg = 0; reg < func.regs.size(); ++reg) {
    if (func.regs[reg].remat != Remat::none) cost[reg] *= 0.4;
    if (func.regs[reg].spilled_temp) cost[reg] = 1e30;
  }
  return cost;
}

Allocation allocate(const Model& model, const MFunc& func, const std::vector<IntervalList>& intervals,
                    const std::vector<double>& cost) {
  Allocation result;
  result.physical.assign(func.regs.size(), 0);
  for (Reg reg = 0; reg < kAllLanes; ++reg) result.physical[reg] = static_cast<uint8_t>(reg);
  for (const RegFile file : {RegFile::s, RegFile::v, RegFile::m, RegFile::t, RegFile::a}) {
    const FileProblem problem(file, func, intervals);
    std::vector<uint32_t> order(problem.regs.size());
    std::vector<double> costs(problem.regs.size());
    for (uint32_t i = 0; i < order.size(); ++i) {
      order[i] = i;
      costs[i] = cost[problem.regs[i]];
    }
    const Coloring coloring = color_graph(problem.graph, order, costs, model.allocatable(file));
    for (uint32_t i = 0; i < order.size(); ++i) {
      if (coloring.color[i] != kUncolored)
        result.physical[problem.regs[i]] = static_cast<uint8_t>(coloring.color[i] + first_free(file));
    }
    for (const uint32_t node : coloring.uncolored) result.uncolored.push_back(problem.regs[node]);
    FileReport& report = result.files[static_cast<size_t>(file)];
    report.max_live = problem.max_live;
  }
  return result;
}

}  // namespace psmc::backend
