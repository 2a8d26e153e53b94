// SPDX-License-Identifier: Apache-2.0
// The machine as the scheduler sees it: windows of registers, units and write ports of each opcode in each slot. All of
// it comes from arch/isa; this only arranges it for fast look-up.
#pragma once

#include <array>
#include <vector>

#include "arch/isa.h"
#include "backend/mir/mir.h"

namespace psmc::backend {

/// A write port is used during cycles begin..end after issue, both included.
struct PortUse {
  uint8_t port = 0;
  uint16_t begin = 0, end = 0;
};

/// What an instruction takes when issued in a slot.
struct SlotUse {
  uint8_t unit = 0;
  uint16_t occupancy = 0;  ///< 0: no unit that can be busy
  uint8_t num_ports = 0;
  std::array<PortUse, 2> ports{};
};

class Model {
 public:
  explicit Model(const arch::Machine& machine);

  const arch::Machine& machine() const { return machine_; }
  uint32_t horizon() const { return timing_.horizon(); }
  const arch::OpTiming& timing(arch::Opcode op) const { return timing_.of(op); }

  /// Cycles from issue until the register that `use` writes may be touched again.
  uint32_t latency(const MInst& inst, const RegUse& use) const {
    return posted(inst, use) ? 1 : timing_.of(inst.op).latency;
  }
  /// Cycles until it begins to change.
  uint32_t first_write(const MInst& inst, const RegUse& use) const {
    return posted(inst, use) ? 1 : timing_.of(inst.op).first_write;
  }
  /// Cycles during which a source is read.
  uint32_t read_window(const MInst& inst, const RegUse& use) const {
    return use.file == arch::RegFile::t ? timing_.of(inst.op).read_window : 1;
  }
  /// The accumulator of `later` may be in flight from `earlier`.
  static bool forwards(const MInst& earlier, const MInst& later);
  /// Slots that the opcode may use: one, or both memory slots.
  static std::array<arch::Slot, 2> slots(arch::Opcode op);
  const SlotUse& use(const MInst& inst, arch::Slot slot) const {
    return uses_[static_cast<size_t>(inst.op)][slot == arch::Slot::M1][inst.post];
  }
  /// The earliest cycle at which any write to a register of that file can begin: a reader's window may overlap a later
  /// writer's time in flight by that much.
  uint32_t least_first_write(arch::RegFile file) const { return least_[static_cast<size_t>(file)]; }
  /// Registers of a file that a kernel may use.
  uint32_t allocatable(arch::RegFile file) const;

 private:
  static bool posted(const MInst& inst, const RegUse& use) {
    return use.field == kA && inst.post && uses_of(inst.op).memory;
  }

  const arch::Machine& machine_;
  arch::TimingTable timing_;
  std::array<std::array<std::array<SlotUse, 2>, 2>, arch::kOpcodes> uses_{};
  std::array<uint32_t, 6> least_{};
};

/// What is taken in each cycle. With a period, cycles that differ by a multiple of it are one.
class Reservations {
 public:
  explicit Reservations(uint32_t period = 0) : period_(period) {}
  bool fits(const SlotUse& use, arch::Slot slot, uint32_t cycle) const;
  void take(const SlotUse& use, arch::Slot slot, uint32_t cycle) { change(use, slot, cycle, true); }
  void release(const SlotUse& use, arch::Slot slot, uint32_t cycle) { change(use, slot, cycle, false); }
  void take_unit(uint32_t unit, uint32_t cycle);
  void take_port(uint32_t port, uint32_t cycle);
  bool slot_free(arch::Slot slot, uint32_t cycle) const;
  uint32_t rows() const { return static_cast<uint32_t>(rows_.size()); }
  bool unit_taken(uint32_t unit, uint32_t cycle) const {
    return cycle < rows_.size() && (rows_[cycle].units >> unit & 1);
  }
  bool port_taken(uint32_t port, uint32_t cycle) const {
    return cycle < rows_.size() && (rows_[cycle].ports[port / 64] >> (port % 64) & 1);
  }

 private:
  struct Row {
    uint8_t slots = 0;
    uint16_t units = 0;
    std::array<uint64_t, 2> ports{};
  };
  size_t at(uint32_t cycle) const { return period_ ? cycle % period_ : cycle; }
  Row& row(uint32_t cycle);
  const Row* find(uint32_t cycle) const { return at(cycle) < rows_.size() ? &rows_[at(cycle)] : nullptr; }
  void change(const SlotUse& use, arch::Slot slot, uint32_t cycle, bool taken);

  uint32_t period_;
  std::vector<Row> rows_;
};

}  // namespace psmc::backend
