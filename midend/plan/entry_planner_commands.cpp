// SPDX-License-Identifier: Apache-2.0
// The words of a tile's program, one after the other, and the bookkeeping that goes with each.
#include <algorithm>

#include "midend/plan/entry_planner.h"

namespace psmc::midend {

using arch::CommandKind;

void EntryPlanner::command(size_t tile, CommandKind kind, uint32_t index,
                           const std::vector<std::pair<int64_t, Fixup>>& args) {
  TileDraft& draft = draft_.tiles[tile];
  const auto first = static_cast<uint32_t>(draft.program.args.size());
  for (const auto& [value, fixup] : args) {
    draft.program.args.push_back(value);
    draft.args.push_back(fixup);
  }
  draft.program.commands.push_back(
      {kind, index, first, static_cast<uint32_t>(args.size()), context_.debug_op(current_op_)});
}

void EntryPlanner::start_dma(size_t tile, bool out, arch::Descriptor descriptor, TileDraft::DescriptorFixup fixup) {
  TileDraft& draft = draft_.tiles[tile];
  if (!fixup.local.event) descriptor.local_semaphore = out ? kSendSemaphore : kLoadSemaphore;
  descriptor.local_amount = 1;
  if (out) ++sends_[tile];
  draft.program.descriptors.push_back(descriptor);
  draft.descriptors.push_back(fixup);
  const uint32_t engines = out ? context_.machine.dma.out_engines : context_.machine.dma.in_engines;
  const uint32_t engine = (next_engine_[tile]++ % engines) + (out ? 8 : 0);
  command(tile, CommandKind::start, static_cast<uint32_t>(draft.program.descriptors.size() - 1), {{engine, {}}});
}

void EntryPlanner::wait(size_t tile, EventId event, int64_t amount) {
  command(tile, CommandKind::wait, 0, {{0, Fixup{{}, event}}, {amount, {}}});
  Event& e = context_.events[event.index];
  e.to = std::max(e.to, context_.now);
}

void EntryPlanner::wait_loads(size_t tile, int64_t amount) {
  command(tile, CommandKind::wait, 0, {{kLoadSemaphore, {}}, {amount, {}}});
}

void EntryPlanner::drain_sends(size_t tile) {
  for (BufferId source : send_sources_[tile]) context_.buffers.use(source, context_.now);
  send_sources_[tile].clear();
  if (sends_[tile] == 0) return;
  command(tile, CommandKind::wait, 0, {{kSendSemaphore, {}}, {sends_[tile], {}}});
  sends_[tile] = 0;
}

void EntryPlanner::drain_before_write(BufferId buffer, const std::vector<Layout>& points) {
  for (size_t t = 0; t < num_tiles(); ++t) {
    const bool writes =
        std::any_of(points.begin(), points.end(), [&](const Layout& piece) { return !piece[t].empty(); });
    const std::vector<BufferId>& reads = send_sources_[t];
    if (writes && std::find(reads.begin(), reads.end(), buffer) != reads.end()) drain_sends(t);
  }
}

void EntryPlanner::finish_moment() {
  std::vector<size_t> commands;
  for (size_t t = 0; t < num_tiles(); ++t) {
    clocks_.advance(t, context_.now);
    commands.push_back(draft_.tiles[t].program.commands.size());
  }
  marks_.push_back(std::move(commands));
  ++context_.now;
}

void EntryPlanner::record(MoveKind kind, DType dtype, const std::vector<Box>& boxes) {
  int64_t elements = 0;
  for (const Box& box : boxes) elements += box.elements();
  record(kind, elements * static_cast<int64_t>(dtype_bytes(dtype)));
}

}  // namespace psmc::midend
