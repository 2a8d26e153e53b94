// SPDX-License-Identifier: Apache-2.0
// One chunk of a node on every tile: kernel calls; equal shares are one kernel.
#include <map>

#include "midend/plan/entry_planner.h"
#include "midend/plan/reduction_part.h"
#include "midend/poly/piece_nest.h"

namespace psmc::midend {

using arch::CommandKind;

namespace {

/// The matrix unit reads and writes whole tiles; the buffers have the room.
void round_to_tiles(View& view) {
  for (int64_t& size : view.sizes)
    if (size > 1) size = (size + 15) / 16 * 16;
}

/// Moves a window so that a part of a reduction finds its elements when it counts from 0.
void count_from_start(View& view, const ir::AccessMap& map, const Chunk& chunk) {
  for (size_t d = 0; d < map.subscripts.size() && chunk.reduced >= 0; ++d)
    for (const auto& [dim, coefficient] : map.subscripts[d].terms)
      if (static_cast<int>(dim) == chunk.reduced && !map.subscripts[d].indirect)
        view.origin[d] -= coefficient * chunk.range.lo;
}

}  // namespace

void EntryPlanner::run_chunk(const Node& node, const Chunk& chunk, std::vector<Placement>& inputs,
                             const std::vector<Placement>& outputs) {
  const NodePiece& whole = node.pieces[chunk.piece];
  const bool own_sum = is_its_own_sum(whole) && !node.is_update(), cut = chunk.reduced >= 0;
  const bool ends = !cut || (chunk.last && !own_sum);  // the steps after the reduction follow
  NodePiece part;
  if (cut)
    part = reduction_part(whole, static_cast<uint32_t>(chunk.reduced), chunk.range, chunk.first, ends, node.outputs[0]);
  const NodePiece& piece = cut ? part : whole;
  const bool matrix = context_.decisions.use_matrix_unit &&
                      std::all_of(chunk.points.begin(), chunk.points.end(),
                                  [&](const Box& box) { return box.empty() || uses_matrix(module(), piece, box); });
  std::vector<std::vector<Box>> needs;
  for (size_t l = 0; l < whole.leaves.size(); ++l) {
    const ir::ValueId value = whole.leaves[l].value;
    needs.push_back(need_of(whole, whole.leaves[l], chunk));
    if (is_constant(value))
      inputs[l] = pack_constant(whole, l, needs[l], matrix);
    else if (!inputs[l].covers(needs[l]))
      inputs[l] = stream_input(value, needs[l]);
  }
  std::vector<Placement> read = inputs;
  if (cut) {
    const std::vector<Box> sums = results_of(node, chunk);
    if (chunk.first)
      partial_ =
          own_sum ? outputs[0] : new_placement("partial sums", whole.accumulator, whole.result.subscripts.size(), sums);
    context_.buffers.use(partial_.buffer, context_.now);
    if (!chunk.first) {
      read.push_back(partial_);
      needs.push_back(sums);
    }
  }
  run_piece(node, piece, chunk, needs, read, ends ? outputs : std::vector{partial_}, matrix);
}

void EntryPlanner::run_piece(const Node& node, const NodePiece& piece, const Chunk& chunk,
                             const std::vector<std::vector<Box>>& needs, const std::vector<Placement>& inputs,
                             const std::vector<Placement>& outputs, bool matrix) {
  const std::vector<Box>& points = chunk.points;
  std::map<std::vector<int64_t>, uint32_t> known;  // equal shares of this node: one lowering
  for (const Placement& input : inputs)
    if (!input.in_memory()) context_.buffers.use(input.buffer, context_.now);
  for (size_t t = 0; t < num_tiles(); ++t) {
    if (points[t].empty()) continue;
    std::vector<View> leaves;
    std::vector<std::pair<int64_t, Fixup>> args;
    std::vector<int64_t> signature;
    for (const Range& r : points[t].dims) signature.push_back(r.size());
    for (size_t l = 0; l < inputs.size(); ++l) {
      leaves.push_back(inputs[l].view(t, needs[l][t]));
      count_from_start(leaves.back(), piece.leaves[l].map, chunk);
      if (matrix) round_to_tiles(leaves.back());
      args.emplace_back(inputs[l].offset(t, needs[l][t]) * static_cast<int64_t>(dtype_bytes(inputs[l].dtype)),
                        Fixup{inputs[l].buffer, {}});
      describe(piece.leaves[l].map, leaves.back(), points[t], signature);
    }
    const ir::Type& type = module().value_type(node.outputs[0]);
    const Box written =
        node.is_update() ? outputs[0].boxes[t] : image(piece.result, points[t], type.bounds(), func_.symbols);
    View view = outputs[0].view(t, written);
    if (matrix) round_to_tiles(view);
    describe(piece.result, view, points[t], signature);
    for (const Step& step : piece.steps)
      if (step.what == StepKind::affine)
        for (const auto& term : step.expr.terms)
          if (term.first < points[t].dims.size()) signature.push_back(points[t].dims[term.first].lo);
    for (const Placement& output : outputs)
      args.emplace_back(output.offset(t, written) * static_cast<int64_t>(dtype_bytes(output.dtype)),
                        Fixup{output.buffer, {}});
    signature.push_back(matrix);
    auto [at, is_new] = known.try_emplace(std::move(signature), 0);
    if (is_new) {
      const LoopPlan plan = allowed(choose_loops(module(), piece, points[t], leaves, view,
                                                 poly::dependences(nest_of(node, piece, points[t])), matrix),
                                    context_.decisions);
      at->second = context_.kernel(lower_piece(module(), func_.symbols, piece, points[t], leaves, view, plan), node.op);
    }
    command(t, CommandKind::run, at->second, args);
  }
}

void EntryPlanner::describe(const ir::AccessMap& map, const View& view, const Box& points,
                            std::vector<int64_t>& signature) const {
  signature.push_back(view.aligned);
  for (size_t d = 0; d < view.sizes.size(); ++d) {
    int64_t start = -view.origin[d];
    for (const auto& [dim, coefficient] : map.subscripts[d].terms)
      if (dim < points.dims.size()) start += coefficient * points.dims[dim].lo;
    signature.insert(signature.end(), {view.sizes[d], view.strides[d], start});
  }
}

}  // namespace psmc::midend
