// SPDX-License-Identifier: Apache-2.0
// The instruction set: one table of opcodes (arch/isa.def) and the queries that assembler, scheduler, checker and
// simulator share. docs/isa.md is printed from the same table.
//
// A word has six slots: S (scalar, control), M0 and M1 (memory), V (vector), X (matrix), T (transfer).
//
// Timing contract, cycles counted from the issue of the word (a stall shifts everything by the same amount):
//  * a source is read during cycles [0, end); most sources have end = 1, matrix operands the occupancy of the unit;
//  * a destination is in flight during [0, end) and changes from cycle `begin` on; the result may be read from `end`
//  on;
//  * issuing an instruction that reads or writes a register in flight is a hazard, except that mma.T may accumulate on
//    an accumulator that an earlier mma.T or mmaz.T of the same element type has in flight;
//  * a write whose `begin` falls inside another instruction's read window (before its `end`) is a hazard;
//  * a unit is busy for `occupancy` cycles; a write port is used during cycles [begin, end] of a write. Using either
//  twice
//    is a hazard.
// s0 reads as 0 and m0 as all lanes; writes to them are discarded and never a hazard.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "arch/machine.h"

namespace psmc::arch {

// What the encoding and the semantics fix; no machine file can change these.
inline constexpr uint32_t kLanes = 16;       ///< of a vector, 32 bits each
inline constexpr uint32_t kLineBytes = 64;   ///< scratchpad line, flit, burst
inline constexpr uint32_t kWordBytes = 32;   ///< of code
inline constexpr uint32_t kTileBytes = 512;  ///< of a tile register: 16 rows of 32 bytes
inline constexpr uint32_t kTileRows = 16;
inline constexpr uint32_t kTileRowBytes = 32;
inline constexpr uint32_t kBranchDelay = 2;        ///< words that still run after a branch
inline constexpr int32_t kMinOffset = -(1 << 21);  ///< immediate of a memory address
inline constexpr int32_t kMaxOffset = (1 << 21) - 1;

enum class Opcode : uint8_t {
#define PSMC_OPCODE(name, mnemonic, slot, number, operands, latency, unit, description) name,
#include "arch/isa.def"
#undef PSMC_OPCODE
};
#define PSMC_OPCODE(name, mnemonic, slot, number, operands, latency, unit, description) +1
inline constexpr size_t kOpcodes = 0
#include "arch/isa.def"
    ;
#undef PSMC_OPCODE

/// What kind of slot an opcode belongs to. nop goes everywhere.
enum class SlotKind : uint8_t { S, M, V, X, T };
/// A slot of the word.
enum class Slot : uint8_t { S, M0, M1, V, X, T };
inline constexpr size_t kSlots = 6;
SlotKind slot_kind(Slot slot);
std::string_view slot_name(Slot slot);

enum class RegFile : uint8_t { none, s, v, m, t, a };
std::string_view reg_file_prefix(RegFile file);
/// Registers of a file on a machine.
uint32_t reg_count(const Machine& machine, RegFile file);

/// Units that can be busy. `issue` is never busy; the memory unit of an instruction is that of its slot.
enum class Unit : uint8_t {
  issue,
  scalar,
  control,
  memory,
  memory1,
  vector,
  special,
  cross,
  matrix,
  accumulator,
  transfer
};
inline constexpr size_t kUnits = 11;
std::string_view unit_name(Unit unit);

/// A decoded instruction. Which fields an opcode uses stands in its operands; unused fields are zero.
struct Inst {
  Opcode op = Opcode::nop;
  uint8_t d = 0;     ///< destination (of a store: the register that is stored)
  uint8_t a = 0;     ///< first source; base of an address; tile number of a post
  uint8_t b = 0;     ///< second source; row stride of a strided tile access; amount of a wait or post in a register
  uint8_t c = 0;     ///< third source; semaphore or engine (number, or register)
  uint8_t m = 0;     ///< mask
  uint8_t post = 0;  ///< 1: the address is [s += imm]: use s, then s += imm
  int32_t imm = 0;   ///< immediate, address offset, words to a branch target or loop length
  bool operator==(const Inst&) const = default;
};

enum class Field : uint8_t { d, a, b, c, m, post, imm };
enum class Access : uint8_t { read, write, read_write };
/// What an operand is in text. A memory operand stands for three fields: base a, offset imm, post.
enum class OperandKind : uint8_t {
  reg,        ///< a register of `file`
  mask,       ///< a mask register that may be left out: m0
  memory,     ///< [s+imm] or [s+=imm]
  imm,        ///< a signed number, hexadecimal or decimal
  bits,       ///< 32 bits: a signed number, or a float with a point
  target,     ///< a word of the same code, relative to this word
  loop_end,   ///< the word after the loop's body, relative to the next word
  amount,     ///< an unsigned number
  row,        ///< 0..15
  semaphore,  ///< #0..#63
  engine,     ///< in0..in7, out0..out7 (out has bit 3 set)
};

/// One operand: syntax, field of Inst, place in the slot's bits, and what it touches.
struct Operand {
  OperandKind kind = OperandKind::reg;
  RegFile file = RegFile::none;
  Field field = Field::d;
  uint8_t bit = 0;    ///< lowest bit in the slot
  uint8_t width = 0;  ///< bits
  Access access = Access::read;
};

struct OpInfo {
  std::string_view name;  ///< mnemonic
  SlotKind slot;
  uint8_t number;                     ///< encoding within the slot
  std::span<const Operand> operands;  ///< in the order of the text
  LatencyClass latency;
  Unit unit;
  std::string_view description;
};

const OpInfo& info(Opcode op);
std::optional<Opcode> opcode_by_name(std::string_view mnemonic);
/// The opcode with that encoding in a slot kind, if any.
std::optional<Opcode> opcode_by_number(SlotKind slot, uint32_t number);
/// True if the opcode may stand in the slot.
bool fits(Opcode op, Slot slot);

bool is_branch(Opcode op);  ///< jmp, bz, bnz, jr
bool is_load(Opcode op);
bool is_store(Opcode op);
bool is_mma(Opcode op);  ///< mma and mmaz
bool is_wait(Opcode op);

/// Shape of the scratchpad access of a load or store: `rows` pieces of `row_bytes`, each aligned to `alignment`.
struct MemShape {
  uint32_t rows = 0;  ///< 0: no memory access
  uint32_t row_bytes = 0;
  uint32_t alignment = 1;  ///< of the address and, if strided, of the stride
  bool strided = false;    ///< rows are Inst::b apart; else they are contiguous
};
MemShape mem_shape(Opcode op);
/// The element of a vector access, in memory and in the lanes.
enum class Element : uint8_t { none, f32, bf16, f16, i8, i8i, u8, e4m3, e5m2 };
Element mem_element(Opcode op);

/// Numbers of an opcode on a machine, cycles.
struct OpTiming {
  uint32_t latency = 0;      ///< result readable; 0 if there is none
  uint32_t first_write = 0;  ///< the destination begins to change; equal to latency unless written in pieces
  uint32_t occupancy = 1;    ///< the unit (for memory: the port) is busy
  uint32_t read_window = 1;  ///< sources are read (register sources of one-cycle instructions: 1)
};

/// One register touched by an instruction; see the contract above. Never s0 or m0.
struct RegAccess {
  RegFile file = RegFile::none;
  uint8_t index = 0;
  bool write = false;
  bool accumulate = false;  ///< the accumulator of mma.T: read and written, forwarding allowed
  uint8_t port = 0;         ///< write: which write port, below kWritePorts
  uint32_t begin = 0;
  uint32_t end = 0;
};
inline constexpr size_t kWritePorts = kUnits * 6 + 2;

/// A short list without heap.
struct AccessList {
  std::array<RegAccess, 8> items{};
  size_t count = 0;
  const RegAccess* begin() const { return items.data(); }
  const RegAccess* end() const { return items.data() + count; }
};

/// All timing of a machine, looked up once: cheap to query in inner loops.
class TimingTable {
 public:
  explicit TimingTable(const Machine& machine);
  const OpTiming& of(Opcode op) const { return timing_[static_cast<size_t>(op)]; }
  /// Longest latency or occupancy of any opcode: how far a hazard can reach.
  uint32_t horizon() const { return horizon_; }

 private:
  std::array<OpTiming, kOpcodes> timing_{};
  uint32_t horizon_ = 1;
};

/// The unit that `inst` occupies when issued in `slot` (M1 has its own).
Unit unit_of(const Inst& inst, Slot slot);
/// Registers read and written, with cycle windows. Reads come before writes.
AccessList reg_accesses(const TimingTable& timing, const Inst& inst, Slot slot);

/// "ld.t t4,[s6+=512]". Branch targets print as ".+3".
std::string print(const Inst& inst);

uint32_t latency(const Machine& machine, Opcode op);
uint32_t occupancy(const Machine& machine, Opcode op);

}  // namespace psmc::arch
