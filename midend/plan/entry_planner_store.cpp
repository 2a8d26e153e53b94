// SPDX-License-Identifier: Apache-2.0
// Results on their way to device memory: whole when the function ends, or, where a tile's share is too large and
// nothing else in the function reads it, chunk by chunk: while one chunk is stored the next one is computed into
// another buffer.
#include <algorithm>

#include "midend/plan/entry_planner.h"

namespace psmc::midend {

using arch::CommandKind;

bool EntryPlanner::stores_by_chunks(const Node& node, const std::vector<Box>& result) const {
  if (context_.stream_budget == 0 || node.is_update()) return false;
  int64_t bytes = 0;
  for (ir::ValueId value : node.outputs) {
    if (read_.contains(value) || !returned_.contains(value)) return false;
    bytes += static_cast<int64_t>(dtype_bytes(module().value_type(value).dtype));
  }
  return std::any_of(result.begin(), result.end(),
                     [&](const Box& box) { return box.elements() * bytes > chunk_limit(); });
}

/// Before a tile stores this chunk, the one before it has arrived: it had the time of a chunk's computation for that.
void EntryPlanner::store_chunk(const Node& node, const std::vector<Placement>& outputs) {
  for (size_t t = 0; t < num_tiles(); ++t) {
    drain_sends(t);
    drain_stores(t);
  }
  for (size_t o = 0; o < outputs.size(); ++o) {
    const ir::ValueId value = node.outputs[o];
    const ir::Type& type = module().value_type(value);
    const auto [at, is_new] = stored_.try_emplace(value, 0);
    if (is_new) at->second = context_.take_memory(static_cast<uint64_t>(type.max_elements()) * dtype_bytes(type.dtype));
    store(outputs[o], at->second, type);
  }
}

/// Each distinct box, from the first tile that has it, into the dense array at `memory`.
void EntryPlanner::store(const Placement& from, uint64_t memory, const ir::Type& type) {
  const auto element = static_cast<int64_t>(dtype_bytes(type.dtype));
  const std::vector<int64_t> shape = type.bounds();
  Side whole{.address = memory, .strides = std::vector<int64_t>(shape.size(), 1)};
  for (size_t d = shape.size(); d-- > 1;) whole.strides[d - 1] = whole.strides[d] * shape[d];
  std::vector<Box> done;
  for (size_t t = 0; t < num_tiles(); ++t) {
    const Box& box = from.boxes[t];
    if (box.empty() || std::find(done.begin(), done.end(), box) != done.end()) continue;
    done.push_back(box);
    record(MoveKind::to_memory, box.elements() * element);
    Side part = whole;
    std::vector<int64_t> sizes;
    for (size_t d = 0; d < box.dims.size(); ++d) {
      part.address += static_cast<uint64_t>(box.dims[d].lo * whole.strides[d] * element);
      sizes.push_back(box.dims[d].size());
    }
    for (arch::Descriptor d : copy_box(sizes, element, {0, from.strides}, part)) {
      d.kind = arch::DmaKind::to_memory;
      d.remote_semaphore = kStoreSemaphore;
      d.remote_amount = 1;
      start_dma(t, true, d, {.source = {from.buffer, {}}, .destination = {}, .remote = {}});
      ++stores_[t];
    }
    send_sources_[t].push_back(from.buffer);
  }
}

void EntryPlanner::drain_stores(size_t tile) {
  if (stores_[tile] == 0) return;
  command(tile, CommandKind::wait, 0, {{kStoreSemaphore, {}}, {stores_[tile], {}}});
  stores_[tile] = 0;
}

void EntryPlanner::find_uses(const std::vector<Node>& nodes) {
  for (const Node& node : nodes) {
    if (node.is_update()) read_.insert(node.in_place);
    for (const NodePiece& piece : node.pieces)
      for (const Leaf& leaf : piece.leaves) read_.insert(leaf.value);
  }
  const ir::OpId ret = module().terminator(func_.body);
  for (uint32_t i = 0; i < module().op(ret).num_operands; ++i) returned_.insert(module().operand(ret, i));
}

}  // namespace psmc::midend
