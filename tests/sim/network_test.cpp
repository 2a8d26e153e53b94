// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <map>
#include <sstream>

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

struct Golden {
  Cycle create = 0, arrive = 0;
  uint32_t from = 0, to = 0;
  uint8_t flits = 1;
};

std::vector<Golden> read_golden(const std::string& name) {
  const char* shared = std::getenv("SHARED");
  std::ifstream in(std::string(shared != nullptr ? shared : "../shared") + "/data/noc/" + name);
  std::vector<Golden> packets;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    Golden g;
    uint64_t pid = 0;
    uint32_t flits = 0;
    fields >> pid >> g.create >> g.from >> g.to >> flits >> g.arrive;
    g.flits = static_cast<uint8_t>(flits);
    packets.push_back(g);
  }
  std::stable_sort(packets.begin(), packets.end(), [](const Golden& a, const Golden& b) { return a.create < b.create; });
  return packets;
}

/// Replays the packets; returns how many of those that count arrive in their cycle. The files hold a run's first 3000
/// packets: what arrives after the last of them was created may have met packets that are not there.
std::pair<size_t, size_t> replay(NetworkSpec spec, const std::vector<Golden>& packets) {
  spec.vcs = 4;
  spec.vc_depth = 8;
  spec.classes = {VcRange{0, 4}, VcRange{0, 4}};
  Network net(spec);
  std::vector<std::deque<uint32_t>> queues(64);  // unlimited source queues
  std::map<uint32_t, Cycle> arrive;
  size_t next = 0, left = packets.size();
  for (Cycle now = 0; left > 0 && now < 100000; ++now) {
    for (; next < packets.size() && packets[next].create == now; ++next) queues[packets[next].from].push_back(static_cast<uint32_t>(next));
    for (uint32_t e = 0; e < 64; ++e) {
      while (!queues[e].empty() && net.can_accept(e)) {
        const Golden& g = packets[queues[e].front()];
        const uint32_t id = net.packets().allocate();
        Packet& p = net.packets()[id];
        p.traffic = TrafficClass::request;
        p.destination = static_cast<uint16_t>(g.to);
        p.flits = p.ready = g.flits;
        p.tag = queues[e].front();
        net.accept(e, id);
        queues[e].pop_front();
      }
    }
    net.tick(now);
    for (uint32_t e = 0; e < 64; ++e) {
      while (net.arrived(e) != nullptr) {
        const Arrival a = net.take(e, now);
        if (!a.flit.last()) continue;
        arrive[net.packets()[a.flit.packet].tag] = now;
        net.packets().release(a.flit.packet);
        --left;
      }
    }
  }
  size_t equal = 0, counted = 0;
  for (uint32_t i = 0; i < packets.size(); ++i) {
    if (packets[i].create + 60 >= packets.back().create || packets[i].arrive > packets.back().create) continue;
    ++counted;
    equal += arrive[i] == packets[i].arrive ? 1 : 0;
  }
  return {equal, counted};
}

SCENARIO("packets of an independent simulator arrive in the same cycle") {
  struct Case {
    const char* file;
    uint8_t route_cycles;
    bool speculative;
  };
  for (const Case& c : {Case{"R2_uniform_L1_r0.3.tsv", 0, true}, Case{"R2_transpose_L8_r0.12.tsv", 0, true},
                        Case{"R3_uniform_L4_r0.3.tsv", 0, false}, Case{"R4_uniform_L1_r0.3.tsv", 1, false}}) {
    const std::vector<Golden> packets = read_golden(c.file);
    if (packets.empty()) {
      WARN("skipped: no shared data");
      continue;
    }
    NetworkSpec spec = mesh(8);
    spec.route_cycles = c.route_cycles;
    spec.speculative = c.speculative;
    const auto [equal, counted] = replay(spec, packets);
    INFO(c.file << ": " << equal << " of " << counted);
    CHECK(equal == counted);
  }
}

}  // namespace
}  // namespace psmc::sim
