// SPDX-License-Identifier: Apache-2.0
// What travels: packets of one header flit and up to 8 flits of 64 payload bytes, and the pool that owns them.
// Routers and links carry only (packet id, flit index); the bytes stay in the pool, so a hop copies 8 bytes.
//
// Payload flit i (from 1) carries the bytes up to the i-th flit boundary of `address`: flits are aligned in the space
// that the packet's address is in, so one flit of a write is one scratchpad line or one burst.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/contradiction.h"

namespace psmc::sim {

using Cycle = uint64_t;
inline constexpr Cycle kNever = ~Cycle{0};

inline constexpr uint32_t kNoPacket = ~uint32_t{0};

class Archive;
struct NetworkSpec;

/// Requests and writes travel on one class of virtual channels, replies on another: a reply never waits for a request.
enum class TrafficClass : uint8_t { request, reply };

enum class PacketKind : uint8_t {
  read_request,  ///< tile -> memory channel: `address`, `bytes`; a header alone
  write,         ///< tile -> tiles or memory channel: payload for `address`
  post,          ///< tile -> tile: `semaphore` += `amount`; a header alone
  read_reply,    ///< memory channel -> tile: payload for scratchpad `address`
  write_ack,     ///< memory channel -> tile: the write was accepted; a header alone
};

/// A rectangle of tiles, both corners included.
struct Rect {
  uint16_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool contains(unsigned x, unsigned y) const { return x >= x0 && x <= x1 && y >= y0 && y <= y1; }
  uint32_t tiles() const { return (uint32_t{x1} - x0 + 1) * (uint32_t{y1} - y0 + 1); }
};

/// One packet. `ready` is how many flits (header included) the sender has produced so far: the source port sends a
/// flit only when it is ready, so a packet may start before its last byte has been read.
struct Packet {
  PacketKind kind = PacketKind::write;
  TrafficClass traffic = TrafficClass::request;
  bool multicast = false;
  uint8_t flits = 1;
  uint8_t ready = 1;
  uint16_t source = 0;                 ///< endpoint
  uint16_t destination = 0;            ///< endpoint; for a multicast, unused
  Rect area;                           ///< multicast only
  uint64_t address = 0;                ///< where the payload goes (a read request, a reply: where it comes from)
  uint32_t bytes = 0;                  ///< payload bytes (a read request: bytes asked for)
  uint64_t reply_address = 0;          ///< reads: where the receiver puts the payload
  uint32_t tag = 0;                    ///< the sender's own name for it; replies bring it back
  uint16_t semaphore = 0, amount = 0;  ///< of a post
  uint32_t clock = 0;                  ///< of a post: release clock of the race detector
  uint32_t copies = 0;                 ///< tails still to be consumed
};

/// Bytes [begin, end) of a packet's payload that one flit carries.
struct PayloadRange {
  uint32_t begin = 0, end = 0;
};
inline PayloadRange payload_range(uint64_t address, uint32_t bytes, uint32_t flit_bytes, uint32_t index) {
  const uint32_t skew = static_cast<uint32_t>(address % flit_bytes);
  const uint32_t begin = index == 1 ? 0 : (index - 1) * flit_bytes - skew;
  return {begin, std::min(bytes, index * flit_bytes - skew)};
}
/// Payload flits of `bytes` bytes at `address`.
inline uint32_t payload_flits(uint64_t address, uint32_t bytes, uint32_t flit_bytes) {
  return static_cast<uint32_t>((address % flit_bytes + bytes + flit_bytes - 1) / flit_bytes);
}

/// Owns all packets; ids are reused after release.
class PacketPool {
 public:
  /// `payload_bytes`: room of each packet.
  explicit PacketPool(uint32_t payload_bytes) : payload_((payload_bytes + 63) / 64 * 64) {}

  uint32_t allocate() {
    ++live_;
    if (!free_.empty()) {
      const uint32_t id = free_.back();
      free_.pop_back();
      reset(packets_[id]);
      return id;
    }
    packets_.emplace_back();
    data_.resize(data_.size() + payload_);
    written_.resize(written_.size() + payload_ / 64);
    return static_cast<uint32_t>(packets_.size() - 1);
  }
  /// One copy has been consumed; true if it was the last and the id is free again.
  bool release(uint32_t id) {
    if (--packets_[id].copies != 0) return false;
    free_.push_back(id);
    --live_;
    return true;
  }
  Packet& operator[](uint32_t id) {
    check_state(id < packets_.size(), "a packet does not exist");
    return packets_[id];
  }
  const Packet& operator[](uint32_t id) const {
    check_state(id < packets_.size(), "a packet does not exist");
    return packets_[id];
  }
  /// The payload's bytes, and a bit for each: was it ever written? Valid until the next allocate().
  std::span<std::byte> data(uint32_t id) { return {data_.data() + size_t{id} * payload_, packets_[id].bytes}; }
  std::span<uint64_t> written(uint32_t id) { return {written_.data() + size_t{id} * (payload_ / 64), payload_ / 64}; }
  uint32_t payload_bytes() const { return payload_; }
  uint32_t live() const { return live_; }
  void visit(Archive& archive, const NetworkSpec& spec);

 private:
  /// All fields but the payload, which is always written before it is read.
  static void reset(Packet& p) {
    p.multicast = false;
    p.flits = p.ready = 1;
    p.semaphore = p.amount = 0;
    p.bytes = p.tag = p.clock = p.copies = 0;
    p.address = p.reply_address = 0;
  }

  uint32_t payload_;
  std::vector<Packet> packets_;
  std::vector<std::byte> data_;
  std::vector<uint64_t> written_;
  std::vector<uint32_t> free_;
  uint32_t live_ = 0;
};

}  // namespace psmc::sim
