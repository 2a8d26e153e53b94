// SPDX-License-Identifier: Apache-2.0
// From a description to a machine and back. Compiler and simulator take a grid of equal tiles that have all parts, with
// the matrix unit of the instruction set, on one mesh, with memory channels at its edges and a host.
#include "arch/machine_reader.h"

#include "base/check.h"

namespace psmc::arch {
namespace {

constexpr uint32_t kWidestPort = 64;  // a line: the checker and the core count port cycles of one

class Finder {
 public:
  Finder(const Description& description, const Places& places, FileErrors& found)
      : d_(description), places_(places), found_(found), root_(found.document().root) {}

  void find() {
    find_nodes();
    find_network();
    if (!d_.has_memory) add(root_, "a machine without memory");
    for (size_t i = 0; i < d_.channels.size(); ++i)
      if (d_.channels[i].inside) add(*places_.channels[i], "a memory channel inside a node");
    if (!d_.has_host) add(root_, "a machine without a host");
  }

 private:
  void add(const json::Value& at, std::string what) {
    found_.add(Code::machine_unsupported, at, fmt::format("compiler and simulator cannot use {}", what));
  }
  void find_nodes();
  void find_network();

  const Description& d_;
  const Places& places_;
  FileErrors& found_;
  const json::Value& root_;
};

void Finder::find_nodes() {
  for (const json::Value* area : places_.areas) add(*area, "nodes that differ: all must be equal tiles");
  const NodeKind& kind = d_.kinds[d_.kind];
  const json::Value& at = *places_.kinds[d_.kind];
  for (size_t i = 0; i < kPartNames.size(); ++i)
    if (!kind.parts[i]) add(at, fmt::format("a tile without \"{}\"", kPartNames[i]));
  if (kind.has(Part::matrix) && kind.dataflow == Dataflow::weight)
    add(value_at(at, {"matrix", "dataflow"}),
        "a weight-stationary matrix unit: instructions multiply 16 x 16 tiles that stay in the sums' place");
  if (kind.has(Part::scratchpad) && kind.scratchpad.port_bytes > kWidestPort)
    add(value_at(at, {"scratchpad", "port_bytes"}), fmt::format("scratchpad ports of more than {} bytes", kWidestPort));
}

void Finder::find_network() {
  if (d_.networks.size() != 1)
    add(value_at(root_, {"networks"}), fmt::format("{} networks: there must be one", d_.networks.size()));
  for (size_t i = 0; i < d_.networks.size(); ++i)
    if (d_.networks[i].topology != Topology::mesh)
      add(value_at(*places_.networks[i], {"topology"}), "a torus: links lead to neighbours in the grid");
}

}  // namespace

void find_unusable(const Description& description, const Places& places, FileErrors& errors) {
  Finder(description, places, errors).find();
}

Machine machine_of(const Description& d) {
  PSMC_CHECK(d.networks.size() == 1 && d.has_memory && d.has_host, "a description that is no machine");
  const NodeKind& kind = d.kinds[d.kind];
  Machine m;
  m.name = d.name;
  m.clock_mhz = d.clock_mhz;
  m.grid = d.grid;
  m.core = kind.core;
  m.latency = kind.latency;
  m.matrix = kind.matrix;
  m.scratchpad = kind.scratchpad;
  m.dma = kind.dma;
  m.semaphores = kind.semaphores;
  m.network = d.networks[0].network;
  m.memory = d.memory;
  for (const Port& port : d.channels) m.memory.channels.push_back({port.at, port.side});
  m.chip_links = d.chip_links;
  if (!d.has_chip_links) m.chip_links.count = 0;
  m.host = d.host;
  return m;
}

Description describe(const Machine& m) {
  Description d;
  d.name = m.name;
  d.clock_mhz = m.clock_mhz;
  d.grid = m.grid;
  NodeKind kind;
  kind.name = "tile";
  kind.parts.fill(true);
  kind.core = m.core;
  kind.latency = m.latency;
  kind.matrix = m.matrix;
  kind.scratchpad = m.scratchpad;
  kind.dma = m.dma;
  kind.semaphores = m.semaphores;
  d.kinds.push_back(std::move(kind));
  d.networks.push_back({"mesh", Topology::mesh, m.network});
  d.has_memory = d.has_chip_links = d.has_host = true;
  d.memory = m.memory;
  d.memory.channels.clear();
  for (const Channel& channel : m.memory.channels) d.channels.push_back({channel.at, channel.side, false});
  d.chip_links = m.chip_links;
  d.host = m.host;
  return d;
}

}  // namespace psmc::arch
