// SPDX-License-Identifier: Apache-2.0
// Control flow of a core: branches with delay words, hardware loops, halt; and its transfers.
#include <fmt/format.h>

#include <algorithm>

#include "sim/core/core.h"

namespace psmc::sim {

using arch::Inst;
using arch::Opcode;

/// Control has come to a kernel: from here on cycles count for the op of the step that the step register points to.
void Core::enter_kernel() {
  enters_kernel_ = false;
  step_op_ = {};
  const StepTable& steps = context_.steps;
  if (!steps.ranges.empty() && !is_known(register_place(arch::RegFile::s, steps.reg))) return needs_number();
  const auto address = static_cast<uint64_t>(regs_.s[steps.reg]);
  const auto after = std::upper_bound(steps.ranges.begin(), steps.ranges.end(), address,
                                      [](uint64_t a, const arch::StepRange& range) { return a < range.address; });
  if (after != steps.ranges.begin()) step_op_ = (after - 1)->op;
}

/// The next word: the target of a branch whose delay words have run, the start of a loop body, or the word after.
void Core::advance_pc() {
  if (branch_in_ != 0 && --branch_in_ == 0) {
    pc_ = branch_target_;
    if (enters_kernel_) enter_kernel();
    return;
  }
  ++pc_;
  while (loop_depth_ > 0 && pc_ == loops_[loop_depth_ - 1].end) {
    Loop& loop = loops_[loop_depth_ - 1];
    if (--loop.left > 0) {
      pc_ = loop.first;
      return;
    }
    --loop_depth_;
  }
}

void Core::branch_to(int64_t target) {
  if (branch_in_ != 0) return fail(TrapKind::control, "a branch in the delay words of another one");
  if (target < 0 || target >= static_cast<int64_t>(context_.code.words()))
    return fail(TrapKind::code, fmt::format("a branch to word {}, outside of the code memory", target));
  if (loop_depth_ > 0) {
    const Loop& loop = loops_[loop_depth_ - 1];
    if (target < loop.first || target >= loop.end) return fail(TrapKind::control, "a branch out of the body of a loop");
    if (pc_ + arch::kBranchDelay >= loop.end)
      return fail(TrapKind::control, "a branch in the last words of a loop's body");
  }
  branch_target_ = static_cast<uint32_t>(target);
  branch_in_ = arch::kBranchDelay + 1;
}

void Core::begin_loop(const Inst& inst) {
  const int64_t count = scalar(inst.a), end = int64_t{pc_} + 1 + inst.imm;
  if (branch_in_ != 0) return fail(TrapKind::control, "a loop in the delay words of a branch");
  if (inst.imm < 1 || end > static_cast<int64_t>(context_.code.words()))
    return fail(TrapKind::control, "the body of a loop is empty or leaves the code memory");
  if (loop_depth_ > 0 && end >= loops_[loop_depth_ - 1].end)
    return fail(TrapKind::control, "a loop does not end inside of the loop around it");
  if (count <= 0) {  // the next word is the one after the body
    pc_ = static_cast<uint32_t>(end) - 1;
    return;
  }
  if (loop_depth_ >= context_.machine.core.loop_depth) return fail(TrapKind::control, "loops are nested too deeply");
  loops_[loop_depth_++] = {pc_ + 1, static_cast<uint32_t>(end), count};
}

void Core::execute_control(const Inst& inst) {
  switch (inst.op) {
    case Opcode::loop: return begin_loop(inst);
    case Opcode::jmp: return branch_to(int64_t{pc_} + inst.imm);
    case Opcode::bz:
      if (scalar(inst.a) == 0) branch_to(int64_t{pc_} + inst.imm);
      return;
    case Opcode::bnz:
      if (scalar(inst.a) != 0) branch_to(int64_t{pc_} + inst.imm);
      return;
    case Opcode::jr:
      if (loop_depth_ > 0) return fail(TrapKind::control, "jr inside of a loop");
      enters_kernel_ = true;
      return branch_to(scalar(inst.a));
    case Opcode::halt:
      if (loop_depth_ > 0) return fail(TrapKind::control, "halt inside of a loop");
      state_ = State::idle;
      return;
    default: return;  // waits have been dealt with
  }
}

void Core::execute_transfer(const Inst& inst, Cycle now) {
  if (inst.op == Opcode::dma_start) return start_dma(inst, now);
  const bool s_reg = inst.op == Opcode::post_s || inst.op == Opcode::post_sn;
  const bool n_reg = inst.op == Opcode::post_n || inst.op == Opcode::post_sn;
  const int64_t target = scalar(inst.a), semaphore = s_reg ? scalar(inst.c) : inst.c;
  const int64_t amount = n_reg ? scalar(inst.b) & 0xffff : inst.imm;
  if (target < 0 || target >= static_cast<int64_t>(context_.machine.tiles()))
    return fail(TrapKind::semaphore, fmt::format("posts to tile {}, which does not exist", target));
  if (semaphore < 0 || semaphore >= static_cast<int64_t>(context_.semaphores.count()))
    return fail(TrapKind::semaphore, fmt::format("posts semaphore {}, which does not exist", semaphore));
  if (amount > 0)
    context_.dma.post(static_cast<uint32_t>(target), static_cast<uint32_t>(semaphore), static_cast<uint32_t>(amount),
                      now);
}

void Core::start_dma(const Inst& inst, Cycle now) {
  const uint64_t address = static_cast<uint64_t>(scalar(inst.a));
  if (address > context_.scratchpad.size() || context_.scratchpad.size() - address < arch::kDescriptorBytes)
    return fail(TrapKind::bounds, fmt::format("the descriptor at 0x{:x} is outside of the scratchpad", address));
  if (address % arch::kDescriptorBytes != 0)
    return fail(TrapKind::alignment,
                fmt::format("the descriptor at 0x{:x} is not aligned to {} bytes", address, arch::kDescriptorBytes));
  for (uint32_t i = 0; i < arch::kDescriptorBytes; i += 64)
    if (!note_read(address + i, ~uint64_t{0})) return context_.numbers ? void() : needs_number();
  arch::DescriptorBytes bytes;
  std::memcpy(bytes.data(), context_.scratchpad.at(address), bytes.size());
  const Result<arch::Descriptor> d = arch::decode_descriptor(bytes);
  if (!d.ok()) return fail(TrapKind::descriptor, d.diagnostic().message);
  const std::string what = arch::problem(context_.machine, *d, (inst.c & 8u) == 0);
  if (!what.empty()) return fail(TrapKind::descriptor, fmt::format("the descriptor at 0x{:x}: {}", address, what));
  context_.dma.start(inst.c, *d, pc_, now, op_);
}

}  // namespace psmc::sim
