// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/schedule.h"

#include <algorithm>
#include <numeric>

#include "backend/schedule/flight.h"
#include "backend/schedule/list.h"
#include "base/check.h"

namespace psmc::backend {
namespace {

class FunctionScheduler {
 public:
  FunctionScheduler(const Model& model, const MFunc& func, const std::vector<uint32_t>& place, const Pressure& pressure,
                    const std::vector<BlockLive>& live)
      : model_(model), func_(func), place_(place), pressure_(pressure), live_(live), after_(func.blocks.size()) {
    loop_at_last_.assign(func.blocks.size(), kNone);
    for (uint32_t l = 0; l < func.loops.size(); ++l) loop_at_last_[func.loops[l].last] = l;
  }

  Schedule run() {
    static const BlockLive kNothing;
    for (uint32_t b = 0; b < func_.blocks.size(); ++b) {
      if (func_.blocks[b].fixed_length > 0) {
        place_fixed(b);
      } else {
        const Flight entry = entry_of(b);
        result_.blocks.push_back(list_schedule(model_, func_, func_.blocks[b], place_, entry,
                                               live_.empty() ? kNothing : live_[b], pressure_));
      }
      close(b, entry_of(b));
    }
    return std::move(result_);
  }

 private:
  Flight entry_of(uint32_t b) const;
  void place_fixed(uint32_t b);
  void close(uint32_t b, const Flight& entry);
  void lengthen(uint32_t b, uint32_t padding);

  const Model& model_;
  const MFunc& func_;
  const std::vector<uint32_t>& place_;
  const Pressure& pressure_;
  const std::vector<BlockLive>& live_;
  std::vector<Flight> after_;           ///< by block
  std::vector<uint32_t> loop_at_last_;  ///< the loop that ends with a block
  Schedule result_;
};

Flight FunctionScheduler::entry_of(uint32_t b) const {
  Flight entry;
  if (b == 0) return entry;
  entry = after_[b - 1];
  const uint32_t ended = loop_at_last_[b - 1];
  if (ended != kNone && may_pass(func_.loops[ended])) entry.join(after_[func_.loops[ended].first - 1]);
  return entry;
}

/// A piece of a pipelined loop. Words that it needs before it go to its front, or, before the kernel, into the
/// prologue.
void FunctionScheduler::place_fixed(uint32_t b) {
  const MBlock& block = func_.blocks[b];
  BlockSchedule schedule;
  for (uint32_t i = 0; i < block.insts.size(); ++i)
    schedule.placed.push_back({i, block.fixed[i].cycle, block.fixed[i].slot});
  schedule.length = block.fixed_length;
  const bool body =
      std::any_of(func_.loops.begin(), func_.loops.end(), [&](const MLoop& l) { return l.first == b && l.last == b; });
  for (;;) {
    const uint32_t padding = padding_before(model_, block, schedule, place_, entry_of(b), Way::forward);
    if (padding == 0) break;
    if (body) {
      lengthen(b - 1, padding);
      after_[b - 1] = flight_after(model_, func_.blocks[b - 1], result_.blocks[b - 1], place_, entry_of(b - 1));
      continue;
    }
    for (Placed& p : schedule.placed) p.cycle += padding;
    schedule.length += padding;
  }
  result_.blocks.push_back(std::move(schedule));
}

/// Adds empty words at the end; a branch keeps its distance from it, as does the instruction that enters a loop.
void FunctionScheduler::lengthen(uint32_t b, uint32_t padding) {
  if (padding == 0) return;
  BlockSchedule& block = result_.blocks[b];
  const auto& insts = func_.blocks[b].insts;
  for (Placed& p : block.placed) {
    if (!is_control(insts[p.inst].op)) continue;
    uint32_t to = p.cycle + padding;
    const auto taken = [&](uint32_t cycle) {
      return std::any_of(block.placed.begin(), block.placed.end(),
                         [&](const Placed& q) { return q.slot == p.slot && q.cycle == cycle; });
    };
    while (taken(to)) ++to;
    padding = to - p.cycle;
    p.cycle = to;
    break;
  }
  block.length += padding;
  std::sort(block.placed.begin(), block.placed.end(),
            [](const Placed& a, const Placed& b) { return a.cycle != b.cycle ? a.cycle < b.cycle : a.slot < b.slot; });
}

void FunctionScheduler::close(uint32_t b, const Flight& entry) {
  const MBlock& block = func_.blocks[b];
  BlockSchedule& schedule = result_.blocks[b];
  // Every loop body has a word, and no two bodies end with the same one.
  const uint32_t ended = loop_at_last_[b];
  if (ended != kNone && schedule.length == 0) schedule.length = 1;
  after_[b] = flight_after(model_, block, schedule, place_, entry);
  if (ended == kNone) return;
  const uint32_t first = func_.loops[ended].first;
  for (;;) {
    const uint32_t padding = padding_before(model_, func_.blocks[first], result_.blocks[first], place_, after_[b],
                                            first == b ? Way::same : Way::around);
    if (padding == 0) return;
    lengthen(b, padding);
    after_[b] = flight_after(model_, block, schedule, place_, entry);
  }
}

}  // namespace

uint32_t Schedule::words() const {
  return std::accumulate(blocks.begin(), blocks.end(), 0u,
                         [](uint32_t sum, const BlockSchedule& b) { return sum + b.length; });
}

std::vector<uint32_t> own_places(const MFunc& func) {
  std::vector<uint32_t> place(func.regs.size());
  std::iota(place.begin(), place.end(), 0u);
  return place;
}

Schedule schedule(const Model& model, const MFunc& func, const std::vector<uint32_t>& place, const Pressure& pressure,
                  const std::vector<BlockLive>& live) {
  return FunctionScheduler(model, func, place, pressure, live).run();
}

}  // namespace psmc::backend
