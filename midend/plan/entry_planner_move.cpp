// SPDX-License-Identifier: Apache-2.0
// Getting data to where a node reads it. A reshard is one moment: every tile that holds a piece of what others need
// pushes it (equal pieces for a rectangle of tiles as one multicast), every tile that needs something waits for as many
// messages as will come. Who sends which piece follows from intersecting boxes; there are no named collectives.
#include <fmt/format.h>

#include <limits>

#include "midend/node/constants.h"
#include "midend/partition/moves.h"
#include "midend/plan/entry_planner.h"
#include "midend/plan/transfer.h"

namespace psmc::midend {

Placement EntryPlanner::require(ir::ValueId value, const std::vector<Box>& need) {
  std::vector<Placement>& held = placements_.at(value);
  for (const Placement& placement : held)
    if (placement.covers(need)) return placement;
  Placement copy = reshard(value, held[0], need);
  placements_.at(value).push_back(copy);
  return copy;
}

/// Whether reading each element once and passing it on beats every tile reading what it needs.
bool EntryPlanner::worth_spreading(const ir::Type& type, const std::vector<Box>& need) const {
  int64_t wanted = 0;
  for (const Box& box : need) wanted += box.elements();
  const int64_t elements = type.max_elements();
  return type.rank() > 0 && num_tiles() > 1 && elements >= 16384 && wanted > 2 * elements && type.has_static_shape();
}

/// Every tile loads an equal part of the value's rows.
Placement EntryPlanner::spread_from_memory(ir::ValueId value, const Placement& from) {
  const ir::Type& type = module().value_type(value);
  const std::vector<int64_t> space = type.bounds();
  uint32_t longest = 0;
  for (uint32_t d = 0; d + 1 < space.size(); ++d)
    if (space[d] > space[longest]) longest = d;
  const Sharding sharding =
      split(space, longest, static_cast<int64_t>(num_tiles()), longest + 1 == space.size() ? 16 : 1);
  std::vector<Box> boxes;
  for (size_t t = 0; t < num_tiles(); ++t) boxes.push_back(sharding.box(space, static_cast<int64_t>(t)));
  Placement parts = new_placement("part of an input", type.dtype, type.rank(), boxes);
  load_from_memory(from, parts, boxes);
  finish_moment();
  return parts;
}

Placement EntryPlanner::reshard(ir::ValueId value, const Placement& from, const std::vector<Box>& need) {
  const ir::Type& type = module().value_type(value);
  if (from.in_memory() && worth_spreading(type, need)) return reshard(value, spread_from_memory(value, from), need);
  const std::string what =
      fmt::format("copy of {}", module().value(value).name ? module().text(module().value(value).name) : "value");
  Placement to = new_placement(what, type.dtype, type.rank(), need);
  if (from.in_memory())
    load_from_memory(from, to, need);
  else
    push_between_tiles(from, to, need);
  finish_moment();
  return to;
}

/// What copies the box `need` of a value in device memory into the start of a buffer.
std::vector<arch::Descriptor> EntryPlanner::loads(const Placement& from, const Placement& to, const Box& need) const {
  if (need.empty()) return {};
  const auto element = static_cast<int64_t>(dtype_bytes(from.dtype));
  int64_t start = 0;
  std::vector<int64_t> sizes;
  for (size_t d = 0; d < need.dims.size(); ++d) {
    start += need.dims[d].lo * from.strides[d];
    sizes.push_back(need.dims[d].size());
  }
  std::vector<arch::Descriptor> result =
      copy_box(sizes, element, {from.memory + static_cast<uint64_t>(start * element), from.strides}, {0, to.strides});
  for (arch::Descriptor& d : result) d.kind = arch::DmaKind::memory_to_scratchpad;
  return result;
}

void EntryPlanner::load_from_memory(const Placement& from, Placement& to, const std::vector<Box>& need) {
  record(MoveKind::from_memory, from.dtype, need);
  for (size_t t = 0; t < num_tiles(); ++t) {
    if (need[t].empty()) continue;
    const std::vector<arch::Descriptor> list = loads(from, to, need[t]);
    for (const arch::Descriptor& d : list)
      start_dma(t, false, d, {.source = {}, .destination = {to.buffer, {}}, .remote = {}});
    wait_loads(t, static_cast<int64_t>(list.size()));
  }
}

void EntryPlanner::push_between_tiles(const Placement& from, Placement& to, const std::vector<Box>& need) {
  const auto element = static_cast<int64_t>(dtype_bytes(from.dtype));
  const std::vector<Message> list = messages(from.boxes, need);
  record(MoveKind::between_tiles, from.dtype, need);
  context_.buffers.use(from.buffer, context_.now);
  const std::vector<int64_t> sent(clocks_.row(0), clocks_.row(0) + num_tiles() * num_tiles());
  const EventId event = context_.event(context_.now, context_.now);
  int64_t safe = context_.now;
  std::vector<int64_t> expected(num_tiles(), 0);
  std::vector<bool> drained(num_tiles(), false);
  for (const Message& m : list) {
    if (!drained[m.source]) drain_sends(m.source);
    drained[m.source] = true;
    std::vector<int64_t> sizes;
    for (const Range& r : m.box.dims) sizes.push_back(r.size());
    const uint64_t source = static_cast<uint64_t>(from.offset(m.source, m.box) * element);
    for (const arch::Descriptor& pattern :
         copy_box(sizes, element, {source, from.strides},
                  {static_cast<uint64_t>(to.offset(m.destinations[0], m.box) * element), to.strides}))
      for (const Rectangle& r : receivers(m.destinations, context_.columns, context_.machine.network.multicast)) {
        arch::Descriptor d = pattern;
        d.kind = arch::DmaKind::to_tiles;
        d.x0 = static_cast<uint8_t>(r.x0);
        d.y0 = static_cast<uint8_t>(r.y0);
        d.x1 = static_cast<uint8_t>(r.x1);
        d.y1 = static_cast<uint8_t>(r.y1);
        d.remote_amount = 1;
        start_dma(m.source, true, d,
                  {.source = {from.buffer, {}}, .destination = {to.buffer, {}}, .remote = {{}, event}});
        for (size_t t : m.destinations)
          expected[t] += t % context_.columns >= r.x0 && t % context_.columns <= r.x1 && t / context_.columns >= r.y0 &&
                         t / context_.columns <= r.y1;
      }
    send_sources_[m.source].push_back(from.buffer);
    for (size_t t : m.destinations)
      if (t != m.source) safe = std::min(safe, sent[m.source * num_tiles() + t] + 1);
  }
  for (const Message& m : list)
    for (size_t t : m.destinations)
      if (t != m.source) clocks_.receive(t, &sent[m.source * num_tiles()]);
  for (size_t t = 0; t < num_tiles(); ++t)
    if (expected[t] > 0) wait(t, event, expected[t]);
  context_.events[event.index].from = safe;
  context_.buffers[to.buffer].live_from = safe;
}

/// The dimension that moves with the last subscript of the result becomes the contiguous one: it can run along the
/// lanes. The matrix unit takes matrices as they are.
static std::vector<uint32_t> packing_order(const NodePiece& reader, const ir::AccessMap& map, bool matrix) {
  std::vector<uint32_t> order(map.subscripts.size());
  for (uint32_t d = 0; d < order.size(); ++d) order[d] = d;
  if (matrix || reader.result.subscripts.empty() || reader.result.subscripts.back().terms.size() != 1) return order;
  const uint32_t lane = reader.result.subscripts.back().terms[0].first;
  for (uint32_t d = 0; d < order.size(); ++d) {
    const ir::Subscript& s = map.subscripts[d];
    if (s.terms.size() != 1 || s.terms[0] != std::pair(lane, int64_t{1})) continue;
    order.erase(order.begin() + d);
    order.push_back(d);
    break;
  }
  return order;
}

Placement EntryPlanner::pack_constant(const NodePiece& reader, size_t leaf, const std::vector<Box>& need, bool matrix) {
  const ir::ValueId value = reader.leaves[leaf].value;
  const ir::Type& type = module().value_type(value);
  PackedConstant packed;
  packed.constant = constant_id(module(), module().def(value));
  packed.order = packing_order(reader, reader.leaves[leaf].map, matrix);
  packed.placement.dtype = type.dtype;
  packed.placement.boxes = need;
  const std::vector<int64_t> sizes = largest(need, type.rank());
  packed.placement.strides = padded_strides(sizes, packed.order, packed.elements);
  packed.elements = with_whole_tiles(sizes, packed.order, packed.elements);
  if (streams(type, need)) return stream_constant(packed);
  for (const PackedConstant& known : context_.constants)
    if (!known.streamed && known.constant == packed.constant && known.order == packed.order &&
        known.placement.covers(need))
      return known.placement;
  const ir::StrId name = module().constant(packed.constant).name;
  packed.placement.buffer =
      context_.buffers.add({.what = name ? std::string(module().text(name)) : "constant",
                            .bytes = static_cast<uint64_t>(packed.elements) * dtype_bytes(type.dtype),
                            .live_from = 0,
                            .live_to = std::numeric_limits<int64_t>::max(),
                            .address = 0});
  context_.constants.push_back(packed);
  return packed.placement;
}

}  // namespace psmc::midend
