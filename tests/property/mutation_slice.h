// SPDX-License-Identifier: Apache-2.0
// What of a run reaches an output: a backward slice over every word that a program issued, lane by lane and byte by
// byte. It knows the operands of the instructions (arch/isa.h) and descriptors (arch/dma.h), nothing of the compiler.
//
//   forward   each issued word is noted with the addresses and masks it used, each dma.start with its descriptor
//   backward  from the bytes of the outputs and states that are read after each launch: a register's lane, a byte of a
//             scratchpad or of device memory is needed if something that is needed was made of it
//
// Control, waits, posts and descriptors are always needed. A transfer counts as done when it starts: what it reads and
// writes is touched by nobody else until it is awaited, else the run is a race and traps.
#pragma once

#include <array>
#include <set>
#include <unordered_map>

#include "arch/dma.h"
#include "sim/chip.h"
#include "sim/core/access.h"

namespace psmc::test {

class Slice {
 public:
  explicit Slice(const arch::Image& image) : image_(image), timing_(image.machine), now_(image.machine.tiles()) {}

  /// Before the first launch, with the options' trace set to `note`.
  void watch(sim::Chip& chip) { chip_ = &chip; }
  void begin_launch(const arch::Entry& entry) {
    now_.assign(now_.size(), {});
    for (const arch::TileStart& start : entry.tiles)
      for (const auto& [index, value] : start.scalars) now_[start.tile].s[index] = value;
    steps_.push_back({kLaunch, 0, nullptr, {}, {}, {}, 0});
  }
  void note(const sim::TraceEvent& event) {
    if (!event.issued) return;
    Scalars& before = now_[event.tile];
    Step step{event.tile, event.pc, event.word, {}, {}, before.m, 0};
    for (uint32_t port = 0; port < 2; ++port) {
      const arch::Inst& inst = event.word->slots[1 + port];
      step.base[port] = static_cast<uint64_t>(before.s[inst.a] + (inst.post != 0 ? 0 : inst.imm));
      step.stride[port] = static_cast<uint64_t>(before.s[inst.b]);
    }
    const arch::Inst& transfer = (*event.word)[arch::Slot::T];
    if (transfer.op == arch::Opcode::dma_start) {
      step.transfer = static_cast<uint32_t>(transfers_.size());
      transfers_.push_back(transfer_at(event.tile, static_cast<uint64_t>(before.s[transfer.a])));
    }
    steps_.push_back(step);
    before.s = chip_->registers(event.tile).s;
    before.m = chip_->registers(event.tile).m;
  }

  /// After the last launch: finds what is needed.
  void finish(const arch::Entry& entry) {
    tiles_.assign(now_.size(), Tile(image_.machine.scratchpad.bytes));
    need_results(entry);
    for (size_t i = steps_.size(); i-- > 0;) {
      if (steps_[i].tile != kLaunch) {
        undo(steps_[i]);
        continue;
      }
      for (Tile& t : tiles_) t.registers = {};
      if (i != 0) need_results(entry);
    }
  }

  /// Some execution of the instruction in `slot` of a word made something that is needed.
  bool needs(uint32_t word, uint32_t slot) const { return needed_.contains(word * arch::kSlots + slot); }
  /// Some byte that a tile's scratchpad held at first is needed.
  bool needs_bytes(uint32_t tile, uint64_t address, uint64_t bytes) const {
    for (uint64_t a = address; a < address + bytes; ++a)
      if ((tiles_[tile].bytes[a / 64] >> (a % 64) & 1u) != 0) return true;
    return false;
  }
  /// Some transfer that is described at this address moved something that is needed.
  bool needs_transfer(uint32_t tile, uint64_t address) const { return moved_.contains({tile, address}); }

 private:
  static constexpr uint32_t kLaunch = ~0u;
  struct Scalars {
    std::array<int64_t, 32> s{};
    std::array<uint16_t, 8> m{};
  };
  struct Step {
    uint32_t tile, pc;
    const arch::Word* word;
    std::array<uint64_t, 2> base, stride;  ///< of the memory slots
    std::array<uint16_t, 8> masks;
    uint32_t transfer;
  };
  struct Transfer {
    uint64_t address = 0;
    arch::Descriptor descriptor;
  };
  struct Registers {
    uint32_t s = 0, m = 0, t = 0;  ///< a bit a register
    std::array<uint16_t, 32> v{};  ///< a bit a lane
    std::array<uint16_t, 8> a{};   ///< a bit a row
  };
  struct Tile {
    explicit Tile(uint64_t size) : bytes((size + 63) / 64) {}
    Registers registers;
    std::vector<uint64_t> bytes;
  };

  Transfer transfer_at(uint32_t tile, uint64_t address) const {
    arch::DescriptorBytes raw;
    std::memcpy(raw.data(), chip_->scratchpad(tile).at(address), raw.size());
    return {address, *arch::decode_descriptor(raw)};
  }

  /// Outputs and states, which the host reads after a launch.
  void need_results(const arch::Entry& entry) {
    for (const arch::Symbol& symbol : entry.symbols) {
      if (symbol.kind == arch::SymbolKind::input) continue;
      uint64_t bytes = dtype_bytes(symbol.dtype);
      for (size_t d = 0; d < symbol.shape.size(); ++d)
        bytes += static_cast<uint64_t>((symbol.shape[d] - 1) * symbol.strides[d]);
      for (uint64_t a = symbol.address; a < symbol.address + bytes; ++a) memory_[a / 64] |= uint64_t{1} << (a % 64);
    }
  }

  uint16_t lanes_of(const Step& step, const arch::Inst& inst) const {
    const uint16_t lanes = inst.m == 0 ? 0xffff : step.masks[inst.m];
    return sim::one_lane(inst.op) && arch::is_store(inst.op) ? lanes & 1u : lanes;
  }

  /// Takes the word back: first what it makes is needed or not, then what that needs.
  void undo(const Step& step) {
    Registers& r = tiles_[step.tile].registers;
    if ((*step.word)[arch::Slot::T].op == arch::Opcode::dma_start) undo_transfer(step);
    const Registers after = r;
    std::array<uint32_t, arch::kSlots> made{};  // lanes, rows, or whether a scalar is
    for (uint32_t s = 0; s < arch::kSlots; ++s) {
      const arch::Inst& inst = step.word->slots[s];
      if (inst.op == arch::Opcode::nop) continue;
      made[s] = arch::is_store(inst.op) ? take_stored(step, inst, s - 1)
                                        : take_made(inst, static_cast<arch::Slot>(s), after, r);
      const arch::Unit unit = arch::info(inst.op).unit;
      if (unit == arch::Unit::control || unit == arch::Unit::transfer) made[s] = 1;
      if (made[s] != 0) needed_.insert(step.pc * arch::kSlots + s);
    }
    for (uint32_t s = 0; s < arch::kSlots; ++s)
      if (made[s] != 0) need_sources(step, step.word->slots[s], static_cast<arch::Slot>(s), made[s]);
    for (uint32_t port = 0; port < 2; ++port) {  // an incremented address comes from the one before
      const arch::Inst& inst = step.word->slots[1 + port];
      if (inst.post != 0 && (after.s >> inst.a & 1u) != 0) {
        r.s |= 1u << inst.a;
        needed_.insert(step.pc * arch::kSlots + 1 + port);
      }
    }
  }

  /// The part of the destinations that is needed after the word; before it, no longer.
  uint32_t take_made(const arch::Inst& inst, arch::Slot slot, const Registers& after, Registers& r) const {
    uint32_t made = 0;
    for (const arch::RegAccess& access : arch::reg_accesses(timing_, inst, slot)) {
      if (!access.write) continue;
      if (inst.post != 0 && access.file == arch::RegFile::s && access.index == inst.a) continue;
      const uint32_t bit = 1u << access.index;
      switch (access.file) {
        case arch::RegFile::s:
          made |= (after.s & bit) != 0 ? 0xffffu : 0;
          r.s &= ~bit;
          break;
        case arch::RegFile::m:
          made |= (after.m & bit) != 0 ? 0xffffu : 0;
          r.m &= ~bit;
          break;
        case arch::RegFile::t:
          made |= (after.t & bit) != 0 ? 1 : 0;
          r.t &= ~bit;
          break;
        case arch::RegFile::v:
          made |= after.v[access.index];
          r.v[access.index] = 0;
          break;
        case arch::RegFile::a: {
          const uint32_t rows = arch::is_mma(inst.op) ? 0xffffu : 1u << (inst.imm & 15);
          made |= after.a[access.index] & rows;
          if (!access.accumulate) r.a[access.index] &= static_cast<uint16_t>(~rows);
          break;
        }
        case arch::RegFile::none: break;
      }
    }
    return made;
  }

  /// Which lanes (or rows) of a store reach something needed.
  uint32_t take_stored(const Step& step, const arch::Inst& inst, uint32_t port) {
    Tile& t = tiles_[step.tile];
    uint32_t made = 0;
    for_each_part(step, inst, port, [&](uint32_t part, uint64_t address, uint32_t bytes) {
      uint64_t& line = t.bytes[address / 64];
      const uint64_t mask = sim::byte_mask(address, bytes);
      made |= (line & mask) != 0 ? 1u << (part % 16) : 0;
      line &= ~mask;
    });
    return made;
  }

  /// Calls with the lane or row, the address and the bytes of each part of an access; no part crosses a line.
  template <typename F>
  void for_each_part(const Step& step, const arch::Inst& inst, uint32_t port, const F& f) const {
    const arch::MemShape shape = arch::mem_shape(inst.op);
    const arch::Element element = arch::mem_element(inst.op);
    const uint64_t base = step.base[port];
    if (element != arch::Element::none) {
      const uint32_t lanes = lanes_of(step, inst), bytes = shape.row_bytes / (sim::one_lane(inst.op) ? 1 : 16);
      for (uint32_t l = 0; l < 16; ++l)
        if ((lanes >> l & 1u) != 0) f(l, base + (sim::one_lane(inst.op) ? 0 : l * bytes), bytes);
      return;
    }
    const uint64_t stride = shape.strided ? step.stride[port] : shape.row_bytes;
    for (uint32_t row = 0; row < shape.rows; ++row) f(row, base + row * stride, shape.row_bytes);
  }

  void need_sources(const Step& step, const arch::Inst& inst, arch::Slot slot, uint32_t made) {
    Tile& t = tiles_[step.tile];
    const bool load = arch::is_load(inst.op);
    if (load) {
      const bool lanes = arch::mem_element(inst.op) != arch::Element::none;
      for_each_part(step, inst, static_cast<uint32_t>(slot) - 1, [&](uint32_t part, uint64_t address, uint32_t bytes) {
        if (!lanes || (made >> part & 1u) != 0) t.bytes[address / 64] |= sim::byte_mask(address, bytes);
      });
    }
    for (const arch::RegAccess& access : arch::reg_accesses(timing_, inst, slot)) {
      if (access.write && !access.accumulate) continue;
      switch (access.file) {
        case arch::RegFile::s: t.registers.s |= 1u << access.index; break;
        case arch::RegFile::m: t.registers.m |= 1u << access.index; break;
        case arch::RegFile::t: t.registers.t |= 1u << access.index; break;
        case arch::RegFile::v: t.registers.v[access.index] |= lanes_read(step, inst, access.index, made); break;
        case arch::RegFile::a:
          t.registers.a[access.index] |= static_cast<uint16_t>(arch::is_mma(inst.op) ? made : 1u << (inst.imm & 15));
          break;
        case arch::RegFile::none: break;
      }
    }
  }

  /// Lanes of operand `index` that lanes `made` of the result are made of.
  uint16_t lanes_read(const Step& step, const arch::Inst& inst, uint32_t index, uint32_t made) const {
    using enum arch::Opcode;
    switch (inst.op) {
      case vlane: return static_cast<uint16_t>(1u << (inst.imm & 15));
      case vgets: return 1;
      case vperm: return index == inst.a ? 0xffff : static_cast<uint16_t>(made);
      case vredadd:
      case vredmax:
      case vredmin:
      case viredadd:
      case viredmax:
      case viredmin: return inst.m == 0 ? 0xffff : step.masks[inst.m];
      case acc_wr: return 0xffff;
      default: return static_cast<uint16_t>(made);  // lane by lane; a mask needs all, which `made` then says
    }
  }

  /// Bytes of the destination that are needed are needed at the source.
  void undo_transfer(const Step& step) {
    const Transfer& transfer = transfers_[step.transfer];
    const arch::Descriptor& d = transfer.descriptor;
    for (uint32_t i = 0; i < arch::kDescriptorBytes; i += 64)
      tiles_[step.tile].bytes[(transfer.address + i) / 64] = ~uint64_t{0};
    if (d.kind == arch::DmaKind::memory_to_code) return;
    const auto each_run = [&](const auto& f) {
      for (uint32_t i2 = 0; i2 < d.count[2]; ++i2)
        for (uint32_t i1 = 0; i1 < d.count[1]; ++i1)
          for (uint32_t i0 = 0; i0 < d.count[0]; ++i0) {
            const auto at = [&](uint64_t base, const std::array<int64_t, 3>& stride) {
              return base + static_cast<uint64_t>(i0 * stride[0] + i1 * stride[1] + i2 * stride[2]);
            };
            f(at(d.source, d.source_stride), at(d.destination, d.destination_stride));
          }
    };
    std::vector<uint64_t> wanted;  // source addresses of the bytes
    each_run([&](uint64_t source, uint64_t destination) {
      for (uint32_t b = 0; b < d.run; ++b)
        if (take_byte(step.tile, d, destination + b)) wanted.push_back(source + b);
    });
    for (const uint64_t a : wanted) {
      uint64_t& line = arch::is_in(d.kind) ? memory_[a / 64] : tiles_[step.tile].bytes[a / 64];
      line |= uint64_t{1} << (a % 64);
    }
    if (!wanted.empty()) moved_.insert({step.tile, transfer.address});
  }

  /// Whether a byte at a transfer's destination is needed; before the transfer it is not.
  bool take_byte(uint32_t tile, const arch::Descriptor& d, uint64_t address) {
    const uint64_t bit = uint64_t{1} << (address % 64);
    bool needed = false;
    const auto take = [&](uint64_t& line) {
      needed |= (line & bit) != 0;
      line &= ~bit;
    };
    if (d.kind == arch::DmaKind::to_memory) {
      if (const auto line = memory_.find(address / 64); line != memory_.end()) take(line->second);
    } else if (d.kind == arch::DmaKind::memory_to_scratchpad) {
      take(tiles_[tile].bytes[address / 64]);
    } else {
      for (uint32_t y = d.y0; y <= d.y1; ++y)
        for (uint32_t x = d.x0; x <= d.x1; ++x) take(tiles_[y * image_.machine.grid.columns + x].bytes[address / 64]);
    }
    return needed;
  }

  const arch::Image& image_;
  arch::TimingTable timing_;
  sim::Chip* chip_ = nullptr;
  std::vector<Scalars> now_;  ///< by tile: before its next word
  std::vector<Step> steps_;
  std::vector<Transfer> transfers_;
  // Going backwards: what is needed at this point.
  std::vector<Tile> tiles_;
  std::unordered_map<uint64_t, uint64_t> memory_;  ///< by line
  std::set<uint32_t> needed_;
  std::set<std::pair<uint32_t, uint64_t>> moved_;
};

}  // namespace psmc::test
