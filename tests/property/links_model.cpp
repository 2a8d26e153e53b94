// SPDX-License-Identifier: Apache-2.0
#include "tests/property/links_model.h"

#include <fmt/format.h>

#include "base/check.h"

namespace psmc::test {
namespace {

using arch::Descriptor;
using arch::DmaKind;

struct Run {
  uint64_t source = 0, destination = 0, bytes = 0;
};

std::vector<Run> runs_of(const Descriptor& d) {
  std::vector<Run> runs;
  for (uint32_t k = 0; k < d.count[2]; ++k)
    for (uint32_t j = 0; j < d.count[1]; ++j)
      for (uint32_t i = 0; i < d.count[0]; ++i) {
        const auto at = [&](uint64_t base, const std::array<int64_t, 3>& stride) {
          return base + static_cast<uint64_t>(i * stride[0] + j * stride[1] + k * stride[2]);
        };
        const Run next{at(d.source, d.source_stride), at(d.destination, d.destination_stride), d.run};
        if (!runs.empty() && runs.back().source + runs.back().bytes == next.source &&
            runs.back().destination + runs.back().bytes == next.destination)
          runs.back().bytes += next.bytes;
        else
          runs.push_back(next);
      }
  return runs;
}

struct Place {
  uint16_t x = 0, y = 0;
  sim::Port port = sim::kLocal;
};

class Counter {
 public:
  explicit Counter(const arch::Machine& machine) : machine_(machine), flit_(machine.network.link_bytes) {
    packet_ = uint64_t{machine.network.packet_flits} * flit_;
  }

  void add(uint32_t tile, const Descriptor& d) {
    const bool reads = arch::is_in(d.kind);
    for (const Run& run : runs_of(d))
      for (uint64_t at = 0; at < run.bytes;) {
        const uint64_t cut_side = (reads ? run.source : run.destination) + at;
        uint64_t bytes = std::min(run.bytes - at, packet_ - cut_side % packet_);
        if (d.kind != DmaKind::to_tiles)
          bytes = std::min(bytes, machine_.memory.interleave - cut_side % machine_.memory.interleave);
        piece(place_of(tile), d, cut_side, bytes);
        at += bytes;
      }
  }
  Expected take() { return std::move(expected_); }

 private:
  Place place_of(uint32_t tile) const {
    const arch::TileCoord at = machine_.grid.coord(tile);
    return {at.x, at.y, sim::kLocal};
  }
  Place channel_at(uint64_t address) const {
    const arch::Channel& c =
        machine_.memory.channels[address / machine_.memory.interleave % machine_.memory.channels.size()];
    switch (c.side) {
      case arch::Side::west: return {c.at.x, c.at.y, sim::kWest};
      case arch::Side::east: return {c.at.x, c.at.y, sim::kEast};
      case arch::Side::north: return {c.at.x, c.at.y, sim::kNorth};
      case arch::Side::south: return {c.at.x, c.at.y, sim::kSouth};
    }
    return {};
  }

  /// One piece: `bytes` at `address` of the side where packets are cut.
  void piece(const Place& tile, const Descriptor& d, uint64_t address, uint64_t bytes) {
    const uint64_t lines = (address + bytes - 1) / flit_ - address / flit_ + 1;
    const Load signal{1, 0}, data{1 + lines, bytes};
    switch (d.kind) {
      case DmaKind::memory_to_scratchpad:
      case DmaKind::memory_to_code:
        unicast(tile, channel_at(address), signal);
        unicast(channel_at(address), tile, data);
        expected_.delivered.memory_to_tiles += bytes;
        return;
      case DmaKind::to_memory:
        unicast(tile, channel_at(address), data);
        unicast(channel_at(address), tile, signal);
        expected_.delivered.tiles_to_memory += bytes;
        return;
      case DmaKind::to_tiles:
        push(tile, d, data);
        expected_.delivered.tiles_to_tiles += bytes * (uint64_t{d.x1} - d.x0 + 1) * (uint64_t{d.y1} - d.y0 + 1);
        return;
      case DmaKind::none: break;
    }
    PSMC_CHECK(false, "a descriptor of no kind");
  }

  void count(uint16_t x, uint16_t y, sim::Port port, bool into, const Load& load) {
    Load& link = expected_.links[{x, y, port, into}];
    link.flits += load.flits;
    link.bytes += load.bytes;
  }
  void unicast(const Place& from, const Place& to, const Load& load) {
    count(from.x, from.y, from.port, true, load);
    along_y(to.x, along_x(from.x, from.y, to.x, load), to.y, load);
    count(to.x, to.y, to.port, false, load);
  }
  /// The links from column x to column `end` in row y; gives y.
  uint16_t along_x(uint16_t x, uint16_t y, uint16_t end, const Load& load) {
    for (; x < end; ++x) count(x, y, sim::kEast, false, load);
    for (; x > end; --x) count(x, y, sim::kWest, false, load);
    return y;
  }
  void along_y(uint16_t x, uint16_t y, uint16_t end, const Load& load) {
    for (; y < end; ++y) count(x, y, sim::kSouth, false, load);
    for (; y > end; --y) count(x, y, sim::kNorth, false, load);
  }
  void push(const Place& from, const Descriptor& d, const Load& load) {
    count(from.x, from.y, sim::kLocal, true, load);
    if (d.x0 < from.x) along_x(from.x, from.y, d.x0, load);
    if (d.x1 > from.x) along_x(from.x, from.y, d.x1, load);
    for (uint16_t x = d.x0; x <= d.x1; ++x) {
      if (d.y0 < from.y) along_y(x, from.y, d.y0, load);
      if (d.y1 > from.y) along_y(x, from.y, d.y1, load);
      for (uint16_t y = d.y0; y <= d.y1; ++y) count(x, y, sim::kLocal, false, load);
    }
  }

  const arch::Machine& machine_;
  uint64_t flit_ = 64, packet_ = 512;
  Expected expected_;
};

}  // namespace

Expected traffic_of(const arch::Machine& machine, const arch::EntryPlan& entry) {
  Counter counter(machine);
  for (const arch::TileProgram& tile : entry.tiles)
    for (const arch::Command& command : tile.commands) {
      PSMC_CHECK(command.kind != arch::CommandKind::fetch, "rows that are known at run time only");
      if (command.kind == arch::CommandKind::start) counter.add(tile.tile, tile.descriptors[command.index]);
    }
  return counter.take();
}

Traffic measured_traffic(const sim::RunStats& stats) {
  Traffic traffic;
  for (const sim::LinkStats& link : stats.links)
    traffic[{link.x, link.y, link.port, link.into_network}] = {link.counters.flits, link.counters.bytes};
  return traffic;
}

std::string difference(const Traffic& expected, const Traffic& measured) {
  Traffic all = expected;
  for (const auto& [link, load] : measured) all.try_emplace(link);
  for (const auto& [link, unused] : all) {
    const auto want = expected.find(link), got = measured.find(link);
    const Load a = want == expected.end() ? Load() : want->second, b = got == measured.end() ? Load() : got->second;
    if (a == b) continue;
    const auto& [x, y, port, into] = link;
    return fmt::format("link {} router ({}, {}) port {}: {} flits, {} bytes instead of {} and {}",
                       into ? "into" : "out of", x, y, "EWSNL"[port], b.flits, b.bytes, a.flits, a.bytes);
  }
  return {};
}

}  // namespace psmc::test
