// SPDX-License-Identifier: Apache-2.0
#include "backend/encode/encode.h"

#include "base/check.h"

namespace psmc::backend {
namespace {

using arch::Opcode;
using arch::Slot;

class Encoder {
 public:
  Encoder(const MFunc& func, const Schedule& schedule, const std::vector<uint8_t>& physical)
      : func_(func), schedule_(schedule), physical_(physical) {
    uint32_t at = 0;
    for (const BlockSchedule& block : schedule.blocks) {
      start_.push_back(at);
      at += block.length;
    }
    start_.push_back(at);
    result_.words.resize(at);
    result_.op_of_word.assign(at, kNone);
  }

  EncodedKernel run() {
    for (uint32_t b = 0; b < func_.blocks.size(); ++b) {
      for (const Placed& p : schedule_.blocks[b].placed) place(b, p);
    }
    // Empty words wait for what the word before them began.
    uint32_t last = kNone;
    for (uint32_t& op : result_.op_of_word) last = op = op == kNone ? last : op;
    return std::move(result_);
  }

 private:
  void place(uint32_t b, const Placed& p) {
    const MInst& inst = func_.blocks[b].insts[p.inst];
    const uint32_t at = start_[b] + p.cycle;
    arch::Inst& out = result_.words[at][p.slot];
    PSMC_CHECK(out.op == Opcode::nop, "two instructions in one slot");
    out = convert(inst);
    if (is_control(inst.op)) out.imm = distance(b, at, inst);
    // Of several ops in a word the one in the widest unit counts.
    uint32_t& owner = result_.op_of_word[at];
    if (inst.loc != kNone && (owner == kNone || p.slot == Slot::V || p.slot == Slot::X)) owner = inst.loc;
  }

  arch::Inst convert(const MInst& inst) const {
    arch::Inst out;
    out.op = inst.op;
    out.post = inst.post ? 1 : 0;
    out.imm = inst.imm;
    for (const RegUse& use : uses_of(inst.op)) {
      const Reg reg = inst.reg[use.field];
      PSMC_CHECK(reg != kNoReg, "an instruction lacks a register");
      const uint8_t number = reg == kAllLanes ? 0 : physical_[reg];
      switch (use.field) {
        case kD: out.d = number; break;
        case kA: out.a = number; break;
        case kB: out.b = number; break;
        case kC: out.c = number; break;
        default: out.m = number; break;
      }
    }
    return out;
  }

  /// From a control instruction to where it goes: the loop that starts after it, or that it ends.
  int32_t distance(uint32_t b, uint32_t at, const MInst& inst) const {
    if (inst.op == Opcode::jr) return 0;
    for (const MLoop& loop : func_.loops) {
      if (inst.op == Opcode::bnz ? loop.last != b : loop.first != b + 1) continue;
      const uint32_t end = start_[loop.last + 1];
      if (inst.op == Opcode::loop) return static_cast<int32_t>(end - at - 1);
      const uint32_t target = inst.op == Opcode::bnz ? start_[loop.first] : end;
      return static_cast<int32_t>(target) - static_cast<int32_t>(at);
    }
    PSMC_CHECK(false, "a control instruction without a loop");
    return 0;
  }

  const MFunc& func_;
  const Schedule& schedule_;
  const std::vector<uint8_t>& physical_;
  std::vector<uint32_t> start_;
  EncodedKernel result_;
};

}  // namespace

EncodedKernel encode_kernel(const MFunc& func, const Schedule& schedule, const std::vector<uint8_t>& physical) {
  return Encoder(func, schedule, physical).run();
}

}  // namespace psmc::backend
