// SPDX-License-Identifier: Apache-2.0
#include "sim/network/trace.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

namespace psmc::sim {
namespace {

NetworkSpec network(const char* router) {
  const std::optional<NetworkSpec> spec = reference_network(router, 8, 8);
  REQUIRE(spec.has_value());
  return *spec;
}

std::vector<Cycle> arrivals(const char* router, const std::vector<TracePacket>& packets) {
  return replay(network(router), packets).arrive;
}

SCENARIO("there are the routers R2, R3 and R4, with 3, 4 and 5 cycles a hop") {
  CHECK(hop_cycles(network("R2")) == 3);
  CHECK(hop_cycles(network("R3")) == 4);
  CHECK(hop_cycles(network("R4")) == 5);
  CHECK_FALSE(reference_network("R5", 8, 8).has_value());
}

SCENARIO("of two heads that want one output at once, the second goes a cycle later") {
  // Node 2 comes in from the east, whose number is before that of the west, and pointers stand at 0.
  const std::vector<TracePacket> packets = {{0, 0, 1, 1}, {0, 2, 1, 1}};
  CHECK(arrivals("R2", packets) == std::vector<Cycle>{2 + 6 + 1, 2 + 6});
  CHECK(arrivals("R3", packets) == std::vector<Cycle>{2 + 8 + 1, 2 + 8});
  CHECK(arrivals("R4", packets) == std::vector<Cycle>{2 + 10 + 1, 2 + 10});
}

SCENARIO("a node sends a flit a cycle, so a packet waits for the one before it") {
  const std::vector<TracePacket> packets = {{0, 0, 7, 8}, {1, 0, 7, 2}, {100, 0, 7, 2}};
  CHECK(arrivals("R2", packets) == std::vector<Cycle>{2 + 24 + 7, 8 + 2 + 24 + 1, 100 + 2 + 24 + 1});
}

SCENARIO("five nodes that send to one as fast as they can share its flit a cycle, and no packet is lost") {
  std::vector<TracePacket> packets;
  for (Cycle t = 0; t < 400; ++t)
    for (const uint32_t from : {0u, 1u, 2u, 8u, 9u}) packets.push_back({t, from, 3, 4});
  const Replayed replayed = replay(network("R2"), packets);
  CHECK(std::count(replayed.arrive.begin(), replayed.arrive.end(), kNever) == 0);
  CHECK(*std::max_element(replayed.arrive.begin(), replayed.arrive.end()) >= 400 * 5 * 4);  // a flit a cycle goes out
}

SCENARIO("a replay that is given too little patience says which packets have not arrived") {
  const std::vector<TracePacket> packets = {{0, 0, 63, 1}, {10, 0, 63, 1}};
  const Cycle latency = zero_load_latency(network("R2"), packets[1]);
  CHECK(replay(network("R2"), packets, latency).arrive == std::vector<Cycle>{latency, 10 + latency});
  CHECK(replay(network("R2"), packets, latency - 1).arrive == std::vector<Cycle>{latency, kNever});
}

SCENARIO("time without packets is skipped and counted") {
  const std::vector<TracePacket> packets = {{0, 0, 0, 1}, {uint64_t{1} << 40, 0, 0, 1}};
  const Replayed replayed = replay(network("R2"), packets);
  CHECK(replayed.arrive == std::vector<Cycle>{5, (uint64_t{1} << 40) + 5});
  CHECK(replayed.cycles == (uint64_t{1} << 40) + 6);
}

struct Golden {
  std::vector<TracePacket> packets;
  std::vector<Cycle> arrive;
};

/// Empty without the file. Rows are sorted by creation, as replay wants them.
Golden read_golden(const std::string& name) {
  const char* shared = std::getenv("SHARED");
  std::ifstream in(std::string(shared != nullptr ? shared : "../shared") + "/data/noc/" + name);
  std::vector<std::pair<TracePacket, Cycle>> rows;
  std::string names;
  std::getline(in, names);
  uint64_t id = 0, created = 0, arrive = 0, latency = 0, from_network = 0;
  for (uint32_t from = 0, to = 0, flits = 0;
       in >> id >> created >> from >> to >> flits >> arrive >> latency >> from_network;)
    rows.push_back({{created, from, to, static_cast<uint8_t>(flits)}, arrive});
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first.create < b.first.create; });
  Golden golden;
  for (const auto& [packet, cycle] : rows) {
    golden.packets.push_back(packet);
    golden.arrive.push_back(cycle);
  }
  return golden;
}

SCENARIO("packets of an independent simulator arrive in the same cycle") {
  for (const char* file :
       {"R2_uniform_L1_r0.3.tsv", "R2_transpose_L8_r0.12.tsv", "R3_uniform_L4_r0.3.tsv", "R4_uniform_L1_r0.3.tsv"}) {
    const Golden golden = read_golden(file);
    if (golden.packets.empty()) {
      WARN("skipped: no shared data");
      continue;
    }
    const std::vector<Cycle> arrive = arrivals(std::string(file, 2).c_str(), golden.packets);
    // The files hold a run's first 3000 packets: what arrives later than the last of them is created may have met
    // packets that are not there.
    const Cycle end = golden.packets.back().create;
    size_t equal = 0, counted = 0;
    for (size_t i = 0; i < arrive.size(); ++i) {
      if (golden.packets[i].create + 60 >= end || golden.arrive[i] >= end) continue;
      ++counted;
      equal += arrive[i] == golden.arrive[i] ? 1 : 0;
    }
    INFO(file << ": " << equal << " of " << counted);
    CHECK(counted > 1700);
    CHECK(equal == counted);
  }
}

}  // namespace
}  // namespace psmc::sim
