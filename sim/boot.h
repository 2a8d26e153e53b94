// SPDX-License-Identifier: Apache-2.0
// Opening a program on the machine: the host has put code and data into memory, and every tile fetches its own through
// its DMA unit. Pieces are laid out one after the other in a memory of their own; a blob that many tiles run stands
// there once. The tiles' `in` engines take turns, each gets its next descriptor as soon as its queue has room.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/dma.h"
#include "arch/image.h"
#include "sim/memory/store.h"

namespace psmc::sim {

/// What one tile fetches, in order.
struct BootPlan {
  std::vector<std::vector<arch::Descriptor>> tiles;  ///< by tile
  std::vector<std::vector<std::byte>> code;          ///< encoded blobs, which the memory refers to
};

/// Lays code and segments of the image out in `memory`. Errors: too_large if they do not fit the device memory.
Result<BootPlan> plan_boot(const arch::Image& image, DeviceMemory& memory);

}  // namespace psmc::sim
