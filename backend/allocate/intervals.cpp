// SPDX-License-Identifier: Apache-2.0
#include "backend/allocate/intervals.h"

#include <algorithm>

#include "base/check.h"

namespace psmc::backend {
namespace {

class IntervalBuilder {
 public:
  IntervalBuilder(const Model* model, const MFunc& func, const Schedule& schedule, const std::vector<BlockLive>& live)
      : model_(model),
        func_(func),
        schedule_(schedule),
        live_(live),
        successors_(successors(func, true)),
        lists_(func.regs.size()),
        open_(func.regs.size()) {
    uint32_t start = 0;
    for (const BlockSchedule& block : schedule.blocks) {
      start_.push_back(start);
      start += block.length;
    }
  }

  std::vector<IntervalList> run() {
    for (uint32_t b = 0; b < func_.blocks.size(); ++b) block(b);
    for (IntervalList& list : lists_) normalise(list);
    return std::move(lists_);
  }

 private:
  void block(uint32_t b);
  void read(uint32_t b, const MInst& inst, uint32_t cycle);
  void write(uint32_t b, const MInst& inst, uint32_t cycle);
  void extend(Reg reg, uint32_t to);
  void flush(Reg reg);
  void into_successors(uint32_t b, Reg reg, uint32_t left, int depth);
  static void normalise(IntervalList& list);

  const Model* model_;
  const MFunc& func_;
  const Schedule& schedule_;
  const std::vector<BlockLive>& live_;
  std::vector<std::vector<uint32_t>> successors_;
  std::vector<uint32_t> start_;
  std::vector<IntervalList> lists_;
  std::vector<Interval> open_;  ///< of the current block; empty if from == to
  std::vector<Reg> touched_;
};

void IntervalBuilder::extend(Reg reg, uint32_t to) { open_[reg].to = std::max(open_[reg].to, to); }

void IntervalBuilder::flush(Reg reg) {
  if (open_[reg].to > open_[reg].from) lists_[reg].push_back(open_[reg]);
  open_[reg] = {};
}

/// A result or read window that outlives its block by `left` cycles.
void IntervalBuilder::into_successors(uint32_t b, Reg reg, uint32_t left, int depth) {
  if (left == 0 || depth > 8) return;
  for (const uint32_t next : successors_[b]) {
    const uint32_t length = schedule_.blocks[next].length;
    lists_[reg].push_back({2 * start_[next], 2 * (start_[next] + std::min(left, length)) + 1});
    if (left > length) into_successors(next, reg, left - length, depth + 1);
  }
}

void IntervalBuilder::read(uint32_t b, const MInst& inst, uint32_t cycle) {
  const uint32_t end = start_[b] + schedule_.blocks[b].length;
  for_each_read(inst, [&](Reg reg, const RegUse& use) {
    if (reg < kFirstVirtual) return;
    const uint32_t window = model_ ? model_->read_window(inst, use) : 1;
    const uint32_t least = model_ ? model_->least_first_write(use.file) : 1;
    const uint32_t last = cycle + (window > least ? window - least : 0);
    if (open_[reg].to == 0) {
      PSMC_CHECK(false, "a register is read that is not alive");
    }
    extend(reg, 2 * std::min(last, end) + 1);
    if (last > end) into_successors(b, reg, last - end, 0);
  });
}

void IntervalBuilder::write(uint32_t b, const MInst& inst, uint32_t cycle) {
  const uint32_t end = start_[b] + schedule_.blocks[b].length;
  for_each_write(inst, [&](Reg reg, const RegUse& use) {
    if (reg < kFirstVirtual) return;
    const uint32_t from = 2 * cycle + 1;
    if (open_[reg].to == 0) touched_.push_back(reg);
    if (open_[reg].to < from) {
      flush(reg);
      open_[reg].from = from;
    }
    const uint32_t ready = cycle + (model_ ? model_->latency(inst, use) : 1);
    extend(reg, std::max(2 * std::min(ready, end), from + 1));
    if (ready > end) into_successors(b, reg, ready - end, 0);
  });
}

void IntervalBuilder::block(uint32_t b) {
  touched_.clear();
  for (const Reg reg : live_[b].in) {
    // A place holder of no length, so that a read finds it; empty blocks pass it on.
    open_[reg] = {2 * start_[b], 2 * start_[b] + 1};
    touched_.push_back(reg);
  }
  const auto& placed = schedule_.blocks[b].placed;
  const auto& insts = func_.blocks[b].insts;
  for (size_t i = 0; i < placed.size();) {
    size_t j = i;
    for (; j < placed.size() && placed[j].cycle == placed[i].cycle; ++j)
      read(b, insts[placed[j].inst], start_[b] + placed[j].cycle);
    for (; i < j; ++i) write(b, insts[placed[i].inst], start_[b] + placed[i].cycle);
  }
  const uint32_t end = 2 * (start_[b] + schedule_.blocks[b].length);
  for (const Reg reg : live_[b].out) extend(reg, end);
  for (const Reg reg : touched_) flush(reg);
}

void IntervalBuilder::normalise(IntervalList& list) {
  std::sort(list.begin(), list.end(), [](const Interval& a, const Interval& b) { return a.from < b.from; });
  size_t kept = 0;
  for (const Interval& interval : list) {
    if (kept > 0 && interval.from <= list[kept - 1].to) {
      list[kept - 1].to = std::max(list[kept - 1].to, interval.to);
    } else {
      list[kept++] = interval;
    }
  }
  list.resize(kept);
}

}  // namespace

std::vector<IntervalList> live_intervals(const Model* model, const MFunc& func, const Schedule& schedule,
                                         const std::vector<BlockLive>& live) {
  return IntervalBuilder(model, func, schedule, live).run();
}

Schedule order_of_code(const MFunc& func) {
  Schedule schedule;
  for (const MBlock& block : func.blocks) {
    BlockSchedule& made = schedule.blocks.emplace_back();
    for (uint32_t i = 0; i < block.insts.size(); ++i) made.placed.push_back({i, i, arch::Slot::S});
    made.length = static_cast<uint32_t>(block.insts.size());
  }
  return schedule;
}

bool overlap(const IntervalList& a, const IntervalList& b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (a[i].to <= b[j].from) {
      ++i;
    } else if (b[j].to <= a[i].from) {
      ++j;
    } else {
      return true;
    }
  }
  return false;
}

IntervalList merged(const IntervalList& a, const IntervalList& b) {
  IntervalList result;
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result),
             [](const Interval& x, const Interval& y) { return x.from < y.from; });
  size_t kept = 0;
  for (const Interval& interval : result) {
    if (kept > 0 && interval.from <= result[kept - 1].to) {
      result[kept - 1].to = std::max(result[kept - 1].to, interval.to);
    } else {
      result[kept++] = interval;
    }
  }
  result.resize(kept);
  return result;
}

}  // namespace psmc::backend
