// SPDX-License-Identifier: Apache-2.0
// The timing of instructions on a machine: latency, occupancy and windows of every opcode, and of the registers of one
// instruction. A scratchpad access holds its port one cycle for each `port_bytes` of each row; a load's last line
// arrives that much later than its first.
#include "arch/isa.h"

#include <algorithm>

#include "base/check.h"

namespace psmc::arch {
namespace {

uint32_t port_cycles(const Machine& machine, const MemShape& shape) {
  const uint32_t port = machine.scratchpad.port_bytes;
  return shape.rows * ((shape.row_bytes + port - 1) / port);
}

OpTiming memory_timing(const Machine& machine, Opcode op) {
  OpTiming timing;
  timing.occupancy = port_cycles(machine, mem_shape(op));
  if (is_load(op)) {
    timing.latency = machine.latency.of(LatencyClass::load) + timing.occupancy - 1;
    const bool tile = op >= Opcode::ld_t && op <= Opcode::ld_tt_f32;
    timing.first_write = tile ? machine.latency.of(LatencyClass::load) : timing.latency;
  } else if (op == Opcode::st_t || op == Opcode::st_tr) {
    timing.read_window = timing.occupancy;
  }
  return timing;
}

OpTiming mma_timing(const MatrixUnit& matrix, LatencyClass type) {
  OpTiming timing;
  timing.occupancy = type == LatencyClass::mma_bf16 ? matrix.bf16_occupancy
                     : type == LatencyClass::mma_i8 ? matrix.i8_occupancy
                                                    : matrix.f32_occupancy;
  timing.latency = timing.first_write = timing.occupancy + matrix.fill;
  timing.read_window = timing.occupancy;
  return timing;
}

OpTiming timing_of(const Machine& machine, Opcode op) {
  const OpInfo& row = info(op);
  if (row.unit == Unit::memory) return memory_timing(machine, op);
  if (row.unit == Unit::matrix) return mma_timing(machine.matrix, row.latency);
  OpTiming timing;
  timing.latency = timing.first_write = machine.latency.of(row.latency);
  if (row.unit == Unit::special) timing.occupancy = machine.latency.special_occupancy;
  return timing;
}

uint8_t write_port(Unit unit, RegFile file) {
  return static_cast<uint8_t>(static_cast<size_t>(unit) * 6 + static_cast<size_t>(file));
}

uint8_t field_value(const Inst& inst, Field field) {
  switch (field) {
    case Field::d: return inst.d;
    case Field::a: return inst.a;
    case Field::b: return inst.b;
    case Field::c: return inst.c;
    case Field::m: return inst.m;
    default: PSMC_CHECK(false, "a register operand in a field that holds no register");
  }
}

/// Collects reads and writes apart, so that reads come first in the result.
class Collector {
 public:
  Collector(const TimingTable& timing, const Inst& inst, Slot slot)
      : inst_(inst), slot_(slot), unit_(unit_of(inst, slot)), timing_(timing.of(inst.op)) {}

  AccessList collect() {
    for (const Operand& operand : info(inst_.op).operands) {
      if (operand.file != RegFile::none && operand.access != Access::write) read(operand);
    }
    for (const Operand& operand : info(inst_.op).operands) {
      if (operand.file != RegFile::none && operand.access != Access::read) write(operand);
      if (operand.kind == OperandKind::memory && inst_.post) post_increment();
    }
    return list_;
  }

 private:
  static bool constant(RegFile file, uint8_t index) { return index == 0 && (file == RegFile::s || file == RegFile::m); }
  void push(const RegAccess& access) {
    if (!constant(access.file, access.index)) list_.items[list_.count++] = access;
  }
  void read(const Operand& operand) {
    if (operand.file == RegFile::a && operand.access == Access::read_write) return;  // mma: its write stands for both
    const uint32_t window = operand.file == RegFile::t ? timing_.read_window : 1;
    push({operand.file, field_value(inst_, operand.field), false, false, 0, 0, window});
  }
  void write(const Operand& operand) {
    const bool accumulate = operand.file == RegFile::a && operand.access == Access::read_write;
    push({operand.file, field_value(inst_, operand.field), true, accumulate, write_port(unit_, operand.file),
          timing_.first_write, timing_.latency});
  }
  void post_increment() {
    const uint8_t port = static_cast<uint8_t>(kUnits * 6 + (slot_ == Slot::M1 ? 1 : 0));
    push({RegFile::s, inst_.a, true, false, port, 1, 1});
  }

  const Inst& inst_;
  Slot slot_;
  Unit unit_;
  const OpTiming& timing_;
  AccessList list_;
};

}  // namespace

TimingTable::TimingTable(const Machine& machine) {
  for (size_t i = 0; i < kOpcodes; ++i) {
    timing_[i] = timing_of(machine, static_cast<Opcode>(i));
    horizon_ = std::max({horizon_, timing_[i].latency, timing_[i].occupancy, timing_[i].read_window});
  }
}

Unit unit_of(const Inst& inst, Slot slot) {
  const Unit unit = info(inst.op).unit;
  return unit == Unit::memory && slot == Slot::M1 ? Unit::memory1 : unit;
}

AccessList reg_accesses(const TimingTable& timing, const Inst& inst, Slot slot) {
  return Collector(timing, inst, slot).collect();
}

uint32_t latency(const Machine& machine, Opcode op) { return timing_of(machine, op).latency; }
uint32_t occupancy(const Machine& machine, Opcode op) { return timing_of(machine, op).occupancy; }

}  // namespace psmc::arch
