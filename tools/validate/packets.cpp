// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/packets.h"

#include <algorithm>
#include <numeric>

#include "tools/validate/table.h"

namespace psmc::tools {
namespace {

constexpr uint64_t kMaxCycle = uint64_t{1} << 32;
constexpr sim::Cycle kUncertain = 60;  ///< cycles before the last packet

Result<GoldenPackets> read_packets(std::string_view file, std::string_view text, uint32_t nodes) {
  GoldenPackets golden;
  Table table(file, text);
  PSMC_TRY(table.select({"create", "src", "dst", "flits", "arrive"}));
  while (table.next_row()) {
    PSMC_ASSIGN(const uint64_t create, table.number(0, 0, kMaxCycle));
    PSMC_ASSIGN(const uint64_t from, table.number(1, 0, nodes - 1u));
    PSMC_ASSIGN(const uint64_t to, table.number(2, 0, nodes - 1u));
    PSMC_ASSIGN(const uint64_t flits, table.number(3, 1, 255));
    PSMC_ASSIGN(const uint64_t arrive, table.number(4, 0, kMaxCycle));
    golden.packets.push_back(
        {create, static_cast<uint32_t>(from), static_cast<uint32_t>(to), static_cast<uint8_t>(flits)});
    golden.arrive.push_back(arrive);
  }
  return golden;
}

void count(Agreement& a, size_t index, bool equal) {
  ++a.counted;
  if (equal) {
    ++a.equal;
  } else if (!a.first_different) {
    a.first_different = index;
  }
}

}  // namespace

Result<GoldenPackets> parse_packets(std::string_view file, std::string_view text, uint32_t nodes) {
  PSMC_ASSIGN(const GoldenPackets read, read_packets(file, text, nodes));
  GoldenPackets sorted;
  std::vector<size_t> order(read.packets.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return read.packets[a].create < read.packets[b].create; });
  for (const size_t i : order) {
    sorted.packets.push_back(read.packets[i]);
    sorted.arrive.push_back(read.arrive[i]);
  }
  return sorted;
}

TraceAgreement agreement(const GoldenPackets& golden, const std::vector<sim::Cycle>& arrive) {
  TraceAgreement result;
  for (size_t i = 0; i < golden.packets.size(); ++i) {
    const sim::Cycle last = golden.packets.back().create;
    if (golden.packets[i].create + kUncertain >= last) break;
    const bool equal = golden.arrive[i] == arrive[i];
    count(result.all, i, equal);
    if (golden.arrive[i] < last) count(result.settled, i, equal);
  }
  return result;
}

Agreement zero_load_agreement(const sim::NetworkSpec& spec) {
  const uint32_t nodes = static_cast<uint32_t>(spec.endpoints.size());
  std::vector<sim::TracePacket> packets;
  std::vector<sim::Cycle> latencies;
  sim::Cycle now = 0;
  for (uint32_t from = 0; from < nodes; ++from) {
    for (uint32_t to = 0; to < nodes; ++to) {
      for (const uint8_t flits : {1, 2, 8, 9}) {
        packets.push_back({now, from, to, flits});
        latencies.push_back(sim::zero_load_latency(spec, packets.back()));
        now += 2 * latencies.back() + 100;  // so that it finds the network empty
      }
    }
  }
  const std::vector<sim::Cycle> arrive = sim::replay(spec, packets).arrive;
  Agreement a;
  for (size_t i = 0; i < packets.size(); ++i) count(a, i, arrive[i] == packets[i].create + latencies[i]);
  return a;
}

}  // namespace psmc::tools
