// SPDX-License-Identifier: Apache-2.0
// The chip's side of opening a program (sim/boot.h): its own network, channels and DMA units carry it out, cycle by
// cycle.
#include <algorithm>

#include "sim/boot.h"
#include "sim/tile.h"

namespace psmc::sim {

Status Chip::boot() {
  DeviceMemory memory(memory_->bytes());
  PSMC_ASSIGN(const BootPlan plan, plan_boot(image_, memory));
  constexpr Cycle kNap = 1000;  // nothing is missed: whoever has room for a descriptor has just been ticked
  start_launch({});
  for (MemoryController& c : channels_) c.use(memory);
  std::vector<size_t> next(tiles_.size(), 0);
  std::vector<Cycle> loaded(tiles_.size(), 0);
  for (now_ = 0;; now_ = std::min(next_event(now_), now_ + kNap)) {
    tick(now_);
    for (uint32_t t = 0; t < tiles_.size(); ++t) {
      feed_boot(*tiles_[t], plan.tiles[t], next[t]);
      if (next[t] < plan.tiles[t].size() || !tiles_[t]->dma.idle()) loaded[t] = now_ + 1;
    }
    const bool fed =
        std::equal(next.begin(), next.end(), plan.tiles.begin(), [](size_t n, const auto& d) { return n == d.size(); });
    if (fed && quiet()) break;
  }
  for (uint32_t t = 0; t < tiles_.size(); ++t) stats_.tiles[t][static_cast<size_t>(CycleClass::startup)] = loaded[t];
  finish(now_ + 1);
  boot_stats_ = stats_;
  for (MemoryController& c : channels_) c.use(*memory_);
  label_code();
  return {};
}

/// Gives a tile's engines their next descriptors, in turn, as far as their queues have room.
void Chip::feed_boot(Tile& tile, const std::vector<arch::Descriptor>& list, size_t& next) {
  const uint32_t engines = image_.machine.dma.in_engines;
  while (next < list.size() && tile.dma.can_start(static_cast<uint32_t>(next % engines))) {
    tile.dma.start(static_cast<uint32_t>(next % engines), list[next], 0, now_);
    ++next;
  }
}

}  // namespace psmc::sim
