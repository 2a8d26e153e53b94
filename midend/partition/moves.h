// SPDX-License-Identifier: Apache-2.0
// From one layout to another: who sends what to whom. Every collective of the network is this one rule: intersect what
// a tile holds with what another needs; equal pieces that land at the same place become one message to many tiles.
//
//   held: tile 0 rows 0..8, tile 1 rows 8..16; needed everywhere: rows 0..16
//   messages: rows 0..8 from tile 0 to all, rows 8..16 from tile 1 to all (an all-gather by two multicasts)
#pragma once

#include "midend/partition/layout.h"

namespace psmc::midend {

/// One box, from a tile to tiles that keep it at the same offset in their buffer.
struct Message {
  size_t source = 0;
  Box box;
  std::vector<size_t> destinations;  ///< sorted
};

/// Tiles x0..x1, y0..y1, both ends included.
struct Rectangle {
  size_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool operator==(const Rectangle&) const = default;
};

/// Covers a sorted set of tile numbers (y * columns + x) by disjoint rectangles: each starts at the first uncovered
/// tile, grows right, then down.
std::vector<Rectangle> rectangles(const std::vector<size_t>& tiles, size_t columns);

/// What a message to `tiles` is sent to, one packet stream each: rectangles, or tile by tile without multicast.
std::vector<Rectangle> receivers(const std::vector<size_t>& tiles, size_t columns, bool multicast);

/// The messages that give every tile what it needs; a tile that holds a piece itself copies it. Ordered by box, then
/// by first destination. Cost: distinct boxes held times tiles, times the messages of a box.
std::vector<Message> messages(const Layout& from, const Layout& need);

}  // namespace psmc::midend
