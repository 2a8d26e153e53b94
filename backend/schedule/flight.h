// SPDX-License-Identifier: Apache-2.0
// What is in flight at a border between blocks, as remaining cycles: registers, read windows, units and write ports.
#pragma once

#include <map>
#include <vector>

#include "backend/schedule/schedule.h"

namespace psmc::backend {

struct Flight {
  struct Remaining {
    uint32_t flight = 0;                  ///< until the register may be touched
    uint32_t reading = 0;                 ///< until it may change
    arch::Opcode by = arch::Opcode::nop;  ///< the mma that may be forwarded
  };
  std::map<uint32_t, Remaining> places;
  std::vector<std::pair<uint32_t, uint32_t>> units;  ///< unit, cycle in which it is busy
  std::vector<std::pair<uint32_t, uint32_t>> ports;  ///< port, cycle in which it is used

  /// The worse of both.
  void join(const Flight& other);
  /// `cycles` later.
  Flight later(uint32_t cycles) const;
  bool empty() const { return places.empty() && units.empty() && ports.empty(); }
  /// The longest that anything takes.
  uint32_t longest() const;
};

/// At the end of a scheduled block that was entered with `entry`.
Flight flight_after(const Model& model, const MBlock& block, const BlockSchedule& schedule,
                    const std::vector<uint32_t>& place, const Flight& entry);
/// The first cycle at which an instruction may issue as far as registers in flight at the block's entry allow.
uint32_t earliest_after(const Model& model, const MInst& inst, const std::vector<uint32_t>& place, const Flight& entry);
/// How control comes from a block to a scheduled one.
enum class Way : uint8_t {
  forward,  ///< what is left after the block is known to whatever follows
  around,   ///< the end of a loop to its first block: nothing may be left after that
  same,     ///< a block to itself, round after round
};
/// Words to add so that the scheduled block `next` may be entered with `flight`.
uint32_t padding_before(const Model& model, const MBlock& next, const BlockSchedule& schedule,
                        const std::vector<uint32_t>& place, const Flight& flight, Way way);

}  // namespace psmc::backend
