// SPDX-License-Identifier: Apache-2.0
// Which virtual registers are alive at the borders of blocks.
#pragma once

#include <vector>

#include "backend/mir/mir.h"

namespace psmc::backend {

/// Registers alive at the entry and at the end of a block, ascending. Fixed registers are left out.
struct BlockLive {
  std::vector<Reg> in, out;
};

/// Blocks that may follow each block: the next one, the start of a loop at its end, and past a loop that may be
/// skipped. `all`: past every hardware loop, whatever its count: what is in flight is judged without knowing counts
/// (arch/check.h).
std::vector<std::vector<uint32_t>> successors(const MFunc& func, bool all = false);
/// Whether control can go past the loop, in the sense of `all`.
inline bool may_pass(const MLoop& loop) { return loop.may_skip || loop.form == LoopForm::hardware; }

std::vector<BlockLive> liveness(const MFunc& func);

}  // namespace psmc::backend
