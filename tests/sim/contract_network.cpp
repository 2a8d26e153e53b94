// SPDX-License-Identifier: Apache-2.0
// Laws of the network: one packet at a time between endpoints of a row.
#include <fmt/format.h>

#include "sim/network/network.h"
#include "tests/sim/contract.h"
#include "tests/sim/simulation.h"

namespace psmc::sim::test {
namespace {

NetworkSpec row_of_eight() {
  NetworkSpec s;
  s.width = 8;
  s.traverse_latency = static_cast<uint8_t>(psm1().network.hop_cycles);
  for (uint16_t i = 0; i < 8; ++i) s.endpoints.push_back({i, 0, kLocal});
  return s;
}

/// When flit `index` (from 0) of a packet from endpoint 0 over `routers` arrives, if it is offered in cycle 0.
uint64_t arrival(const NetworkSpec& spec, uint32_t routers, uint8_t flits, uint32_t index) {
  Network net(spec);
  const uint32_t id = net.packets().allocate(), to = routers - 1;
  Packet& p = net.packets()[id];
  p.kind = PacketKind::post;
  p.traffic = TrafficClass::request;
  p.destination = static_cast<uint16_t>(to);
  p.flits = p.ready = flits;
  net.accept(0, id);
  for (Cycle now = 0; now < 1000; ++now) {
    net.tick(now);
    if (net.arrived(to) != nullptr && (net.take(to, now), index-- == 0)) return now;
  }
  FAIL("the flit does not arrive");
  return 0;
}

}  // namespace

std::vector<Law> network_laws() {
  const NetworkSpec spec = row_of_eight();
  const uint64_t inject = 2, hop = psm1().network.hop_cycles, credit = 2;
  const std::string zero_load = "at zero load a packet of L flits is at the destination";
  std::vector<Law> laws;
  laws.push_back(takes("a flit leaves its source", "the second a cycle after the first", 1,
                       [=] { return arrival(spec, 1, 2, 1) - arrival(spec, 1, 2, 0); }));
  laws.push_back(
      stating(takes("the first router sees it", "", inject, [=] { return arrival(spec, 1, 1, 0) - hop; }), {inject}));
  for (const uint32_t routers : {2u, 8u})
    laws.push_back(stating(takes("each router on the way", fmt::format("{} routers", routers), hop * (routers - 1),
                                 [=] { return arrival(spec, routers, 1, 0) - arrival(spec, 1, 1, 0); }),
                           {hop}));
  laws.push_back(takes("each router on the way", "flits behind the head", 8,
                       [=] { return arrival(spec, 4, 9, 8) - arrival(spec, 4, 9, 0); }));
  for (const uint32_t routers : {1u, 2u, 5u, 8u})
    for (const uint8_t flits : {uint8_t{1}, uint8_t{9}})
      laws.push_back(
          stating(takes(zero_load, fmt::format("R = {}, L = {}", routers, flits), inject + hop * routers + flits - 1,
                        [=] { return arrival(spec, routers, flits, flits - 1u); }),
                  {inject, hop}));
  NetworkSpec tight = spec;
  tight.vc_depth = 1;  // a flit waits for the slot of the one before: on its link, then for the credit
  const std::string freed = "a slot freed at t may be used upstream";
  for (const uint32_t routers : {1u, 2u})
    laws.push_back(stating(takes(freed, fmt::format("{} routers", routers), hop + credit,
                                 [=] { return arrival(tight, routers, 3, 2) - arrival(tight, routers, 3, 1); }),
                           {credit}));
  return laws;
}

}  // namespace psmc::sim::test
