// SPDX-License-Identifier: Apache-2.0
// Which tile computes which part of a node. The cost of a candidate, in cycles:
//   the largest share's work at the vector unit's speed
//   + moving inputs to where it needs them (latency, bytes into the busiest tile's port; constants: their footprint)
//   + what a result that is not everywhere will cost its readers.
// An update is not free to choose: it runs where the state lives.
#include <algorithm>
#include <limits>

#include "midend/plan/entry_planner.h"

namespace psmc::midend {
namespace {

constexpr double kLanes = 16;
constexpr double kMessageCycles = 100;  ///< start-up of a DMA, some hops, a semaphore
constexpr double kMemoryCycles = 250;   ///< the same through a memory channel

/// Dimensions that may be cut: static, and moving one subscript of the result alone or as its slowest term.
std::vector<bool> shardable(const NodePiece& piece) {
  std::vector<bool> result(piece.parallel, false);
  for (uint32_t d = 0; d < piece.parallel; ++d) {
    if (!piece.space[d].extent.is_static()) continue;
    for (const ir::Subscript& s : piece.result.subscripts) {
      if (!s.offset.is_constant() || s.terms.empty()) continue;
      const auto slowest = std::max_element(s.terms.begin(), s.terms.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
      if (slowest->first == d && (s.terms.size() > 1 || slowest->second == 1)) result[d] = true;
    }
  }
  return result;
}

int lane_dimension(const NodePiece& piece) {
  if (piece.result.subscripts.empty()) return -1;
  const ir::Subscript& last = piece.result.subscripts.back();
  return last.terms.size() == 1 && last.terms[0].second == 1 ? static_cast<int>(last.terms[0].first) : -1;
}

double work(const NodePiece& piece, const Box& points) {
  if (points.empty()) return 0;
  double total = 1, best = 1;
  const int lane = lane_dimension(piece);
  for (size_t d = 0; d < piece.space.size(); ++d) {
    const auto size = static_cast<double>(d < piece.parallel ? points.dims[d].size() : piece.space[d].extent.bound);
    total *= size;
    if (static_cast<int>(d) == lane || d >= piece.parallel) best = std::max(best, std::min(kLanes, size));
  }
  return 30 +
         total / best * (piece.body == ir::BodyKind::contract ? 2.0 : 1.0 + static_cast<double>(piece.steps.size()));
}

}  // namespace

std::vector<std::vector<Box>> EntryPlanner::shard_points(const Node& node) {
  const size_t tiles = num_tiles();
  std::vector<std::vector<Box>> points(node.pieces.size(), std::vector<Box>(tiles));
  if (node.is_update()) {
    const Placement& home = placements_.at(node.in_place)[0];
    for (size_t p = 0; p < node.pieces.size(); ++p)
      for (size_t t = 0; t < tiles; ++t) points[p][t] = points_of(node.pieces[p], home.boxes[t]);
    return points;
  }
  const bool by_result = node.pieces.size() > 1;  // several pieces: cut the result, each piece follows
  const NodePiece& first = node.pieces[0];
  std::vector<int64_t> space;
  std::vector<bool> may_cut;
  int lane = lane_dimension(first);
  if (by_result) {
    space = module().value_type(node.outputs[0]).bounds();
    for (const ir::Dim& dim : module().value_type(node.outputs[0]).dims) may_cut.push_back(dim.is_static());
    lane = static_cast<int>(space.size()) - 1;
  } else {
    for (uint32_t d = 0; d < first.parallel; ++d) space.push_back(first.space[d].extent.bound);
    may_cut = shardable(first);
  }
  double best = std::numeric_limits<double>::infinity();
  std::vector<std::vector<Box>> trial = points;
  for (const Sharding& sharding : candidates(space, may_cut, lane, static_cast<int64_t>(tiles))) {
    for (size_t t = 0; t < tiles; ++t) {
      const Box box = sharding.box(space, static_cast<int64_t>(t));
      for (size_t p = 0; p < node.pieces.size(); ++p) trial[p][t] = by_result ? points_of(node.pieces[p], box) : box;
    }
    const double c = cost(node, trial);
    if (c >= best) continue;
    best = c;
    points = trial;
  }
  return points;
}

double EntryPlanner::cost(const Node& node, const std::vector<std::vector<Box>>& points) const {
  double compute = 0, moving = 0;
  bool everywhere = true;
  for (size_t p = 0; p < node.pieces.size(); ++p) {
    const NodePiece& piece = node.pieces[p];
    double slowest = 0;
    for (const Box& box : points[p]) {
      slowest = std::max(slowest, work(piece, box));
      everywhere = everywhere && box == points[p][0];
    }
    compute += slowest;
    for (const Leaf& leaf : piece.leaves) {
      std::vector<Box> need(num_tiles());
      for (size_t t = 0; t < num_tiles(); ++t) {
        Box whole = points[p][t];
        if (!whole.empty())
          for (size_t d = piece.parallel; d < piece.space.size(); ++d)
            whole.dims.push_back({0, piece.space[d].extent.bound});
        need[t] = image(leaf.map, whole, module().value_type(leaf.value).bounds(), func_.symbols);
      }
      moving += input_cost(leaf.value, need);
    }
  }
  const ir::Type& type = module().value_type(node.outputs[0]);
  const double readers = everywhere ? 0
                                    : kMessageCycles + static_cast<double>(type.max_elements()) *
                                                           static_cast<double>(dtype_bytes(type.dtype)) / 64;
  return compute + moving + readers;
}

double EntryPlanner::input_cost(ir::ValueId value, const std::vector<Box>& need) const {
  const double element = static_cast<double>(dtype_bytes(module().value_type(value).dtype));
  double largest = 0, total = 0;
  for (const Box& box : need) {
    const double bytes = static_cast<double>(box.elements()) * element;
    largest = std::max(largest, bytes);
    total += bytes;
  }
  const auto held = placements_.find(value);
  if (held == placements_.end())  // a constant: streamed, or resident where scratchpad is scarce
    return context_.stream_budget > 0 ? total / static_cast<double>(context_.machine.memory_bytes_per_cycle())
                                      : largest / 64;
  for (const Placement& placement : held->second)
    if (placement.covers(need)) return 0;
  if (held->second[0].in_memory() && worth_spreading(module().value_type(value), need))
    return kMemoryCycles + kMessageCycles + largest / 64 * 1.2 + total / 64 / static_cast<double>(num_tiles());
  if (held->second[0].in_memory())
    return kMemoryCycles + total / static_cast<double>(context_.machine.memory_bytes_per_cycle());
  return kMessageCycles + largest / 64 * 1.2;
}

}  // namespace psmc::midend
