// SPDX-License-Identifier: Apache-2.0
// What the values of a machine file must fulfil together: parts that need others, sizes that are powers of two or
// multiples, buffers that hold a packet, ports that are taken once.
#include <algorithm>
#include <bit>

#include "arch/dram.h"
#include "arch/machine_reader.h"

namespace psmc::arch {
namespace {

class Checker {
 public:
  Checker(const Description& description, const Places& places, FileErrors& errors)
      : d_(description), places_(places), errors_(errors), root_(errors.document().root) {}

  void check() {
    for (size_t i = 0; i < d_.kinds.size(); ++i) check_kind(d_.kinds[i], *places_.kinds[i]);
    check_grid();
    for (size_t i = 0; i < d_.networks.size(); ++i) check_network(d_.networks[i].network, *places_.networks[i]);
    if (d_.has_memory) check_memory();
    check_ports();
  }

 private:
  using Path = std::initializer_list<std::string_view>;
  void error(const json::Value& in, Path path, std::string message) {
    errors_.add(Code::machine_shape, value_at(in, path), std::move(message));
  }
  void power_of_two(const json::Value& in, std::string_view section, std::string_view key, uint64_t value) {
    if (std::has_single_bit(value)) return;
    errors_.add(Code::machine_shape, section.empty() ? value_at(in, {key}) : value_at(in, {section, key}),
                fmt::format("\"{}\" is {}; it must be a power of two", key, value));
  }
  void check_kind(const NodeKind& kind, const json::Value& at);
  void check_parts(const NodeKind& kind, const json::Value& at);
  void check_grid();
  void check_network(const Network& network, const json::Value& at);
  void check_memory();
  void check_ports();

  const Description& d_;
  const Places& places_;
  FileErrors& errors_;
  const json::Value& root_;
};

void Checker::check_parts(const NodeKind& kind, const json::Value& at) {
  const auto needs = [&](Part part, Part other) {
    if (!kind.has(part) || kind.has(other)) return;
    const std::string_view name = kPartNames[static_cast<size_t>(part)];
    error(at, {name},
          fmt::format("node \"{}\" has \"{}\" but no \"{}\"", kind.name, name, kPartNames[static_cast<size_t>(other)]));
  };
  needs(Part::core, Part::latency);
  needs(Part::latency, Part::core);
  needs(Part::dma, Part::scratchpad);
  const WeightStationary& w = kind.weights;
  if (kind.has(Part::matrix) && kind.dataflow == Dataflow::weight && w.bf16_macs + w.i8_macs + w.f32_macs == 0)
    error(at, {"matrix"}, "a matrix unit must multiply some dtype");
}

void Checker::check_kind(const NodeKind& kind, const json::Value& at) {
  check_parts(kind, at);
  if (kind.has(Part::scratchpad)) {
    power_of_two(at, "scratchpad", "banks", kind.scratchpad.banks);
    power_of_two(at, "scratchpad", "port_bytes", kind.scratchpad.port_bytes);
    if (kind.scratchpad.bytes % (64 * kind.scratchpad.banks) != 0)
      error(at, {"scratchpad", "bytes"}, "the scratchpad must be a whole number of 64-byte lines in each bank");
  }
  if (kind.has(Part::latency) && kind.latency.access_stage >= kind.latency.of(LatencyClass::load))
    error(at, {"latency", "access_stage"}, "a load must reach the scratchpad before its result is there");
  if (kind.has(Part::core) && kind.core.code_bytes % 4096 != 0)
    error(at, {"core", "code_bytes"}, "code memory must be a multiple of 4096 bytes");
  if (kind.has(Part::dma) && kind.dma.request_bytes % 64 != 0)
    error(at, {"dma", "request_bytes"}, "a request must be whole 64-byte lines");
}

void Checker::check_grid() {
  std::vector<bool> used(d_.kinds.size());
  bool computes = false;
  for (uint32_t id = 0; id < d_.grid.tiles(); ++id) {
    const NodeKind& kind = d_.kind_at(d_.grid.coord(id));
    used[static_cast<size_t>(&kind - d_.kinds.data())] = true;
    computes = computes || kind.has(Part::core) || kind.has(Part::matrix);
  }
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i]) error(*places_.kinds[i], {}, fmt::format("no place of the grid is a \"{}\"", d_.kinds[i].name));
  if (!computes) error(root_, {"grid"}, "no node of the grid has a core or a matrix unit");
  if (d_.grid.tiles() > 1 && d_.networks.empty())
    error(root_, {"networks"}, fmt::format("{} nodes need a network", d_.grid.tiles()));
}

void Checker::check_network(const Network& network, const json::Value& at) {
  power_of_two(at, "", "link_bytes", network.link_bytes);
  if (network.buffer_flits < network.packet_flits + 1)
    error(at, {"buffer_flits"}, "a router's buffer must hold a whole packet and its header");
}

void Checker::check_memory() {
  const Memory& m = d_.memory;
  power_of_two(root_, "memory", "interleave", m.interleave);
  power_of_two(root_, "memory", "burst_bytes", m.burst_bytes);
  power_of_two(root_, "memory", "banks", m.banks);
  power_of_two(root_, "memory", "row_bytes", m.row_bytes);
  const uint64_t stripe = uint64_t{m.interleave} * d_.channels.size();
  if (m.bytes % stripe != 0)
    error(root_, {"memory", "bytes"},
          fmt::format("memory must be a multiple of interleave x channels = {} bytes", stripe));
  for (auto& [key, message] : dram_errors(m)) error(root_, {"memory", key}, std::move(message));
  if (m.refresh_interval != 0 && m.refresh_cycles >= m.refresh_interval)
    error(root_, {"memory", "refresh_cycles"}, "a refresh must be over before the next one begins");
}

/// Every port of a router leads to one thing, and a node's own to its scratchpad if it has one.
void Checker::check_ports() {
  std::vector<Port> taken;
  const auto take = [&](const Port& port, const json::Value& at) {
    if (port.inside && d_.kind_at(port.at).has(Part::scratchpad))
      error(at, {}, fmt::format("node ({}, {}) has a scratchpad at its own port; name a side", port.at.x, port.at.y));
    if (std::ranges::find(taken, port) != taken.end())
      error(at, {},
            port.inside ? fmt::format("two things in node ({}, {})", port.at.x, port.at.y)
                        : fmt::format("two things at the {} side of node ({}, {})",
                                      kSideNames[static_cast<size_t>(port.side)], port.at.x, port.at.y));
    taken.push_back(port);
  };
  for (size_t i = 0; i < d_.channels.size(); ++i) take(d_.channels[i], *places_.channels[i]);
  for (size_t i = 0; i < d_.host_ports.size(); ++i) take(d_.host_ports[i], *places_.host_ports[i]);
}

}  // namespace

void check_description(const Description& description, const Places& places, FileErrors& errors) {
  Checker(description, places, errors).check();
}

}  // namespace psmc::arch
