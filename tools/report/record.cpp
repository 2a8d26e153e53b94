// SPDX-License-Identifier: Apache-2.0
#include "tools/report/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/file.h"
#include "base/staged_file.h"

namespace psmc::tools {
namespace {

void accumulate(std::vector<sim::ClassCounts>& sums, const std::vector<sim::ClassCounts>& counts) {
  sums.resize(std::max(sums.size(), counts.size()));
  for (size_t i = 0; i < counts.size(); ++i)
    for (size_t c = 0; c < sim::kCycleClasses; ++c) sums[i][c] += counts[i][c];
}

}  // namespace

uint64_t EntryRecord::cycles() const { return std::accumulate(launches.begin(), launches.end(), uint64_t{0}); }

double EntryRecord::cycles_each() const {
  return launches.empty() ? 0 : static_cast<double>(cycles()) / static_cast<double>(launches.size());
}

sim::ClassCounts EntryRecord::classes() const {
  sim::ClassCounts sum{};
  for (const sim::ClassCounts& tile : tiles)
    for (size_t c = 0; c < sim::kCycleClasses; ++c) sum[c] += tile[c];
  return sum;
}

void RunRecord::add(const std::string& name, const sim::RunStats& stats) {
  auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const EntryRecord& e) { return e.name == name; });
  if (entry == entries_.end()) {
    entries_.push_back({});
    entry = entries_.end() - 1;
    entry->name = name;
  }
  entry->launches.push_back(stats.cycles);
  accumulate(entry->tiles, stats.tiles);
  accumulate(entry->ops, stats.ops);
  entry->channel_bytes.resize(std::max(entry->channel_bytes.size(), stats.channels.size()));
  for (size_t i = 0; i < stats.channels.size(); ++i)
    entry->channel_bytes[i] += (stats.channels[i].read_bursts + stats.channels[i].write_bursts) * stats.burst_bytes;
  for (const sim::LinkStats& link : stats.links) entry->link_bytes += link.counters.bytes;
  entry->matrix_macs += stats.macs;
  entry->words += stats.words;
  entry->instructions += stats.instructions;
}

void RunRecord::set_work(const std::string& name, WorkByOp work) {
  for (EntryRecord& entry : entries_)
    if (entry.name == name) entry.work = std::move(work);
}

std::vector<OpCost> RunRecord::costs(const EntryRecord& entry) const {
  std::vector<OpCost> costs;
  const double share = 1.0 / (static_cast<double>(std::max<size_t>(1, entry.launches.size())) * image_.machine.tiles());
  for (size_t i = 0; i < entry.ops.size(); ++i) {
    OpCost cost;
    const bool known = i < image_.ops.size();
    cost.name = known ? image_.ops[i].name : "no op";
    cost.location = known ? image_.ops[i].location : "";
    for (const sim::CycleClass c :
         {sim::CycleClass::memory, sim::CycleClass::network, sim::CycleClass::peer, sim::CycleClass::startup})
      cost.waiting += share * static_cast<double>(entry.ops[i][static_cast<size_t>(c)]);
    cost.cycles = share * static_cast<double>(std::accumulate(entry.ops[i].begin(), entry.ops[i].end(), uint64_t{0}));
    if (const auto work = entry.work.find(cost.name); known && work != entry.work.end()) {
      cost.bound = tile_bound(image_.machine, work->second);
      cost.memory = memory_cycles(image_.machine, work->second);
    }
    if (cost.cycles > 0) costs.push_back(std::move(cost));
  }
  std::stable_sort(costs.begin(), costs.end(), [](const OpCost& a, const OpCost& b) { return a.cycles > b.cycles; });
  return costs;
}

Status check_report(const std::string& path) {
  if (path.empty()) return {};
  if (!path.ends_with(".html") && !path.ends_with(".json"))
    return error(Code::bad_option, fmt::format("'{}' is no name for a report", path),
                 {"it is JSON in a .json file, and a page in a .html file"});
  return check_writable(path);
}

Status write_report(const std::string& path, const RunRecord& record, const std::string& title) {
  if (path.empty()) return {};
  return write_file(path, path.ends_with(".html") ? report_html(record, title) : run_json(record, title));
}

double RunRecord::tokens_per_second(const EntryRecord& entry) const {
  const double each = entry.cycles_each();
  return each == 0 ? 0 : image_.machine.clock_mhz * 1e6 / each;
}

}  // namespace psmc::tools
