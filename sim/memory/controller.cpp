// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/controller.h"

#include <algorithm>

namespace psmc::sim {

void MemoryController::reset() {
  replies_.clear();
  waiting_.clear();
  entering_.clear();
  reserved_ = 0;
  channel_.reset();
}

void MemoryController::tick(Cycle now) {
  push_bursts(now);
  if (entering_.empty() && network_.arrived(spec_.endpoint) != nullptr) take_flit(now);
  Issued issued;
  if (channel_.tick(now, issued)) finish_burst(issued);
  if (!waiting_.empty()) send_replies(now);
}

Cycle MemoryController::next_event(Cycle now) const {
  if (!entering_.empty() || network_.arrived(spec_.endpoint) != nullptr) return now + 1;
  Cycle next = channel_.next_event(now);
  for (const uint32_t w : waiting_) next = std::min(next, std::max(now + 1, replies_[w].leave));
  return next;
}

/// The channel's own linear address.
uint64_t MemoryController::local(uint64_t address) const {
  return address / (uint64_t{spec_.interleave} * spec_.channels) * spec_.interleave + address % spec_.interleave;
}

void MemoryController::take_flit(Cycle now) {
  const Flit flit = network_.arrived(spec_.endpoint)->flit;
  const PacketKind kind = network_.packets()[flit.packet].kind;
  check_state(kind == PacketKind::read_request || kind == PacketKind::write,
              "a memory channel got neither read nor write");
  const bool taken = kind == PacketKind::read_request ? take_read(flit, now) : take_write(flit, now);
  if (!taken) return;
  network_.take(spec_.endpoint, now);
  if (flit.last() && kind == PacketKind::write) acknowledge(flit.packet, now);
  if (flit.last()) network_.packets().release(flit.packet);
}

bool MemoryController::take_read(const Flit& flit, Cycle now) {
  const Packet request = network_.packets()[flit.packet];
  check_state(store_->holds(request.address, request.bytes), "a read outside of the memory");
  const uint32_t bursts = payload_flits(request.address, request.bytes, spec_.burst_bytes);
  const uint32_t space = 2 * spec_.channel.queue;
  if (reserved_ != 0 && reserved_ + bursts > space) return false;
  reserved_ += bursts;
  const uint32_t packet = make_reply(flit.packet);
  const uint32_t slot = allocate_reply();
  replies_[slot] = {packet, bursts, bursts, 0};
  store_->read(request.address, network_.packets().data(packet), network_.packets().written(packet));
  if (races_ != nullptr) races_->read_memory(request.tag, request.address, request.bytes);
  const uint64_t first = request.address / spec_.burst_bytes * spec_.burst_bytes;
  for (uint32_t i = bursts; i-- > 0;)
    entering_.push_back({local(first + uint64_t{i} * spec_.burst_bytes), false, slot, static_cast<uint8_t>(i)});
  push_bursts(now);
  return true;
}

/// The reply to a request: a header and the bytes asked for.
uint32_t MemoryController::make_reply(uint32_t request) {
  PacketPool& pool = network_.packets();
  const uint32_t id = pool.allocate();
  const Packet& from = pool[request];
  Packet& p = pool[id];
  p.kind = PacketKind::read_reply;
  p.traffic = TrafficClass::reply;
  p.destination = from.source;
  p.address = from.address;
  p.bytes = from.bytes;
  p.reply_address = from.reply_address;
  p.tag = from.tag;
  p.flits = static_cast<uint8_t>(1 + payload_flits(p.address, p.bytes, network_.spec().flit_bytes));
  p.ready = p.flits;
  return id;
}

bool MemoryController::take_write(const Flit& flit, Cycle now) {
  PacketPool& pool = network_.packets();
  const Packet& p = pool[flit.packet];
  if (flit.index == 0) {  // room for the acknowledgement
    if (reserved_ != 0 && reserved_ + 1 > 2 * spec_.channel.queue) return false;
    ++reserved_;
    return true;
  }
  check_state(flit.index < p.flits && store_->holds(p.address, p.bytes), "a write outside of its packet or the memory");
  const PayloadRange range = payload_range(p.address, p.bytes, network_.spec().flit_bytes, flit.index);
  const uint64_t begin = p.address + range.begin, burst = begin / spec_.burst_bytes;
  const bool first = flit.index == 1 || (begin - 1) / spec_.burst_bytes != burst;  // flits may be smaller than bursts
  if (first && channel_.room() == 0) return false;
  if (first) channel_.accept({local(burst * spec_.burst_bytes), true, 0, 0}, now);
  const uint64_t last = (p.address + range.end - 1) / spec_.burst_bytes;
  if (last != burst) entering_.push_back({local(last * spec_.burst_bytes), true, 0, 0});
  std::array<uint64_t, 2> written{};
  copy_bits(pool.written(flit.packet), range.begin, written, 0, range.end - range.begin);
  store_->write(begin, pool.data(flit.packet).subspan(range.begin, range.end - range.begin), written);
  if (races_ != nullptr) races_->write_memory(p.tag, begin, range.end - range.begin);
  return true;
}

void MemoryController::push_bursts(Cycle now) {
  while (!entering_.empty() && channel_.room() > 0) {
    channel_.accept(entering_.back(), now);
    entering_.pop_back();
  }
}

uint32_t MemoryController::allocate_reply() {
  for (uint32_t i = 0; i < replies_.size(); ++i)
    if (replies_[i].packet == kNoPacket) return i;
  replies_.emplace_back();
  return static_cast<uint32_t>(replies_.size() - 1);
}

/// A payload flit that leaves k cycles after the header may leave when its burst is complete: with the network sending
/// the header the cycle after it got the packet, burst k at `done` asks for done - 2 - k.
void MemoryController::finish_burst(const Issued& issued) {
  if (issued.burst.write) return;
  check_state(issued.burst.owner < replies_.size(), "a burst without a reply");
  Reply& r = replies_[issued.burst.owner];
  const uint64_t flits = uint64_t{issued.burst.index} * spec_.burst_bytes / network_.spec().flit_bytes;
  const Cycle before = 2 + flits;
  r.leave = std::max(r.leave, issued.done > before ? issued.done - before : 0);
  if (--r.bursts == 0) waiting_.push_back(issued.burst.owner);
}

void MemoryController::send_replies(Cycle now) {
  while (!waiting_.empty() && network_.can_accept(spec_.endpoint)) {
    size_t best = 0;
    for (size_t i = 1; i < waiting_.size(); ++i)
      if (replies_[waiting_[i]].leave < replies_[waiting_[best]].leave) best = i;
    Reply& r = replies_[waiting_[best]];
    if (r.leave > now) return;
    network_.accept(spec_.endpoint, r.packet);
    reserved_ -= r.reserved;
    r.packet = kNoPacket;
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(best));
  }
}

void MemoryController::acknowledge(uint32_t write, Cycle now) {
  PacketPool& pool = network_.packets();
  const uint32_t id = pool.allocate();
  Packet& p = pool[id];
  p.kind = PacketKind::write_ack;
  p.traffic = TrafficClass::reply;
  p.destination = pool[write].source;
  p.tag = pool[write].tag;
  p.reply_address = pool[write].bytes;
  const uint32_t slot = allocate_reply();
  replies_[slot] = {id, 0, 1, now};
  waiting_.push_back(slot);
}

}  // namespace psmc::sim
