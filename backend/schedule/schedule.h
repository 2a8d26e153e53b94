// SPDX-License-Identifier: Apache-2.0
// When and in which slot each instruction issues. `schedule` walks the blocks in layout order; what is still in flight
// at the end of a block is known at the start of the next, and a loop's last block is made long enough that its results
// do not collide with the first block of the next iteration.
//
//   before registers are assigned  places are virtual registers; `Pressure` keeps the list from using too many at once
//   after                          places are physical registers, whose reuse is one more order to keep
#pragma once

#include <vector>

#include "arch/isa.h"
#include "backend/mir/liveness.h"
#include "backend/schedule/model.h"

namespace psmc::backend {

struct Placed {
  uint32_t inst = 0;  ///< of the block
  uint32_t cycle = 0;
  arch::Slot slot = arch::Slot::S;
};

struct BlockSchedule {
  std::vector<Placed> placed;  ///< by cycle, then slot
  uint32_t length = 0;         ///< words
};

struct Schedule {
  std::vector<BlockSchedule> blocks;
  uint32_t words() const;
};

/// Registers that may be alive at once, by file; 0: no limit.
struct Pressure {
  std::array<uint32_t, 6> limit{};
};

/// `live`: of virtual registers, if `pressure` has limits; else empty.
Schedule schedule(const Model& model, const MFunc& func, const std::vector<uint32_t>& place, const Pressure& pressure,
                  const std::vector<BlockLive>& live);
/// Places of virtual registers: themselves.
std::vector<uint32_t> own_places(const MFunc& func);

}  // namespace psmc::backend
