// SPDX-License-Identifier: Apache-2.0
// The mesh: routers, links, and the endpoints (tiles, memory channels) where packets enter and leave.
//
// | event                                     | cycle                              |
// |-------------------------------------------|------------------------------------|
// | a source port sends a ready flit          | t (one flit a cycle and endpoint)  |
// | the first router sees it                  | t + 2                              |
// | each router on the path, head, no load    | + 3                                |
// | flits after the first                     | + 1 each                           |
// | so latency at zero load                   | 2 + 3 R + (L - 1)                  |
//
// R counts routers (|dx| + |dy| + 1), L flits. Routing is X before Y; a memory channel hangs on a free edge port of a
// row and is reached at the end of Y. A multicast runs along X in the source's row, branches north and south at each
// column of its rectangle, and drops a copy at each tile. Sources send one packet after the other; a head takes the
// next free virtual channel of its class in turn.
//
// A flit on its way stands in the next buffer already (its sender held a credit for it); what is kept for the cycles to
// come is that it arrives, and which credits come back.
//
// Verbs: can_accept/accept (a packet at an endpoint), arrived/take (flits at an endpoint), tick, next_event.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "sim/network/packet.h"
#include "sim/network/router.h"
#include "sim/network/spec.h"

namespace psmc::sim {

/// A flit waiting at an endpoint; taking it gives its slot back to the last router.
struct Arrival {
  Flit flit;
  uint8_t vc = 0;
};

class Network {
 public:
  explicit Network(NetworkSpec spec);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

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
  bool has_arrivals() const;

  void tick(Cycle now);
  /// `now` + 1 while a flit is in a buffer or on a link or can be sent; kNever when nothing can move by itself.
  Cycle next_event(Cycle now) const;

  /// Counters of the link that leaves router (x, y) by `port`; and of the link from `endpoint` into the network.
  const LinkCounters& link(uint32_t x, uint32_t y, uint32_t port) const {
    return links_[(y * spec_.width + x) * 8 + port];
  }
  const LinkCounters& source_link(uint32_t endpoint) const { return ports_[endpoint].sent_counters; }
  /// Empty, all counters 0, time starts again.
  void reset();
  /// True if no packet exists at all.
  bool idle() const { return pool_.live() == 0; }

  void visit(Archive& archive);

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
    uint32_t front = 0, back = 0;  ///< next to be taken; where the next one sent to here goes
    uint32_t count = 0;            ///< arrived
    std::vector<Arrival> ring;
  };
  /// What a router's port leads to: an endpoint, or the first virtual channel of another router's port.
  struct Neighbour {
    uint32_t target = 0;
    bool endpoint = false;
  };
  /// A virtual channel at an endpoint.
  struct EndpointVc {
    uint16_t endpoint = 0;
    uint8_t vc = 0;
  };
  /// What happens in the cycles to come. A flit on its way stands in its buffer already; that it has arrived is the
  /// event.
  struct Events {
    std::vector<ChannelId> flits, credits;  ///< at routers
    std::vector<uint16_t> endpoint_flits;
    std::vector<EndpointVc> endpoint_credits;
  };

  Events& events_at(Cycle cycle) { return events_[cycle & (events_.size() - 1)]; }
  bool at_rest() const;
  void tick_endpoints(Cycle now);
  void send_from(uint32_t endpoint, Cycle now);
  bool choose_vc(EndpointState& e, const Packet& p) const;
  void depart(std::span<const Departure> departures, Cycle now);
  void send_flits(std::span<const Departure> departures, Events& events);
  void return_credits(std::span<const Departure> departures, Events& events);
  uint32_t split(std::span<const Departure> departures, ChannelId Departure::* channel);
  void connect();
  // network_state.cpp
  void visit_endpoint(Archive& archive, EndpointState& e);
  void visit_events(Archive& archive);
  void check_endpoints(const Archive& archive) const;
  std::vector<uint8_t> connected_ports() const;
  ChannelId first_channel(uint32_t endpoint) const;

  NetworkSpec spec_;
  PacketPool pool_;
  Routers routers_;
  uint32_t ring_;  ///< slots of an endpoint's ring: a power of two, and room for all its virtual channels
  std::vector<EndpointState> ports_;
  std::vector<Neighbour> neighbours_;              ///< by router * 8 + port
  std::vector<LinkCounters> links_;                ///< the same
  std::vector<uint64_t> arrivals_;                 ///< endpoints with arrivals
  std::vector<uint64_t> sending_;                  ///< endpoints with packets to send
  std::vector<Events> events_;                     ///< by cycle, modulo a power of two
  uint32_t in_motion_ = 0;                         ///< events to come
  std::vector<uint32_t> to_router_, to_endpoint_;  ///< departures by where their link ends
};

}  // namespace psmc::sim
