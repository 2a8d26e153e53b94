// SPDX-License-Identifier: Apache-2.0
// Candidate shardings of a node's parallel dimensions, and which of them are worth a look.
//
// candidates(): everything replicated on 1 tile and on all; each shardable dimension cut into as many blocks as there
// are tiles, and into the powers of two below; pairs of dimensions. The last dimension of the result is cut in
// multiples of the vector width. The caller costs them (compute of the largest share + data to be moved + what a
// non-replicated result will cost its readers) and takes the cheapest; ties go to the earlier candidate.
#pragma once

#include <vector>

#include "midend/node/node.h"
#include "midend/shard/sharding.h"

namespace psmc::midend {

/// `space`: bounds of the parallel dimensions. `shardable`: which may be cut. `lane`: dimension that the result's last
/// subscript moves with, or -1.
std::vector<Sharding> candidates(const std::vector<int64_t>& space, const std::vector<bool>& shardable, int lane,
                                 int64_t tiles);

/// The range of each parallel dimension of `piece` whose results lie in `result_box` (inverts unit subscripts).
Box points_of(const NodePiece& piece, const Box& result_box);

}  // namespace psmc::midend
