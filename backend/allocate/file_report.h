// SPDX-License-Identifier: Apache-2.0
// What the allocation of one register file came to.
#pragma once

#include <cstdint>

namespace psmc::backend {

struct FileReport {
  uint32_t max_live = 0;             ///< most registers alive at once
  uint32_t spilled = 0;              ///< values kept in memory, or constants made again
  uint32_t stores = 0, reloads = 0;  ///< instructions added for them
};

}  // namespace psmc::backend
