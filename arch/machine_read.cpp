// SPDX-License-Identifier: Apache-2.0
// Machine files: read_members (known keys only, every number in its range) -> read_channels -> check_shape (what
// several numbers must fulfil together). A file names all values: nothing is inherited from a preset, so that a file
// says everything about the machine it describes.
//
// Up to kMaxErrors errors are told, in the order of the file, but none that only follows from another: of a section
// that is missing no keys, channels only if the grid is known, and check_shape only if everything was read.
#include "arch/machine.h"

#include "arch/machine_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <type_traits>

#include "base/file.h"
#include "base/nearest.h"

namespace psmc::arch {
namespace {

class Reader {
 public:
  explicit Reader(const json::Document& document) : document_(document) {}

  Result<Machine> read() {
    if (!document_.root.is_object())
      return document_.error_at(Code::json_type, document_.root, "a machine is an object");
    tell(read_name());
    tell(read_clock());
    read_members();
    reject_unknown();
    if (!wrong_sections_.contains("grid") && !missing_sections_.contains("memory")) tell(read_channels());
    if (errors_.empty()) check_shape();
    if (errors_.empty()) return machine_;
    const auto place = [](const Diagnostic& d) { return std::pair(d.place.line, d.place.column); };
    std::ranges::stable_sort(errors_, {}, place);
    return combined(std::move(errors_));
  }

 private:
  Status read_name();
  Status read_clock();
  void read_members();
  template <typename Field>
  Status read_member(std::string_view section, std::string_view key, Field& field, uint64_t low, uint64_t high);
  void reject_unknown();
  bool is_full() const { return errors_.size() >= kMaxErrors; }
  Status read_channels();
  Status read_channel(const json::Value& item);
  void check_shape();
  void check_memory_shape();

  /// False if there was an error.
  bool tell(const Status& status) {
    if (!status.ok() && !is_full()) errors_.push_back(status.diagnostic());
    return status.ok();
  }

  /// A number of the document within its range.
  Result<int64_t> number(const json::Value& object, std::string_view key, uint64_t low, uint64_t high);
  void power_of_two(std::string_view section, std::string_view key, uint64_t value);
  void shape_error(std::string_view section, std::string_view key, std::string message);
  const json::Value& at(std::string_view section, std::string_view key) const;

  const json::Document& document_;
  Machine machine_;
  std::map<std::string_view, std::set<std::string_view>> known_;
  std::set<std::string_view> missing_sections_, wrong_sections_;  ///< those with an error
  std::vector<Diagnostic> errors_;
};

Result<int64_t> Reader::number(const json::Value& object, std::string_view key, uint64_t low, uint64_t high) {
  PSMC_ASSIGN(const int64_t value, document_.get_int(object, key, INT64_MIN, INT64_MAX));
  if (value >= static_cast<int64_t>(low) && value <= static_cast<int64_t>(high)) return value;
  return document_.error_at(Code::machine_range, *object.find(key),
                            fmt::format("\"{}\" is {}; it must be from {} to {}", key, value, low, high));
}

Status Reader::read_name() {
  PSMC_ASSIGN(machine_.name, document_.get_string(document_.root, "name"));
  const bool plain = std::all_of(machine_.name.begin(), machine_.name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
  if (machine_.name.empty() || machine_.name.size() > 64 || !plain) {
    return document_.error_at(Code::machine_range, *document_.root.find("name"),
                              "a machine's name has 1 to 64 letters, digits, '-', '_' or '.'");
  }
  return {};
}

Status Reader::read_clock() {
  PSMC_ASSIGN(const int64_t clock, number(document_.root, "clock_mhz", 1, 100000));
  machine_.clock_mhz = static_cast<uint32_t>(clock);
  return {};
}

void Reader::read_members() {
  visit_fields(machine_, [&](std::string_view section, std::string_view key, auto& field, uint64_t low, uint64_t high,
                             std::string_view) {
    known_[section].insert(key);
    if (!missing_sections_.contains(section) && !tell(read_member(section, key, field, low, high)))
      wrong_sections_.insert(section);
  });
  known_["memory"].insert("channels");
}

template <typename Field>
Status Reader::read_member(std::string_view section, std::string_view key, Field& field, uint64_t low, uint64_t high) {
  const json::Value* object = document_.root.find(section);
  if (object == nullptr || !object->is_object()) {
    missing_sections_.insert(section);
    return document_.error_at(Code::json_type, object ? *object : document_.root,
                              fmt::format("a machine needs an object \"{}\"", section));
  }
  if constexpr (std::is_same_v<Field, bool>) {
    PSMC_ASSIGN(field, document_.get_bool(*object, key));
  } else {
    PSMC_ASSIGN(const int64_t value, number(*object, key, low, high));
    field = static_cast<Field>(value);
  }
  return {};
}

void Reader::reject_unknown() {
  for (const auto& [section, value] : document_.root.members) {
    if (is_full()) return;
    if (section == "name" || section == "clock_mhz") continue;
    const auto keys = known_.find(section);
    if (keys == known_.end()) {
      tell(document_.error_at(Code::machine_unknown_key, value,
                              fmt::format("a machine has no {}", json::quote(section))));
      continue;
    }
    for (const auto& [key, member] : value.members) {
      if (is_full()) return;
      if (keys->second.count(key) != 0) continue;
      tell(document_.error_at(Code::machine_unknown_key, member,
                              fmt::format("\"{}\" of a machine has no {}", section, json::quote(key))));
    }
  }
}

Status Reader::read_channels() {
  const json::Value& memory = *document_.root.find("memory");
  const json::Value* channels = memory.find("channels");
  if (channels == nullptr || !channels->is_array()) {
    return document_.error_at(Code::json_type, channels ? *channels : memory, "\"memory\" needs an array \"channels\"");
  }
  if (channels->items.empty() || channels->items.size() > 256) {
    return document_.error_at(Code::machine_range, *channels,
                              fmt::format("{} memory channels; there must be 1 to 256", channels->items.size()));
  }
  for (const json::Value& item : channels->items) tell(read_channel(item));
  return {};
}

Status Reader::read_channel(const json::Value& item) {
  if (!item.is_object()) return document_.error_at(Code::json_type, item, "a channel is an object with x, y and side");
  for (const auto& [key, value] : item.members) {
    if (key == "x" || key == "y" || key == "side") continue;
    return document_.error_at(Code::machine_unknown_key, value, fmt::format("a channel has no {}", json::quote(key)));
  }
  const Grid& grid = machine_.grid;
  Channel channel;
  PSMC_ASSIGN(const int64_t x, number(item, "x", 0, grid.columns - 1));
  PSMC_ASSIGN(const int64_t y, number(item, "y", 0, grid.rows - 1));
  PSMC_ASSIGN(const std::string side, document_.get_string(item, "side"));
  channel.at = {static_cast<uint16_t>(x), static_cast<uint16_t>(y)};
  const bool at_edge[] = {x == 0, x == grid.columns - 1, y == 0, y == grid.rows - 1};
  constexpr std::string_view kSides[] = {"west", "east", "north", "south"};
  const auto found = std::find(std::begin(kSides), std::end(kSides), side);
  if (found == std::end(kSides)) {
    return document_.error_at(Code::machine_range, *item.find("side"), "a side is west, east, north or south");
  }
  channel.side = static_cast<Side>(found - std::begin(kSides));
  if (!at_edge[static_cast<size_t>(channel.side)]) {
    return document_.error_at(Code::machine_shape, item,
                              fmt::format("tile ({}, {}) is not at the {} edge of the grid", x, y, side));
  }
  const auto& all = machine_.memory.channels;
  if (std::find(all.begin(), all.end(), channel) != all.end()) {
    return document_.error_at(Code::machine_shape, item, "two channels at the same side of the same tile");
  }
  machine_.memory.channels.push_back(channel);
  return {};
}

const json::Value& Reader::at(std::string_view section, std::string_view key) const {
  return *document_.root.find(section)->find(key);
}

void Reader::shape_error(std::string_view section, std::string_view key, std::string message) {
  tell(document_.error_at(Code::machine_shape, at(section, key), std::move(message)));
}

void Reader::power_of_two(std::string_view section, std::string_view key, uint64_t value) {
  if (!std::has_single_bit(value))
    shape_error(section, key, fmt::format("\"{}\" is {}; it must be a power of two", key, value));
}

void Reader::check_shape() {
  const Machine& m = machine_;
  power_of_two("scratchpad", "banks", m.scratchpad.banks);
  power_of_two("scratchpad", "port_bytes", m.scratchpad.port_bytes);
  power_of_two("network", "link_bytes", m.network.link_bytes);
  power_of_two("memory", "interleave", m.memory.interleave);
  power_of_two("memory", "burst_bytes", m.memory.burst_bytes);
  power_of_two("memory", "banks", m.memory.banks);
  power_of_two("memory", "row_bytes", m.memory.row_bytes);
  if (m.scratchpad.bytes % (64 * m.scratchpad.banks) != 0) {
    shape_error("scratchpad", "bytes", "the scratchpad must be a whole number of 64-byte lines in each bank");
  }
  if (m.latency.access_stage >= m.latency.of(LatencyClass::load)) {
    shape_error("latency", "access_stage", "a load must reach the scratchpad before its result is there");
  }
  if (m.core.code_bytes % 4096 != 0) shape_error("core", "code_bytes", "code memory must be a multiple of 4096 bytes");
  if (m.dma.request_bytes % 64 != 0) shape_error("dma", "request_bytes", "a request must be whole 64-byte lines");
  check_memory_shape();
  if (m.network.buffer_flits < m.network.packet_flits + 1) {
    shape_error("network", "buffer_flits", "a router's buffer must hold a whole packet and its header");
  }
}

void Reader::check_memory_shape() {
  const Machine& m = machine_;
  const uint64_t stripe = uint64_t{m.memory.interleave} * m.memory.channels.size();
  if (m.memory.bytes % stripe != 0) {
    shape_error("memory", "bytes",
                fmt::format("memory must be a multiple of interleave x channels = {} bytes", stripe));
  }
  if (m.memory.hit_cycles > m.memory.miss_cycles || m.memory.miss_cycles > m.memory.conflict_cycles) {
    shape_error("memory", "hit_cycles", "a row hit must not take longer than a miss, nor a miss than a conflict");
  }
  if (m.memory.refresh_interval != 0 && m.memory.refresh_cycles >= m.memory.refresh_interval) {
    shape_error("memory", "refresh_cycles", "a refresh must be over before the next one begins");
  }
}

}  // namespace

Result<Machine> read_machine(const std::string& file, std::string text) {
  PSMC_ASSIGN(const json::Document document, json::parse(file, std::move(text)));
  return Reader(document).read();
}

Result<Machine> preset(std::string_view name) {
  const std::string_view text = preset_json(name);
  if (text.empty()) {
    return error(Code::machine_unknown, fmt::format("there is no machine {}", json::quote(name)),
                 names_there_are(name, preset_names(), "presets"));
  }
  return read_machine(fmt::format("<preset {}>", name), std::string(text));
}

Result<Machine> load_machine(const std::string& name_or_file) {
  if (!preset_json(name_or_file).empty()) return preset(name_or_file);
  Result<std::string> text = read_file(name_or_file, size_t{1} << 20);
  if (text) return read_machine(name_or_file, std::move(*text));
  if (text.diagnostic().code == Code::too_large) return text.diagnostic();
  return error(Code::machine_unknown,
               fmt::format("there is no machine preset and no file {}", json::quote(name_or_file)),
               names_there_are(name_or_file, preset_names(), "presets"));
}

}  // namespace psmc::arch
