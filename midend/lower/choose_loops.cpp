// SPDX-License-Identifier: Apache-2.0
// choose_loops: every legal way to run a share of a piece is costed and the cheapest wins: scalar, a parallel dimension
// along the lanes, a reduce dimension along the lanes (partial results, combined at the end). The matrix unit is taken
// wherever all tiles can use it and the operands lie for it.
#include "midend/lower/footing.h"
#include "midend/lower/lower.h"
#include "midend/lower/matrix.h"

namespace psmc::midend {
namespace {

/// The row that a gather reads must be the same in all lanes: its index may not move with the lane.
bool gathers_one_row(const NodePiece& piece, const Leaf& leaf, size_t lane) {
  for (const ir::Subscript& s : leaf.map.subscripts) {
    if (!s.indirect) continue;
    const Step& index = piece.steps[s.index_operand];
    if (index.what != StepKind::leaf) return false;
    for (const ir::Subscript& t : piece.leaves[index.index].map.subscripts)
      for (const auto& term : t.terms)
        if (term.first == lane) return false;
  }
  return true;
}

/// Whether the dimension may run along the lanes: no dependence forbids it, and each access is one vector of 16
/// neighbours or one element for all.
bool may_be_lane(const NodePiece& piece, const Box& points, const std::vector<View>& leaves, const View& result,
                 const std::vector<int64_t>& extents, const std::vector<poly::Direction>& dependences, size_t lane) {
  const bool reduces = lane >= piece.parallel;
  if (reduces && piece.monoid == "prod") return false;  // the machine has no product across lanes
  if (!reduces && !poly::is_parallel(dependences, lane)) return false;
  bool moves = false;
  for (size_t i = 0; i < leaves.size(); ++i) {
    const Footing f = footing(piece.leaves[i].map, leaves[i], points, extents.size());
    if (!lane_ok(f, leaves[i], extents, lane, moves) || !gathers_one_row(piece, piece.leaves[i], lane)) return false;
  }
  const Footing out = footing(piece.result, result, points, extents.size());
  return lane_ok(out, result, extents, lane, moves) && moves == !reduces;
}

/// Independent parts of a reduction, as many as hide the latency of an addition, `jam` groups counted.
int64_t chains_of(const NodePiece& piece, const LoopPlan& plan, int64_t last_extent) {
  const bool one_loop = piece.space.size() == piece.parallel + 1 && !plan.lane_reduces;
  if (!one_loop || !piece.space.back().extent.is_static()) return 1;
  for (int64_t chains : {4, 2})
    if (plan.jam * chains <= 4 && last_extent % chains == 0 && last_extent >= 4 * chains) return chains;
  return 1;
}

}  // namespace

LoopPlan choose_loops(const ir::Module& module, const NodePiece& piece, const Box& points,
                      const std::vector<View>& leaves, const View& result,
                      const std::vector<poly::Direction>& dependences, bool matrix) {
  const std::vector<int64_t> extents = extents_of(piece, points);
  LoopPlan best;
  if (matrix && poly::may_tile(dependences, 0, piece.space.size() - 1) &&
      lies_for_matrix(*matrix_shape(module, piece), piece, points, leaves, result)) {
    best.matrix = true;
    best.jam = kAccumulators;
    return best;
  }
  double total = 1, outputs = 1;
  for (size_t d = 0; d < extents.size(); ++d) {
    total *= static_cast<double>(extents[d]);
    if (d < piece.parallel) outputs *= static_cast<double>(extents[d]);
  }
  const double steps = 2.0 + static_cast<double>(piece.steps.size());
  best.cycles = total * steps * 3;
  for (size_t lane = 0; lane < extents.size(); ++lane) {
    if (extents[lane] <= 1 || !may_be_lane(piece, points, leaves, result, extents, dependences, lane)) continue;
    const bool reduces = lane >= piece.parallel;
    const auto groups = (extents[lane] + kLanes - 1) / kLanes;
    const double cycles =
        total / static_cast<double>(extents[lane]) * static_cast<double>(groups) * steps + (reduces ? outputs * 16 : 0);
    if (cycles >= best.cycles) continue;
    best.lane = static_cast<int>(lane);
    best.lane_reduces = reduces;
    best.cycles = cycles;
    best.jam = !reduces && piece.space.size() > piece.parallel ? std::min<int64_t>(4, groups) : 1;
  }
  best.unroll = 4;
  if (!extents.empty()) best.chains = chains_of(piece, best, extents.back());
  return best;
}

LoopPlan allowed(LoopPlan plan, const Decisions& decisions) {
  if (!decisions.use_lanes && !plan.matrix) {
    plan.lane = -1;
    plan.lane_reduces = false;
  }
  if (!decisions.unroll_loops) plan.jam = plan.unroll = plan.chains = 1;
  return plan;
}

}  // namespace psmc::midend
