// SPDX-License-Identifier: Apache-2.0
// One part of a reduction that is done in several, in order:
//
//   r[m,n] = silu(sum_{k < 300} a[m,k] * b[k,n])   in parts of 128:
//     part 0   p[m,n] = sum_{k < 128} a[m,k] * b[k,n]
//     part 1   p[m,n] = p[m,n] + sum_{k < 128} a[m,128+k] * b[128+k,n]
//     part 2   r[m,n] = silu(p[m,n] + sum_{k < 44} a[m,256+k] * b[256+k,n])
//
// p has the accumulator's type, so that nothing is rounded in between, and each element is read before it is written,
// by the same iteration. A part counts its dimension from 0; whoever makes the views adds the start of the range
// (`Chunk::range`), so that parts of equal length are equal kernels. The maps stay those of the whole.
#pragma once

#include "midend/node/node.h"
#include "midend/shard/box.h"

namespace psmc::midend {

/// Whether the reduce dimension `dim` may be cut into parts.
bool may_part(const NodePiece& piece, uint32_t dim);

/// Whether the result is the plain sum, so that its own place can be p and the last part is like the others.
bool is_its_own_sum(const NodePiece& piece);

/// The part `range` of dimension `dim`. Unless it is the first one, its last leaf is p; unless it is the last one, its
/// only output is p. `value` stands for p in that leaf: any value of the same shape.
NodePiece reduction_part(const NodePiece& piece, uint32_t dim, const Range& range, bool first, bool last,
                         ir::ValueId value);

}  // namespace psmc::midend
