// SPDX-License-Identifier: Apache-2.0
// Instructions and words as text. What is printed here is what arch/asm_parse.cpp reads: one form for each value.
#include "arch/print.h"

#include "arch/isa.h"
#include "arch/program.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>

namespace psmc::arch {
namespace {

uint8_t reg_field(const Inst& inst, Field field) {
  switch (field) {
    case Field::d: return inst.d;
    case Field::a: return inst.a;
    case Field::b: return inst.b;
    case Field::c: return inst.c;
    default: return inst.m;
  }
}

/// Small integers in decimal, floats with few digits with a point, everything else in hexadecimal.
std::string bits_text(int32_t bits) {
  if (bits > -65536 && bits < 65536) return fmt::format("{}", bits);
  const float value = std::bit_cast<float>(bits);
  if (std::isfinite(value) && std::fabs(value) >= 1e-30f && std::fabs(value) <= 1e30f) {
    char digits[32];
    char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    std::string text(digits, end);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }
  return fmt::format("0x{:08x}", static_cast<uint32_t>(bits));
}

std::string memory_text(const Inst& inst) {
  if (inst.post) return fmt::format("[s{}+={}]", inst.a, inst.imm);
  if (inst.imm == 0) return fmt::format("[s{}]", inst.a);
  return fmt::format("[s{}{:+}]", inst.a, inst.imm);
}

std::string operand_text(const Inst& inst, const Operand& operand, const LabelText& label) {
  switch (operand.kind) {
    case OperandKind::reg:
    case OperandKind::mask: return fmt::format("{}{}", reg_file_prefix(operand.file), reg_field(inst, operand.field));
    case OperandKind::memory: return memory_text(inst);
    case OperandKind::bits: return bits_text(inst.imm);
    case OperandKind::target: return label(inst.imm);
    case OperandKind::loop_end: return label(int64_t{inst.imm} + 1);
    case OperandKind::semaphore: return fmt::format("#{}", inst.c);
    case OperandKind::engine: return fmt::format("{}{}", inst.c & 8 ? "out" : "in", inst.c & 7);
    case OperandKind::imm:
    case OperandKind::amount:
    case OperandKind::row: break;
  }
  return fmt::format("{}", inst.imm);
}

std::string relative(int64_t offset) { return fmt::format(".{:+}", offset); }

}  // namespace

std::string print(const Inst& inst, const LabelText& label) {
  const OpInfo& row = info(inst.op);
  std::string text(row.name);
  char separator = ' ';
  for (const Operand& operand : row.operands) {
    if (operand.kind == OperandKind::mask && inst.m == 0) continue;
    text += separator;
    text += operand_text(inst, operand, label);
    separator = ',';
  }
  return text;
}

std::string print(const Word& word, const LabelText& label) {
  // A memory instruction alone would be read back into M0: say that the one in M1 has an empty M0 beside it.
  const bool only_m1 = word[Slot::M0].op == Opcode::nop && word[Slot::M1].op != Opcode::nop;
  std::string text;
  for (size_t i = 0; i < kSlots; ++i) {
    if (word.slots[i].op == Opcode::nop) continue;
    if (!text.empty()) text += " | ";
    if (only_m1 && static_cast<Slot>(i) == Slot::M1) text += "- | ";
    text += print(word.slots[i], label);
  }
  return text.empty() ? "nop" : text;
}

std::string print(const Inst& inst) { return print(inst, relative); }
std::string print(const Word& word) { return print(word, relative); }

}  // namespace psmc::arch
