// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "backend/allocate/allocate.h"

namespace psmc::backend {
namespace {

class Joined {
 public:
  explicit Joined(size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0u); }
  Reg find(Reg reg) {
    while (parent_[reg] != reg) reg = parent_[reg] = parent_[parent_[reg]];
    return reg;
  }
  void join(Reg into, Reg reg) { parent_[reg] = into; }

 private:
  std::vector<Reg> parent_;
};

struct Move {
  uint32_t depth;
  Reg to, from;
};

std::vector<Move> find_moves(const MFunc& func) {
  std::vector<Move> moves;
  for (const MBlock& block : func.blocks) {
    const uint32_t depth = block.loop == kNone ? 0 : func.loops[block.loop].depth + 1;
    for (const MInst& inst : block.insts) {
      if (!is_move(inst) || inst.reg[kD] < kFirstVirtual || inst.reg[kA] < kFirstVirtual) continue;
      moves.push_back({depth, inst.reg[kD], inst.reg[kA]});
    }
  }
  std::stable_sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) { return a.depth > b.depth; });
  return moves;
}

void rename(MFunc& func, Joined& joined) {
  for (MBlock& block : func.blocks) {
    size_t kept = 0;
    for (MInst& inst : block.insts) {
      for (const RegUse& use : uses_of(inst.op)) {
        if (inst.reg[use.field] != kNoReg) inst.reg[use.field] = joined.find(inst.reg[use.field]);
      }
      if (is_move(inst) && inst.reg[kD] == inst.reg[kA]) continue;
      block.insts[kept++] = inst;
    }
    block.insts.resize(kept);
  }
  for (MLoop& loop : func.loops) {
    if (loop.count != kNoReg) loop.count = joined.find(loop.count);
  }
}

}  // namespace

void coalesce_moves(MFunc& func) {
  const std::vector<Move> moves = find_moves(func);
  if (moves.empty()) return;
  std::vector<IntervalList> intervals = live_intervals(nullptr, func, order_of_code(func), liveness(func));
  Joined joined(func.regs.size());
  for (const Move& move : moves) {
    const Reg to = joined.find(move.to), from = joined.find(move.from);
    if (to == from || overlap(intervals[to], intervals[from])) continue;
    joined.join(to, from);
    intervals[to] = merged(intervals[to], intervals[from]);
    intervals[from].clear();
    func.regs[to].remat = Remat::none;
  }
  rename(func, joined);
}

}  // namespace psmc::backend
