// SPDX-License-Identifier: Apache-2.0
// Random instructions that can be encoded: every operand of an opcode gets a random value in its range.
#pragma once

#include "arch/program.h"
#include "base/random.h"

namespace psmc::arch::test {

inline int64_t random_value(Random& random, uint32_t width, bool is_signed) {
  const int64_t high = is_signed ? (int64_t{1} << (width - 1)) - 1 : (int64_t{1} << width) - 1;
  const int64_t low = is_signed ? -high - 1 : 0;
  if (random.chance(0.2)) return random.chance(0.5) ? low : high;
  return random.range(low, high);
}

inline Inst random_inst(Random& random, Opcode op) {
  Inst inst;
  inst.op = op;
  for (const Operand& operand : info(op).operands) {
    const bool is_signed =
        operand.kind == OperandKind::imm || operand.kind == OperandKind::bits || operand.kind == OperandKind::target;
    int64_t value =
        operand.kind == OperandKind::loop_end ? random.range(1, 4000) : random_value(random, operand.width, is_signed);
    switch (operand.field) {
      case Field::d: inst.d = static_cast<uint8_t>(value); break;
      case Field::a: inst.a = static_cast<uint8_t>(value); break;
      case Field::b: inst.b = static_cast<uint8_t>(value); break;
      case Field::c: inst.c = static_cast<uint8_t>(value); break;
      case Field::m: inst.m = static_cast<uint8_t>(value); break;
      case Field::post: break;
      case Field::imm: inst.imm = static_cast<int32_t>(value); break;
    }
    if (operand.kind != OperandKind::memory) continue;
    inst.post = random.chance(0.5);
    inst.imm = static_cast<int32_t>(random_value(random, 22, true));
  }
  return inst;
}

/// A word with random instructions in some slots; without control flow if `straight`.
inline Word random_word(Random& random, bool straight) {
  Word word;
  for (size_t i = 0; i < kSlots; ++i) {
    if (random.chance(0.4)) continue;
    const Opcode op = static_cast<Opcode>(random.below(kOpcodes));
    const bool flow = is_branch(op) || op == Opcode::loop;
    if (fits(op, static_cast<Slot>(i)) && !(straight && flow)) word.slots[i] = random_inst(random, op);
  }
  return word;
}

}  // namespace psmc::arch::test
