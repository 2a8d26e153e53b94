// SPDX-License-Identifier: Apache-2.0
// What a network is (const): grid, virtual channels, router pipeline, and who is attached where.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/network/packet.h"

namespace psmc::sim {

/// Router ports. East is x + 1, south is y + 1. The numbers decide round-robin order, hence single cycles.
enum Port : uint8_t { kEast = 0, kWest = 1, kSouth = 2, kNorth = 3, kLocal = 4 };
inline constexpr uint32_t kPorts = 5;
inline constexpr uint32_t kMaxVcs = 4;
/// A virtual channel of a router's input or output has the number port * 4 + vc.
inline constexpr uint32_t kVcNumbers = kPorts * kMaxVcs;
constexpr uint32_t vc_number(uint32_t port, uint32_t vc) { return port * kMaxVcs + vc; }
constexpr uint32_t port_of_vc(uint32_t number) { return number / kMaxVcs; }
constexpr uint32_t vc_of(uint32_t number) { return number % kMaxVcs; }
constexpr uint32_t opposite(uint32_t port) { return port ^ 1u; }

/// A place where packets enter and leave: the local port of a router, or a free port at the edge of the grid.
struct Endpoint {
  uint16_t x = 0, y = 0;
  Port port = kLocal;
};

/// Virtual channels [first, first + count) of a traffic class.
struct VcRange {
  uint8_t first = 0, count = 0;
  uint32_t mask() const { return ((1u << count) - 1u) << first; }
};

/// Router pipeline: `route_cycles` before virtual-channel allocation (0 or 1); switch allocation in the same cycle as
/// virtual-channel allocation if `speculative`, else one later. R2 = {0, true}, R3 = {0, false}, R4 = {1, false}.
struct NetworkSpec {
  uint16_t width = 1, height = 1;
  uint8_t vcs = 4;
  uint16_t vc_depth = 18;  ///< flits; a multicast needs room for its whole packet in the next buffer
  uint16_t flit_bytes = 64;
  uint32_t payload_bytes = 512;                                     ///< of a packet
  std::array<VcRange, 2> classes = {VcRange{0, 2}, VcRange{2, 2}};  ///< by TrafficClass
  uint8_t route_cycles = 0;
  bool speculative = true;
  uint8_t inject_latency = 2;    ///< source writes at t, router sees at t + 2
  uint8_t traverse_latency = 3;  ///< wins the switch at t, next router (or endpoint) sees at t + 3
  uint8_t credit_latency = 2;    ///< wins the switch at t, upstream may use the credit at t + 2
  std::vector<Endpoint> endpoints;

  uint32_t routers() const { return uint32_t{width} * height; }
};

}  // namespace psmc::sim
