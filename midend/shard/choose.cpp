// SPDX-License-Identifier: Apache-2.0
#include "midend/shard/choose.h"

#include <algorithm>

namespace psmc::midend {
namespace {

void add(std::vector<Sharding>& list, Sharding sharding, int64_t tiles) {
  const int64_t parts = sharding.total_parts();
  if (parts < 1 || parts > tiles) return;
  for (int64_t replicas : {int64_t{1}, tiles / parts}) {
    sharding.replicas = replicas;
    if (std::find(list.begin(), list.end(), sharding) == list.end()) list.push_back(sharding);
  }
}

}  // namespace

std::vector<Sharding> candidates(const std::vector<int64_t>& space, const std::vector<bool>& shardable, int lane,
                                 int64_t tiles) {
  std::vector<Sharding> list;
  add(list, replicated(space.size(), space, 1), tiles);
  std::vector<int64_t> counts;
  for (int64_t n = tiles; n > 1; n = (n + 1) / 2) counts.push_back(n);
  const auto align = [&](size_t d) { return static_cast<int>(d) == lane ? int64_t{16} : int64_t{1}; };
  for (uint32_t d = 0; d < space.size(); ++d) {
    if (!shardable[d] || space[d] <= 1) continue;
    for (int64_t n : counts) {
      const Sharding one = split(space, d, n, align(d));
      add(list, one, tiles);
      for (uint32_t e = 0; e < space.size(); ++e) {
        if (e == d || !shardable[e] || space[e] <= 1 || one.total_parts() < 2) continue;
        const int64_t left = tiles / one.total_parts();
        if (left < 2) continue;
        const Sharding other = split(space, e, left, align(e));
        Sharding both = one;
        both.parts[e] = other.parts[e];
        both.block[e] = other.block[e];
        add(list, both, tiles);
      }
    }
  }
  return list;
}

Box points_of(const NodePiece& piece, const Box& result_box) {
  if (result_box.empty()) return Box::none();
  Box points;
  for (uint32_t d = 0; d < piece.parallel; ++d) points.dims.push_back({0, piece.space[d].extent.bound});
  for (size_t r = 0; r < piece.result.subscripts.size(); ++r) {
    const ir::Subscript& s = piece.result.subscripts[r];
    if (!s.offset.is_constant()) continue;
    const int64_t offset = s.offset.constant;
    if (s.terms.empty() && (offset < result_box.dims[r].lo || offset >= result_box.dims[r].hi)) return Box::none();
    if (s.terms.size() != 1 || s.terms[0].second != 1) continue;
    Range& range = points.dims[s.terms[0].first];
    range.lo = std::max(range.lo, result_box.dims[r].lo - offset);
    range.hi = std::min(range.hi, result_box.dims[r].hi - offset);
  }
  return points.empty() ? Box::none() : points;
}

}  // namespace psmc::midend
