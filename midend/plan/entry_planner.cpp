// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/entry_planner.h"

#include <fmt/format.h>

#include "midend/partition/choices.h"
#include "midend/partition/partition.h"

namespace psmc::midend {

using ir::ValueId;

std::string name_of(const ir::Module& module, ValueId value) {
  const ir::StrId name = module.value(value).name;
  return name ? std::string(module.text(name)) : fmt::format("{}", value.index);
}

EntryPlanner::EntryPlanner(ProgramContext& context, ir::FuncId func)
    : context_(context),
      func_(context.module.func(func)),
      func_id_(func),
      clocks_(context.tiles.size()),
      sends_(context.tiles.size(), 0),
      send_sources_(context.tiles.size()),
      next_engine_(context.tiles.size(), 0),
      stores_(context.tiles.size(), 0),
      first_moment_(context.now) {
  draft_.plan.name = std::string(module().text(func_.name));
  draft_.tiles.resize(num_tiles());
  for (size_t t = 0; t < num_tiles(); ++t) {
    draft_.tiles[t].program.tile = context.tiles[t];
    clocks_.advance(t, first_moment_ - 1);
  }
  for (size_t t = 0; t < num_tiles(); ++t)
    for (size_t u = 0; u < num_tiles(); ++u) clocks_.receive(t, clocks_.row(u));
}

Result<EntryDraft> EntryPlanner::run(const std::vector<Node>& nodes, const std::vector<NodePlace>& places) {
  place_arguments();
  load_symbols();
  context_.partition += partition_text(module(), func_id_, nodes, places);
  find_uses(nodes);
  for (size_t n = 0; n < nodes.size(); ++n) run_node(nodes[n], places[n]);
  PSMC_TRY(deliver());
  schedule_streams();
  return std::move(draft_);
}

Placement EntryPlanner::place_update(const Node& node, const NodePlace& place) {
  const Placement old = placements_.at(node.in_place)[0];
  if (old.in_memory() || old.boxes != place.home) return reshard(node.in_place, old, place.home);
  context_.buffers.use(old.buffer, context_.now);
  drain_before_write(old.buffer, place.points);
  return old;
}

void EntryPlanner::run_node(const Node& node, const NodePlace& place) {
  const std::vector<Layout>& points = place.points;
  current_op_ = node.op;
  // Every tile's share of the result.
  std::vector<Box> result(num_tiles(), Box::none());
  const ir::Type& type = module().value_type(node.outputs[0]);
  for (size_t p = 0; p < node.pieces.size(); ++p)
    for (size_t t = 0; t < num_tiles(); ++t)
      result[t] = hull(result[t], image(node.pieces[p].result, points[p][t], type.bounds(), func_.symbols));
  const bool stored = stores_by_chunks(node, result);
  const std::vector<std::vector<Chunk>> moments = cut(node, points, stored);
  // What fits comes to the tiles at once, the rest chunk by chunk.
  std::vector<std::vector<Placement>> inputs(node.pieces.size());
  for (size_t p = 0; p < node.pieces.size(); ++p)
    for (const Leaf& leaf : node.pieces[p].leaves) {
      const std::vector<Box> need = need_of(node.pieces[p], leaf, {.points = points[p], .range = {}});
      const bool later = is_constant(leaf.value) || streams_input(leaf.value, need);
      inputs[p].push_back(later ? Placement() : require(leaf.value, need));
    }
  std::vector<Placement> outputs;
  if (node.is_update())
    outputs = {place_update(node, place)};
  else if (!stored)
    outputs = new_outputs(node, result);
  for (const std::vector<Chunk>& moment : moments) {
    for (const Chunk& chunk : moment) {
      if (stored && chunk.first) outputs = new_outputs(node, results_of(node, chunk));
      run_chunk(node, chunk, inputs[chunk.piece], outputs);
      for (const Placement& output : outputs) context_.buffers.use(output.buffer, context_.now);
      if (stored && chunk.last) store_chunk(node, outputs);
    }
    finish_moment();
  }
  for (size_t o = 0; o < node.outputs.size() && !stored; ++o) placements_[node.outputs[o]] = {outputs[o]};
}

std::vector<Box> EntryPlanner::results_of(const Node& node, const Chunk& chunk) const {
  std::vector<Box> boxes;
  const std::vector<int64_t> bounds = module().value_type(node.outputs[0]).bounds();
  for (const Box& points : chunk.points)
    boxes.push_back(image(node.pieces[chunk.piece].result, points, bounds, func_.symbols));
  return boxes;
}

std::vector<Placement> EntryPlanner::new_outputs(const Node& node, const std::vector<Box>& boxes) {
  std::vector<Placement> outputs;
  for (ValueId value : node.outputs) {
    const ir::Type& type = module().value_type(value);
    outputs.push_back(new_placement(name_of(module(), value), type.dtype, type.rank(), boxes));
  }
  return outputs;
}

std::vector<Box> EntryPlanner::need_of(const NodePiece& piece, const Leaf& leaf, const Chunk& chunk) const {
  std::vector<Box> need(chunk.points.size());
  for (size_t t = 0; t < need.size(); ++t) {
    Box points = whole_points(piece, chunk.points[t]);
    if (chunk.reduced >= 0 && !points.empty()) points.dims[static_cast<size_t>(chunk.reduced)] = chunk.range;
    need[t] = image(leaf.map, points, module().value_type(leaf.value).bounds(), func_.symbols);
  }
  return need;
}

Placement EntryPlanner::new_placement(const std::string& what, DType dtype, size_t rank, std::vector<Box> boxes) {
  int64_t elements = 1;
  const std::vector<int64_t> sizes = largest(boxes, rank);
  const std::vector<int64_t> strides = padded_strides(sizes, {}, elements);
  elements = with_whole_tiles(sizes, {}, elements);
  const BufferId buffer = context_.buffers.add({.what = what,
                                                .bytes = static_cast<uint64_t>(elements) * dtype_bytes(dtype),
                                                .live_from = context_.now,
                                                .live_to = context_.now,
                                                .address = 0});
  return {.buffer = buffer, .memory = 0, .dtype = dtype, .boxes = std::move(boxes), .strides = strides};
}

}  // namespace psmc::midend
