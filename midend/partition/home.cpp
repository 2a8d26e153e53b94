// SPDX-License-Identifier: Apache-2.0
#include "midend/partition/home.h"

#include <algorithm>

#include "midend/shard/sharding.h"

namespace psmc::midend {
namespace {

std::vector<bool> free_dimensions(const Node& update, size_t rank) {
  std::vector<bool> free(rank, true);
  for (const NodePiece& piece : update.pieces)
    for (size_t d = 0; d < rank; ++d) free[d] = free[d] && is_plain(piece, piece.result, d);
  return free;
}

}  // namespace

bool is_plain(const NodePiece& piece, const ir::AccessMap& map, size_t d) {
  const ir::Subscript& s = map.subscripts[d];
  return !s.indirect && s.offset.is_constant() && s.terms.size() == 1 && s.terms[0].second == 1 &&
         s.terms[0].first < piece.parallel && piece.space[s.terms[0].first].extent.is_static();
}

bool may_write_in(const Node& update, const Layout& home, const std::vector<int64_t>& bounds) {
  const std::vector<bool> free = free_dimensions(update, bounds.size());
  return std::all_of(home.begin(), home.end(), [&](const Box& box) {
    for (size_t d = 0; d < bounds.size() && !box.empty(); ++d)
      if (!free[d] && box.dims[d] != Range{0, bounds[d]}) return false;
    return true;
  });
}

Layout spread(const std::vector<int64_t>& bounds, const std::vector<bool>& free, size_t tiles) {
  const auto count = static_cast<int64_t>(tiles);
  Sharding sharding = replicated(bounds.size(), bounds, count);
  for (uint32_t d = 0; d < bounds.size(); ++d)
    if (free[d] && bounds[d] > 1) {
      sharding = split(bounds, d, count, 1);
      sharding.replicas = count / sharding.total_parts();
      break;
    }
  Layout layout;
  for (int64_t t = 0; t < count; ++t) layout.push_back(sharding.box(bounds, t));
  return layout;
}

Layout home_for(const Node& update, const std::vector<int64_t>& bounds, size_t tiles) {
  return spread(bounds, free_dimensions(update, bounds.size()), tiles);
}

}  // namespace psmc::midend
