// SPDX-License-Identifier: Apache-2.0
// Where two runs first differ. A tile's runs differ from the first word on that they do not issue alike: the same word
// of the code, at the same place, in the same cycle.
//
//   find_divergence: both chips run in windows of 1024 cycles; what each tile issued in a window is compared word by
//                    word, so memory is bounded; then both run to their end, for the counters
//   divergence_text: both begin anew and stop after the cycle of the divergence, where all of their state can be seen
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "tools/debug/target.h"

namespace psmc::tools::debug {

/// One of the two runs.
struct RunSide {
  std::string name;
  const arch::Image& image;
  size_t entry = 0;
  OpenDevice open;
};
using RunPair = std::array<RunSide, 2>;

struct Divergence {
  uint32_t tile = 0;
  Cycle cycle = 0;  ///< the earlier one of the two words
};

struct RunComparison {
  std::vector<std::optional<Divergence>> tiles;  ///< by tile
  std::optional<Divergence> first;               ///< the earliest, of the lowest tile
  std::array<sim::RunStats, 2> stats;
  std::array<std::string, 2> traps;  ///< what ended the run, if it was a trap
};

/// Errors: those of opening and of Chip::begin. A trap is part of the result.
Result<RunComparison> find_divergence(const RunPair& runs);

/// Both contexts: the last words of the tile, what all tiles do, who waits on whom.
Result<std::string> divergence_text(const RunPair& runs, const Divergence& divergence);

/// Counters that differ, a line each; empty if there are none.
std::string counters_text(const RunComparison& comparison);

}  // namespace psmc::tools::debug
