// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/list.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "base/check.h"

namespace psmc::backend {
namespace {

using arch::Opcode;
using arch::Slot;

constexpr int kMaxTries = 12;  ///< ready instructions of one kind that are looked at in a cycle

/// Registers alive while a block is scheduled.
class LiveCounter {
 public:
  LiveCounter(const MFunc& func, const MBlock& block, const BlockLive& live, const Pressure& pressure)
      : func_(func), limit_(pressure.limit) {
    for (const MInst& inst : block.insts) {
      for_each_read(inst, [&](Reg reg, const RegUse&) { ++regs_[reg].reads; });
      for_each_write(inst, [&](Reg reg, const RegUse&) { ++regs_[reg].writes; });
    }
    for (const uint32_t reg : live.out) regs_[reg].out = true;
    for (const uint32_t reg : live.in) begin(reg);
  }

  /// How many more are alive in each file after `inst` than before; the worst file that is over its limit.
  bool over(const MInst& inst) {
    std::array<int, 6> more{};
    for_each_write(inst, [&](Reg reg, const RegUse& use) {
      const State& state = regs_[reg];
      if (!state.alive && (state.reads > 0 || state.out)) ++more[static_cast<size_t>(use.file)];
    });
    bool possible = false;
    for (size_t f = 0; f < more.size(); ++f)
      possible |= more[f] > 0 && limit_[f] > 0 && alive_[f] + more[f] > static_cast<int>(limit_[f]);
    if (!possible) return false;
    // Sources that die make room.
    std::array<std::pair<Reg, int>, 6> seen{};
    size_t count = 0;
    for_each_read(inst, [&](Reg reg, const RegUse&) {
      for (size_t i = 0; i < count; ++i) {
        if (seen[i].first == reg) return void(++seen[i].second);
      }
      seen[count++] = {reg, 1};
    });
    for (size_t i = 0; i < count; ++i) {
      const State& state = regs_[seen[i].first];
      if (state.alive && !state.out && state.writes == 0 && state.reads == seen[i].second)
        --more[static_cast<size_t>(func_.regs[seen[i].first].file)];
    }
    for (size_t f = 0; f < more.size(); ++f) {
      if (more[f] > 0 && limit_[f] > 0 && alive_[f] + more[f] > static_cast<int>(limit_[f])) return true;
    }
    return false;
  }

  void issue(const MInst& inst) {
    for_each_read(inst, [&](Reg reg, const RegUse&) {
      State& state = regs_[reg];
      if (--state.reads == 0 && !state.out && state.alive && state.writes == 0) end(reg);
    });
    for_each_write(inst, [&](Reg reg, const RegUse&) {
      State& state = regs_[reg];
      --state.writes;
      if (!state.alive && (state.reads > 0 || state.out)) begin(reg);
    });
  }

 private:
  struct State {
    int reads = 0, writes = 0;
    bool out = false, alive = false;
  };
  void begin(Reg reg) {
    State& state = regs_[reg];
    if (state.alive || reg < kFirstVirtual) return;
    state.alive = true;
    ++alive_[static_cast<size_t>(func_.regs[reg].file)];
  }
  void end(Reg reg) {
    if (reg < kFirstVirtual) return;
    regs_[reg].alive = false;
    --alive_[static_cast<size_t>(func_.regs[reg].file)];
  }

  const MFunc& func_;
  std::array<uint32_t, 6> limit_;
  std::array<int, 6> alive_{};
  std::unordered_map<Reg, State> regs_;
};

class ListScheduler {
 public:
  ListScheduler(const Model& model, const MFunc& func, const MBlock& block, const std::vector<uint32_t>& place,
                const Flight& entry, const BlockLive& live, const Pressure& pressure)
      : model_(model), block_(block), dag_(build_dag(model, block.insts, place)), live_(func, block, live, pressure) {
    for (const auto& [unit, cycle] : entry.units) reservations_.take_unit(unit, cycle);
    for (const auto& [port, cycle] : entry.ports) reservations_.take_port(port, cycle);
    const uint32_t n = dag_.size();
    preds_ = dag_.num_preds;
    earliest_.assign(n, 0);
    for (uint32_t i = 0; i < n; ++i) earliest_[i] = earliest_after(model, block.insts[i], place, entry);
    if (n > 0 && is_control(block.insts[n - 1].op)) control_ = n - 1;
    left_ = n;
    entry_longest_ = entry.longest();
  }

  BlockSchedule run() {
    for (uint32_t i = 0; i < dag_.size(); ++i) {
      if (preds_[i] == 0) arrive(i);
    }
    const uint32_t last = control_ == kNone ? 0 : 1;
    while (left_ > last) step();
    if (control_ != kNone) place_control();
    std::sort(result_.placed.begin(), result_.placed.end(), [](const Placed& a, const Placed& b) {
      return a.cycle != b.cycle ? a.cycle < b.cycle : a.slot < b.slot;
    });
    return std::move(result_);
  }

 private:
  /// Ready instructions of one slot kind: the longest way first, then the order of the code.
  using Key = std::pair<int64_t, uint32_t>;
  Key key(uint32_t i) const { return {-static_cast<int64_t>(dag_.height[i]), i}; }

  void arrive(uint32_t i) {
    if (i != control_) waiting_.push({earliest_[i], i});
  }
  void step();
  bool try_place(uint32_t i);
  void issue(uint32_t i, Slot slot);
  void place_control();
  bool force();

  const Model& model_;
  const MBlock& block_;
  Dag dag_;
  LiveCounter live_;
  Reservations reservations_;
  std::vector<uint32_t> preds_, earliest_;
  std::priority_queue<Key, std::vector<Key>, std::greater<>> waiting_;  ///< by cycle
  std::array<std::priority_queue<Key, std::vector<Key>, std::greater<>>, 5> ready_;
  BlockSchedule result_;
  uint32_t cycle_ = 0, left_ = 0, control_ = kNone, entry_longest_ = 0;
};

void ListScheduler::issue(uint32_t i, Slot slot) {
  reservations_.take(model_.use(block_.insts[i], slot), slot, cycle_);
  result_.placed.push_back({i, cycle_, slot});
  result_.length = std::max(result_.length, cycle_ + 1);
  live_.issue(block_.insts[i]);
  --left_;
  for (const DepEdge* e = dag_.begin(i); e != dag_.end(i); ++e) {
    earliest_[e->to] = std::max(earliest_[e->to], cycle_ + e->distance);
    if (--preds_[e->to] == 0) arrive(e->to);
  }
}

bool ListScheduler::try_place(uint32_t i) {
  const auto slots = Model::slots(block_.insts[i].op);
  for (size_t s = 0; s < (slots[0] == slots[1] ? 1 : 2); ++s) {
    if (!reservations_.fits(model_.use(block_.insts[i], slots[s]), slots[s], cycle_)) continue;
    issue(i, slots[s]);
    return true;
  }
  return false;
}

/// Nothing runs and everything that is ready waits for registers: the first of the code goes nevertheless.
bool ListScheduler::force() {
  size_t kind = 5;
  uint32_t first = kNone;
  std::array<std::vector<Key>, 5> all;
  for (size_t k = 0; k < ready_.size(); ++k) {
    while (!ready_[k].empty()) {
      all[k].push_back(ready_[k].top());
      ready_[k].pop();
      if (all[k].back().second < first) {
        first = all[k].back().second;
        kind = k;
      }
    }
  }
  for (size_t k = 0; k < ready_.size(); ++k) {
    for (const Key& key : all[k]) {
      if (k != kind || key.second != first) ready_[k].push(key);
    }
  }
  if (first == kNone) return false;
  if (try_place(first)) return true;
  ready_[kind].push(key(first));
  return false;
}

void ListScheduler::step() {
  bool placed = false;
  const auto admit = [&] {
    while (!waiting_.empty() && waiting_.top().first <= static_cast<int64_t>(cycle_)) {
      const uint32_t i = waiting_.top().second;
      waiting_.pop();
      ready_[static_cast<size_t>(arch::info(block_.insts[i].op).slot)].push(key(i));
    }
  };
  admit();
  // Results of distance 0 may become ready in the same cycle.
  for (bool again = true; again;) {
    again = false;
    for (auto& queue : ready_) {
      std::vector<Key> refused;
      while (!queue.empty() && refused.size() < kMaxTries) {
        const Key top = queue.top();
        queue.pop();
        if (live_.over(block_.insts[top.second]) || !try_place(top.second)) {
          refused.push_back(top);
        } else {
          again = true;
        }
      }
      for (const Key& k : refused) queue.push(k);
    }
    placed |= again;
    admit();
  }
  if (!placed && waiting_.empty()) force();
  ++cycle_;
}

void ListScheduler::place_control() {
  const MInst& inst = block_.insts[control_];
  const bool branch = arch::is_branch(inst.op);
  const uint32_t delay = branch ? arch::kBranchDelay : 0;
  uint32_t at = std::max(earliest_[control_], result_.length > delay + 1 ? result_.length - delay - 1 : 0);
  if (inst.op == Opcode::jr) {
    // Nothing may be in flight when the delay words have issued.
    uint32_t done = entry_longest_;
    for (const Placed& p : result_.placed) {
      const arch::OpTiming& timing = model_.timing(block_.insts[p.inst].op);
      done = std::max({done, p.cycle + timing.latency, p.cycle + timing.occupancy, p.cycle + timing.read_window});
    }
    at = std::max(at, done > delay + 1 ? done - delay - 1 : 0);
  }
  while (!reservations_.fits(model_.use(inst, Slot::S), Slot::S, at)) ++at;
  reservations_.take(model_.use(inst, Slot::S), Slot::S, at);
  result_.placed.push_back({control_, at, Slot::S});
  result_.length = std::max(result_.length, at + delay + 1);
}

}  // namespace

BlockSchedule list_schedule(const Model& model, const MFunc& func, const MBlock& block,
                            const std::vector<uint32_t>& place, const Flight& entry, const BlockLive& live,
                            const Pressure& pressure) {
  return ListScheduler(model, func, block, place, entry, live, pressure).run();
}

}  // namespace psmc::backend
