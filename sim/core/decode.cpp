// SPDX-License-Identifier: Apache-2.0
#include "sim/core/decode.h"

#include <algorithm>

#include "base/check.h"

namespace psmc::sim {

using arch::Inst;
using arch::Opcode;
using arch::RegAccess;
using arch::RegFile;
using arch::Slot;

namespace {

/// What an instruction reads and writes.
struct Touch {
  PlaceSet reads, writes;
};

/// Float arithmetic, and loads that make floats of other types. Moves and integers are not: a control input may come
/// by them.
bool makes_numbers(Opcode op) {
  const arch::Element element = arch::mem_element(op);
  if (arch::is_load(op))
    return element > arch::Element::f32 && element != arch::Element::i8i && element != arch::Element::u8;
  if (op == Opcode::acc_rd || arch::info(op).unit == arch::Unit::special) return true;
  switch (op) {
    case Opcode::vadd:
    case Opcode::vsub:
    case Opcode::vmul:
    case Opcode::vfma:
    case Opcode::vfnma:
    case Opcode::vmin:
    case Opcode::vmax:
    case Opcode::vfloor:
    case Opcode::vrint:
    case Opcode::vredadd:
    case Opcode::vredmax:
    case Opcode::vredmin:
    case Opcode::vrbf16:
    case Opcode::vrf16: return true;
    default: return false;
  }
}

constexpr uint32_t kIncrementPorts = arch::kUnits * 6;  ///< the two of post-increments are the last

/// Ports in use, numbered densely by unit and register file.
uint32_t dense_port(uint32_t port) {
  if (port >= kIncrementPorts) return WriteDecoder::kPorts - 2 + (port - kIncrementPorts);
  const auto unit = static_cast<arch::Unit>(port / 6);
  const auto file = static_cast<RegFile>(port % 6);
  switch (unit) {
    case arch::Unit::scalar: return file == RegFile::s ? 0 : 1;
    case arch::Unit::memory: return file == RegFile::s ? 2 : file == RegFile::v ? 3 : 4;
    case arch::Unit::memory1: return file == RegFile::s ? 5 : file == RegFile::v ? 6 : 7;
    case arch::Unit::vector: return file == RegFile::v ? 8 : file == RegFile::m ? 9 : 10;
    case arch::Unit::special: return 11;
    case arch::Unit::cross: return 12;
    case arch::Unit::matrix: return 13;
    case arch::Unit::accumulator: return file == RegFile::v ? 14 : 15;
    default: break;
  }
  return 16;
}

}  // namespace

uint32_t register_place(RegFile file, uint32_t index) {
  constexpr uint32_t kBase[] = {0, 0, 32, 64, 72, 88};
  return kBase[static_cast<size_t>(file)] + index;
}

WriteDecoder::WriteDecoder(const arch::Machine& machine, const arch::TimingTable& timing)
    : machine_(machine), timing_(timing) {}

DecodedWord WriteDecoder::decode(const arch::Word& word) const {
  DecodedWord out;
  out.word = word;
  for (size_t i = 0; i < arch::kSlots; ++i)
    if (word.slots[i].op != Opcode::nop) add(out, static_cast<Slot>(i), word.slots[i]);
  out.wait = arch::is_wait(out.control().op);
  out.transfer = out.transfer_inst().op != Opcode::nop;
  out.both_memory = word[Slot::M0].op != Opcode::nop && word[Slot::M1].op != Opcode::nop;
  find_self_conflicts(out);
  order(out);
  return out;
}

void WriteDecoder::add(DecodedWord& out, Slot slot, const Inst& inst) const {
  DecodedInst& d = out.list[out.instructions++];
  d.inst = inst;
  d.slot = slot;
  const arch::MemShape shape = arch::mem_shape(inst.op);
  if (shape.rows > 0) {
    d.store = arch::is_store(inst.op);
    d.strided = shape.strided;
    d.rows = static_cast<uint8_t>(shape.rows);
    d.row_bytes = static_cast<uint8_t>(shape.row_bytes);
    d.alignment = static_cast<uint8_t>(shape.alignment);
    d.row_cycles =
        static_cast<uint8_t>((shape.row_bytes + machine_.scratchpad.port_bytes - 1) / machine_.scratchpad.port_bytes);
    d.element = arch::mem_element(inst.op);
  }
  const arch::Unit unit = arch::unit_of(inst, slot);
  if (unit != arch::Unit::issue)
    out.unit[out.units++] = {static_cast<uint8_t>(unit), static_cast<uint16_t>(timing_.of(inst.op).occupancy)};
  d.number = makes_numbers(inst.op);
  for (const RegAccess& access : arch::reg_accesses(timing_, inst, slot)) {
    const uint8_t place = static_cast<uint8_t>(register_place(access.file, access.index));
    if (!access.write) d.reads.add(place);
    if (access.write && access.port < kIncrementPorts) d.writes.add(place);
    if (!access.write) {
      out.read[out.reads++] = place;
      if (access.end > 1) out.window[out.windows++] = {place, static_cast<uint16_t>(access.end)};
      continue;
    }
    const arch::LatencyClass c = arch::info(inst.op).latency;
    const bool mma = arch::is_mma(inst.op);
    const uint8_t kind =
        mma ? static_cast<uint8_t>(static_cast<size_t>(c) - static_cast<size_t>(arch::LatencyClass::mma_bf16) + 1) : 0;
    out.write[out.writes++] = {place, static_cast<uint8_t>(dense_port(access.port)), access.accumulate,
                               kind,  static_cast<uint16_t>(access.begin),           static_cast<uint16_t>(access.end)};
  }
}

void WriteDecoder::find_self_conflicts(DecodedWord& out) {
  for (uint32_t i = 0; i < out.writes; ++i) {
    for (uint32_t j = 0; j < i; ++j) out.self_conflict |= out.write[i].place == out.write[j].place;
    for (uint32_t j = 0; j < out.windows; ++j)
      out.self_conflict |= out.write[i].place == out.window[j].place && out.write[i].begin < out.window[j].end;
  }
}

namespace {

/// Sorts the instructions; false on a cycle.
bool order_by(DecodedWord& out, const std::array<Touch, arch::kSlots>& touch) {
  std::array<DecodedInst, arch::kSlots> sorted;
  std::array<bool, arch::kSlots> placed{};
  for (uint32_t n = 0; n < out.instructions; ++n) {
    uint32_t next = arch::kSlots;
    for (uint32_t i = 0; i < out.instructions && next == arch::kSlots; ++i) {
      bool free = !placed[i];
      for (uint32_t j = 0; j < out.instructions; ++j)
        free &= placed[j] || j == i || !touch[j].reads.meets(touch[i].writes);
      if (free) next = i;
    }
    if (next == arch::kSlots) return false;
    placed[next] = true;
    sorted[n] = out.list[next];
  }
  out.list = sorted;
  return true;
}

}  // namespace

/// Readers before the writers of what they read. Where that is a cycle (it always leads through a scalar or a mask: a
/// load, a scalar and a vector instruction can each overwrite what the next one reads), scalars and masks are read from
/// a copy and only the large files decide the order.
void WriteDecoder::order(DecodedWord& out) const {
  std::array<Touch, arch::kSlots> all{}, large{};
  for (uint32_t i = 0; i < out.instructions; ++i) {
    for (const RegAccess& access : arch::reg_accesses(timing_, out.list[i].inst, out.list[i].slot)) {
      const uint32_t place = register_place(access.file, access.index);
      (access.write ? all[i].writes : all[i].reads).add(place);
      if (access.file == RegFile::s || access.file == RegFile::m) continue;
      (access.write ? large[i].writes : large[i].reads).add(place);
    }
  }
  if (order_by(out, all)) return;
  out.snapshot = true;
  PSMC_CHECK(order_by(out, large), "a word whose large registers cannot be ordered");
}

}  // namespace psmc::sim
