// SPDX-License-Identifier: Apache-2.0
#include "backend/mir/mir.h"

#include "base/check.h"

namespace psmc::backend {
namespace {

using arch::Access;
using arch::Opcode;
using arch::RegFile;

RegField field_of(arch::Field field) {
  switch (field) {
    case arch::Field::d: return kD;
    case arch::Field::a: return kA;
    case arch::Field::b: return kB;
    case arch::Field::c: return kC;
    case arch::Field::m: return kM;
    default: break;
  }
  PSMC_CHECK(false, "a register in a field that holds none");
  return kD;
}

OpUses compute_uses(Opcode op) {
  OpUses uses;
  for (const arch::Operand& operand : arch::info(op).operands) {
    if (operand.kind == arch::OperandKind::memory) {
      uses.memory = true;
      uses.uses[uses.count++] = {kA, RegFile::s, true, false};
    } else if (operand.file != RegFile::none) {
      // One row of an accumulator is written, the others stay: for liveness that reads it, too.
      const bool partial = op == Opcode::acc_wr && operand.file == RegFile::a;
      uses.uses[uses.count++] = {field_of(operand.field), operand.file, operand.access != Access::write || partial,
                                 operand.access != Access::read};
    }
  }
  return uses;
}

std::array<OpUses, arch::kOpcodes> compute_all() {
  std::array<OpUses, arch::kOpcodes> all;
  for (size_t i = 0; i < arch::kOpcodes; ++i) all[i] = compute_uses(static_cast<Opcode>(i));
  return all;
}

}  // namespace

const OpUses& uses_of(Opcode op) {
  static const std::array<OpUses, arch::kOpcodes> kAll = compute_all();
  return kAll[static_cast<size_t>(op)];
}

MFunc make_func(std::string name) {
  MFunc func;
  func.name = std::move(name);
  for (Reg r = 0; r < kAllLanes; ++r) func.add_reg(RegFile::s);
  func.add_reg(RegFile::m);
  return func;
}

bool is_move(const MInst& inst) {
  switch (inst.op) {
    case Opcode::vmov: return true;
    case Opcode::addi: return inst.imm == 0;
    case Opcode::mor: return inst.reg[kA] == inst.reg[kB];
    default: return false;
  }
}

bool is_control(Opcode op) { return op == Opcode::loop || arch::is_branch(op) || op == Opcode::halt; }

uint32_t access_bytes(Opcode op) {
  const arch::MemShape shape = arch::mem_shape(op);
  return shape.strided ? 0 : shape.rows * shape.row_bytes;
}

}  // namespace psmc::backend
