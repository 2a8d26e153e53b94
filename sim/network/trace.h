// SPDX-License-Identifier: Apache-2.0
// Packets of a trace through a network: who sends what when, and when its tail is at its destination.
//
// replay: each node has a queue without limit, which hands its packets to its source port in order; receivers take each
// flit in its cycle. Time jumps from an empty network to the next packet.
//
// random_traffic: each cycle each node creates a packet with the same probability.
//
// Router presets (`reference_network`), each with 4 virtual channels of 8 flits that all packets share:
//   R2: virtual channel and switch in the same cycle, 3 cycles a hop; R3: one after the other, 4; R4: the route
//   before, 5.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/network/spec.h"

namespace psmc::sim {

struct TracePacket {
  Cycle create = 0;
  uint32_t from = 0, to = 0;  ///< endpoints
  uint8_t flits = 1;
};

/// A `width` x `height` mesh of routers of kind "R2", "R3" or "R4", an endpoint at each; nothing for other names.
std::optional<NetworkSpec> reference_network(std::string_view router, uint16_t width, uint16_t height);

/// Cycles a head needs at zero load from a router to the next one.
uint32_t hop_cycles(const NetworkSpec& spec);

/// 2 + s R + (L - 1): cycles from the source to the tail's arrival in an empty network; s cycles a hop, R routers, L
/// flits.
Cycle zero_load_latency(const NetworkSpec& spec, const TracePacket& packet);

/// Where packets go: `uniform`: to any node, their own included; `transpose`: from (x, y) to (y, x), in a square.
enum class Pattern : uint8_t { uniform, transpose };

/// `rate` flits a node a cycle in packets of `flits` flits, over `cycles` cycles; sorted by creation.
std::vector<TracePacket> random_traffic(const NetworkSpec& spec, Pattern pattern, double rate, uint8_t flits,
                                        Cycle cycles, uint64_t seed);

struct Replayed {
  std::vector<Cycle> arrive;  ///< of each packet: the cycle of its tail; kNever: not before the limit
  Cycle cycles = 0;           ///< simulated, skipped ones included
};

/// Needs: packets sorted by creation, endpoints in range. Gives up `patience` cycles after the last creation.
Replayed replay(const NetworkSpec& spec, std::span<const TracePacket> packets, Cycle patience = 1'000'000);

}  // namespace psmc::sim
