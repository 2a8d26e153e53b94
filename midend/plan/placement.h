// SPDX-License-Identifier: Apache-2.0
// Where a value lies: which box of it each tile holds, in one buffer that has the same strides everywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "base/dtype.h"
#include "midend/lower/lower.h"
#include "midend/plan/buffers.h"
#include "midend/shard/box.h"

namespace psmc::midend {

struct Placement {
  BufferId buffer;  ///< invalid: in device memory, whole and dense, at `memory`
  uint64_t memory = 0;
  DType dtype = DType::f32;
  std::vector<Box> boxes;        ///< per tile number
  std::vector<int64_t> strides;  ///< elements
  bool in_memory() const { return !buffer.valid(); }

  /// Whether every tile holds what it needs.
  bool covers(const std::vector<Box>& need) const;
  /// Elements from the start of tile `tile`'s buffer to the first element of `box`, which it holds.
  int64_t offset(size_t tile, const Box& box) const;
  View view(size_t tile, const Box& box) const;
};

/// Row-major strides for boxes of at most `sizes`, dimensions in the order `order` (last: contiguous, padded to 16
/// elements). An empty order is the natural one. Returns the elements of the buffer in `elements`.
std::vector<int64_t> padded_strides(const std::vector<int64_t>& sizes, const std::vector<uint32_t>& order,
                                    int64_t& elements);
/// The same in the natural order, without padding for trailing dimensions of size 1: what is dense stays dense.
std::vector<int64_t> dense_strides(const std::vector<int64_t>& sizes, int64_t& elements);
/// Elements of a matrix buffer with its rows rounded up to 16, so that the matrix unit may read and write whole tiles.
int64_t with_whole_tiles(const std::vector<int64_t>& sizes, const std::vector<uint32_t>& order, int64_t elements);
/// The largest size of each dimension over all boxes.
std::vector<int64_t> largest(const std::vector<Box>& boxes, size_t rank);

}  // namespace psmc::midend
