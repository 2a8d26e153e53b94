// SPDX-License-Identifier: Apache-2.0
#include "arch/image.h"

#include <algorithm>

namespace psmc::arch {

std::string_view symbol_kind_name(SymbolKind kind) {
  constexpr std::string_view kNames[] = {"input", "output", "state"};
  return kNames[static_cast<size_t>(kind)];
}

std::span<const std::byte> Image::own(std::vector<std::byte> bytes) {
  owned.push_back(std::move(bytes));
  return owned.back();
}

const Entry* Image::find_entry(std::string_view name) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

const TileImage* Image::find_tile(uint32_t tile) const {
  const auto found =
      std::lower_bound(tiles.begin(), tiles.end(), tile, [](const TileImage& t, uint32_t id) { return t.tile < id; });
  return found == tiles.end() || found->tile != tile ? nullptr : &*found;
}

OpId Image::op_at(BlobId blob, uint32_t word) const {
  if (blob.index >= blobs.size()) return {};
  const std::vector<DebugRange>& lines = blobs[blob.index].lines;
  const auto after =
      std::upper_bound(lines.begin(), lines.end(), word, [](uint32_t w, const DebugRange& r) { return w < r.first; });
  if (after == lines.begin()) return {};
  const DebugRange& range = *(after - 1);
  return word - range.first < range.words ? range.op : OpId{};
}

}  // namespace psmc::arch
