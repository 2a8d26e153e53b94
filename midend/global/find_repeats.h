// SPDX-License-Identifier: Apache-2.0
// Copies side by side in a sequence of numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace psmc::midend {

/// tokens[i] == tokens[i + period] from `begin` on, for `copies` whole periods and `slack` < period tokens more: the
/// copies may begin up to `slack` later.
struct Repeat {
  uint32_t begin = 0, period = 0, copies = 0, slack = 0;
  uint64_t saved() const { return uint64_t{copies - 1} * period; }
  uint32_t end() const { return begin + copies * period + slack; }
};

struct Repeats {
  std::vector<Repeat> found;  ///< disjoint, in order
  int64_t steps = 0;          ///< tokens and hashes compared
};

/// Repeats of at least `least` tokens a copy, chosen by what is saved if one copy does for all. n log^2 n.
Repeats find_repeats(std::span<const uint32_t> tokens, uint32_t least);

}  // namespace psmc::midend
