// SPDX-License-Identifier: Apache-2.0
// The schema: objects of numbers from machine_fields.h, what is around them as text.
#include "arch/machine_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "arch/description.h"
#include "arch/dram.h"
#include "arch/machine_fields.h"
#include "base/json.h"

namespace psmc::arch {
namespace {

constexpr std::string_view kHead = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "psmc machine file",
)";

constexpr std::string_view kPlaces = R"(    "name": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    "index": {"type": "integer", "minimum": 0, "maximum": 63},
    "count": {"type": "integer", "minimum": 1, "maximum": 64},
    "port": {
      "description": "at a side of a node's router; without one, inside the node",
      "type": "object",
      "required": ["x", "y"],
      "additionalProperties": false,
      "properties": {
        "x": {"$ref": "#/$defs/index"},
        "y": {"$ref": "#/$defs/index"},
        "side": {"enum": ["west", "east", "north", "south"]}
      }
    },
    "area": {
      "description": "columns x rows nodes of another kind",
      "type": "object",
      "required": ["x", "y", "node"],
      "additionalProperties": false,
      "properties": {
        "x": {"$ref": "#/$defs/index"},
        "y": {"$ref": "#/$defs/index"},
        "columns": {"$ref": "#/$defs/count"},
        "rows": {"$ref": "#/$defs/count"},
        "node": {"$ref": "#/$defs/name"}
      }
    },
)";

// Only ranges, names and types of their members are looked at.
const Description kDescription;
const NodeKind kNode;
const NamedNetwork kNetwork;

/// An object that has all of its members but the optional ones, and no others.
class ObjectSchema {
 public:
  void add(std::string_view key, std::string_view schema, bool required = true) {
    properties_ += fmt::format("{}\n{{0}}    \"{}\": {}", properties_.empty() ? "" : ",", key, schema);
    if (required) required_ += fmt::format("{}\"{}\"", required_.empty() ? "" : ", ", key);
  }
  template <typename Field>
  void operator()(std::string_view section, std::string_view key, const Field&, uint64_t low, uint64_t high,
                  std::string_view unit) {
    std::string schema = std::is_same_v<Field, bool>
                             ? std::string("\"type\": \"boolean\"")
                             : fmt::format("\"type\": \"integer\", \"minimum\": {}, \"maximum\": {}", low, high);
    if (!unit.empty()) schema += fmt::format(", \"description\": \"{}\"", unit);
    add(key, "{" + schema + "}", !is_optional_key(section, key));
  }
  /// Without the braces, every line after the first at this indentation.
  std::string members(std::string_view indent) const {
    std::string out = "\"type\": \"object\",\n{0}  \"required\": [" + required_ +
                      "],\n{0}  \"additionalProperties\": false,\n{0}  \"properties\": {" + properties_ + "\n{0}  }";
    for (size_t at = 0; (at = out.find("{0}", at)) != std::string::npos;) out.replace(at, 3, indent);
    return out;
  }
  std::string text(std::string_view indent) const {
    return fmt::format("{{\n{0}  {1}\n{0}}}", indent, members(indent));
  }

 private:
  std::string properties_, required_;
};

std::string grid_schema() {
  ObjectSchema grid;
  visit_grid(kDescription, grid);
  grid.add("node", R"({"$ref": "#/$defs/name"})");
  grid.add("except",
           fmt::format(R"({{"type": "array", "maxItems": {}, "items": {{"$ref": "#/$defs/area"}}}})", kMaxAreas),
           false);
  return grid.text("    ");
}

std::string matrix_schema() {
  ObjectSchema output, weight;
  output.add("dataflow", R"({"const": "output"})");
  visit_matrix(kNode, output);
  weight.add("dataflow", R"({"const": "weight"})");
  visit_weight_matrix(kNode, weight);
  return fmt::format("{{\n          \"oneOf\": [\n            {},\n            {}\n          ]\n        }}",
                     output.text("            "), weight.text("            "));
}

/// A kind of node: parts that it has or has not.
std::string node_schema() {
  ObjectSchema node;
  for (std::string_view part : kPartNames) {
    ObjectSchema object;
    visit_node(kNode, [&](std::string_view section, std::string_view key, const auto& field, uint64_t low,
                          uint64_t high, std::string_view unit) {
      if (section == part) object(section, key, field, low, high, unit);
    });
    node.add(part, part == "matrix" ? matrix_schema() : object.text("        "), false);
  }
  return node.text("    ");
}

std::string network_schema() {
  ObjectSchema network;
  network.add("name", R"({"$ref": "#/$defs/name"})");
  network.add("topology", R"({"enum": ["mesh", "torus"]})");
  visit_network(kNetwork, network);
  return network.text("    ");
}

std::string memory_schema() {
  ObjectSchema memory;
  memory.add("channels",
             fmt::format(R"({{"type": "array", "minItems": 1, "maxItems": {}, "items": {{"$ref": "#/$defs/port"}}}})",
                         kMaxChannels));
  visit_memory(kDescription, memory);
  return memory.text("    ");
}

std::string host_schema() {
  ObjectSchema host;
  visit_host(kDescription, host);
  host.add("port", R"({"$ref": "#/$defs/port"})", false);
  return host.text("    ");
}

std::string root_schema() {
  ObjectSchema root, links;
  visit_chip_links(kDescription, links);
  root.add("psmc_machine", fmt::format("{{\"const\": {}}}", kMachineVersion));
  root.add("name", R"({"$ref": "#/$defs/name"})");
  root.add("clock_mhz", R"({"type": "integer", "minimum": 1, "maximum": 100000})");
  root.add("grid", R"({"$ref": "#/$defs/grid"})");
  root.add("nodes", fmt::format(R"({{
      "type": "object",
      "minProperties": 1,
      "maxProperties": {},
      "propertyNames": {{"$ref": "#/$defs/name"}},
      "additionalProperties": {{"$ref": "#/$defs/node"}}
    }})",
                                kMaxNodeKinds));
  root.add("networks",
           fmt::format(R"({{"type": "array", "maxItems": {}, "items": {{"$ref": "#/$defs/network"}}}})", kMaxNetworks));
  root.add("memory", R"({"$ref": "#/$defs/memory"})", false);
  root.add("chip_links", links.text("    "), false);
  root.add("host", R"({"$ref": "#/$defs/host"})", false);
  root.add("sources",
           fmt::format(R"({{
      "description": "where numbers come from, by keys with points between them; the longest path that leads there counts",
      "type": "object",
      "maxProperties": {},
      "additionalProperties": {{"type": "string", "minLength": 1}}
    }})",
                       kMaxSources),
           false);
  return root.members("");
}

}  // namespace

std::string machine_schema() {
  std::string out(kHead);
  out += "  " + root_schema() + ",\n  \"$defs\": {\n";
  out += kPlaces;
  out += "    \"grid\": " + grid_schema() + ",\n    \"node\": " + node_schema() +
         ",\n    \"network\": " + network_schema() + ",\n    \"memory\": " + memory_schema() +
         ",\n    \"host\": " + host_schema();
  return out + "\n  }\n}\n";
}

}  // namespace psmc::arch
