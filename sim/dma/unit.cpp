// SPDX-License-Identifier: Apache-2.0
#include "sim/dma/unit.h"

#include <algorithm>

#include "base/check.h"

namespace psmc::sim {

using arch::DmaKind;

DmaUnit::DmaUnit(const DmaSpec& spec, const DmaContext& context, Scratchpad& scratchpad, CodeMemory& code)
    : spec_(spec), context_(context), scratchpad_(scratchpad), code_(code), engines_(spec.in_engines + spec.out_engines) {
  for (uint32_t i = spec_.in_engines; i < engines_.size(); ++i) engines_[i].out = true;
}

bool DmaUnit::engine_exists(uint32_t engine) const {
  return (engine & 8u) ? (engine & 7u) < spec_.out_engines : engine < spec_.in_engines;
}

bool DmaUnit::head_goes_to_tiles(uint32_t engine) const {
  const Engine& e = engines_[index(engine)];
  return !e.queue.empty() && context_.transfers[e.queue.front()].descriptor.kind == DmaKind::to_tiles;
}

void DmaUnit::start(uint32_t engine, const arch::Descriptor& descriptor, uint32_t pc, Cycle now) {
  Engine& e = engines_[index(engine)];
  const uint32_t tag = context_.transfers.allocate();
  Transfer& t = context_.transfers[tag];
  t.out = e.out;
  t.tile = spec_.tile;
  t.engine = index(engine);
  t.descriptor = descriptor;
  t.cursor = PieceCursor(descriptor);
  t.pc = pc;
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
  context_.wake[spec_.tile] = now;
  if (e.queue.size() == 1) become_head(e, now);
  else set_stage(t, descriptor.kind == DmaKind::to_tiles ? Producer::network : Producer::memory);
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
  if (!e.queue.empty()) set_stage(context_.transfers[e.queue.front()], Producer::startup);
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
  context_.wake[spec_.tile] = now;
  context_.semaphores.expect(tile, semaphore, Producer::network, 1);
}

void DmaUnit::tick(Cycle now, uint64_t banks) {
  if (context_.network.arrived(spec_.tile) != nullptr) take_arrival(now, banks);
  for (Engine& e : engines_)
    if (!e.begun && !e.queue.empty() && now >= e.begins) begin(e);
  offer(now);
  for (uint32_t i = 0; i < engines_.size(); ++i) {
    Engine& e = engines_[(turn_ + i) % engines_.size()];
    if (e.packet != kNoPacket) read_source(e, now, banks);
  }
  context_.wake[spec_.tile] = next_event(now);
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
  context_.wake[spec_.tile] = kNever;
}

bool DmaUnit::idle() const {
  if (!posts_.empty()) return false;
  for (const Engine& e : engines_)
    if (!e.queue.empty() || e.outstanding != 0 || e.packet != kNoPacket) return false;
  return true;
}

// ---- arrivals

void DmaUnit::take_arrival(Cycle now, uint64_t& banks) {
  const Flit flit = context_.network.arrived(spec_.tile)->flit;
  PacketPool& pool = context_.network.packets();
  const Packet& p = pool[flit.packet];
  if (flit.index > 0 && !commit(flit, p, banks)) return;
  context_.network.take(spec_.tile, now);
  arrival_done_ = 0;
  if (!flit.last()) return;
  const PacketKind kind = p.kind;
  const uint32_t tag = p.tag;
  if (kind == PacketKind::post) {
    context_.semaphores.expect(spec_.tile, p.semaphore, Producer::network, -1);
    context_.semaphores.post(spec_.tile, p.semaphore, p.amount, p.source, p.clock);
  } else if (kind == PacketKind::read_reply) {
    --engines_[context_.transfers[tag].engine].outstanding;
    finish_bytes(tag, p.bytes, false);
  } else if (kind == PacketKind::write_ack) {
    --engines_[context_.transfers[tag].engine].outstanding;
    finish_bytes(tag, static_cast<uint32_t>(p.reply_address), false);
  } else {
    finish_bytes(tag, p.bytes, true);
  }
  pool.release(flit.packet);
}

/// Puts one line of the flit into its place; true when all of the flit is there.
bool DmaUnit::commit(const Flit& flit, const Packet& p, uint64_t& banks) {
  const PayloadRange range = payload_range(p.address, p.bytes, context_.network.spec().flit_bytes, flit.index);
  const uint64_t base = p.kind == PacketKind::read_reply ? p.reply_address : p.address;
  const uint32_t begin = range.begin + arrival_done_;
  const uint64_t destination = base + begin;
  const bool code = p.kind == PacketKind::read_reply && context_.transfers[p.tag].descriptor.kind == DmaKind::memory_to_code;
  if (code) {
    code_.write(destination, context_.network.packets().data(flit.packet).subspan(begin, range.end - begin), p.address + begin);
    return true;
  }
  const uint64_t bank = scratchpad_.bank_bit(destination);
  if (banks & bank) return false;
  banks |= bank;
  const uint32_t bytes = static_cast<uint32_t>(std::min<uint64_t>(64 - destination % 64, range.end - begin));
  commit_bytes(flit.packet, destination, begin, bytes);
  arrival_done_ += bytes;
  return begin + bytes == range.end;
}

void DmaUnit::commit_bytes(uint32_t packet, uint64_t destination, uint32_t offset, uint32_t bytes) {
  PacketPool& pool = context_.network.packets();
  scratchpad_.write(destination, pool.data(packet).subspan(offset, bytes), pool.written(packet), offset);
  if (context_.races != nullptr) context_.races->write_scratchpad(pool[packet].tag, spec_.tile, destination, bytes);
  counters_.bytes_in += bytes;
}

/// All bytes of a packet are where they belong.
void DmaUnit::finish_bytes(uint32_t tag, uint32_t bytes, bool from_tile) {
  Transfer& t = context_.transfers[tag];
  const arch::Descriptor& d = t.descriptor;
  if (from_tile) {
    const uint32_t columns = context_.machine.grid.columns, x = spec_.tile % columns, y = spec_.tile / columns;
    uint64_t& left = t.uncommitted_at[(y - d.y0) * (d.x1 - d.x0 + 1u) + (x - d.x0)];
    left -= bytes;
    if (left != 0) return;
    if (d.remote_amount > 0) {
      context_.semaphores.expect(spec_.tile, d.remote_semaphore, Producer::network, -1);
      const uint32_t clock = context_.races != nullptr ? context_.races->release_transfer(tag, true) : RaceDetector::kNoClock;
      context_.semaphores.post(spec_.tile, d.remote_semaphore, d.remote_amount, t.tile, clock);
    }
    return finish_end(tag);
  }
  t.uncommitted -= bytes;
  if (t.uncommitted == 0) finish_local(tag, true);
}

void DmaUnit::finish_end(uint32_t tag) {
  if (context_.transfers.finish_end(tag) && context_.races != nullptr) context_.races->end_transfer(tag);
}

/// The end of a transfer at this tile: `in` committed, `out` source read (not `arrived`), or memory accepted.
void DmaUnit::finish_local(uint32_t tag, bool arrived) {
  Transfer& t = context_.transfers[tag];
  const arch::Descriptor& d = t.descriptor;
  const bool remote = t.out && arrived;
  const uint32_t amount = remote ? d.remote_amount : d.local_amount;
  if (amount > 0) {
    const uint32_t semaphore = remote ? d.remote_semaphore : d.local_semaphore;
    context_.semaphores.expect(spec_.tile, semaphore, t.stage, -1);
    const uint32_t clock = context_.races != nullptr ? context_.races->release_transfer(tag, arrived) : RaceDetector::kNoClock;
    context_.semaphores.post(spec_.tile, semaphore, amount, spec_.tile, clock);
  }
  finish_end(tag);
}

// ---- departures

void DmaUnit::offer(Cycle now) {
  if (!context_.network.can_accept(spec_.tile)) return;
  if (offer_post()) return;
  for (uint32_t i = 0; i < engines_.size(); ++i) {
    const uint32_t at = (turn_ + i) % static_cast<uint32_t>(engines_.size());
    Engine& e = engines_[at];
    if (e.queue.empty() || !e.begun) continue;
    if (!(e.out ? offer_packet(e) : offer_request(e, now))) continue;
    turn_ = (at + 1) % static_cast<uint32_t>(engines_.size());
    return;
  }
}

bool DmaUnit::offer_post() {
  if (posts_.empty()) return false;
  context_.network.accept(spec_.tile, posts_.front());
  posts_.pop_front();
  return true;
}

/// The next piece, cut so that it stays in one channel and one packet.
Piece DmaUnit::next_piece(const Transfer& t, bool split_source) const {
  Piece piece = t.cursor.peek();
  const uint64_t side = split_source ? piece.source : piece.destination;
  piece.bytes = static_cast<uint32_t>(std::min<uint64_t>(piece.bytes, spec_.piece_bytes - side % spec_.piece_bytes));
  if (t.descriptor.kind == DmaKind::to_tiles) return piece;
  const uint32_t interleave = context_.machine.memory.interleave;
  piece.bytes = static_cast<uint32_t>(std::min<uint64_t>(piece.bytes, interleave - side % interleave));
  return piece;
}

bool DmaUnit::offer_request(Engine& e, Cycle now) {
  if (e.outstanding >= spec_.outstanding) return false;
  const uint32_t tag = e.queue.front();
  Transfer& t = context_.transfers[tag];
  const Piece piece = next_piece(t, true);
  PacketPool& pool = context_.network.packets();
  const uint32_t id = pool.allocate();
  Packet& p = pool[id];
  p.kind = PacketKind::read_request;
  p.traffic = TrafficClass::request;
  p.destination = static_cast<uint16_t>(context_.machine.tiles() + context_.machine.channel_of(piece.source));
  p.address = piece.source;
  p.bytes = piece.bytes;
  p.reply_address = piece.destination;
  p.tag = tag;
  context_.network.accept(spec_.tile, id);
  ++e.outstanding;
  t.cursor.advance(piece.bytes);
  if (t.cursor.done()) {
    e.queue.pop_front();
    become_head(e, now);
  }
  return true;
}

/// Starts a packet; its flits become ready as the source is read.
bool DmaUnit::offer_packet(Engine& e) {
  if (e.packet != kNoPacket) return false;
  const uint32_t tag = e.queue.front();
  Transfer& t = context_.transfers[tag];
  const arch::Descriptor& d = t.descriptor;
  if (d.kind == DmaKind::to_memory && e.outstanding >= spec_.outstanding) return false;
  const Piece piece = next_piece(t, false);
  PacketPool& pool = context_.network.packets();
  const uint32_t id = pool.allocate();
  Packet& p = pool[id];
  p.kind = PacketKind::write;
  p.traffic = TrafficClass::request;
  p.address = piece.destination;
  p.bytes = piece.bytes;
  p.tag = tag;
  p.flits = static_cast<uint8_t>(1 + payload_flits(p.address, p.bytes, context_.network.spec().flit_bytes));
  if (d.kind == DmaKind::to_memory) {
    p.destination = static_cast<uint16_t>(context_.machine.tiles() + context_.machine.channel_of(piece.destination));
    ++e.outstanding;
  } else {
    p.area = {d.x0, d.y0, d.x1, d.y1};
    p.multicast = p.area.tiles() > 1;
    p.destination = static_cast<uint16_t>(d.y0 * context_.machine.grid.columns + d.x0);
  }
  context_.network.accept(spec_.tile, id);
  e.packet = id;
  e.source = piece.source;
  e.flit = 1;
  e.flit_done = 0;
  t.cursor.advance(piece.bytes);
  return true;
}

/// Reads one source line of the packet being filled, if its bank is free.
void DmaUnit::read_source(Engine& e, Cycle now, uint64_t& banks) {
  PacketPool& pool = context_.network.packets();
  Packet& p = pool[e.packet];
  const PayloadRange range = payload_range(p.address, p.bytes, context_.network.spec().flit_bytes, e.flit);
  const uint32_t offset = range.begin + e.flit_done;
  const uint64_t source = e.source + offset;
  const uint64_t bank = scratchpad_.bank_bit(source);
  if (banks & bank) return;
  banks |= bank;
  const uint32_t bytes = static_cast<uint32_t>(std::min<uint64_t>(64 - source % 64, range.end - offset));
  std::memcpy(pool.data(e.packet).data() + offset, scratchpad_.at(source), bytes);
  copy_bits(scratchpad_.written(), source, pool.written(e.packet), offset, bytes);
  if (context_.races != nullptr) context_.races->read_scratchpad(p.tag, spec_.tile, source, bytes);
  counters_.bytes_out += bytes;
  e.flit_done += bytes;
  if (offset + bytes == range.end) source_flit_ready(e, now);
}

void DmaUnit::source_flit_ready(Engine& e, Cycle now) {
  Packet& p = context_.network.packets()[e.packet];
  ++p.ready;
  ++e.flit;
  e.flit_done = 0;
  if (p.ready < p.flits) return;
  e.packet = kNoPacket;
  const uint32_t tag = e.queue.front();
  if (!context_.transfers[tag].cursor.done()) return;
  e.queue.pop_front();
  become_head(e, now);
  finish_local(tag, false);
}

}  // namespace psmc::sim
