// SPDX-License-Identifier: Apache-2.0
// A sharding spreads the parallel dimensions of a node's iteration space over an ordered list of tiles.
//
// Dimension d is cut into parts[d] blocks of block[d] points (the last may be short or missing: uneven and empty
// shards). Tile number i of the list works on part i / replicas, parts counted row-major over the dimensions; tiles
// beyond parts * replicas are idle. So (kv head: 4, group: 8) on 32 tiles and (kv head: 4) with 8 replicas give every
// tile the same kv head: sub-axes come out of the order, nothing names them.
#pragma once

#include <cstdint>
#include <vector>

#include "midend/shard/box.h"

namespace psmc::midend {

struct Sharding {
  std::vector<int64_t> parts;  ///< per parallel dimension
  std::vector<int64_t> block;  ///< per parallel dimension, points
  int64_t replicas = 1;

  int64_t total_parts() const;
  int64_t tiles() const { return total_parts() * replicas; }
  /// The part of `space` (bounds of the parallel dimensions) of tile number `index`.
  Box box(const std::vector<int64_t>& space, int64_t index) const;
  bool operator==(const Sharding&) const = default;
};

/// Everything on `replicas` tiles, each computing all of it.
Sharding replicated(size_t rank, const std::vector<int64_t>& space, int64_t replicas);
/// Dimension `dim` in at most `parts` blocks whose size is a multiple of `align`.
Sharding split(const std::vector<int64_t>& space, uint32_t dim, int64_t parts, int64_t align);

}  // namespace psmc::midend
