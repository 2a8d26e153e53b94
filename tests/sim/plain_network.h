// SPDX-License-Identifier: Apache-2.0
// The network of sim/network/network.h, a flit and a router at a time: slower, the same cycles. For tests, which
// compare.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "tests/sim/plain_router.h"

namespace psmc::sim::plain {

/// A flit waiting at an endpoint; taking it gives its slot back to the last router.
struct Arrival {
  Flit flit;
  uint8_t vc = 0;
};

class Network {
 public:
  explicit Network(NetworkSpec spec);

  PacketPool& packets() { return pool_; }
  const PacketPool& packets() const { return pool_; }
  const NetworkSpec& spec() const { return spec_; }

  /// A source port holds the packet being sent and one more.
  bool can_accept(uint32_t endpoint) const { return ports_[endpoint].queued < 2; }
  void accept(uint32_t endpoint, uint32_t packet);

  /// The oldest flit waiting at `endpoint`, or nullptr.
  const Arrival* arrived(uint32_t endpoint) const {
    const EndpointState& e = ports_[endpoint];
    return e.count == 0 ? nullptr : &e.ring[e.front];
  }
  Arrival take(uint32_t endpoint, Cycle now);

  /// Endpoints with flits waiting, a bit each (64 a word).
  std::span<const uint64_t> endpoints_with_arrivals() const { return arrivals_; }

  void tick(Cycle now);
  /// `now` + 1 while a flit is in a buffer or on a link or can be sent; kNever when nothing can move by itself.
  Cycle next_event(Cycle now) const;

  /// Counters of the link that leaves router (x, y) by `port`; and of the link from `endpoint` into the network.
  const LinkCounters& link(uint32_t x, uint32_t y, uint32_t port) const {
    return routers_[y * spec_.width + x].links[port];
  }
  const LinkCounters& source_link(uint32_t endpoint) const { return ports_[endpoint].sent_counters; }
  /// True if no packet exists at all.
  bool idle() const { return pool_.live() == 0; }

 private:
  struct EndpointState {
    // source side
    std::array<uint32_t, 2> packets{kNoPacket, kNoPacket};
    uint8_t queued = 0;
    uint8_t sent = 0;  ///< flits of packets[0] already sent
    uint8_t vc = 0;    ///< of packets[0], once sent > 0
    uint8_t free_vcs = 0;
    std::array<uint8_t, 2> last_vc{};  ///< per class
    std::array<uint16_t, kMaxVcs> credits{};
    LinkCounters sent_counters;
    // receiving side
    uint32_t front = 0, count = 0;
    std::vector<Arrival> ring;
  };
  /// What a router's port leads to: an endpoint, or the opposite port of another router.
  struct Neighbour {
    uint16_t target = 0;
    uint8_t slot = 0;  ///< of the link's first VC there: input VC of a router, or 0
    bool endpoint = false;
  };
  /// A flit on its way: to a router's buffer or to an endpoint.
  struct Moving {
    Flit flit;
    uint16_t target = 0;
    uint8_t slot = 0;  ///< input VC of a router, or VC at an endpoint
  };
  /// A credit on its way: to an output of a router or to a source.
  struct Credit {
    uint16_t target = 0;
    uint8_t port = 0, vc = 0;
  };
  /// What is on its way, by [to an endpoint][cycle of arrival, modulo a power of two]. Routers and endpoints are apart
  /// because a branch between them would be guessed wrong too often.
  template <typename T>
  struct Wheel {
    std::array<std::vector<std::vector<T>>, 2> slots;
    uint32_t mask = 0;
    void resize(uint32_t size) {
      mask = size - 1;
      for (auto& s : slots) s.resize(size);
    }
    void add(bool to_endpoint, Cycle at, const T& thing) { slots[to_endpoint][at & mask].push_back(thing); }
  };

  void deliver(Cycle now);
  void deliver_to_router(const Moving& m, Cycle now);
  void deliver_to_endpoint(const Moving& m);
  void send_from_sources(Cycle now);
  void send_from(uint32_t endpoint, Cycle now);
  bool choose_vc(EndpointState& e, const Packet& p) const;
  void tick_routers(Cycle now);
  void depart(uint32_t router, const Departure& d, Cycle now);
  void return_credit(uint32_t router, uint32_t in, Cycle now);

  NetworkSpec spec_;
  PacketPool pool_;
  std::vector<Router> routers_;
  std::vector<EndpointState> ports_;
  std::vector<std::array<Neighbour, kPorts>> neighbours_;  ///< of each router, by port
  std::vector<uint64_t> active_;                           ///< routers with flits
  std::vector<uint64_t> arrivals_;                         ///< endpoints with arrivals
  std::vector<uint64_t> sending_;                          ///< endpoints with packets to send
  Wheel<Moving> moving_;
  Wheel<Credit> credits_;
  Departures departures_;  ///< of the router that is ticked
  uint32_t in_motion_ = 0;
};

}  // namespace psmc::sim::plain
