// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/pipeline.h"

#include <algorithm>
#include <bit>

#include "backend/schedule/pipeline_plan.h"
#include "base/check.h"

namespace psmc::backend {
namespace {

using arch::Opcode;
using arch::RegFile;
using arch::Slot;

MInst scalar(Opcode op, Reg d, Reg a, Reg b, int64_t imm) {
  MInst inst;
  inst.op = op;
  inst.reg = {d, a, b, kNoReg, kNoReg};
  inst.imm = static_cast<int32_t>(imm);
  return inst;
}

class Pipeliner {
 public:
  explicit Pipeliner(MFunc& func) : func_(func), old_(std::move(func.blocks)), place_(old_.size(), 0) {
    func.blocks.clear();
  }

  void run(const std::vector<std::optional<PipelinePlan>>& plans) {
    std::vector<uint32_t> loop_at(old_.size(), kNone);
    for (uint32_t l = 0; l < plans.size(); ++l) {
      if (plans[l]) loop_at[func_.loops[l].first] = l;
    }
    for (uint32_t b = 0; b < old_.size(); ++b) {
      if (loop_at[b] != kNone) {
        expand(loop_at[b], *plans[loop_at[b]], old_[b]);
        continue;
      }
      place_[b] = static_cast<uint32_t>(func_.blocks.size());
      func_.blocks.push_back(std::move(old_[b]));
    }
    for (uint32_t l = 0; l < plans.size(); ++l) {
      if (plans[l]) continue;
      func_.loops[l].first = place_[func_.loops[l].first];
      func_.loops[l].last = place_[func_.loops[l].last];
    }
  }

 private:
  void expand(uint32_t loop, const PipelinePlan& plan, const MBlock& body);
  void expand_known(uint32_t loop, const PipelinePlan& plan, const MBlock& body);
  void expand_run_time(uint32_t loop, const PipelinePlan& plan, const MBlock& body);
  MBlock& new_block(uint32_t loop) {
    func_.blocks.emplace_back();
    func_.blocks.back().loop = loop;
    return func_.blocks.back();
  }
  uint32_t last_block() const { return static_cast<uint32_t>(func_.blocks.size()) - 1; }
  Reg put(Opcode op, Reg a, Reg b = kNoReg, int64_t imm = 0) {
    const Reg d = func_.add_reg(RegFile::s);
    func_.blocks.back().insts.push_back(scalar(op, d, a, b, imm));
    return d;
  }
  Reg number(int64_t value) {
    const Reg d = put(Opcode::li, kNoReg, kNoReg, value);
    func_.regs[d].remat = Remat::scalar_imm;
    func_.regs[d].imm = static_cast<int32_t>(value);
    return d;
  }
  void enter(Reg count) { func_.blocks.back().insts.push_back(scalar(Opcode::loop, kNoReg, count, kNoReg, 0)); }
  void plain_loop(uint32_t like, const MBlock& body, Reg count, double expected);
  void pipelined(uint32_t loop, const PipelinePlan& plan, const MBlock& body, Reg passes, int64_t known, uint32_t rest,
                 uint32_t around);
  void make_copies(const PipelinePlan& plan);
  void put_fixed(MBlock& block, const PipelinePlan& plan, const MBlock& body, uint32_t inst, int64_t iteration,
                 uint32_t cycle, int64_t last_step);
  static void sort_fixed(MBlock& block);

  MFunc& func_;
  std::vector<MBlock> old_;
  std::vector<uint32_t> place_;
  std::vector<std::vector<Reg>> copies_;  ///< by register: those that stand in for it
};

void Pipeliner::make_copies(const PipelinePlan& plan) {
  copies_.assign(plan.copies_of.size(), {});
  for (Reg reg = 0; reg < copies_.size(); ++reg) {
    if (!plan.graph.local[reg]) continue;
    for (uint32_t c = 0; c < plan.copies_of[reg]; ++c) {
      const Reg copy = func_.add_reg(func_.regs[reg].file);
      func_.regs[copy].remat = func_.regs[reg].remat;
      func_.regs[copy].imm = func_.regs[reg].imm;
      copies_[reg].push_back(copy);
    }
  }
}

/// The instruction of one iteration at a cycle of a block. No more than `last_step` steps of pointers ever happen.
void Pipeliner::put_fixed(MBlock& block, const PipelinePlan& plan, const MBlock& body, uint32_t inst, int64_t iteration,
                          uint32_t cycle, int64_t last_step) {
  MInst made = body.insts[inst];
  for (const RegUse& use : uses_of(made.op)) {
    Reg& reg = made.reg[use.field];
    if (reg < copies_.size() && !copies_[reg].empty())
      reg = copies_[reg][static_cast<size_t>(iteration) % copies_[reg].size()];
  }
  if (plan.graph.pointer_of[inst] != kNone) {
    const int64_t steps = std::min(iteration + steps_ahead(plan, inst), last_step);
    made.imm =
        static_cast<int32_t>(made.imm - (steps - iteration) * plan.graph.pointers[plan.graph.pointer_of[inst]].step);
  }
  block.insts.push_back(made);
  block.fixed.push_back({cycle, plan.schedule.slot[inst]});
}

void Pipeliner::sort_fixed(MBlock& block) {
  std::vector<uint32_t> order(block.insts.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return block.fixed[a].cycle < block.fixed[b].cycle; });
  std::vector<MInst> insts;
  std::vector<FixedPlace> fixed;
  for (const uint32_t i : order) {
    insts.push_back(block.insts[i]);
    fixed.push_back(block.fixed[i]);
  }
  block.insts = std::move(insts);
  block.fixed = std::move(fixed);
}

/// The loop as it was, another number of times, which is known only at run time.
void Pipeliner::plain_loop(uint32_t like, const MBlock& body, Reg count, double expected) {
  enter(count);
  MLoop loop = func_.loops[like];
  loop.count = count;
  loop.trip = -1;
  loop.expected = expected;
  loop.may_skip = true;
  MBlock& block = new_block(static_cast<uint32_t>(func_.loops.size()));
  block.insts = body.insts;
  loop.first = loop.last = last_block();
  func_.loops.push_back(loop);
}

/// Prologue, kernel and epilogue, `around` being the loop that they stand in. The current block is the one before. The
/// prologue starts `rest` iterations more than it must.
void Pipeliner::pipelined(uint32_t loop, const PipelinePlan& plan, const MBlock& body, Reg passes, int64_t known,
                          uint32_t rest, uint32_t around) {
  const uint32_t period = plan.schedule.period, started = plan.fill() + rest;
  const auto n = static_cast<uint32_t>(body.insts.size());
  const uint32_t idle = started > 0 ? plan.idle() : 0, begin = started * period, end = begin + plan.copies * period;
  constexpr int64_t kNoLimit = int64_t{1} << 40;
  make_copies(plan);
  // Calls use(instruction, iteration, cycle) for what issues in cycles from .. to of the whole.
  const auto pieces = [&](uint32_t from, uint32_t to, uint32_t iterations, auto&& use) {
    for (uint32_t iteration = 0; iteration < iterations; ++iteration) {
      for (uint32_t i = 0; i < n; ++i) {
        const uint32_t cycle = iteration * period + plan.schedule.cycle[i];
        if (cycle >= from && cycle < to) use(i, iteration, cycle);
      }
    }
  };
  if (started > 0) {
    MBlock& prologue = new_block(around);
    pieces(0, begin, started, [&](uint32_t i, uint32_t iteration, uint32_t cycle) {
      put_fixed(prologue, plan, body, i, iteration, cycle - idle, kNoLimit);
    });
    prologue.fixed_length = begin - idle;
    sort_fixed(prologue);
    prologue.insts.push_back(scalar(Opcode::loop, kNoReg, passes, kNoReg, 0));
    prologue.fixed.push_back({prologue.fixed_length - 1, Slot::S});
  } else {
    enter(passes);
  }
  MBlock& kernel = new_block(loop);
  pieces(begin, end, started + plan.copies, [&](uint32_t i, uint32_t iteration, uint32_t cycle) {
    put_fixed(kernel, plan, body, i, iteration, cycle - begin, kNoLimit);
  });
  kernel.fixed_length = plan.copies * period;
  sort_fixed(kernel);
  MLoop& made = func_.loops[loop];
  made.first = made.last = last_block();
  made.count = passes;
  made.trip = known;
  made.expected = std::max(1.0, (made.expected - plan.fill()) / plan.copies);
  made.may_skip = false;
  made.parent = around;
  made.depth = around == kNone ? 0 : func_.loops[around].depth + 1;
  if (plan.fill() == 0) return;
  // What is left of the last iterations; modulo the copies their numbers are those of the last that the prologue
  // started.
  MBlock& epilogue = new_block(around);
  epilogue.fixed_length = 1;
  pieces(begin, 0xffffffffu, started, [&](uint32_t i, uint32_t iteration, uint32_t cycle) {
    put_fixed(epilogue, plan, body, i, iteration, cycle - begin, started);
    epilogue.fixed_length = std::max(epilogue.fixed_length, cycle - begin + 1);
  });
  sort_fixed(epilogue);
}

void Pipeliner::expand(uint32_t loop, const PipelinePlan& plan, const MBlock& body) {
  MBlock& before = func_.blocks.back();
  PSMC_CHECK(!before.insts.empty() && before.insts.back().op == Opcode::loop,
             "a hardware loop is entered by its instruction");
  before.insts.pop_back();
  if (func_.loops[loop].trip >= 0)
    expand_known(loop, plan, body);
  else
    expand_run_time(loop, plan, body);
}

void Pipeliner::expand_known(uint32_t loop, const PipelinePlan& plan, const MBlock& body) {
  const int64_t left = func_.loops[loop].trip - plan.fill();
  const int64_t passes = left / plan.copies, rest = left % plan.copies;
  pipelined(loop, plan, body, number(passes), passes, static_cast<uint32_t>(rest), func_.loops[loop].parent);
}

/// enough = count >= fill + copies. The plain loop runs count times if not, else for the rest; the pipeline stands in a
/// loop that runs once or never.
void Pipeliner::expand_run_time(uint32_t loop, const PipelinePlan& plan, const MBlock& body) {
  const uint32_t fill = plan.fill(), copies = plan.copies, around = func_.loops[loop].parent;
  const Reg count = func_.loops[loop].count;
  const Reg few = put(Opcode::slti, count, kNoReg, fill + copies);
  const Reg all_if_few = put(Opcode::sub, kZeroReg, few);
  const Reg once = put(Opcode::addi, all_if_few, kNoReg, 1);
  const Reg left = put(Opcode::addi, count, kNoReg, -static_cast<int64_t>(fill));
  Reg plain = put(Opcode::and_, count, all_if_few), passes = left;
  if (copies > 1) {
    const Reg rest = put(Opcode::andi, left, kNoReg, copies - 1);
    const Reg rest_if_enough = put(Opcode::and_, rest, put(Opcode::addi, few, kNoReg, -1));
    plain = put(Opcode::or_, plain, rest_if_enough);
    passes = put(Opcode::shri, left, kNoReg, std::countr_zero(copies));
  }
  const double expected = func_.loops[loop].expected;
  const bool enough = expected >= fill + copies;
  plain_loop(loop, body, plain, enough ? (copies - 1) / 2.0 : expected);
  new_block(around);
  enter(once);
  MLoop guard;
  guard.parent = around;
  guard.depth = func_.loops[loop].depth;
  guard.count = once;
  guard.expected = enough ? 1 : 0;
  const auto id = static_cast<uint32_t>(func_.loops.size());
  func_.loops.push_back(guard);
  const uint32_t first = last_block() + 1;
  pipelined(loop, plan, body, passes, -1, 0, id);
  PSMC_CHECK(last_block() >= first, "a pipelined loop of unknown count has a prologue");
  func_.loops[id].first = first;
  func_.loops[id].last = last_block();
}

/// Loops of one block that the loop unit counts, with room for the loop around that a run-time count needs.
bool candidate(const Model& model, const MFunc& func, const MLoop& loop) {
  if (loop.first != loop.last || loop.form != LoopForm::hardware || !func.blocks[loop.first].fixed.empty())
    return false;
  if (loop.trip >= 0) return true;
  uint32_t around = 0;
  for (uint32_t p = loop.parent; p != kNone; p = func.loops[p].parent)
    around += func.loops[p].form == LoopForm::hardware;
  return around + 2 <= model.machine().core.loop_depth;
}

}  // namespace

bool pipeline_loops(const Model& model, MFunc& func, const Pressure& pressure, double cycles_per_word) {
  const std::vector<BlockLive> live = liveness(func);
  std::vector<std::optional<PipelinePlan>> plans(func.loops.size());
  bool any = false;
  for (uint32_t l = 0; l < func.loops.size(); ++l) {
    const MLoop& loop = func.loops[l];
    if (!candidate(model, func, loop)) continue;
    plans[l] = plan_pipeline(model, func, loop.first, live[loop.first], pressure, loop.trip, cycles_per_word);
    if (plans[l] && loop.trip < 0 && plans[l]->fill() == 0) plans[l].reset();
    any |= plans[l].has_value();
  }
  if (any) Pipeliner(func).run(plans);
  return any;
}

}  // namespace psmc::backend
