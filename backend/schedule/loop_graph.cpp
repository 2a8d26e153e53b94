// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/loop_graph.h"

#include <algorithm>
#include <unordered_map>

#include "backend/schedule/dag.h"
#include "backend/schedule/memory_order.h"

namespace psmc::backend {
namespace {

class LoopGraphBuilder {
 public:
  LoopGraphBuilder(const Model& model, const MFunc& func, uint32_t block, const BlockLive& live)
      : model_(model), func_(func), insts_(func.blocks[block].insts) {
    graph_.nodes = static_cast<uint32_t>(insts_.size());
    graph_.local.assign(func.regs.size(), false);
    graph_.pointer_of.assign(insts_.size(), kNone);
    for (const MInst& inst : insts_) {
      for_each_write(inst, [&](Reg reg, const RegUse&) { graph_.local[reg] = reg >= kFirstVirtual; });
    }
    for (const Reg reg : live.in) graph_.local[reg] = false;
    for (const Reg reg : live.out) graph_.local[reg] = false;
  }

  LoopGraph run() {
    find_pointers();
    add_register_edges();
    add_memory_edges();
    return std::move(graph_);
  }

 private:
  void find_pointers();
  void add_register_edges();
  void add_memory_edges();
  MemAccess access_of(uint32_t i) const;

  const Model& model_;
  const MFunc& func_;
  const std::vector<MInst>& insts_;
  LoopGraph graph_;
};

void LoopGraphBuilder::find_pointers() {
  // An access may issue at any time after a step only if the step is visible in the next word.
  if (model_.timing(arch::Opcode::addi).latency != 1) return;
  struct Seen {
    uint32_t steps = 0, others = 0, step_inst = 0;
  };
  std::unordered_map<Reg, Seen> seen;
  for (uint32_t i = 0; i < insts_.size(); ++i) {
    const MInst& inst = insts_[i];
    const bool step = inst.op == arch::Opcode::addi && inst.reg[kD] == inst.reg[kA];
    if (step) {
      ++seen[inst.reg[kD]].steps;
      seen[inst.reg[kD]].step_inst = i;
      continue;
    }
    const auto other = [&](Reg reg, const RegUse& use) {
      if (use.file != arch::RegFile::s) return;
      if (use.field != kA || inst.object == kNone || inst.post) ++seen[reg].others;
    };
    for_each_read(inst, other);
    for_each_write(inst, [&](Reg reg, const RegUse& use) {
      if (use.file == arch::RegFile::s) ++seen[reg].others;
    });
  }
  std::unordered_map<Reg, uint32_t> number;
  for (uint32_t i = 0; i < insts_.size(); ++i) {
    const MInst& inst = insts_[i];
    if (inst.op != arch::Opcode::addi || inst.reg[kD] != inst.reg[kA] || inst.reg[kD] < kFirstVirtual) continue;
    const Seen& s = seen[inst.reg[kD]];
    if (s.steps != 1 || s.others != 0) continue;
    number[inst.reg[kD]] = static_cast<uint32_t>(graph_.pointers.size());
    graph_.pointers.push_back({inst.reg[kD], i, inst.imm});
  }
  for (uint32_t i = 0; i < insts_.size(); ++i) {
    if (insts_[i].object == kNone) continue;
    const auto found = number.find(insts_[i].reg[kA]);
    if (found != number.end()) graph_.pointer_of[i] = found->second;
  }
}

/// Two iterations after each other as straight code, local registers and pointers apart: an edge into the second one is
/// carried.
void LoopGraphBuilder::add_register_edges() {
  const auto n = static_cast<uint32_t>(insts_.size());
  std::vector<bool> free(graph_.local);
  std::vector<bool> pointer(func_.regs.size(), false);
  for (const Pointer& p : graph_.pointers) pointer[p.reg] = true;
  std::vector<MInst> twice = insts_;
  twice.insert(twice.end(), insts_.begin(), insts_.end());
  std::vector<uint32_t> place(2 * func_.regs.size() + twice.size());
  for (uint32_t i = 0; i < place.size(); ++i) place[i] = i;
  const auto regs = static_cast<Reg>(func_.regs.size());
  Reg next = 2 * regs;
  for (uint32_t i = 0; i < twice.size(); ++i) {
    twice[i].object = kNone;
    for (const RegUse& use : uses_of(twice[i].op)) {
      Reg& reg = twice[i].reg[use.field];
      if (reg >= regs) continue;
      if (pointer[reg])
        reg = next;
      else if (i >= n && free[reg])
        reg += regs;
    }
    ++next;
  }
  const Dag dag = build_dag(model_, twice, place);
  for (uint32_t i = 0; i < n; ++i) {
    for (const DepEdge* e = dag.begin(i); e != dag.end(i); ++e)
      graph_.edges.push_back({i, e->to % n, e->distance, e->to / n});
  }
}

MemAccess LoopGraphBuilder::access_of(uint32_t i) const {
  const MInst& inst = insts_[i];
  return {i, inst.reg[kA], 0, inst.imm, access_bytes(inst.op), arch::mem_shape(inst.op).alignment};
}

void LoopGraphBuilder::add_memory_edges() {
  std::unordered_map<uint32_t, std::vector<uint32_t>> by_object;
  std::vector<uint32_t> stored;
  for (uint32_t i = 0; i < insts_.size(); ++i) {
    if (insts_[i].object == kNone) continue;
    std::vector<uint32_t>& list = by_object[insts_[i].object];
    list.push_back(i);
    if (arch::is_store(insts_[i].op)) stored.push_back(insts_[i].object);
  }
  std::sort(stored.begin(), stored.end());
  stored.erase(std::unique(stored.begin(), stored.end()), stored.end());
  const auto distance = [&](uint32_t i) { return std::max(1u, model_.timing(insts_[i].op).occupancy); };
  for (const uint32_t object : stored) {
    const std::vector<uint32_t>& list = by_object[object];
    for (const uint32_t a : list) {
      for (const uint32_t b : list) {
        if (!arch::is_store(insts_[a].op) && !arch::is_store(insts_[b].op)) continue;
        const bool same = graph_.pointer_of[a] != kNone && graph_.pointer_of[a] == graph_.pointer_of[b];
        const int64_t step = same ? graph_.pointers[graph_.pointer_of[a]].step : 0;
        // Within an iteration in the order of the code, then from each to the first later iteration that it meets.
        if (a < b && (!same || !separate_lines(access_of(a), access_of(b))))
          graph_.edges.push_back({a, b, distance(a), 0});
        const uint32_t omega = same ? first_meeting(access_of(a), access_of(b), step) : 1;
        if (omega != 0) graph_.edges.push_back({a, b, distance(a), omega});
      }
    }
  }
}

}  // namespace

LoopGraph build_loop_graph(const Model& model, const MFunc& func, uint32_t block, const BlockLive& live) {
  return LoopGraphBuilder(model, func, block, live).run();
}

}  // namespace psmc::backend
