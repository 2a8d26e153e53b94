// SPDX-License-Identifier: Apache-2.0
#include "tools/report/stats_json.h"

#include "base/json.h"

#include <fmt/format.h>

namespace psmc::tools {
namespace {

/// "[\n    a,\n    b\n  ]" of `count` items.
template <typename Item>
std::string list(size_t count, Item&& item) {
  std::string out = "[";
  for (size_t i = 0; i < count; ++i) out += fmt::format("{}\n    {}", i == 0 ? "" : ",", item(i));
  return out + (count == 0 ? "]" : "\n  ]");
}

std::string op_json(const arch::Image& image, size_t i, const sim::ClassCounts& counts) {
  const bool known = i < image.ops.size();
  return fmt::format(R"({{"name": {}, "location": {}, "cycles": {}}})", json::quote(known ? image.ops[i].name : ""),
                     json::quote(known ? image.ops[i].location : ""), counts_json(counts));
}

std::string link_json(const sim::LinkStats& link) {
  return fmt::format(R"({{"x": {}, "y": {}, "port": "{}", "into_network": {}, "flits": {}, "bytes": {}}})", link.x,
                     link.y, port_name(link.port), link.into_network, link.counters.flits, link.counters.bytes);
}

std::string channel_json(const sim::ChannelCounters& c) {
  return fmt::format(
      R"({{"read_bursts": {}, "write_bursts": {}, "hits": {}, "misses": {}, "conflicts": {}, "refreshes": {}, "busy_cycles": {}}})",
      c.read_bursts, c.write_bursts, c.hits, c.misses, c.conflicts, c.refreshes, c.busy_cycles);
}

}  // namespace

std::string_view port_name(sim::Port port) {
  constexpr std::string_view kNames[] = {"east", "west", "south", "north", "local"};
  return kNames[port];
}

std::string counts_json(const sim::ClassCounts& counts) { return fmt::format("[{}]", fmt::join(counts, ", ")); }

std::string class_names_json() {
  std::string out;
  for (size_t c = 0; c < sim::kCycleClasses; ++c)
    out += fmt::format("{}\"{}\"", c == 0 ? "" : ", ", sim::cycle_class_name(static_cast<sim::CycleClass>(c)));
  return "[" + out + "]";
}

std::string stats_json(const arch::Image& image, const std::string& entry, const sim::RunStats& stats) {
  std::string out = "{\n";
  const auto add = [&](std::string_view key, const std::string& value) {
    out += fmt::format("  \"{}\": {},\n", key, value);
  };
  add("entry", json::quote(entry));
  add("machine", json::quote(image.machine.name));
  add("columns", std::to_string(image.machine.grid.columns));
  add("cycles", std::to_string(stats.cycles));
  add("host_cycles", std::to_string(stats.host_cycles));
  add("matrix_macs", std::to_string(stats.macs));
  add("vector_ops", std::to_string(stats.vector_ops));
  add("words", std::to_string(stats.words));
  add("instructions", std::to_string(stats.instructions));
  add("dma_bytes_in", std::to_string(stats.dma_bytes_in));
  add("dma_bytes_out", std::to_string(stats.dma_bytes_out));
  add("burst_bytes", std::to_string(stats.burst_bytes));
  add("classes", class_names_json());
  add("tiles", list(stats.tiles.size(), [&](size_t i) { return counts_json(stats.tiles[i]); }));
  add("ops", list(stats.ops.size(), [&](size_t i) { return op_json(image, i, stats.ops[i]); }));
  add("links", list(stats.links.size(), [&](size_t i) { return link_json(stats.links[i]); }));
  out += fmt::format("  \"channels\": {}\n}}\n",
                     list(stats.channels.size(), [&](size_t i) { return channel_json(stats.channels[i]); }));
  return out;
}

}  // namespace psmc::tools
