// SPDX-License-Identifier: Apache-2.0
// What a machine file says: a grid of nodes of a few kinds, each with the parts that it has, a list of networks, and
// what is attached at the sides. It can say more than compiler and simulator can use; they take a Machine, which is
// made of a description whose nodes are all equal tiles on one mesh (arch/machine_usable.cpp says what else).
// docs/machine-files.md is the page about these files.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "arch/machine.h"

namespace psmc::arch {

/// The version of machine files that is read and written.
inline constexpr int64_t kMachineVersion = 2;
inline constexpr size_t kMaxNodeKinds = 64;
inline constexpr size_t kMaxNetworks = 8;
inline constexpr size_t kMaxChannels = 256;
inline constexpr size_t kMaxAreas = 256;
inline constexpr size_t kMaxSources = 1024;

/// What a node may have, in the order of its JSON form.
enum class Part : uint8_t { core, latency, matrix, scratchpad, dma, semaphores };
inline constexpr std::array<std::string_view, 6> kPartNames = {"core",       "latency", "matrix",
                                                               "scratchpad", "dma",     "semaphores"};

/// How a systolic array is used: what stays in its cells.
enum class Dataflow : uint8_t { output, weight };
inline constexpr std::array<std::string_view, 2> kDataflowNames = {"output", "weight"};

/// An array of rows x columns cells that hold weights. One fold (all cells filled, T rows streamed) takes
/// T + 2 rows + columns - 2 cycles: the weights go in, the inputs through, and the sums out.
struct WeightStationary {
  uint32_t rows = 0, columns = 0;
  uint32_t bf16_macs = 0, i8_macs = 0, f32_macs = 0;  ///< multiply-adds a cycle; 0: it cannot
  bool operator==(const WeightStationary&) const = default;
};

/// One kind of node. A member counts only where has() says so; `matrix` or `weights` by the dataflow.
struct NodeKind {
  std::string name;
  std::array<bool, kPartNames.size()> parts{};
  Dataflow dataflow = Dataflow::output;
  Core core;
  LatencyTable latency;
  MatrixUnit matrix;
  WeightStationary weights;
  Scratchpad scratchpad;
  Dma dma;
  Semaphores semaphores;
  bool has(Part part) const { return parts[static_cast<size_t>(part)]; }
  bool operator==(const NodeKind&) const = default;
};

/// Where the grid has another kind of node than everywhere: columns x rows nodes from (x, y) on.
struct Area {
  uint32_t x = 0, y = 0, columns = 1, rows = 1;
  uint32_t kind = 0;  ///< index into Description::kinds
  bool contains(TileCoord c) const { return c.x >= x && c.x - x < columns && c.y >= y && c.y - y < rows; }
  bool operator==(const Area&) const = default;
};

enum class Topology : uint8_t { mesh, torus };
inline constexpr std::array<std::string_view, 2> kTopologyNames = {"mesh", "torus"};

/// A network that reaches all nodes.
struct NamedNetwork {
  std::string name;
  Topology topology = Topology::mesh;
  Network network;
  bool operator==(const NamedNetwork&) const = default;
};

/// Where a memory channel or the host is attached: at a side of a node's router, or instead of a scratchpad in the
/// node itself (`inside`).
struct Port {
  TileCoord at;
  Side side = Side::west;
  bool inside = false;
  bool operator==(const Port&) const = default;
};
inline constexpr std::array<std::string_view, 4> kSideNames = {"west", "east", "north", "south"};

struct Description {
  std::string name;
  uint32_t clock_mhz = 1000;
  Grid grid;
  uint32_t kind = 0;  ///< of all nodes but those in `areas`
  std::vector<Area> areas;
  std::vector<NodeKind> kinds;
  std::vector<NamedNetwork> networks;
  bool has_memory = false, has_chip_links = false, has_host = false;
  Memory memory;  ///< its channels are in `channels`
  std::vector<Port> channels;
  ChipLinks chip_links;
  Host host;
  std::vector<Port> host_ports;                ///< one or none: where the host is drawn
  std::map<std::string, std::string> sources;  ///< where numbers come from, by path ("memory", "nodes.tile.dma.queue")
  bool operator==(const Description&) const = default;

  const NodeKind& kind_at(TileCoord c) const;
  /// Canonical JSON text: all keys, fixed order, two-space indent, newline at the end; reads back as the same.
  std::string json() const;
};

/// A machine file that is consistent, and why compiler and simulator cannot use it: warnings at places of the file.
struct MachineFile {
  Description description;
  std::vector<Diagnostic> unusable;
};

/// Reads a machine file. Errors: bad_json, json_type, machine_unknown_key, machine_range, machine_shape; several.
Result<MachineFile> read_machine_file(const std::string& file, std::string text);
/// A preset, or else the machine file at this path. Errors of read_machine_file, machine_unknown, too_large.
Result<MachineFile> load_machine_file(const std::string& name_or_file);
/// Needs: nothing that read_machine_file calls unusable.
Machine machine_of(const Description& description);
/// The description of a machine: one kind of node, one network. machine_of is its inverse.
Description describe(const Machine& machine);

/// The path in `sources` that speaks of `path`: itself or the longest that it begins with; end() if there is none.
std::map<std::string, std::string>::const_iterator source_of(const Description& description, std::string_view path);

}  // namespace psmc::arch
