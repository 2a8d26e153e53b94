// SPDX-License-Identifier: Apache-2.0
#include "arch/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/machine_fields.h"

namespace psmc::arch {
namespace {

/// Multiply-adds a cycle of one unit, by kPeakDtypes.
std::array<double, 3> unit_macs(const NodeKind& kind) {
  if (kind.dataflow == Dataflow::weight)
    return {double(kind.weights.bf16_macs), double(kind.weights.i8_macs), double(kind.weights.f32_macs)};
  const MatrixUnit& m = kind.matrix;
  return {16.0 * 16 * 16 / m.bf16_occupancy, 16.0 * 16 * 32 / m.i8_occupancy, 16.0 * 16 * 8 / m.f32_occupancy};
}

uint64_t bisection_links(const Grid& grid) {
  if (grid.columns > 1 && grid.rows > 1) return std::min(grid.columns, grid.rows);
  return grid.tiles() > 1 ? 1 : 0;
}

/// Lines of characters that grow where something is written.
class Canvas {
 public:
  void put(size_t line, size_t column, std::string_view text) {
    if (lines_.size() <= line) lines_.resize(line + 1);
    std::string& at = lines_[line];
    if (at.size() < column + text.size()) at.resize(column + text.size(), ' ');
    at.replace(column, text.size(), text);
  }
  std::string text() const {
    std::string out;
    for (const std::string& line : lines_) out += line + '\n';
    return out;
  }

 private:
  std::vector<std::string> lines_;
};

constexpr size_t kLeft = 6, kTop = 1, kWide = 5, kHigh = 2;  // of the first node, from node to node

/// Beside the node at that side; what is inside a node stands below and right of it.
void put_port(Canvas& canvas, const Port& port, const std::string& text) {
  const size_t line = kTop + kHigh * port.at.y, column = kLeft + kWide * port.at.x;
  if (port.inside)
    canvas.put(line + 1, column + 1, text);
  else if (port.side == Side::west)
    canvas.put(line, column - kLeft + (kLeft - 1 - text.size()), text + "-");
  else if (port.side == Side::east)
    canvas.put(line, column + 1, "-" + text);
  else
    canvas.put(port.side == Side::north ? line - 1 : line + 1, column, text);
}

}  // namespace

Summary summarize(const Description& d) {
  Summary s;
  for (uint32_t id = 0; id < d.grid.tiles(); ++id) {
    const NodeKind& kind = d.kind_at(d.grid.coord(id));
    s.cores += kind.has(Part::core);
    if (kind.has(Part::scratchpad)) {
      s.scratchpad_bytes += kind.scratchpad.bytes;
      s.scratchpad_rate += uint64_t{2} * kind.scratchpad.port_bytes;
    }
    if (!kind.has(Part::matrix)) continue;
    ++s.matrix_units;
    const std::array<double, 3> macs = unit_macs(kind);
    for (size_t i = 0; i < macs.size(); ++i) s.macs[i] += macs[i];
  }
  s.memory_bytes = d.has_memory ? d.memory.bytes : 0;
  s.memory_rate = d.channels.size() * uint64_t{d.memory.channel_bytes_per_cycle};
  for (const NamedNetwork& n : d.networks)
    s.bisection_rate += bisection_links(d.grid) * n.network.link_bytes * (n.topology == Topology::torus ? 2 : 1);
  for (size_t i = 0; i < s.macs.size(); ++i) {
    if (s.memory_rate != 0) s.ridge[i] = 2 * s.macs[i] / static_cast<double>(s.memory_rate);
    if (s.scratchpad_rate != 0) s.intensity[i] = s.macs[i] / static_cast<double>(s.scratchpad_rate);
  }
  return s;
}

std::vector<Number> numbers_of(const Description& d) {
  std::vector<Number> numbers{{"clock_mhz", d.clock_mhz, "MHz"}};
  std::string prefix;
  bool with_section = true;
  const auto add = [&](std::string_view section, std::string_view key, const auto& value, uint64_t, uint64_t,
                       std::string_view unit) {
    const std::string path =
        with_section ? fmt::format("{}{}.{}", prefix, section, key) : fmt::format("{}{}", prefix, key);
    numbers.push_back({path, static_cast<uint64_t>(value), unit});
  };
  visit_grid(d, add);
  for (const NodeKind& kind : d.kinds) {
    prefix = fmt::format("nodes.{}.", kind.name);
    const auto if_there = [&](std::string_view section, std::string_view key, const auto& value, uint64_t low,
                              uint64_t high, std::string_view unit) {
      const auto part = std::ranges::find(kPartNames, section) - kPartNames.begin();
      if (kind.parts[static_cast<size_t>(part)]) add(section, key, value, low, high, unit);
    };
    visit_core(kind, if_there);
    if (kind.dataflow == Dataflow::output)
      visit_matrix(kind, if_there);
    else
      visit_weight_matrix(kind, if_there);
    visit_scratchpad(kind, if_there);
    visit_dma(kind, if_there);
    visit_semaphores(kind, if_there);
  }
  with_section = false;
  for (const NamedNetwork& network : d.networks) {
    prefix = fmt::format("networks.{}.", network.name);
    visit_network(network, add);
  }
  prefix.clear();
  with_section = true;
  if (d.has_memory) visit_memory(d, add);
  if (d.has_chip_links) visit_chip_links(d, add);
  if (d.has_host) visit_host(d, add);
  return numbers;
}

std::vector<char> kind_letters(const Description& d) {
  std::vector<char> letters;
  constexpr std::string_view kOthers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz@%";
  for (const NodeKind& kind : d.kinds) {
    char letter = kind.name[0];
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    for (size_t i = 0; std::ranges::find(letters, letter) != letters.end(); ++i) letter = kOthers[i];
    letters.push_back(letter);
  }
  return letters;
}

std::string draw_grid(const Description& d) {
  const std::vector<char> letters = kind_letters(d);
  Canvas canvas;
  for (uint32_t id = 0; id < d.grid.tiles(); ++id) {
    const TileCoord c = d.grid.coord(id);
    const size_t line = kTop + kHigh * c.y, column = kLeft + kWide * c.x;
    const auto kind = static_cast<size_t>(&d.kind_at(c) - d.kinds.data());
    canvas.put(line, column, std::string(1, letters[kind]));
    if (c.x + 1u < d.grid.columns) canvas.put(line, column + 1, "----");
    if (c.y + 1u < d.grid.rows) canvas.put(line + 1, column, "|");
  }
  for (size_t i = 0; i < d.channels.size(); ++i) put_port(canvas, d.channels[i], fmt::format("c{}", i));
  for (const Port& port : d.host_ports) put_port(canvas, port, "host");
  return canvas.text();
}

}  // namespace psmc::arch
