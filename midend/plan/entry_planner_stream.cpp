// SPDX-License-Identifier: Apache-2.0
// What does not stay in the scratchpads: weights of which each tile's share is one block of device memory, and inputs,
// which lie there row by row. A tile's DMA fetches what a chunk of a node reads (chunks.h) ahead of its use, as soon as
// what was fetched before has left enough room.
//
//   cut               the chunks of a node
//   stream_constant   a block of weights: its buffer, its event, the wait before its use
//   stream_input      the same for a box of an input, which is as many descriptors as its rows need
//   schedule_streams  after the last node: when each fetch starts. What was fetched before, in the order in which it is
//                     done with, makes room until the rest and this one fit the budget; the first ones start at once
//
// Cost: linear in fetches times tiles.
#include <algorithm>
#include <queue>

#include "midend/node/constants.h"
#include "midend/partition/partition.h"
#include "midend/plan/entry_planner.h"

namespace psmc::midend {
namespace {

int64_t bytes_of(const ir::Type& type, const Box& box) {
  return box.elements() * static_cast<int64_t>(dtype_bytes(type.dtype));
}

}  // namespace

bool EntryPlanner::is_constant(ir::ValueId value) const {
  const ir::OpId def = module().def(value);
  return def.valid() && module().kind(def) == ir::OpKind::constant;
}

bool EntryPlanner::streams(const ir::Type& type, const std::vector<Box>& need) const {
  if (!context_.stream_weights) return false;
  return std::any_of(need.begin(), need.end(), [&](const Box& box) { return bytes_of(type, box) > kSmallConstant; });
}

/// Inputs that are too large for a tile and not there already.
bool EntryPlanner::streams_input(ir::ValueId value, const std::vector<Box>& need) const {
  if (context_.stream_budget == 0) return false;
  const std::vector<Placement>& held = placements_.at(value);
  if (!held[0].in_memory()) return false;
  if (std::any_of(held.begin(), held.end(), [&](const Placement& p) { return p.covers(need); })) return false;
  const ir::Type& type = module().value_type(value);
  return std::any_of(need.begin(), need.end(), [&](const Box& box) { return bytes_of(type, box) > chunk_limit(); });
}

/// The chunks of a node, those of one moment together.
std::vector<std::vector<Chunk>> EntryPlanner::cut(const Node& node, const std::vector<Layout>& points,
                                                  bool stored) const {
  std::vector<std::vector<Chunk>> moments;
  std::vector<Chunk> uncut;
  for (size_t p = 0; p < node.pieces.size(); ++p) {
    const NodePiece& piece = node.pieces[p];
    ChunkRequest request{.module = module(),
                         .symbols = func_.symbols,
                         .piece = piece,
                         .points = points[p],
                         .arrivals = {},
                         .budget = context_.stream_budget};
    for (const Leaf& leaf : piece.leaves) {
      const std::vector<Box> need = need_of(piece, leaf, {.points = points[p], .range = {}});
      const bool packed = is_constant(leaf.value);
      const bool late = packed ? streams(module().value_type(leaf.value), need) : streams_input(leaf.value, need);
      request.arrivals.push_back(!late ? Arrival::resident : packed ? Arrival::packed : Arrival::strided);
    }
    for (ir::ValueId value : node.outputs)
      if (stored) request.stored += static_cast<int64_t>(dtype_bytes(module().value_type(value).dtype));
    std::vector<Chunk> chunks(1, {.points = points[p], .range = {}});
    if (context_.stream_budget > 0) chunks = cut_into_chunks(request);
    for (Chunk& chunk : chunks) chunk.piece = p;
    if (chunks.size() == 1 && !stored)
      uncut.push_back(std::move(chunks[0]));
    else
      for (Chunk& chunk : chunks) moments.push_back({std::move(chunk)});
  }
  if (!uncut.empty()) moments.push_back(std::move(uncut));
  return moments;
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
  Stream stream{placement.buffer, event, bytes, current_op_, context_.now, {}};
  for (size_t t = 0; t < num_tiles(); ++t) {
    stream.loads.emplace_back();
    if (placement.boxes[t].empty()) continue;
    arch::Descriptor d;
    d.kind = arch::DmaKind::memory_to_scratchpad;
    d.run = static_cast<uint32_t>(bytes);
    d.source = at->memory[t];
    record(MoveKind::from_memory, static_cast<int64_t>(bytes));
    stream.loads[t].push_back(d);
  }
  streams_.push_back(std::move(stream));
  return placement;
}

Placement EntryPlanner::stream_input(ir::ValueId value, const std::vector<Box>& need) {
  const ir::Type& type = module().value_type(value);
  const Placement& from = placements_.at(value)[0];
  Placement placement{.buffer = {}, .memory = 0, .dtype = type.dtype, .boxes = need, .strides = {}};
  int64_t elements = 1;
  placement.strides = dense_strides(largest(need, type.rank()), elements);
  placement.buffer = context_.buffers.add({.what = "part of " + name_of(module(), value),
                                           .bytes = static_cast<uint64_t>(elements) * dtype_bytes(type.dtype),
                                           .live_from = context_.now,
                                           .live_to = context_.now,
                                           .address = 0});
  const EventId event = context_.event(context_.now, context_.now);
  record(MoveKind::from_memory, type.dtype, need);
  Stream stream{placement.buffer, event, context_.buffers[placement.buffer].bytes, current_op_, context_.now, {}};
  for (size_t t = 0; t < num_tiles(); ++t) {
    stream.loads.push_back(loads(from, placement, need[t]));
    if (!need[t].empty()) wait(t, event, static_cast<int64_t>(stream.loads[t].size()));
  }
  streams_.push_back(std::move(stream));
  return placement;
}

/// Commands that start the fetch, per tile.
void EntryPlanner::start_stream(const Stream& stream, std::vector<std::vector<arch::Command>>& commands) {
  current_op_ = stream.op;
  for (size_t t = 0; t < num_tiles(); ++t)
    for (const arch::Descriptor& d : stream.loads[t]) {
      start_dma(t, false, d,
                {.source = {}, .destination = {stream.buffer, {}}, .local = {{}, stream.event}, .remote = {}});
      commands[t].push_back(draft_.tiles[t].program.commands.back());
      draft_.tiles[t].program.commands.pop_back();
    }
}

void EntryPlanner::schedule_streams() {
  if (streams_.empty()) return;
  std::vector<std::vector<std::vector<arch::Command>>> starts(marks_.size() + 1,
                                                              std::vector<std::vector<arch::Command>>(num_tiles()));
  const uint64_t budget = context_.decisions.fetch_ahead ? context_.stream_budget : 0;
  const size_t most = context_.machine.semaphores.count / 2;  // fetches under way: each has an event
  std::priority_queue<std::pair<int64_t, size_t>, std::vector<std::pair<int64_t, size_t>>, std::greater<>> live;
  uint64_t held = 0;
  int64_t after = first_moment_ - 1;  // what made room was done with by then
  for (size_t i = 0; i < streams_.size(); ++i) {
    const Stream& s = streams_[i];
    while (!live.empty() && live.top().first < s.used && (held + s.bytes > budget || live.size() >= most)) {
      after = std::max(after, live.top().first);
      held -= streams_[live.top().second].bytes;
      live.pop();
    }
    held += s.bytes;
    live.emplace(context_.buffers[s.buffer].live_to, i);
    context_.buffers[s.buffer].live_from = after + 1;
    context_.events[s.event.index].from = after + 1;
    start_stream(s, starts[static_cast<size_t>(after + 1 - first_moment_)]);
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
