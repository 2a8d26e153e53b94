// SPDX-License-Identifier: Apache-2.0
// A trap: the program broke the contract of the machine. The run ends; the first trap in order of cycle, then tile, is
// reported, as a diagnostic that names tile, cycle, instruction, op and source line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"

namespace psmc::sim {

enum class TrapKind : uint8_t {
  hazard,       ///< a register in flight is touched, or changes while it is read; order of accesses within a word
  unit,         ///< a unit or a write port is used twice
  race,         ///< unordered accesses of one byte
  unwritten,    ///< a core reads bytes that nobody has written
  bounds,       ///< an access leaves its memory
  alignment,    ///<
  code,         ///< the program counter is at a word that is not loaded
  control,      ///< a branch or loop breaks the rules of control flow
  semaphore,    ///< overflow, or a semaphore, tile or engine that does not exist
  descriptor,   ///< a DMA descriptor is not valid
  deadlock,     ///< nothing can ever happen again
  cycle_limit,  ///< the run takes longer than allowed
  number,       ///< timing only: control needs a number that is not computed
};

std::string_view trap_name(TrapKind kind);
Code trap_code(TrapKind kind);
/// Whether a diagnostic of that code is a trap.
bool is_trap(Code code);

struct Trap {
  TrapKind kind = TrapKind::hazard;
  uint32_t tile = 0;
  uint64_t cycle = 0;
  uint32_t pc = 0;                 ///< word of the code memory
  std::string message;             ///< what is wrong, in one sentence
  std::string instruction;         ///< the word's text; empty if there is none
  std::string op, location;        ///< of the user's model, if known
  std::vector<std::string> notes;  ///< deadlock: who waits on whom

  Diagnostic diagnostic() const;
};

}  // namespace psmc::sim
