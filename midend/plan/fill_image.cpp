// SPDX-License-Identifier: Apache-2.0
#include "midend/plan/fill_image.h"

#include <algorithm>
#include <cstring>

namespace psmc::midend {

namespace {

/// The box of one tile, row-major in the packed strides, padding zero.
std::vector<std::byte> pack(const ir::Module& module, const PackedConstant& packed, const Box& box) {
  const ir::Constant& constant = module.constant(packed.constant);
  const ir::Type& type = module.type(constant.type);
  const size_t element = dtype_bytes(type.dtype);
  std::vector<std::byte> out(static_cast<size_t>(packed.elements) * element);
  std::vector<int64_t> from(type.rank(), 1), index(type.rank(), 0);
  const std::vector<int64_t> bounds = type.bounds();
  for (size_t d = type.rank(); d-- > 1;) from[d - 1] = from[d] * bounds[d];
  const std::byte* source = constant.bytes().data();
  while (true) {
    int64_t at = 0, to = 0;
    for (size_t d = 0; d < index.size(); ++d) {
      at += (box.dims[d].lo + index[d]) * from[d];
      to += index[d] * packed.placement.strides[d];
    }
    std::memcpy(out.data() + static_cast<size_t>(to) * element, source + static_cast<size_t>(at) * element, element);
    size_t d = index.size();
    while (d-- > 0 && ++index[d] == box.dims[d].size()) index[d] = 0;
    if (d == static_cast<size_t>(-1)) return out;
  }
}

}  // namespace

void fill_scratchpads(const ProgramContext& context, uint64_t end, arch::Plan& plan) {
  for (size_t t = 0; t < context.tiles.size(); ++t) {
    arch::TileImage tile{.tile = context.tiles[t], .code = {}, .segments = {}};
    for (const PackedConstant& packed : context.constants) {
      if (packed.placement.boxes[t].empty() || packed.streamed) continue;
      plan.owned.push_back(pack(context.module, packed, packed.placement.boxes[t]));
      const auto& bytes = plan.owned.back();
      tile.segments.push_back({context.buffers[packed.placement.buffer].address, bytes.size(), bytes});
    }
    std::sort(tile.segments.begin(), tile.segments.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
    std::vector<arch::Segment> zeros;
    uint64_t at = 0;
    for (const arch::Segment& s : tile.segments) {
      if (s.address > at) zeros.push_back({at, s.address - at, {}});
      at = s.address + s.size;
    }
    if (end > at) zeros.push_back({at, end - at, {}});
    tile.segments.insert(tile.segments.end(), zeros.begin(), zeros.end());
    std::sort(tile.segments.begin(), tile.segments.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
    plan.tiles.push_back(std::move(tile));
  }
}

void fill_memory(const ProgramContext& context, arch::Plan& plan) {
  plan.memory = context.zeros;
  for (const PackedConstant& packed : context.constants)
    for (size_t t = 0; packed.streamed && t < context.tiles.size(); ++t) {
      if (packed.placement.boxes[t].empty()) continue;
      plan.owned.push_back(pack(context.module, packed, packed.placement.boxes[t]));
      plan.memory.push_back({packed.memory[t], plan.owned.back().size(), plan.owned.back()});
    }
  std::sort(plan.memory.begin(), plan.memory.end(), [](const auto& a, const auto& b) { return a.address < b.address; });
}

}  // namespace psmc::midend
