// SPDX-License-Identifier: Apache-2.0
// The backend's form of one kernel: machine instructions on virtual registers in blocks, blocks in layout order, loops
// as ranges of blocks. Control flow is what loops say and nothing else.
//
// Why not `inst` ops in the IR: a kernel has thousands of instructions that are cloned, unrolled, placed and coloured
// several times; here an instruction is 48 bytes in one array and a register is a number. `print` (mir/print.h) shows
// it.
//
// Registers are not SSA: a carried value of a loop is one register, written before the loop and at the end of its body.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "arch/isa.h"

namespace psmc::backend {

/// A virtual register. The first ones are fixed: s0..s5 and m0.
using Reg = uint32_t;
inline constexpr Reg kNoReg = 0xffffffffu;
inline constexpr Reg kZeroReg = 0;    ///< s0
inline constexpr Reg kRecordReg = 1;  ///< s1
inline constexpr Reg kSymbolReg = 2;  ///< s2..s5
inline constexpr Reg kAllLanes = 6;   ///< m0
inline constexpr Reg kFirstVirtual = 7;

inline constexpr uint32_t kNone = 0xffffffffu;

/// Places of registers in an instruction, as in arch::Inst.
enum RegField : uint8_t { kD, kA, kB, kC, kM, kRegFields };

/// One instruction. `object` names what memory it touches: accesses of different objects never overlap.
struct MInst {
  arch::Opcode op = arch::Opcode::nop;
  bool post = false;  ///< the address register is incremented by imm after use, which then is not added to the address
  std::array<Reg, kRegFields> reg{kNoReg, kNoReg, kNoReg, kNoReg, kNoReg};
  int32_t imm = 0;
  uint32_t object = kNone;
  uint32_t loc = kNone;  ///< index of the ir::LocId of the op that it was made for
};

/// How the value of a register is made again instead of being reloaded.
enum class Remat : uint8_t { none, vector_imm, scalar_imm, argument };

struct RegInfo {
  arch::RegFile file = arch::RegFile::none;
  Remat remat = Remat::none;  ///< written once, by this
  int32_t imm = 0;            ///< of the constant, or offset of the argument in the record
  bool spilled_temp = false;  ///< a piece of a spilled register: spilling it again gains nothing
};

/// Where a software-pipelined instruction issues: decided before registers are.
struct FixedPlace {
  uint32_t cycle = 0;
  arch::Slot slot = arch::Slot::S;
};

struct MBlock {
  std::vector<MInst> insts;
  uint32_t loop = kNone;          ///< innermost loop
  std::vector<FixedPlace> fixed;  ///< by instruction, if the block is a piece of a pipelined loop
  uint32_t fixed_length = 0;
};

constexpr double kExpectedTrip = 64;

/// How a loop is counted: by the loop unit, or by a branch at the end of the body.
enum class LoopForm : uint8_t { hardware, branch };

/// Blocks first..last. The block before `first` ends with the `loop` instruction (or the guard) and belongs outside.
struct MLoop {
  uint32_t first = 0, last = 0;
  uint32_t parent = kNone;
  LoopForm form = LoopForm::hardware;
  Reg count = kNoReg;
  int64_t trip = -1;                ///< if known when compiled
  double expected = kExpectedTrip;  ///< if not: a guess, for what a run costs
  bool may_skip = true;             ///< the trip count can be 0
  uint32_t depth = 0;               ///< number of loops around
};

struct MFunc {
  std::string name;
  std::vector<RegInfo> regs;
  std::vector<MBlock> blocks;
  std::vector<MLoop> loops;
  uint32_t num_objects = 0;  ///< buffers first, then local ones; the last is the spill area
  uint32_t spill_object = 0;
  uint32_t spill_bytes = 0;     ///< of the spill area used so far, local buffers included
  uint32_t spill_argument = 0;  ///< number of the argument that is its address
  Reg spill_base = kNoReg;      ///< made when needed

  Reg add_reg(arch::RegFile file) {
    regs.push_back({file, Remat::none, 0, false});
    return static_cast<Reg>(regs.size() - 1);
  }
};

/// A function with its fixed registers.
MFunc make_func(std::string name);

/// What an opcode does with its register fields; looked up once.
struct RegUse {
  RegField field;
  arch::RegFile file;
  bool reads, writes;
};
struct OpUses {
  std::array<RegUse, 5> uses{};
  uint8_t count = 0;
  bool memory = false;
  const RegUse* begin() const { return uses.data(); }
  const RegUse* end() const { return uses.data() + count; }
};
const OpUses& uses_of(arch::Opcode op);

/// Calls visit(reg, file) for each register read, or written (post-increment included). s0 and m0 are left out.
template <typename Visit>
void for_each_read(const MInst& inst, Visit&& visit) {
  for (const RegUse& use : uses_of(inst.op)) {
    const Reg reg = inst.reg[use.field];
    if (use.reads && reg != kZeroReg && reg != kAllLanes) visit(reg, use);
  }
}
template <typename Visit>
void for_each_write(const MInst& inst, Visit&& visit) {
  const OpUses& uses = uses_of(inst.op);
  for (const RegUse& use : uses) {
    const Reg reg = inst.reg[use.field];
    if ((use.writes || (inst.post && uses.memory && use.field == kA)) && reg != kZeroReg && reg != kAllLanes)
      visit(reg, use);
  }
}

bool is_move(const MInst& inst);
bool is_control(arch::Opcode op);
/// The bytes of a field-wise access with an immediate address; 0 if the extent is not known (strided).
uint32_t access_bytes(arch::Opcode op);

}  // namespace psmc::backend
