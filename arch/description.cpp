// SPDX-License-Identifier: Apache-2.0
#include "arch/description.h"

#include <fmt/format.h>

#include "arch/machine_fields.h"
#include "base/json.h"

namespace psmc::arch {
namespace {

/// Members one a line, two spaces a level.
class Writer {
 public:
  Writer() { out_ = "{"; }

  void value(std::string_view key, std::string_view text) {
    next();
    out_ += fmt::format("{}: {}", json::quote(key), text);
  }
  template <typename Number>
  void number(std::string_view key, Number value) {
    this->value(key, fmt::format("{}", value));
  }
  void text(std::string_view key, std::string_view text) { value(key, json::quote(text)); }
  void open(std::string_view key, char bracket) {
    value(key, std::string(1, bracket));
    begin();
  }
  /// An object of an array.
  void open() {
    next();
    out_ += '{';
    begin();
  }
  /// A member of an array.
  void item(std::string_view text) {
    next();
    out_ += text;
  }
  void close(char bracket) {
    depth_ -= 2;
    if (!empty_) out_ += fmt::format("\n{:{}}", "", depth_);
    empty_ = false;
    out_ += bracket;
  }
  std::string finish() {
    close('}');
    return std::move(out_) + "\n";
  }
  /// A visitor of machine_fields.h for one section.
  auto fields() {
    return [this](std::string_view, std::string_view key, const auto& value, uint64_t, uint64_t, std::string_view) {
      number(key, value);
    };
  }

 private:
  void begin() {
    depth_ += 2;
    empty_ = true;
  }
  void next() {
    out_ += fmt::format("{}\n{:{}}", empty_ ? "" : ",", "", depth_);
    empty_ = false;
  }
  std::string out_;
  int depth_ = 2;
  bool empty_ = true;
};

std::string port_json(const Port& port) {
  std::string out = fmt::format("{{\"x\": {}, \"y\": {}", port.at.x, port.at.y);
  if (!port.inside) out += fmt::format(", \"side\": \"{}\"", kSideNames[static_cast<size_t>(port.side)]);
  return out + "}";
}

std::string area_json(const Area& area, std::string_view node) {
  std::string out = fmt::format("{{\"x\": {}, \"y\": {}", area.x, area.y);
  if (area.columns != 1) out += fmt::format(", \"columns\": {}", area.columns);
  if (area.rows != 1) out += fmt::format(", \"rows\": {}", area.rows);
  return out + fmt::format(", \"node\": {}}}", json::quote(node));
}

void write_grid(Writer& out, const Description& d) {
  out.open("grid", '{');
  visit_grid(d, out.fields());
  out.text("node", d.kinds[d.kind].name);
  if (!d.areas.empty()) {
    out.open("except", '[');
    for (const Area& area : d.areas) out.item(area_json(area, d.kinds[area.kind].name));
    out.close(']');
  }
  out.close('}');
}

void write_matrix(Writer& out, const NodeKind& kind) {
  out.text("dataflow", kDataflowNames[static_cast<size_t>(kind.dataflow)]);
  if (kind.dataflow == Dataflow::output)
    visit_matrix(kind, out.fields());
  else
    visit_weight_matrix(kind, out.fields());
}

void write_kind(Writer& out, const NodeKind& kind) {
  out.open(kind.name, '{');
  for (size_t part = 0; part < kPartNames.size(); ++part) {
    if (!kind.parts[part]) continue;
    out.open(kPartNames[part], '{');
    if (static_cast<Part>(part) == Part::matrix) write_matrix(out, kind);
    visit_node(kind, [&](std::string_view section, std::string_view key, const auto& value, uint64_t, uint64_t,
                         std::string_view) {
      if (section == kPartNames[part]) out.number(key, value);
    });
    out.close('}');
  }
  out.close('}');
}

void write_networks(Writer& out, const Description& d) {
  out.open("networks", '[');
  for (const NamedNetwork& network : d.networks) {
    out.open();
    out.text("name", network.name);
    out.text("topology", kTopologyNames[static_cast<size_t>(network.topology)]);
    visit_network(network, out.fields());
    out.close('}');
  }
  out.close(']');
}

void write_memory(Writer& out, const Description& d) {
  out.open("memory", '{');
  visit_memory(d, [&](std::string_view, std::string_view key, const auto& value, uint64_t, uint64_t, std::string_view) {
    out.number(key, value);
    if (key != "bytes") return;
    out.open("channels", '[');
    for (const Port& port : d.channels) out.item(port_json(port));
    out.close(']');
  });
  out.close('}');
}

}  // namespace

const NodeKind& Description::kind_at(TileCoord c) const {
  for (const Area& area : areas)
    if (area.contains(c)) return kinds[area.kind];
  return kinds[kind];
}

std::string Description::json() const {
  Writer out;
  out.number("psmc_machine", kMachineVersion);
  out.text("name", name);
  out.number("clock_mhz", clock_mhz);
  write_grid(out, *this);
  out.open("nodes", '{');
  for (const NodeKind& kind : kinds) write_kind(out, kind);
  out.close('}');
  write_networks(out, *this);
  if (has_memory) write_memory(out, *this);
  if (has_chip_links) {
    out.open("chip_links", '{');
    visit_chip_links(*this, out.fields());
    out.close('}');
  }
  if (has_host) {
    out.open("host", '{');
    visit_host(*this, out.fields());
    for (const Port& port : host_ports) out.value("port", port_json(port));
    out.close('}');
  }
  if (!sources.empty()) {
    out.open("sources", '{');
    for (const auto& [path, source] : sources) out.text(path, source);
    out.close('}');
  }
  return out.finish();
}

std::map<std::string, std::string>::const_iterator source_of(const Description& description, std::string_view path) {
  for (;;) {
    const auto found = description.sources.find(std::string(path));
    if (found != description.sources.end() || path.empty()) return found;
    const size_t point = path.rfind('.');
    path = point == std::string_view::npos ? std::string_view{} : path.substr(0, point);
  }
}

}  // namespace psmc::arch
