// SPDX-License-Identifier: Apache-2.0
#include "backend/mir/print.h"

#include <fmt/format.h>

namespace psmc::backend {
namespace {

std::string reg_text(const MFunc& func, Reg reg) {
  if (reg == kNoReg) return "_";
  if (reg == kAllLanes) return "m0";
  if (reg < kAllLanes) return fmt::format("s{}", reg);
  return fmt::format("%{}{}", arch::reg_file_prefix(func.regs[reg].file), reg);
}

std::string operand_text(const MFunc& func, const MInst& inst, const arch::Operand& operand) {
  switch (operand.kind) {
    case arch::OperandKind::memory:
      return fmt::format("[{}{}{}]", reg_text(func, inst.reg[kA]), inst.post ? "+=" : "+", inst.imm);
    case arch::OperandKind::reg:
    case arch::OperandKind::mask: {
      constexpr RegField kFields[] = {kD, kA, kB, kC, kM};
      return reg_text(func, inst.reg[kFields[static_cast<size_t>(operand.field)]]);
    }
    default: return fmt::format("{}", inst.imm);
  }
}

}  // namespace

std::string print(const MFunc& func, const MInst& inst) {
  const arch::OpInfo& info = arch::info(inst.op);
  std::string text(info.name);
  const char* separator = " ";
  for (const arch::Operand& operand : info.operands) {
    if (operand.kind == arch::OperandKind::mask && inst.reg[kM] == kAllLanes) continue;
    text += separator + operand_text(func, inst, operand);
    separator = ",";
  }
  if (inst.object != kNone) text += fmt::format("  ; object {}", inst.object);
  return text;
}

std::string print(const MFunc& func) {
  std::string text = fmt::format("kernel @{} {{\n", func.name);
  for (size_t b = 0; b < func.blocks.size(); ++b) {
    for (size_t l = 0; l < func.loops.size(); ++l) {
      const MLoop& loop = func.loops[l];
      if (loop.first != b) continue;
      text += fmt::format("loop {} ({}, blocks {}..{}, count {}", l,
                          loop.form == LoopForm::hardware ? "hardware" : "branch", loop.first, loop.last,
                          reg_text(func, loop.count));
      text += loop.trip >= 0 ? fmt::format(", {} times)\n", loop.trip) : ")\n";
    }
    text += fmt::format("b{}:\n", b);
    for (const MInst& inst : func.blocks[b].insts) text += "  " + print(func, inst) + "\n";
  }
  return text + "}\n";
}

}  // namespace psmc::backend
