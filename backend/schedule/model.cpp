// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/model.h"

#include <algorithm>

#include "backend/abi.h"
#include "base/check.h"

namespace psmc::backend {

using arch::Opcode;
using arch::RegFile;
using arch::Slot;
using arch::SlotKind;

namespace {

SlotUse slot_use(const arch::TimingTable& timing, Opcode op, Slot slot, bool post) {
  // Registers 1 stand for any: only s0 and m0 are special.
  arch::Inst inst;
  inst.op = op;
  inst.d = inst.a = inst.b = inst.c = inst.m = 1;
  inst.post = post;
  SlotUse use;
  const arch::Unit unit = arch::unit_of(inst, slot);
  use.unit = static_cast<uint8_t>(unit);
  use.occupancy = unit == arch::Unit::issue ? 0 : static_cast<uint16_t>(timing.of(op).occupancy);
  for (const arch::RegAccess& access : arch::reg_accesses(timing, inst, slot)) {
    if (!access.write) continue;
    PSMC_CHECK(use.num_ports < use.ports.size(), "an instruction writes more than two registers");
    use.ports[use.num_ports++] = {access.port, static_cast<uint16_t>(access.begin), static_cast<uint16_t>(access.end)};
  }
  return use;
}

}  // namespace

Model::Model(const arch::Machine& machine) : machine_(machine), timing_(machine) {
  static_assert(arch::kWritePorts <= 128);
  least_.fill(0xffffffffu);
  for (size_t i = 1; i < arch::kOpcodes; ++i) {
    const auto op = static_cast<Opcode>(i);
    const auto slots = Model::slots(op);
    for (size_t s = 0; s < 2; ++s) {
      for (int post = 0; post < 2; ++post)
        uses_[i][s][post] = slot_use(timing_, op, slots[s], post != 0 && uses_of(op).memory);
    }
    MInst inst;
    inst.op = op;
    for (const RegUse& use : uses_of(op)) {
      if (use.writes)
        least_[static_cast<size_t>(use.file)] = std::min(least_[static_cast<size_t>(use.file)], first_write(inst, use));
    }
  }
}

std::array<Slot, 2> Model::slots(Opcode op) {
  switch (arch::info(op).slot) {
    case SlotKind::S: return {Slot::S, Slot::S};
    case SlotKind::M: return {Slot::M0, Slot::M1};
    case SlotKind::V: return {Slot::V, Slot::V};
    case SlotKind::X: return {Slot::X, Slot::X};
    case SlotKind::T: return {Slot::T, Slot::T};
  }
  return {Slot::S, Slot::S};
}

bool Model::forwards(const MInst& earlier, const MInst& later) {
  if (!arch::is_mma(earlier.op) || !arch::is_mma(later.op)) return false;
  const bool accumulates = arch::info(later.op).operands[0].access == arch::Access::read_write;
  return accumulates && arch::info(earlier.op).latency == arch::info(later.op).latency;
}

uint32_t Model::allocatable(RegFile file) const {
  const uint32_t all = arch::reg_count(machine_, file);
  switch (file) {
    case RegFile::s: return all - std::min(all, kFirstFreeScalar);
    case RegFile::m: return all - std::min(all, 1u);
    default: return all;
  }
}

Reservations::Row& Reservations::row(uint32_t cycle) {
  const size_t i = at(cycle);
  if (i >= rows_.size()) rows_.resize(i + 1);
  return rows_[i];
}

bool Reservations::slot_free(Slot slot, uint32_t cycle) const {
  const Row* row = find(cycle);
  return row == nullptr || !(row->slots >> static_cast<unsigned>(slot) & 1);
}

bool Reservations::fits(const SlotUse& use, Slot slot, uint32_t cycle) const {
  if (!slot_free(slot, cycle)) return false;
  if (period_ && use.occupancy > period_) return false;
  for (uint32_t i = 0; i < use.occupancy; ++i) {
    const Row* row = find(cycle + i);
    if (row && (row->units >> use.unit & 1)) return false;
  }
  for (uint32_t p = 0; p < use.num_ports; ++p) {
    const PortUse& port = use.ports[p];
    if (period_ && port.end - port.begin >= static_cast<int>(period_)) return false;
    for (uint32_t c = port.begin; c <= port.end; ++c) {
      const Row* row = find(cycle + c);
      if (row && (row->ports[port.port / 64] >> (port.port % 64) & 1)) return false;
    }
  }
  return true;
}

void Reservations::change(const SlotUse& use, Slot slot, uint32_t cycle, bool taken) {
  const auto set = [taken](auto& bits, auto mask) {
    bits = static_cast<std::remove_reference_t<decltype(bits)>>(taken ? bits | mask : bits & ~mask);
  };
  set(row(cycle).slots, 1u << static_cast<unsigned>(slot));
  for (uint32_t i = 0; i < use.occupancy; ++i) set(row(cycle + i).units, 1u << use.unit);
  for (uint32_t p = 0; p < use.num_ports; ++p) {
    const PortUse& port = use.ports[p];
    for (uint32_t c = port.begin; c <= port.end; ++c)
      set(row(cycle + c).ports[port.port / 64], uint64_t{1} << (port.port % 64));
  }
}

void Reservations::take_unit(uint32_t unit, uint32_t cycle) { row(cycle).units |= static_cast<uint16_t>(1u << unit); }

void Reservations::take_port(uint32_t port, uint32_t cycle) {
  row(cycle).ports[port / 64] |= uint64_t{1} << (port % 64);
}

}  // namespace psmc::backend
