// SPDX-License-Identifier: Apache-2.0
// A piece of a node's iteration space, cut into chunks small enough that what a chunk reads from device memory can be
// fetched while the chunks before it run.
//
//   c[n] = sum_k x[k] * w[k,n], a tile's share n = 256, k = 2048, w read from memory, 160 KB a chunk:
//     chunks of k = 160: rows of w stay whole; the sums so far are kept between the chunks
//
//   choose    while a chunk's data are too large: cut the dimension that shrinks them most; then the one that leaves
//             the longest contiguous rows in memory, then a parallel one before a reduction, then the longest
//   enumerate parallel dimensions outside, the reduction inside: it is finished before the next results begin
//
// Cost: dimensions squared, then linear in chunks times tiles.
#pragma once

#include "midend/node/node.h"
#include "midend/partition/layout.h"

namespace psmc::midend {

struct Chunk {
  size_t piece = 0;
  std::vector<Box> points;         ///< per tile: parallel dimensions
  int reduced = -1;                ///< the reduce dimension that is cut, or -1
  Range range;                     ///< of that dimension
  bool first = true, last = true;  ///< of the parts of the reduction
};

/// How a leaf of a piece comes to the tiles.
enum class Arrival : uint8_t {
  resident,  ///< whole before the first chunk, or small
  packed,    ///< chunk by chunk, each one block of memory
  strided,   ///< chunk by chunk, out of a row-major array
};

struct ChunkRequest {
  const ir::Module& module;
  const std::vector<ir::Symbol>& symbols;
  const NodePiece& piece;
  const Layout& points;
  std::vector<Arrival> arrivals;  ///< per leaf
  uint64_t budget = 0;            ///< bytes of a tile for the chunk that runs and those under way
  int64_t stored = 0;             ///< bytes a result that leaves for memory chunk by chunk, or 0
};

/// All of them in order; one if nothing has to be cut. `piece` is left to the caller.
std::vector<Chunk> cut_into_chunks(const ChunkRequest& request);

}  // namespace psmc::midend
