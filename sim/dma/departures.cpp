// SPDX-License-Identifier: Apache-2.0
// What leaves a tile: posts, requests of `in` engines, packets of `out` engines with the lines that they read.
#include <algorithm>
#include <cstring>

#include "sim/dma/unit.h"

namespace psmc::sim {

using arch::DmaKind;

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
    trace(TransferStep::left, tag, now);
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
  check_state(e.flit < p.flits && offset < range.end && scratchpad_.holds(source, range.end - offset),
              "a packet's source is outside of the scratchpad");
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
  trace(TransferStep::left, tag, now);
  become_head(e, now);
  finish_local(tag, false);
}

}  // namespace psmc::sim
