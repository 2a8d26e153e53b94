// SPDX-License-Identifier: Apache-2.0
#include "midend/lower/footing.h"

namespace psmc::midend {

Footing footing(const ir::AccessMap& map, const View& view, const Box& points, size_t dims) {
  Footing result;
  result.dim_steps.assign(dims, 0);
  for (size_t d = 0; d < map.subscripts.size(); ++d) {
    const ir::Subscript& s = map.subscripts[d];
    if (s.indirect) {
      result.indirect = true;
      result.symbol_steps.push_back(view.strides[d]);
      continue;
    }
    int64_t constant = s.offset.constant - view.origin[d];
    for (const auto& [dim, coefficient] : s.terms) {
      if (dim < points.dims.size()) constant += coefficient * points.dims[dim].lo;
      result.dim_steps[dim] += coefficient * view.strides[d];
    }
    result.constant += constant * view.strides[d];
    for (const auto& term : s.offset.terms) result.symbol_steps.push_back(term.second * view.strides[d]);
  }
  return result;
}

/// Whether the dimension can run along the lanes of this access; `moves` says if the access moves with it at all.
bool lane_ok(const Footing& f, const View& view, const std::vector<int64_t>& extents, size_t lane, bool& moves) {
  moves = f.dim_steps[lane] != 0;
  if (!moves) return true;
  if (view.packed || !view.aligned || f.dim_steps[lane] != 1 || f.constant % kLanes != 0) return false;
  for (int64_t step : f.symbol_steps)
    if (step % kLanes != 0) return false;
  for (size_t d = 0; d < extents.size(); ++d)
    if (d != lane && extents[d] > 1 && f.dim_steps[d] % kLanes != 0) return false;
  return true;
}

std::vector<int64_t> extents_of(const NodePiece& piece, const Box& points) {
  std::vector<int64_t> extents;
  for (size_t d = 0; d < piece.space.size(); ++d)
    extents.push_back(d < piece.parallel ? points.dims[d].size() : piece.space[d].extent.bound);
  return extents;
}

}  // namespace psmc::midend
