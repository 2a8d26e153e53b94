// SPDX-License-Identifier: Apache-2.0
// Where the elements that a piece reads and writes lie in a view, as one affine form in elements; what of it the lanes
// and the alignment of a load depend on.
#pragma once

#include <vector>

#include "midend/lower/lower.h"

namespace psmc::midend {

inline constexpr int64_t kLanes = 16;

/// Where one subscript list lands in a view: constant, symbols and coefficient of each iteration dimension, in
/// elements.
struct Footing {
  int64_t constant = 0;
  std::vector<int64_t> symbol_steps;
  std::vector<int64_t> dim_steps;
  bool indirect = false;
};

Footing footing(const ir::AccessMap& map, const View& view, const Box& points, size_t dims);

/// Whether the dimension can run along the lanes of this access; `moves` says if the access moves with it at all.
bool lane_ok(const Footing& f, const View& view, const std::vector<int64_t>& extents, size_t lane, bool& moves);

/// Points of each dimension of the piece's space in this share.
std::vector<int64_t> extents_of(const NodePiece& piece, const Box& points);

}  // namespace psmc::midend
