// SPDX-License-Identifier: Apache-2.0
// The unit's life: descriptors start, wait at the head of their engine's queue, begin; arrivals.cpp and departures.cpp
// have the rest.
#include "sim/dma/unit.h"

#include <algorithm>

#include "base/check.h"

namespace psmc::sim {

using arch::DmaKind;

DmaUnit::DmaUnit(const DmaSpec& spec, const DmaContext& context, Scratchpad& scratchpad, CodeMemory& code)
    : spec_(spec),
      context_(context),
      scratchpad_(scratchpad),
      code_(code),
      engines_(spec.in_engines + spec.out_engines) {
  for (uint32_t i = spec_.in_engines; i < engines_.size(); ++i) engines_[i].out = true;
}

bool DmaUnit::engine_exists(uint32_t engine) const {
  return (engine & 8u) ? (engine & 7u) < spec_.out_engines : engine < spec_.in_engines;
}

bool DmaUnit::head_goes_to_tiles(uint32_t engine) const {
  const Engine& e = engines_[index(engine)];
  return !e.queue.empty() && context_.transfers[e.queue.front()].descriptor.kind == DmaKind::to_tiles;
}

void DmaUnit::start(uint32_t engine, const arch::Descriptor& descriptor, uint32_t pc, Cycle now, uint32_t op) {
  Engine& e = engines_[index(engine)];
  const uint32_t tag = context_.transfers.allocate();
  Transfer& t = context_.transfers[tag];
  t.out = e.out;
  t.tile = spec_.tile;
  t.engine = index(engine);
  t.descriptor = descriptor;
  t.cursor = PieceCursor(descriptor);
  t.pc = pc;
  t.op = op;
  t.uncommitted = descriptor.total_bytes();
  t.unfinished = e.out ? 2 : 1;
  if (descriptor.kind == DmaKind::to_tiles) {
    const uint32_t tiles = (descriptor.x1 - descriptor.x0 + 1u) * (descriptor.y1 - descriptor.y0 + 1u);
    t.uncommitted_at.assign(tiles, t.uncommitted);
    t.unfinished = 1 + tiles;
  }
  if (descriptor.kind == DmaKind::memory_to_code) invalidate_code(descriptor);
  t.stage = Producer::startup;
  if (descriptor.local_amount > 0) context_.semaphores.expect(spec_.tile, descriptor.local_semaphore, t.stage, 1);
  if (descriptor.kind == DmaKind::to_memory && descriptor.remote_amount > 0)
    context_.semaphores.expect(spec_.tile, descriptor.remote_semaphore, t.stage, 1);
  if (context_.races != nullptr) context_.races->start_transfer(tag, spec_.tile, engine & 7u, e.out, pc);
  e.queue.push_back(tag);
  trace(TransferStep::queued, tag, now);
  context_.wake.set(spec_.tile, now);
  if (e.queue.size() == 1)
    become_head(e, now);
  else
    set_stage(t, descriptor.kind == DmaKind::to_tiles ? Producer::network : Producer::memory);
}

/// From dma.start on, none of the words between the first and the last one written may be executed.
void DmaUnit::invalidate_code(const arch::Descriptor& d) {
  int64_t low = 0, high = d.run;
  for (size_t i = 0; i < 3; ++i) {
    const int64_t reach = d.destination_stride[i] * static_cast<int64_t>(d.count[i] - 1);
    (reach < 0 ? low : high) += reach;
  }
  code_.invalidate(d.destination + static_cast<uint64_t>(low), static_cast<uint64_t>(high - low));
}

void DmaUnit::become_head(Engine& e, Cycle now) {
  e.begun = false;
  e.begins = now + spec_.start_cycles;
  if (e.queue.empty()) return;
  set_stage(context_.transfers[e.queue.front()], Producer::startup);
  trace(TransferStep::begun, e.queue.front(), now);
}

/// What the transfer waits for changes the class of those that wait for its posts.
void DmaUnit::set_stage(Transfer& t, Producer stage) {
  if (t.stage == stage) return;
  const arch::Descriptor& d = t.descriptor;
  for (const int change : {1, -1}) {
    const Producer which = change > 0 ? stage : t.stage;
    if (d.local_amount > 0) context_.semaphores.expect(spec_.tile, d.local_semaphore, which, change);
    if (d.kind == DmaKind::to_memory && d.remote_amount > 0)
      context_.semaphores.expect(spec_.tile, d.remote_semaphore, which, change);
  }
  t.stage = stage;
}

void DmaUnit::expect_targets(const Transfer& t, int change) {
  const arch::Descriptor& d = t.descriptor;
  if (d.kind != DmaKind::to_tiles || d.remote_amount == 0) return;
  for (uint32_t y = d.y0; y <= d.y1; ++y)
    for (uint32_t x = d.x0; x <= d.x1; ++x)
      context_.semaphores.expect(y * context_.machine.grid.columns + x, d.remote_semaphore, Producer::network, change);
}

void DmaUnit::begin(Engine& e) {
  e.begun = true;
  Transfer& t = context_.transfers[e.queue.front()];
  if (t.descriptor.kind != DmaKind::memory_to_code)
    set_stage(t, t.descriptor.kind == DmaKind::to_tiles ? Producer::network : Producer::memory);
  expect_targets(t, 1);
}

void DmaUnit::post(uint32_t tile, uint32_t semaphore, uint32_t amount, Cycle now) {
  const uint32_t clock = context_.races != nullptr ? context_.races->release_core(spec_.tile) : RaceDetector::kNoClock;
  if (tile == spec_.tile) return context_.semaphores.post(tile, semaphore, amount, spec_.tile, clock);
  PacketPool& pool = context_.network.packets();
  const uint32_t id = pool.allocate();
  Packet& p = pool[id];
  p.kind = PacketKind::post;
  p.traffic = TrafficClass::request;
  p.destination = static_cast<uint16_t>(tile);
  p.semaphore = static_cast<uint16_t>(semaphore);
  p.amount = static_cast<uint16_t>(amount);
  p.clock = clock;
  posts_.push_back(id);
  context_.wake.set(spec_.tile, now);
  context_.semaphores.expect(tile, semaphore, Producer::network, 1);
}

void DmaUnit::tick(Cycle now, uint64_t banks) {
  now_ = now;
  if (context_.network.arrived(spec_.tile) != nullptr) take_arrival(now, banks);
  for (Engine& e : engines_)
    if (!e.begun && !e.queue.empty() && now >= e.begins) begin(e);
  offer(now);
  for (uint32_t i = 0; i < engines_.size(); ++i) {
    Engine& e = engines_[(turn_ + i) % engines_.size()];
    if (e.packet != kNoPacket) read_source(e, now, banks);
  }
  context_.wake.set(spec_.tile, next_event(now));
}

Cycle DmaUnit::next_event(Cycle now) const {
  if (!posts_.empty() || context_.network.arrived(spec_.tile) != nullptr) return now + 1;
  Cycle next = kNever;
  for (const Engine& e : engines_) {
    if (e.packet != kNoPacket) return now + 1;
    if (e.queue.empty()) continue;
    if (!e.begun) {
      next = std::min(next, std::max(now + 1, e.begins));
    } else if (e.outstanding < spec_.outstanding) {
      return now + 1;
    }
  }
  return next;
}

void DmaUnit::reset() {
  for (Engine& e : engines_) {
    const bool out = e.out;
    e = Engine{};
    e.out = out;
  }
  posts_.clear();
  turn_ = arrival_done_ = 0;
  counters_ = {};
  context_.wake.set(spec_.tile, kNever);
}

bool DmaUnit::idle() const {
  if (!posts_.empty()) return false;
  for (const Engine& e : engines_)
    if (!e.queue.empty() || e.outstanding != 0 || e.packet != kNoPacket) return false;
  return true;
}

}  // namespace psmc::sim
