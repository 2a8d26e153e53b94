// SPDX-License-Identifier: Apache-2.0
// The nest of a node's piece: its iteration space in order, its result as the array that is written (and, for a
// reduction, read: the accumulation), the leaves that may share memory with it.
#pragma once

#include "midend/node/node.h"
#include "midend/poly/dependence.h"
#include "midend/shard/box.h"

namespace psmc::midend {

/// Symbols in offsets are the same at every iteration and drop out as long as both accesses have the same ones; an
/// access with other symbols than the result's counts as touching anything.
poly::Nest nest_of(const Node& node, const NodePiece& piece, const Box& points);

}  // namespace psmc::midend
