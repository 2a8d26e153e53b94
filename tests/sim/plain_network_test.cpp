// SPDX-License-Identifier: Apache-2.0
// The network beside the same model written plainly: every flit arrives in the same cycle, every counter is the same.
#include "tests/sim/plain_network.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <tuple>

#include "base/random.h"
#include "sim/network/network.h"
#include "sim/network/trace.h"

namespace psmc::sim {
namespace {

struct Traffic {
  double load = 0;       ///< that an endpoint offers a packet in a cycle
  uint8_t flits = 1;     ///< at most
  double multicast = 0;  ///< of the requests of tiles
  double slow = 0;       ///< that a receiver does not take anything in a cycle
};

using Taken = std::tuple<Cycle, uint32_t, uint32_t, uint32_t, uint32_t>;  ///< cycle, endpoint, packet, flit, VC

struct Seen {
  std::vector<Taken> taken;
  std::vector<uint64_t> counters;
  bool empty = false;
};

template <typename Net>
void offer(Net& net, uint32_t endpoint, const Traffic& traffic, Random& random, uint32_t tag) {
  const NetworkSpec& spec = net.spec();
  const uint32_t id = net.packets().allocate();
  Packet& p = net.packets()[id];
  p.kind = PacketKind::write;
  p.traffic = random.chance(0.3) ? TrafficClass::reply : TrafficClass::request;
  p.flits = p.ready = static_cast<uint8_t>(1 + random.below(traffic.flits));
  p.tag = tag;
  p.multicast = endpoint < spec.routers() && p.traffic == TrafficClass::request && random.chance(traffic.multicast);
  p.destination = static_cast<uint16_t>(random.below(spec.endpoints.size()));
  p.area.x0 = static_cast<uint16_t>(random.below(spec.width));
  p.area.y0 = static_cast<uint16_t>(random.below(spec.height));
  p.area.x1 = static_cast<uint16_t>(p.area.x0 + random.below(spec.width - p.area.x0));
  p.area.y1 = static_cast<uint16_t>(p.area.y0 + random.below(spec.height - p.area.y0));
  p.bytes = p.flits - 1u;
  net.accept(endpoint, id);
}

template <typename Net>
void receive(Net& net, Cycle now, Random& random, double slow, Seen& seen) {
  for (uint32_t e = 0; e < net.spec().endpoints.size(); ++e) {
    if (net.arrived(e) == nullptr || random.chance(slow)) continue;
    const auto a = net.take(e, now);
    seen.taken.push_back({now, e, net.packets()[a.flit.packet].tag, a.flit.index, a.vc});
    if (a.flit.last()) net.packets().release(a.flit.packet);
  }
}

template <typename Net>
Seen run(const NetworkSpec& spec, const Traffic& traffic, uint64_t seed) {
  Net net(spec);
  Random random(seed);
  Seen seen;
  uint32_t tag = 0;
  for (Cycle now = 0; now < 100000 && (now < 600 || !net.idle()); ++now) {
    for (uint32_t e = 0; e < spec.endpoints.size() && now < 600; ++e)
      if (net.can_accept(e) && random.chance(traffic.load)) offer(net, e, traffic, random, tag++);
    net.tick(now);
    receive(net, now, random, traffic.slow, seen);
  }
  seen.empty = net.idle();
  for (uint32_t e = 0; e < spec.endpoints.size(); ++e) seen.counters.push_back(net.source_link(e).flits);
  for (uint32_t i = 0; i < spec.routers() * kPorts; ++i) {
    const LinkCounters& link = net.link(i / kPorts % spec.width, i / kPorts / spec.width, i % kPorts);
    seen.counters.insert(seen.counters.end(), {link.flits, link.bytes});
  }
  return seen;
}

void same(const NetworkSpec& spec, const Traffic& traffic, uint64_t seed) {
  const Seen fast = run<Network>(spec, traffic, seed), plain = run<plain::Network>(spec, traffic, seed);
  INFO("load " << traffic.load << ", flits " << int{traffic.flits} << ", multicasts " << traffic.multicast);
  CHECK(fast.empty);
  CHECK(fast.taken.size() > 500);
  const auto [f, p] = std::mismatch(fast.taken.begin(), fast.taken.end(), plain.taken.begin(), plain.taken.end());
  INFO("the first " << f - fast.taken.begin() << " of " << fast.taken.size() << " flits are the same");
  CHECK((f == fast.taken.end() && p == plain.taken.end()));
  CHECK(fast.counters == plain.counters);
}

SCENARIO("the network does what the plain one does: routers R2, R3, R4, one class or two") {
  for (const char* router : {"R2", "R3", "R4"}) {
    for (const bool two : {false, true}) {
      NetworkSpec spec = *reference_network(router, 6, 5);
      if (two) spec.classes = {VcRange{0, 1}, VcRange{1, 3}};
      INFO(router << (two ? ", two classes" : ""));
      for (const Traffic& traffic :
           {Traffic{0.05, 1}, Traffic{0.35, 1}, Traffic{0.9, 1}, Traffic{0.1, 6}, Traffic{0.9, 6}})
        same(spec, traffic, 7);
    }
  }
}

SCENARIO("the network does what the plain one does: multicasts, ports at the edge, receivers that are slow at times") {
  uint64_t seed = 1;
  for (const char* router : {"R2", "R3", "R4"}) {
    for (const uint16_t depth : {uint16_t{9}, uint16_t{18}}) {
      NetworkSpec spec = *reference_network(router, 7, 9);
      spec.vc_depth = depth;
      spec.classes = {VcRange{0, 2}, VcRange{2, 2}};
      spec.endpoints.push_back({0, 3, kWest});
      spec.endpoints.push_back({6, 5, kEast});
      INFO(router << ", buffers of " << depth << " flits");
      for (const Traffic& traffic :
           {Traffic{0.05, 9, 0.4, 0}, Traffic{0.3, 9, 0.4, 0.2}, Traffic{0.3, 1, 0.2, 0.1}, Traffic{0.6, 3, 0.7, 0.4}})
        same(spec, traffic, seed++);
    }
  }
}

}  // namespace
}  // namespace psmc::sim
