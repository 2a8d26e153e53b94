// SPDX-License-Identifier: Apache-2.0
// What of a run is traced: which tiles, and which cycles.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "arch/dma.h"
#include "arch/image.h"
#include "sim/core/core.h"

namespace psmc::tools::trace {

using sim::Cycle;

struct Scope {
  const arch::Image& image;
  size_t entry = 0;
  std::vector<uint32_t> tiles;  ///< ascending
  Cycle from = 0, to = sim::kNever;

  bool has(uint32_t tile) const { return tile < wanted.size() && wanted[tile]; }
  std::vector<bool> wanted = {};  ///< by tile; set by choose_tiles
};

/// "0,3-5", or empty: all tiles that the entry starts. Errors: bad_option (malformed, or no tile of the machine).
Status choose_tiles(Scope& scope, std::string_view text);

/// "tile 5 (1,2)": number, column, row.
std::string tile_name(const arch::Machine& machine, uint32_t tile);
/// The name of an op as in TraceEvent; "no op" if there is none.
std::string_view op_name(const arch::Image& image, uint32_t op);
/// Its source line, or nothing.
std::string_view op_location(const arch::Image& image, uint32_t op);
/// "memory to scratchpad" ...
std::string_view transfer_kind_name(arch::DmaKind kind);

}  // namespace psmc::tools::trace
