// SPDX-License-Identifier: Apache-2.0
// The routers of sim/network/router.h as loops over what each input asks for: slower, the same cycles. For tests.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "sim/network/router.h"

namespace psmc::sim::plain {

/// What buffers and links carry. `branches` is worked out for a head flit when it enters a router's buffer.
struct Flit {
  uint32_t packet = kNoPacket;
  uint8_t index = 0;  ///< 0 is the header
  uint8_t count = 1;  ///< flits of the packet
  uint8_t traffic : 1 = 0;
  uint8_t multicast : 1 = 0;
  uint8_t branches = 0;  ///< output ports, bit per Port
  bool last() const { return index + 1 == count; }
};
/// One input virtual channel: a ring of flits, and what the packet at its front has been given.
struct InputVc {
  Cycle from = 0;     ///< first cycle the packet may ask: for a virtual channel or, once it has one, for the switch
  uint32_t ring = 0;  ///< the first of its vc_depth flits in Router::buffers
  uint16_t front = 0, count = 0;
  uint8_t branches = 0;   ///< output ports not finished yet; 0: the front packet has not been routed
  uint8_t allocated = 0;  ///< branches that own an output VC
  uint8_t popped = 0;     ///< flits of the front packet that have left the ring
  uint8_t traffic = 0;    ///< class of the front packet
  std::array<uint8_t, kPorts> out_vc{};
  std::array<uint8_t, kPorts> sent{};  ///< flits of the front packet sent on each branch
};

/// State of one router.
struct Router {
  uint16_t x = 0, y = 0;
  uint64_t occupied = 0;                      ///< input VCs with flits
  uint64_t waiting = 0;                       ///< input VCs whose front packet still lacks an output VC
  uint64_t multicast = 0;                     ///< input VCs whose front packet is a multicast
  std::array<uint8_t, kPorts> free_vcs{};     ///< per output port, bit per VC
  std::array<uint8_t, kPorts> with_credit{};  ///< the same: VCs with slots in the next buffer
  std::array<std::array<uint16_t, kMaxVcs>, kPorts> credits{};    ///< slots in the next buffer
  std::array<uint8_t, kPorts * kMaxVcs> vc_grant{}, vc_accept{};  ///< iSLIP pointers
  std::array<uint8_t, kPorts> switch_grant{}, switch_accept{}, vc_turn{};
  std::array<InputVc, kPorts * kMaxVcs> inputs;
  std::array<LinkCounters, kPorts> links;
  std::vector<Flit> buffers;

  void give_credits(uint32_t port, uint32_t vc, uint16_t slots) {
    credits[port][vc] = static_cast<uint16_t>(credits[port][vc] + slots);
    with_credit[port] |= static_cast<uint8_t>(1u << vc);
  }
  void take_credit(uint32_t port, uint32_t vc) {
    if (--credits[port][vc] == 0) with_credit[port] &= static_cast<uint8_t>(~(1u << vc));
  }
};

/// A flit that won the switch in this cycle.
struct Departure {
  const Flit* flit = nullptr;  ///< still in its buffer
  uint8_t in = 0;              ///< input VC
  uint8_t out_port = 0, out_vc = 0;
  bool freed = false;  ///< its slot is free: give the credit back
};

/// At most one flit an output port a cycle.
struct Departures {
  uint32_t count = 0;
  std::array<Departure, kPorts> list;
};

/// One cycle of `router` at `now`; `out` is empty before.
void tick_router(Router& router, const NetworkSpec& spec, Cycle now, Departures& out);

/// Puts an arriving flit into input VC `in` (the sender held a credit for it).
void accept_flit(Router& router, const NetworkSpec& spec, uint32_t in, Flit flit, Cycle now);

}  // namespace psmc::sim::plain
