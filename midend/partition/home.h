// SPDX-License-Identifier: Apache-2.0
// Where a value lives that updates write into: each tile writes what of the update lies in its own box.
//
// Along a dimension whose boxes are known when compiling, a layout may cut the value: a tile's share of the update is a
// box too. Along any other (a start or size known at run time) each tile that holds a part must hold all.
#pragma once

#include "midend/node/node.h"
#include "midend/partition/layout.h"

namespace psmc::midend {

/// Whether subscript `d` of the map moves one by one with a parallel dimension of static extent, from a constant on.
bool is_plain(const NodePiece& piece, const ir::AccessMap& map, size_t d);

/// Whether the update may write into `home` where it lies. `bounds`: of the value.
bool may_write_in(const Node& update, const Layout& home, const std::vector<int64_t>& bounds);

/// A value spread over the tiles along the first dimension that is `free`, each part on as many tiles as there are for
/// it; on all tiles whole if none is.
Layout spread(const std::vector<int64_t>& bounds, const std::vector<bool>& free, size_t tiles);

/// A layout that `update` may write into.
Layout home_for(const Node& update, const std::vector<int64_t>& bounds, size_t tiles);

}  // namespace psmc::midend
