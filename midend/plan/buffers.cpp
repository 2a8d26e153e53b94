// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/buffers.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace psmc::midend {

BufferId BufferTable::add(Buffer buffer) {
  buffer.bytes = (std::max<uint64_t>(buffer.bytes, 1) + 63) / 64 * 64;
  buffers_.push_back(std::move(buffer));
  return BufferId(static_cast<uint32_t>(buffers_.size() - 1));
}

void BufferTable::use(BufferId id, int64_t when) { (*this)[id].live_to = std::max((*this)[id].live_to, when); }

namespace {

Diagnostic full(const std::vector<Buffer>& buffers, uint64_t needed, uint64_t available) {
  std::vector<uint32_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::vector<std::string> notes = {"largest buffers of a tile:"};
  for (size_t i = 0; i < std::min<size_t>(8, order.size()); ++i)
    notes.push_back(fmt::format("{:>10} bytes  {}", buffers[order[i]].bytes, buffers[order[i]].what));
  notes.push_back("use a machine with more tiles or a larger scratchpad, or a shorter context");
  return error(Code::scratchpad_full,
               fmt::format("the program needs {} bytes of scratchpad a tile, {} are free", needed, available),
               std::move(notes));
}

}  // namespace

Result<uint64_t> BufferTable::place(uint64_t base, uint64_t limit) {
  std::vector<uint32_t> order(buffers_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return buffers_[a].bytes > buffers_[b].bytes; });
  std::vector<uint32_t> placed;  // by address
  uint64_t end = base;
  for (uint32_t id : order) {
    Buffer& buffer = buffers_[id];
    uint64_t at = base;
    for (uint32_t other : placed) {
      const Buffer& o = buffers_[other];
      if (o.live_to < buffer.live_from || buffer.live_to < o.live_from) continue;
      if (o.address >= at + buffer.bytes) break;  // the gap before `other` is large enough
      at = std::max(at, o.address + o.bytes);
    }
    buffer.address = at;
    end = std::max(end, at + buffer.bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), id,
                                   [&](uint32_t a, uint32_t b) { return buffers_[a].address < buffers_[b].address; }),
                  id);
  }
  if (end > limit) return full(buffers_, end - base, limit - base);
  return end;
}

}  // namespace psmc::midend
