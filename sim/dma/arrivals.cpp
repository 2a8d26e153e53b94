// SPDX-License-Identifier: Apache-2.0
// What comes to a tile: payload into scratchpad or code memory, posts, acknowledgements; and the ends of transfers.
#include <algorithm>

#include "sim/core/access.h"
#include "sim/dma/unit.h"

namespace psmc::sim {

using arch::DmaKind;

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
  check_state(flit.index < p.flits, "a flit is beyond its packet");
  const PayloadRange range = payload_range(p.address, p.bytes, context_.network.spec().flit_bytes, flit.index);
  const uint64_t base = p.kind == PacketKind::read_reply ? p.reply_address : p.address;
  const uint32_t begin = range.begin + arrival_done_;
  const uint64_t destination = base + begin;
  check_state(begin < range.end, "a flit has been committed twice");
  const bool code =
      p.kind == PacketKind::read_reply && context_.transfers[p.tag].descriptor.kind == DmaKind::memory_to_code;
  if (code) {
    PacketPool& pool = context_.network.packets();
    const uint32_t bytes = range.end - begin;
    check_state(code_.holds(destination, bytes), "code arrives outside of the code memory");
    code_.write(destination, pool.data(flit.packet).subspan(begin, bytes),
                all_bits(pool.written(flit.packet), begin, bytes), p.address + begin);
    return true;
  }
  check_state(scratchpad_.holds(destination, range.end - begin), "data arrive outside of the scratchpad");
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
  if (context_.writes != nullptr) [[unlikely]]
    (*context_.writes)(
        {spec_.tile, destination / 64 * 64, byte_mask(destination, bytes), &context_.transfers[pool[packet].tag]});
  counters_.bytes_in += bytes;
}

/// All bytes of a packet are where they belong.
void DmaUnit::finish_bytes(uint32_t tag, uint32_t bytes, bool from_tile) {
  Transfer& t = context_.transfers[tag];
  const arch::Descriptor& d = t.descriptor;
  if (from_tile) {
    const uint32_t columns = context_.machine.grid.columns, x = spec_.tile % columns, y = spec_.tile / columns;
    const uint32_t at = (y - d.y0) * (d.x1 - d.x0 + 1u) + (x - d.x0);
    check_state(at < t.uncommitted_at.size(), "data arrive outside of the transfer's rectangle");
    uint64_t& left = t.uncommitted_at[at];
    left -= bytes;
    if (left != 0) return;
    if (d.remote_amount > 0) {
      context_.semaphores.expect(spec_.tile, d.remote_semaphore, Producer::network, -1);
      const uint32_t clock =
          context_.races != nullptr ? context_.races->release_transfer(tag, true) : RaceDetector::kNoClock;
      context_.semaphores.post(spec_.tile, d.remote_semaphore, d.remote_amount, t.tile, clock);
    }
    return finish_end(tag);
  }
  t.uncommitted -= bytes;
  if (t.uncommitted == 0) finish_local(tag, true);
}

void DmaUnit::finish_end(uint32_t tag) {
  if (!context_.transfers.finish_end(tag)) return;
  trace(TransferStep::done, tag, now_);
  if (context_.races != nullptr) context_.races->end_transfer(tag);
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
    const uint32_t clock =
        context_.races != nullptr ? context_.races->release_transfer(tag, arrived) : RaceDetector::kNoClock;
    context_.semaphores.post(spec_.tile, semaphore, amount, spec_.tile, clock);
  }
  finish_end(tag);
}

}  // namespace psmc::sim
