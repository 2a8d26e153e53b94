// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/scope.h"

#include <fmt/format.h>

#include <charconv>

namespace psmc::tools::trace {
namespace {

/// The number that all of `text` is.
bool read_number(std::string_view text, uint32_t& number) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return wrong == std::errc() && end == text.data() + text.size();
}

Status add_range(Scope& scope, std::string_view text) {
  const size_t dash = text.find('-');
  uint32_t first = 0, last = 0;
  const bool read = read_number(text.substr(0, dash), first) &&
                    (dash == std::string_view::npos || read_number(text.substr(dash + 1), last));
  if (dash == std::string_view::npos) last = first;
  if (!read || last < first)
    return error(Code::bad_option, fmt::format("'{}' is neither a tile nor a range of tiles", text),
                 {"tiles are given as 0,3-5"});
  const uint32_t tiles = scope.image.machine.tiles();
  if (last >= tiles)
    return error(Code::bad_option, fmt::format("there is no tile {}", last),
                 {fmt::format("the machine has tiles 0 to {}", tiles - 1)});
  for (uint32_t t = first; t <= last; ++t) scope.wanted[t] = true;
  return {};
}

}  // namespace

Status choose_tiles(Scope& scope, std::string_view text) {
  scope.wanted.assign(scope.image.machine.tiles(), false);
  if (text.empty())
    for (const arch::TileStart& start : scope.image.entries[scope.entry].tiles) scope.wanted[start.tile] = true;
  for (size_t at = 0; !text.empty() && at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    PSMC_TRY(add_range(scope, text.substr(at, comma - at)));
    at = comma + 1;
  }
  scope.tiles.clear();
  for (uint32_t t = 0; t < scope.wanted.size(); ++t)
    if (scope.wanted[t]) scope.tiles.push_back(t);
  return {};
}

std::string tile_name(const arch::Machine& machine, uint32_t tile) {
  const arch::TileCoord at = machine.grid.coord(tile);
  return fmt::format("tile {} ({},{})", tile, at.x, at.y);
}

std::string_view op_name(const arch::Image& image, uint32_t op) {
  return op < image.ops.size() ? std::string_view(image.ops[op].name) : "no op";
}

std::string_view op_location(const arch::Image& image, uint32_t op) {
  return op < image.ops.size() ? std::string_view(image.ops[op].location) : "";
}

std::string_view transfer_kind_name(arch::DmaKind kind) {
  constexpr std::string_view kNames[] = {"none", "memory to scratchpad", "memory to code", "scratchpad to memory",
                                         "scratchpad to tiles"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace psmc::tools::trace
