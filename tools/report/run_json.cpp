// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/json.h"
#include "tools/report/record.h"
#include "tools/report/stats_json.h"

namespace psmc::tools {
namespace {

template <typename Items, typename Text>
std::string list(const Items& items, Text&& text, std::string_view indent) {
  std::string out = "[";
  bool first = true;
  for (const auto& item : items) {
    out += fmt::format("{}\n{}{}", first ? "" : ",", indent, text(item));
    first = false;
  }
  return out + "]";
}

std::string op_json(const OpCost& cost) {
  const bool known = cost.bound.cycles > 0;
  return fmt::format(
      R"({{"name": {}, "location": {}, "cycles": {:.3f}, "waiting": {:.3f}, "memory": {:.3f}, "bound": {}, "binding": {}}})",
      json::quote(cost.name), json::quote(cost.location), cost.cycles, cost.waiting, cost.memory,
      known ? fmt::format("{:.3f}", cost.bound.cycles) : "null", known ? json::quote(cost.bound.binding) : "null");
}

std::string entry_json(const RunRecord& record, const EntryRecord& entry) {
  std::string out = "{\n";
  const auto add = [&](std::string_view key, const std::string& value) {
    out += fmt::format("      \"{}\": {},\n", key, value);
  };
  add("name", json::quote(entry.name));
  add("launches", fmt::format("[{}]", fmt::join(entry.launches, ", ")));
  add("cycles_each", fmt::format("{:.1f}", entry.cycles_each()));
  add("per_second", fmt::format("{:.1f}", record.tokens_per_second(entry)));
  add("matrix_macs", std::to_string(entry.matrix_macs));
  add("words", std::to_string(entry.words));
  add("instructions", std::to_string(entry.instructions));
  add("link_bytes", std::to_string(entry.link_bytes));
  add("channel_bytes", fmt::format("[{}]", fmt::join(entry.channel_bytes, ", ")));
  add("class_cycles", counts_json(entry.classes()));
  add("ops", list(record.costs(entry), op_json, "        "));
  return out + fmt::format("      \"tiles\": {}\n    }}", list(entry.tiles, counts_json, "        "));
}

}  // namespace

std::string run_json(const RunRecord& record, const std::string& title) {
  const arch::Machine& machine = record.image().machine;
  std::string out = "{\n";
  out += fmt::format("  \"model\": {},\n  \"machine\": {},\n", json::quote(title), json::quote(machine.name));
  out += fmt::format("  \"columns\": {},\n  \"rows\": {},\n  \"clock_mhz\": {},\n", machine.grid.columns,
                     machine.grid.rows, machine.clock_mhz);
  out += fmt::format("  \"classes\": {},\n", class_names_json());
  const auto text = [&](const EntryRecord& entry) { return entry_json(record, entry); };
  return out + fmt::format("  \"entries\": {}\n}}\n", list(record.entries(), text, "    "));
}

}  // namespace psmc::tools
