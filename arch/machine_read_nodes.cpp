// SPDX-License-Identifier: Apache-2.0
// Of a machine file: the kinds of nodes with their parts, the grid of them, networks and ports.
#include <algorithm>

#include "arch/machine_fields.h"
#include "arch/machine_reader.h"

namespace psmc::arch {
namespace {

std::vector<std::string_view> kind_names(const Description& description) {
  std::vector<std::string_view> names;
  for (const NodeKind& kind : description.kinds) names.push_back(kind.name);
  return names;
}

void read_matrix(ObjectReader& in, NodeKind& kind) {
  size_t dataflow = 0;
  if (!in.read_choice("dataflow", kDataflowNames, dataflow)) return;
  kind.dataflow = static_cast<Dataflow>(dataflow);
  if (kind.dataflow == Dataflow::output)
    visit_matrix(kind, in);
  else
    visit_weight_matrix(kind, in);
  in.reject_unknown();
}

void read_kind(const json::Value& value, FileErrors& errors, NodeKind& kind) {
  ObjectReader in(errors, value, fmt::format("node \"{}\"", kind.name));
  std::vector<std::optional<ObjectReader>> parts(kPartNames.size());
  for (size_t i = 0; i < kPartNames.size(); ++i) {
    const json::Value* part = read_object(in, kPartNames[i], errors, true);
    kind.parts[i] = part != nullptr;
    if (part != nullptr)
      parts[i].emplace(errors, *part, fmt::format("\"{}\" of node \"{}\"", kPartNames[i], kind.name));
  }
  visit_node(kind, [&](std::string_view section, std::string_view key, auto& field, uint64_t low, uint64_t high,
                       std::string_view) {
    const size_t part = static_cast<size_t>(std::ranges::find(kPartNames, section) - kPartNames.begin());
    if (parts[part]) parts[part]->read(key, field, low, high);
  });
  constexpr size_t kMatrix = static_cast<size_t>(Part::matrix);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i]) continue;
    if (i == kMatrix)
      read_matrix(*parts[i], kind);
    else
      parts[i]->reject_unknown();
  }
  in.reject_unknown();
}

/// The kind that the member "node" names.
bool read_kind_name(ObjectReader& in, FileErrors& errors, const Description& description, uint32_t& kind) {
  std::string name;
  if (!in.read_name("node", name)) return false;
  for (kind = 0; kind < description.kinds.size(); ++kind)
    if (description.kinds[kind].name == name) return true;
  kind = 0;
  return errors.add(Code::machine_shape, in.at("node"), fmt::format("\"nodes\" has no {}", json::quote(name)),
                    names_there_are(name, kind_names(description)));
}

bool overlap(const Area& a, const Area& b) {
  return a.x < b.x + b.columns && b.x < a.x + a.columns && a.y < b.y + b.rows && b.y < a.y + a.rows;
}

void read_area(const json::Value& item, FileErrors& errors, Description& description, Places& places) {
  if (!item.is_object()) {
    errors.add(Code::json_type, item, "an exception of the grid is an object with x, y and node");
    return;
  }
  const Grid& grid = description.grid;
  ObjectReader in(errors, item, "an exception of the grid");
  Area area;
  bool good = in.read("x", area.x, 0, grid.columns - 1);
  good &= in.read("y", area.y, 0, grid.rows - 1);
  if (in.find("columns") != nullptr && good) good &= in.read("columns", area.columns, 1, grid.columns - area.x);
  if (in.find("rows") != nullptr && good) good &= in.read("rows", area.rows, 1, grid.rows - area.y);
  good &= read_kind_name(in, errors, description, area.kind);
  in.reject_unknown();
  if (!good) return;
  for (const Area& other : description.areas) {
    if (!overlap(area, other)) continue;
    errors.add(Code::machine_shape, item, "two exceptions of the grid overlap");
    return;
  }
  description.areas.push_back(area);
  places.areas.push_back(&item);
}

void read_network(const json::Value& item, FileErrors& errors, Description& description, Places& places) {
  if (!item.is_object()) {
    errors.add(Code::json_type, item, "a network is an object");
    return;
  }
  ObjectReader in(errors, item, "a network");
  NamedNetwork network;
  size_t topology = 0;
  const bool named = in.read_name("name", network.name);
  in.read_choice("topology", kTopologyNames, topology);
  network.topology = static_cast<Topology>(topology);
  visit_network(network, in);
  in.reject_unknown();
  for (const NamedNetwork& other : description.networks)
    if (named && other.name == network.name)
      errors.add(Code::machine_shape, in.at("name"), fmt::format("two networks are called \"{}\"", network.name));
  description.networks.push_back(std::move(network));
  places.networks.push_back(&item);
}

}  // namespace

const json::Value* read_object(ObjectReader& parent, std::string_view key, FileErrors& errors, bool optional) {
  const json::Value* object = parent.find(key);
  if (object != nullptr && object->is_object()) return object;
  if (object != nullptr)
    errors.add(Code::json_type, *object, fmt::format("\"{}\" must be an object", key));
  else if (!optional)
    errors.add(Code::json_type, parent.object(), fmt::format("a machine needs an object \"{}\"", key));
  return nullptr;
}

void read_kinds(ObjectReader& root, FileErrors& errors, Description& description, Places& places) {
  const json::Value* nodes = read_object(root, "nodes", errors, false);
  if (nodes == nullptr) return;
  if (nodes->members.empty() || nodes->members.size() > kMaxNodeKinds) {
    errors.add(Code::machine_range, *nodes,
               fmt::format("{} kinds of nodes; there must be 1 to {}", nodes->members.size(), kMaxNodeKinds));
    return;
  }
  for (const auto& [name, value] : nodes->members) {
    if (!is_plain_name(name)) {
      errors.add(Code::machine_range, value, "a name has 1 to 64 letters, digits, '-', '_' or '.'");
    } else if (!value.is_object()) {
      errors.add(Code::json_type, value, fmt::format("node \"{}\" must be an object", name));
    } else {
      description.kinds.emplace_back().name = name;
      places.kinds.push_back(&value);
      read_kind(value, errors, description.kinds.back());
    }
  }
}

void read_grid(ObjectReader& root, FileErrors& errors, Description& description, Places& places) {
  const json::Value* grid = read_object(root, "grid", errors, false);
  if (grid == nullptr) return;
  ObjectReader in(errors, *grid, "\"grid\" of a machine");
  Grid size;
  bool good = true;
  const auto read = [&](std::string_view, std::string_view key, auto&, uint64_t low, uint64_t high, std::string_view) {
    good &= in.read(key, key == "columns" ? size.columns : size.rows, low, high);
  };
  visit_grid(description, read);
  if (!description.kinds.empty()) read_kind_name(in, errors, description, description.kind);
  const json::Value* areas = in.find("except");
  in.find("node");
  in.reject_unknown();
  if (!good) return;
  description.grid = size;
  if (areas == nullptr || description.kinds.empty()) return;
  if (!areas->is_array()) {
    errors.add(Code::json_type, *areas, "\"except\" must be an array");
  } else if (areas->items.size() > kMaxAreas) {
    errors.add(Code::machine_range, *areas,
               fmt::format("{} exceptions of the grid; there must be at most {}", areas->items.size(), kMaxAreas));
  } else {
    for (const json::Value& item : areas->items) read_area(item, errors, description, places);
  }
}

void read_networks(ObjectReader& root, FileErrors& errors, Description& description, Places& places) {
  const json::Value* networks = root.find("networks");
  if (networks == nullptr || !networks->is_array()) {
    errors.add(Code::json_type, networks ? *networks : root.object(), "a machine needs an array \"networks\"");
  } else if (networks->items.size() > kMaxNetworks) {
    errors.add(Code::machine_range, *networks,
               fmt::format("{} networks; there must be at most {}", networks->items.size(), kMaxNetworks));
  } else {
    for (const json::Value& item : networks->items) read_network(item, errors, description, places);
  }
}

bool read_port(const json::Value& item, std::string_view what, FileErrors& errors, const Grid& grid, Port& port) {
  if (!item.is_object())
    return errors.add(Code::json_type, item, fmt::format("{} is an object with x, y and side", what));
  ObjectReader in(errors, item, std::string(what));
  uint32_t x = 0, y = 0;
  size_t side = 0;
  bool good = in.read("x", x, 0, grid.columns - 1);
  good &= in.read("y", y, 0, grid.rows - 1);
  port.inside = !in.has("side");
  if (!port.inside) good &= in.read_choice("side", kSideNames, side);
  in.find("side");
  in.reject_unknown();
  if (!good) return false;
  port.at = {static_cast<uint16_t>(x), static_cast<uint16_t>(y)};
  port.side = static_cast<Side>(side);
  const bool at_edge[] = {x == 0, x == grid.columns - 1, y == 0, y == grid.rows - 1};
  return port.inside || at_edge[side] ||
         errors.add(Code::machine_shape, item,
                    fmt::format("node ({}, {}) is not at the {} edge of the grid", x, y, kSideNames[side]));
}

}  // namespace psmc::arch
