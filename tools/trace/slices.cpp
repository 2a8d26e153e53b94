// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace psmc::tools::trace {

using sim::CycleClass;

SliceSink::SliceSink(const Scope& scope, std::unique_ptr<SliceWriter> writer)
    : scope_(scope), writer_(std::move(writer)), cores_(scope.image.machine.tiles()) {
  for (const uint32_t tile : scope.tiles) {
    cores_[tile].track = ++tracks_;
    writer_->track(tracks_, Group::cores, tile_name(scope.image.machine, tile));
  }
}

void SliceSink::core(const sim::TraceEvent& e) {
  CoreTrack& t = cores_[e.tile];
  const bool stalled = !e.issued && e.cycle_class != CycleClass::bank_conflict;
  if (!t.open || t.op != e.op || t.next != e.cycle) {
    close_op(t);
    open_op(t, e);
    open_class(t, e);
  } else if (t.cycle_class != e.cycle_class || t.stalled != stalled || (stalled && t.pc != e.pc)) {
    close_class(t);
    open_class(t, e);
  }
  t.classes[static_cast<size_t>(e.cycle_class)] += e.cycles;
  t.next = e.cycle + e.cycles;
}

void SliceSink::open_op(CoreTrack& t, const sim::TraceEvent& e) {
  t.open = true;
  t.op = e.op;
  t.classes = {};
  const std::array<Arg, 2> args{Arg{"source", 0, op_location(scope_.image, e.op)}, Arg{"word", e.pc}};
  const bool no_source = args[0].text.empty();
  writer_->begin(t.track, e.cycle, op_name(scope_.image, e.op), std::span(args).subspan(no_source ? 1 : 0));
}

void SliceSink::close_op(CoreTrack& t) {
  if (!t.open) return;
  close_class(t);
  std::array<Arg, sim::kCycleClasses> args;
  size_t n = 0;
  for (size_t c = 0; c < sim::kCycleClasses; ++c)
    if (t.classes[c] != 0) args[n++] = {sim::cycle_class_name(static_cast<CycleClass>(c)), t.classes[c]};
  writer_->end(t.track, t.next, op_name(scope_.image, t.op), std::span(args).first(n));
  t.open = false;
}

void SliceSink::open_class(CoreTrack& t, const sim::TraceEvent& e) {
  t.cycle_class = e.cycle_class;
  t.stalled = !e.issued && e.cycle_class != CycleClass::bank_conflict;
  t.pc = e.pc;
  const std::array<Arg, 2> args{Arg{"word", e.pc}, Arg{"stalls", 0, words_.of(e.word)}};
  writer_->begin(t.track, e.cycle, sim::cycle_class_name(e.cycle_class), std::span(args).first(t.stalled ? 2 : 0));
}

void SliceSink::close_class(CoreTrack& t) { writer_->end(t.track, t.next, sim::cycle_class_name(t.cycle_class), {}); }

void SliceSink::transfer(const sim::TransferEvent& event) {
  switch (event.step) {
    case sim::TransferStep::queued: queued_[event.tag] = event.cycle; return;
    case sim::TransferStep::begun: return begin_transfer(event);
    case sim::TransferStep::left:
      if (const auto at = transfers_.find(event.tag); at != transfers_.end()) at->second.left = event.cycle + 1;
      return;
    case sim::TransferStep::done: return end_transfer(event.tag, event.cycle + 1, true);
  }
}

/// The first track of the transfer's engine on which nothing is under way.
SliceSink::Lane& SliceSink::free_lane(const sim::Transfer& transfer, Cycle cycle) {
  auto& lanes = lanes_[{transfer.tile, transfer.engine}];
  for (const auto& lane : lanes)
    if (lane->free_from <= cycle) return *lane;
  const uint32_t in_engines = scope_.image.machine.dma.in_engines;
  std::string name = fmt::format("tile {} {}{}", transfer.tile, transfer.out ? "out" : "in",
                                 transfer.engine - (transfer.out ? in_engines : 0));
  if (!lanes.empty()) name += fmt::format(" +{}", lanes.size());
  writer_->track(++tracks_, Group::dma, name);
  lanes.push_back(std::make_unique<Lane>(Lane{tracks_, 0}));
  return *lanes.back();
}

/// What begins before the scope is shown when it is known to reach into it.
void SliceSink::begin_transfer(const sim::TransferEvent& event) {
  const sim::Transfer& t = event.transfer;
  Lane& lane = free_lane(t, event.cycle);
  lane.free_from = sim::kNever;
  OpenTransfer& open = transfers_[event.tag];
  open = {&lane, t.descriptor, t.pc, t.op, queued_[event.tag], 0, false};
  queued_.erase(event.tag);
  if (event.cycle >= scope_.from) show(open, event.cycle);
}

void SliceSink::show(OpenTransfer& transfer, Cycle cycle) {
  transfer.shown = true;
  const arch::Descriptor& d = transfer.descriptor;
  const std::string source = fmt::format("0x{:x}", d.source), destination = fmt::format("0x{:x}", d.destination);
  const bool to_tiles = d.kind == arch::DmaKind::to_tiles;
  const std::string tiles = to_tiles ? fmt::format("({},{}) to ({},{})", d.x0, d.y0, d.x1, d.y1) : "";
  const std::array<Arg, 7> args{Arg{"bytes", d.total_bytes()},
                                Arg{"source", 0, source},
                                Arg{"destination", 0, destination},
                                Arg{"word", transfer.pc},
                                Arg{"op", 0, op_name(scope_.image, transfer.op)},
                                Arg{"queued at", transfer.queued},
                                Arg{"tiles", 0, tiles}};
  writer_->begin(transfer.lane->track, cycle, transfer_kind_name(d.kind), std::span(args).first(to_tiles ? 7 : 6));
}

void SliceSink::end_transfer(uint32_t tag, Cycle cycle, bool complete) {
  const auto at = transfers_.find(tag);
  if (at == transfers_.end()) return;
  OpenTransfer& open = at->second;
  open.lane->free_from = cycle;
  if (!open.shown && cycle > scope_.from) show(open, scope_.from);
  const Arg arg = complete ? Arg{"engine free at", open.left} : Arg{"unfinished", 0, "yes"};
  if (open.shown) writer_->end(open.lane->track, cycle, transfer_kind_name(open.descriptor.kind), std::span(&arg, 1));
  transfers_.erase(at);
}

void SliceSink::end(Cycle cycle) {
  for (const uint32_t tile : scope_.tiles) close_op(cores_[tile]);
  while (!transfers_.empty()) end_transfer(transfers_.begin()->first, cycle, false);
  writer_->finish();
}

}  // namespace psmc::tools::trace
