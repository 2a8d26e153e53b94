// SPDX-License-Identifier: Apache-2.0
// A code word made ready for execution: its instructions in an order in which none overwrites what a later one reads,
// and flat lists of what the hazard rules look at, so that a word is checked without a look at operand tables.
#pragma once

#include <array>
#include <cstdint>

#include "arch/isa.h"
#include "arch/program.h"

namespace psmc::sim {

/// All registers in one row: scalars 0..31, vectors 32..63, masks 64..71, tiles 72..87, accumulators 88..95.
inline constexpr uint32_t kRegisters = 96;
uint32_t register_place(arch::RegFile file, uint32_t index);

/// A set of register places.
struct PlaceSet {
  std::array<uint64_t, 2> bits{};
  void add(uint32_t place) { bits[place / 64] |= uint64_t{1} << (place % 64); }
  bool has(uint32_t place) const { return (bits[place / 64] >> (place % 64) & 1u) != 0; }
  bool meets(const PlaceSet& other) const { return ((bits[0] & other.bits[0]) | (bits[1] & other.bits[1])) != 0; }
  void include(const PlaceSet& other, bool in) {
    for (uint32_t i = 0; i < 2; ++i) bits[i] = in ? bits[i] | other.bits[i] : bits[i] & ~other.bits[i];
  }
};

struct DecodedInst {
  arch::Inst inst;
  arch::Slot slot = arch::Slot::S;
  // Loads and stores only.
  bool store = false, strided = false;
  uint8_t rows = 0, row_bytes = 0, row_cycles = 1;
  uint8_t alignment = 1;
  arch::Element element = arch::Element::none;
  // For timing-only runs.
  bool number = false;  ///< makes floats, which are not computed
  PlaceSet reads;
  PlaceSet writes;  ///< without the base that a post-increment changes
};

struct RegWrite {
  uint8_t place = 0;
  uint8_t port = 0;  ///< dense number of the write port
  bool accumulate = false;
  uint8_t kind = 0;  ///< of an accumulator: which mma, for forwarding; 0: not an mma
  uint16_t begin = 0, end = 0;
};

struct ReadWindow {
  uint8_t place = 0;
  uint16_t end = 0;
};

struct UnitUse {
  uint8_t unit = 0;
  uint16_t occupancy = 1;
};

struct DecodedWord {
  uint8_t instructions = 0, reads = 0, writes = 0, windows = 0, units = 0;
  bool snapshot = false;       ///< scalars are read as they were before the word
  bool self_conflict = false;  ///< writes a register twice, or one that it is still reading
  bool wait = false;           ///< has a wait
  bool transfer = false;       ///< has a dma.start or a post
  bool both_memory = false;    ///< both memory slots are used
  std::array<DecodedInst, arch::kSlots> list;
  std::array<uint8_t, 24> read;
  std::array<RegWrite, 10> write;
  std::array<ReadWindow, 6> window;
  std::array<UnitUse, arch::kSlots> unit;
  arch::Word word;

  const arch::Inst& control() const { return word[arch::Slot::S]; }
  const arch::Inst& transfer_inst() const { return word[arch::Slot::T]; }
};

/// Numbers the write ports that exist and decodes words for one machine.
class WriteDecoder {
 public:
  WriteDecoder(const arch::Machine& machine, const arch::TimingTable& timing);
  DecodedWord decode(const arch::Word& word) const;
  static constexpr uint32_t kPorts = 24;

 private:
  void add(DecodedWord& out, arch::Slot slot, const arch::Inst& inst) const;
  void order(DecodedWord& out) const;
  static void find_self_conflicts(DecodedWord& out);

  const arch::Machine& machine_;
  const arch::TimingTable& timing_;
};

}  // namespace psmc::sim
