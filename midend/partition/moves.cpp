// SPDX-License-Identifier: Apache-2.0
#include "midend/partition/moves.h"

#include <algorithm>

namespace psmc::midend {
namespace {

/// Tiles that hold each distinct box.
std::vector<std::pair<Box, std::vector<size_t>>> distinct_boxes(const Layout& layout) {
  std::vector<std::pair<Box, std::vector<size_t>>> result;
  for (size_t t = 0; t < layout.size(); ++t) {
    if (layout[t].empty()) continue;
    auto at = std::find_if(result.begin(), result.end(), [&](const auto& r) { return r.first == layout[t]; });
    if (at == result.end())
      result.push_back({layout[t], {t}});
    else
      at->second.push_back(t);
  }
  return result;
}

/// Where `piece` starts inside `box`: equal starts in two tiles are equal offsets in their buffers.
std::vector<int64_t> start_in(const Box& box, const Box& piece) {
  std::vector<int64_t> start;
  for (size_t d = 0; d < box.dims.size(); ++d) start.push_back(piece.dims[d].lo - box.dims[d].lo);
  return start;
}

}  // namespace

std::vector<Rectangle> rectangles(const std::vector<size_t>& tiles, size_t columns) {
  std::vector<size_t> left = tiles;
  std::vector<Rectangle> result;
  const auto has = [&](size_t tile) { return std::binary_search(left.begin(), left.end(), tile); };
  while (!left.empty()) {
    const size_t first = left.front(), y = first / columns;
    size_t x1 = first % columns;
    while (x1 + 1 < columns && has(y * columns + x1 + 1)) ++x1;
    const auto row_present = [&](size_t row) {
      for (size_t x = first % columns; x <= x1; ++x)
        if (!has(row * columns + x)) return false;
      return true;
    };
    size_t y1 = y;
    while (row_present(y1 + 1)) ++y1;
    result.push_back({first % columns, y, x1, y1});
    std::erase_if(left, [&](size_t t) {
      return t % columns >= first % columns && t % columns <= x1 && t / columns >= y && t / columns <= y1;
    });
  }
  return result;
}

std::vector<Rectangle> receivers(const std::vector<size_t>& tiles, size_t columns, bool multicast) {
  if (multicast) return rectangles(tiles, columns);
  std::vector<Rectangle> result;
  for (size_t t : tiles) result.push_back({t % columns, t / columns, t % columns, t / columns});
  return result;
}

std::vector<Message> messages(const Layout& from, const Layout& need) {
  std::vector<Message> result;
  std::vector<std::vector<int64_t>> starts;  // per message: of its box in its destinations' buffers
  for (const auto& [box, holders] : distinct_boxes(from)) {
    const size_t first = result.size();
    for (size_t t = 0; t < need.size(); ++t) {
      const Box piece = intersect(box, need[t]);
      if (piece.empty()) continue;
      const bool own = std::binary_search(holders.begin(), holders.end(), t);
      const std::vector<int64_t> start = start_in(need[t], piece);
      size_t m = first;
      while (m < result.size() && !((!own || result[m].source == t) && starts[m] == start && result[m].box == piece))
        ++m;
      if (m == result.size()) {
        result.push_back({own ? t : holders[0], piece, {}});
        starts.push_back(start);
      }
      result[m].destinations.push_back(t);
    }
  }
  return result;
}

}  // namespace psmc::midend
