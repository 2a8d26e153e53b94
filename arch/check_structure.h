// SPDX-License-Identifier: Apache-2.0
// Control structure of a code blob: hardware loops, branches, and the rules that both must keep (arch/check.h).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "arch/check.h"

namespace psmc::arch {

/// A hardware loop: its body is words [first, last].
struct LoopBody {
  uint32_t first = 0;
  uint32_t last = 0;
  int32_t outer = -1;  ///< index of the loop around it
  uint32_t depth = 1;
};

struct Structure {
  std::vector<LoopBody> loops;     ///< by position of the loop instruction
  std::vector<int32_t> innermost;  ///< by word: index of the innermost loop whose body holds it, or -1
  std::vector<int32_t> ends;       ///< by word: index of the loop whose body ends there, or -1
};

/// Finds the structure and appends what breaks the rules; without a violation the walk of the hazards is safe.
Structure check_structure(const Machine& machine, std::span<const Word> words, std::span<const uint32_t> entries,
                          std::vector<Violation>& violations);

}  // namespace psmc::arch
