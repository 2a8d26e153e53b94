// SPDX-License-Identifier: Apache-2.0
// Machine files: version and name -> kinds of nodes, grid, networks (machine_read_nodes.cpp) -> memory, chip links and
// host -> sources -> check_description (what several numbers must fulfil together) -> find_unusable (what compiler and
// simulator cannot use). A file names all values: nothing is inherited from a preset, so that a file says everything
// about the machine it describes.
//
// Up to kMaxErrors errors are told, in the order of the file, but none that only follows from another: of a section
// that is missing no keys, ports only if the grid is known, and check_description only if everything was read.
#include <algorithm>

#include "arch/dram.h"
#include "arch/machine_fields.h"
#include "arch/machine_reader.h"
#include "base/file.h"

namespace psmc::arch {
namespace {

class Reader {
 public:
  explicit Reader(const json::Document& document) : document_(document), errors_(document) {}

  Result<MachineFile> read() {
    const json::Value& value = document_.root;
    if (!value.is_object()) return document_.error_at(Code::json_type, value, "a machine is an object");
    PSMC_TRY(check_version());
    ObjectReader root(errors_, value, "a machine");
    root.find("psmc_machine");
    root.read_name("name", description().name);
    root.read("clock_mhz", description().clock_mhz, 1, 100000);
    read_kinds(root, errors_, description(), places_);
    read_grid(root, errors_, description(), places_);
    read_networks(root, errors_, description(), places_);
    read_memory(root);
    read_chip_links(root);
    read_host(root);
    read_sources(root);
    root.reject_unknown();
    if (errors_.empty()) complete_dram(description().memory);
    if (errors_.empty()) check_description(description(), places_, errors_);
    if (!errors_.empty()) return combined(errors_.take());
    FileErrors unusable(document_);
    find_unusable(description(), places_, unusable);
    file_.unusable = unusable.take();
    for (Diagnostic& d : file_.unusable) d.severity = Severity::warning;
    return std::move(file_);
  }

 private:
  Description& description() { return file_.description; }
  Status check_version() const;
  void read_memory(ObjectReader& root);
  void read_chip_links(ObjectReader& root);
  void read_host(ObjectReader& root);
  void read_sources(ObjectReader& root);
  bool leads_somewhere(std::string_view path) const;

  const json::Document& document_;
  FileErrors errors_;
  MachineFile file_;
  Places places_;
};

/// Before all else: another version has other keys.
Status Reader::check_version() const {
  const json::Value* version = document_.root.find("psmc_machine");
  if (version == nullptr)
    return document_.error_at(Code::json_type, document_.root, "this object has no key \"psmc_machine\"",
                              {fmt::format("a machine file says its version: \"psmc_machine\": {}", kMachineVersion)});
  if (version->kind != json::Kind::integer || version->integer != kMachineVersion)
    return document_.error_at(Code::machine_range, *version,
                              fmt::format("\"psmc_machine\" must be {}, the version that is read", kMachineVersion));
  return {};
}

void Reader::read_memory(ObjectReader& root) {
  const json::Value* object = read_object(root, "memory", errors_, true);
  if (object == nullptr) return;
  description().has_memory = true;
  ObjectReader in(errors_, *object, "\"memory\" of a machine");
  clear_dram(description().memory);
  visit_memory(description(), [&](std::string_view section, std::string_view key, auto& field, uint64_t low,
                                  uint64_t high, std::string_view unit) {
    if (!is_optional_key(section, key) || in.find(key) != nullptr) in(section, key, field, low, high, unit);
  });
  const json::Value* channels = in.find("channels");
  in.reject_unknown();
  if (channels == nullptr || !channels->is_array()) {
    errors_.add(Code::json_type, channels ? *channels : *object, "\"memory\" needs an array \"channels\"");
  } else if (channels->items.empty() || channels->items.size() > kMaxChannels) {
    errors_.add(Code::machine_range, *channels,
                fmt::format("{} memory channels; there must be 1 to {}", channels->items.size(), kMaxChannels));
  } else if (description().grid.tiles() != 0) {
    for (const json::Value& item : channels->items) {
      Port port;
      if (!read_port(item, "a channel", errors_, description().grid, port)) continue;
      description().channels.push_back(port);
      places_.channels.push_back(&item);
    }
  }
}

void Reader::read_chip_links(ObjectReader& root) {
  const json::Value* object = read_object(root, "chip_links", errors_, true);
  if (object == nullptr) return;
  description().has_chip_links = true;
  ObjectReader in(errors_, *object, "\"chip_links\" of a machine");
  visit_chip_links(description(), in);
  in.reject_unknown();
}

void Reader::read_host(ObjectReader& root) {
  const json::Value* object = read_object(root, "host", errors_, true);
  if (object == nullptr) return;
  description().has_host = true;
  ObjectReader in(errors_, *object, "\"host\" of a machine");
  visit_host(description(), in);
  const json::Value* item = in.find("port");
  in.reject_unknown();
  Port port;
  if (item == nullptr || description().grid.tiles() == 0) return;
  if (!read_port(*item, "a host's port", errors_, description().grid, port)) return;
  description().host_ports.push_back(port);
  places_.host_ports.push_back(item);
}

/// Whether a value stands there: keys with points between them; networks by name.
bool Reader::leads_somewhere(std::string_view path) const {
  const json::Value* at = path.ends_with('.') ? nullptr : &document_.root;
  while (at != nullptr && !path.empty()) {
    const json::Value* next = nullptr;
    size_t used = 0;
    const auto step = [&](std::string_view key, const json::Value& value) {  // names may hold points
      if (key.size() < used || !path.starts_with(key) || key.empty()) return;
      if (path.size() > key.size() && path[key.size()] != '.') return;
      next = &value;
      used = key.size();
    };
    for (const auto& [key, value] : at->members) step(key, value);
    for (const json::Value& item : at->items)
      if (const json::Value* name = item.find("name"); name != nullptr) step(name->string, item);
    at = next;
    path.remove_prefix(std::min(path.size(), used + 1));
  }
  return at != nullptr;
}

void Reader::read_sources(ObjectReader& root) {
  const json::Value* object = read_object(root, "sources", errors_, true);
  if (object == nullptr) return;
  if (object->members.size() > kMaxSources) {
    errors_.add(Code::machine_range, *object,
                fmt::format("{} sources; there must be at most {}", object->members.size(), kMaxSources));
    return;
  }
  for (const auto& [path, value] : object->members) {
    if (errors_.is_full()) return;
    if (!value.is_string() || value.string.empty())
      errors_.add(Code::json_type, value, fmt::format("the source of {} must be a text", json::quote(path)));
    else if (!leads_somewhere(path))
      errors_.add(Code::machine_shape, value, fmt::format("nothing in this file is called {}", json::quote(path)),
                  {"keys with points between them, as memory.bytes or nodes.tile.core; \"\" is the whole machine"});
    else
      description().sources.emplace(path, value.string);
  }
}

}  // namespace

const json::Value& value_at(const json::Value& value, std::initializer_list<std::string_view> keys) {
  const json::Value* at = &value;
  for (std::string_view key : keys) {
    const json::Value* next = at->find(key);
    if (next == nullptr) break;
    at = next;
  }
  return *at;
}

Result<MachineFile> read_machine_file(const std::string& file, std::string text) {
  PSMC_ASSIGN(const json::Document document, json::parse(file, std::move(text)));
  return Reader(document).read();
}

Result<Machine> read_machine(const std::string& file, std::string text) {
  PSMC_ASSIGN(MachineFile machine, read_machine_file(file, std::move(text)));
  if (machine.unusable.empty()) return machine_of(machine.description);
  for (Diagnostic& d : machine.unusable) d.severity = Severity::error;
  return combined(std::move(machine.unusable));
}

namespace {

/// The text of a preset or file, and what to call it.
Result<std::pair<std::string, std::string>> machine_text(const std::string& name_or_file) {
  if (const std::string_view text = preset_json(name_or_file); !text.empty())
    return std::pair(fmt::format("<preset {}>", name_or_file), std::string(text));
  Result<std::string> text = read_file(name_or_file, size_t{1} << 20);
  if (text) return std::pair(name_or_file, std::move(*text));
  if (text.diagnostic().code == Code::too_large) return text.diagnostic();
  return error(Code::machine_unknown,
               fmt::format("there is no machine preset and no file {}", json::quote(name_or_file)),
               names_there_are(name_or_file, preset_names(), "presets"));
}

}  // namespace

Result<Machine> preset(std::string_view name) {
  const std::string_view text = preset_json(name);
  if (text.empty()) {
    return error(Code::machine_unknown, fmt::format("there is no machine {}", json::quote(name)),
                 names_there_are(name, preset_names(), "presets"));
  }
  return read_machine(fmt::format("<preset {}>", name), std::string(text));
}

Result<Machine> load_machine(const std::string& name_or_file) {
  PSMC_ASSIGN(auto found, machine_text(name_or_file));
  return read_machine(found.first, std::move(found.second));
}

Result<MachineFile> load_machine_file(const std::string& name_or_file) {
  PSMC_ASSIGN(auto found, machine_text(name_or_file));
  return read_machine_file(found.first, std::move(found.second));
}

}  // namespace psmc::arch
