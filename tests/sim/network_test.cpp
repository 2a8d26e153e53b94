// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/random.h"
#include "sim/network/network.h"

namespace psmc::sim {
namespace {

NetworkSpec mesh(uint16_t side) {
  NetworkSpec s;
  s.width = s.height = side;
  for (uint16_t i = 0; i < side * side; ++i)
    s.endpoints.push_back({static_cast<uint16_t>(i % side), static_cast<uint16_t>(i / side), kLocal});
  return s;
}

/// Sends one packet and returns the cycle in which its tail is at the destination.
Cycle latency(Network& net, uint32_t from, uint32_t to, uint8_t flits) {
  const uint32_t id = net.packets().allocate();
  Packet& p = net.packets()[id];
  p.kind = PacketKind::post;
  p.traffic = TrafficClass::request;
  p.destination = static_cast<uint16_t>(to);
  p.flits = p.ready = flits;
  net.accept(from, id);
  for (Cycle now = 0; now < 1000; ++now) {
    net.tick(now);
    while (net.arrived(to) != nullptr) {
      const Arrival a = net.take(to, now);
      if (a.flit.last()) {
        net.packets().release(a.flit.packet);
        return now;
      }
    }
  }
  FAIL("the packet does not arrive");
  return 0;
}

SCENARIO("zero load: 2 + 3 R + (L - 1) for all pairs") {
  for (uint32_t from = 0; from < 64; ++from) {
    for (uint32_t to = 0; to < 64; ++to) {
      const uint32_t routers = std::abs(int(from % 8) - int(to % 8)) + std::abs(int(from / 8) - int(to / 8)) + 1;
      for (const uint8_t flits : {uint8_t{1}, uint8_t{9}}) {
        Network net(mesh(8));
        REQUIRE(latency(net, from, to, flits) == 2 + 3 * routers + flits - 1);
      }
    }
  }
}

/// Random traffic of all kinds until every packet has arrived where it should, the right number of times.
SCENARIO("unicasts and multicasts under heavy load all arrive, once at each tile, and the network is empty again") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Random random(seed);
    NetworkSpec spec = mesh(8);
    spec.vc_depth = seed % 2 ? 9 : 18;
    spec.endpoints.push_back({0, 3, kWest});
    spec.endpoints.push_back({7, 5, kEast});
    Network net(spec);
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> expected, arrived;  // (message, endpoint) -> copies
    std::map<uint32_t, std::map<uint32_t, uint8_t>> next_flit;            // endpoint -> packet -> flit to come
    uint32_t messages = 0;
    Cycle now = 0;
    for (; now < 200000; ++now) {
      for (uint32_t e = 0; e < 66 && now < 4000; ++e) {
        if (!net.can_accept(e) || !random.chance(0.3)) continue;
        const uint32_t id = net.packets().allocate();
        Packet& p = net.packets()[id];
        p.traffic = random.chance(0.3) ? TrafficClass::reply : TrafficClass::request;
        p.flits = p.ready = static_cast<uint8_t>(random.chance(0.5) ? 9 : 1 + random.below(9));
        p.tag = messages++;
        if (e < 64 && p.traffic == TrafficClass::request && random.chance(0.4)) {
          p.multicast = true;
          p.area.x0 = static_cast<uint16_t>(random.below(8));
          p.area.y0 = static_cast<uint16_t>(random.below(8));
          p.area.x1 = static_cast<uint16_t>(p.area.x0 + random.below(8 - p.area.x0));
          p.area.y1 = static_cast<uint16_t>(p.area.y0 + random.below(8 - p.area.y0));
          for (uint32_t y = p.area.y0; y <= p.area.y1; ++y)
            for (uint32_t x = p.area.x0; x <= p.area.x1; ++x) ++expected[{p.tag, 8 * y + x}];
        } else {
          p.destination = static_cast<uint16_t>(random.below(66));
          ++expected[{p.tag, p.destination}];
        }
        net.accept(e, id);
      }
      net.tick(now);
      for (uint32_t e = 0; e < 66; ++e) {
        if (net.arrived(e) == nullptr || random.chance(0.2)) continue;  // a receiver that is slow at times
        const Arrival a = net.take(e, now);
        uint8_t& next = next_flit[e][a.flit.packet];
        REQUIRE(a.flit.index == next);
        next = a.flit.last() ? 0 : static_cast<uint8_t>(next + 1);
        if (!a.flit.last()) continue;
        ++arrived[{net.packets()[a.flit.packet].tag, e}];
        net.packets().release(a.flit.packet);
      }
      if (now > 4000 && net.idle()) break;
    }
    INFO("seed " << seed << ", " << messages << " messages, " << now << " cycles");
    CHECK(net.idle());
    CHECK(arrived == expected);
    while (net.next_event(now) != kNever) net.tick(++now);
  }
}

SCENARIO("a multicast carries its flits once over each link of its tree") {
  Network net(mesh(8));
  const uint32_t id = net.packets().allocate();
  Packet& p = net.packets()[id];
  p.traffic = TrafficClass::request;
  p.multicast = true;
  p.area = {2, 1, 5, 6};
  p.flits = p.ready = 9;
  net.accept(3 * 8 + 0, id);  // from (0, 3)
  std::map<uint32_t, Cycle> tails;
  for (Cycle now = 0; now < 200; ++now) {
    net.tick(now);
    for (uint32_t e = 0; e < 64; ++e)
      while (net.arrived(e) != nullptr)
        if (const Arrival a = net.take(e, now); a.flit.last()) {
          tails[e] = now;
          net.packets().release(a.flit.packet);
        }
  }
  CHECK(tails.size() == 24);
  uint64_t flits = 0;
  for (uint32_t y = 0; y < 8; ++y)
    for (uint32_t x = 0; x < 8; ++x)
      for (uint32_t port = 0; port < kPorts; ++port) flits += net.link(x, y, port).flits;
  CHECK(flits == 9 * (5 + 4 * 5 + 24));  // five links along the row, five along each column, 24 tiles
  for (const auto& [tile, tail] : tails) {
    const uint32_t routers = tile % 8 + std::abs(int(tile / 8) - 3) + 1;
    CHECK(tail == 2 + 3 * routers + 8);
  }
}

}  // namespace
}  // namespace psmc::sim
