// SPDX-License-Identifier: Apache-2.0
// Weights that do not stay in the scratchpads: each tile's share is one block of device memory that its DMA fetches
// ahead of use, as soon as earlier blocks have left enough room.
//
//   cut_for_streaming   a node whose constant is too large for one block runs in several, along a parallel dimension
//   stream_constant     a block: its buffer, its event, the wait before its use
//   schedule_streams    after the last node: when each block's fetch starts. Block i starts when the blocks before it,
//   from
//                       the oldest on, have been used until the rest and block i fit the budget; the first ones start
//                       at once
//
// Cost: linear in blocks times tiles.
#include <algorithm>

#include "midend/node/constants.h"
#include "midend/partition/partition.h"
#include "midend/plan/entry_planner.h"

namespace psmc::midend {
namespace {

int64_t bytes_of(const ir::Type& type, const Box& box) {
  return box.elements() * static_cast<int64_t>(dtype_bytes(type.dtype));
}

/// A dimension along which the constant shrinks when it is cut, with the most points; -1 if there is none.
int cut_dimension(const NodePiece& piece, const Leaf& leaf, const Box& points) {
  int best = -1;
  for (const ir::Subscript& s : leaf.map.subscripts)
    for (const auto& term : s.terms)
      if (term.first < piece.parallel && piece.space[term.first].extent.is_static() &&
          points.dims[term.first].size() > 16 &&
          (best < 0 || points.dims[term.first].size() > points.dims[static_cast<size_t>(best)].size()))
        best = static_cast<int>(term.first);
  return best;
}

}  // namespace

bool EntryPlanner::is_constant(ir::ValueId value) const {
  const ir::OpId def = module().def(value);
  return def.valid() && module().kind(def) == ir::OpKind::constant;
}

bool EntryPlanner::streams(const ir::Type& type, const std::vector<Box>& need) const {
  if (context_.stream_budget == 0) return false;
  return std::any_of(need.begin(), need.end(), [&](const Box& box) { return bytes_of(type, box) > kSmallConstant; });
}

std::vector<std::vector<std::vector<Box>>> EntryPlanner::cut_for_streaming(
    const Node& node, const std::vector<std::vector<Box>>& points) const {
  if (context_.stream_budget == 0 || node.pieces.size() != 1) return {points};
  const NodePiece& piece = node.pieces[0];
  const auto limit = static_cast<int64_t>(context_.stream_budget / 3);
  int64_t pieces = 1;
  int dimension = -1;
  for (const Leaf& leaf : piece.leaves) {
    if (!is_constant(leaf.value)) continue;
    const ir::Type& type = module().value_type(leaf.value);
    for (const Box& box : points[0]) {
      if (box.empty()) continue;
      Box whole = box;
      for (size_t d = piece.parallel; d < piece.space.size(); ++d)
        whole.dims.push_back({0, piece.space[d].extent.bound});
      const int64_t bytes = bytes_of(type, image(leaf.map, whole, type.bounds(), func_.symbols));
      const int cut = cut_dimension(piece, leaf, box);
      if (bytes <= limit || cut < 0) continue;
      dimension = cut;
      pieces = std::max(pieces, (bytes + limit - 1) / limit);
    }
  }
  if (dimension < 0) return {points};
  const auto d = static_cast<size_t>(dimension);
  int64_t longest = 0;
  for (const Box& box : points[0]) longest = std::max(longest, box.empty() ? 0 : box.dims[d].size());
  const int64_t step = ((longest + pieces - 1) / pieces + 15) / 16 * 16;
  std::vector<std::vector<std::vector<Box>>> chunks;
  for (int64_t at = 0; at < longest; at += step) {
    std::vector<Box> part = points[0];
    for (Box& box : part) {
      if (box.empty()) continue;
      box.dims[d] = {std::min(box.dims[d].lo + at, box.dims[d].hi),
                     std::min(box.dims[d].lo + at + step, box.dims[d].hi)};
      if (box.empty()) box = Box::none();
    }
    chunks.push_back({std::move(part)});
  }
  return chunks;
}

Placement EntryPlanner::stream_constant(const PackedConstant& pattern) {
  auto at = std::find_if(context_.constants.begin(), context_.constants.end(), [&](const PackedConstant& packed) {
    return packed.streamed && packed.constant == pattern.constant && packed.order == pattern.order &&
           packed.placement.boxes == pattern.placement.boxes;
  });
  const uint64_t bytes = static_cast<uint64_t>(pattern.elements) * dtype_bytes(pattern.placement.dtype);
  if (at == context_.constants.end()) {
    context_.constants.push_back(pattern);
    at = context_.constants.end() - 1;
    at->streamed = true;
    for (const Box& box : pattern.placement.boxes) at->memory.push_back(box.empty() ? 0 : context_.take_memory(bytes));
  }
  Placement placement = pattern.placement;
  placement.buffer = context_.buffers.add(
      {.what = "streamed weights", .bytes = bytes, .live_from = context_.now, .live_to = context_.now, .address = 0});
  const EventId event = context_.event(context_.now, context_.now);
  for (size_t t = 0; t < num_tiles(); ++t)
    if (!placement.boxes[t].empty()) wait(t, event, 1);
  streams_.push_back(
      {static_cast<size_t>(at - context_.constants.begin()), placement.buffer, event, bytes, current_op_});
  return placement;
}

void EntryPlanner::schedule_streams() {
  if (streams_.empty()) return;
  std::vector<std::vector<std::vector<arch::Command>>> starts(marks_.size() + 1,
                                                              std::vector<std::vector<arch::Command>>(num_tiles()));
  size_t oldest = 0;
  uint64_t held = 0;
  for (size_t i = 0; i < streams_.size(); ++i) {
    Stream& s = streams_[i];
    const uint64_t budget = context_.decisions.fetch_ahead ? context_.stream_budget : 0;
    while (oldest < i && held + s.bytes > budget) held -= streams_[oldest++].bytes;
    held += s.bytes;
    const int64_t after = oldest == 0 ? first_moment_ - 1 : context_.buffers[streams_[oldest - 1].buffer].live_to;
    context_.buffers[s.buffer].live_from = after + 1;
    context_.events[s.event.index].from = after + 1;
    current_op_ = s.op;
    for (size_t t = 0; t < num_tiles(); ++t) {
      const PackedConstant& packed = context_.constants[s.constant];
      if (packed.placement.boxes[t].empty()) continue;
      arch::Descriptor d;
      d.kind = arch::DmaKind::memory_to_scratchpad;
      d.run = static_cast<uint32_t>(s.bytes);
      record(MoveKind::from_memory, static_cast<int64_t>(s.bytes));
      d.source = packed.memory[t];
      start_dma(t, false, d, {.source = {}, .destination = {s.buffer, {}}, .local = {{}, s.event}, .remote = {}});
      auto& commands = draft_.tiles[t].program.commands;
      starts[static_cast<size_t>(after + 1 - first_moment_)][t].push_back(commands.back());
      commands.pop_back();
    }
  }
  for (size_t t = 0; t < num_tiles(); ++t) {
    std::vector<arch::Command> merged, old = std::move(draft_.tiles[t].program.commands);
    size_t at = 0;
    for (size_t m = 0; m <= marks_.size(); ++m) {
      merged.insert(merged.end(), starts[m][t].begin(), starts[m][t].end());
      const size_t end = m < marks_.size() ? marks_[m][t] : old.size();
      merged.insert(merged.end(), old.begin() + static_cast<std::ptrdiff_t>(at),
                    old.begin() + static_cast<std::ptrdiff_t>(end));
      at = end;
    }
    draft_.tiles[t].program.commands = std::move(merged);
  }
}

}  // namespace psmc::midend
