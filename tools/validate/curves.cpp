// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "tools/validate/table.h"

namespace psmc::tools {
namespace {

constexpr uint32_t kRuns = 10;
constexpr double kStudent = 2.262;  ///< 97.5 % of Student's t, 9 degrees of freedom
constexpr sim::Cycle kCycles = 45'000, kWarmUp = 4'000, kEnd = 1'000;
constexpr double kOfSaturation = 0.8;
constexpr double kLeastLoad = 1e-3;  ///< below, there are no packets
constexpr double kMaxLatency = 1e9;

/// Columns of the table by their place in what is selected; behind these, a column of each load.
enum Column : size_t { kRouter, kVcs, kBuffer, kTraffic, kFlits, kStable, kFirstLoad };
const std::vector<std::string_view> kColumns = {"router",  "vcs",       "buf",
                                                "traffic", "pkt_flits", "max_stable_rate_tested"};
constexpr std::string_view kLatency = "lat@", kThroughput = "throughput@inj1.0(avg)";

/// The loads of the columns lat@LOAD.
Result<std::vector<double>> loads_of(std::string_view file, const std::vector<std::string_view>& columns) {
  std::vector<double> loads;
  for (const std::string_view column : columns) {
    if (!column.starts_with(kLatency)) continue;
    const std::optional<double> load = parse_real(column.substr(kLatency.size()), kLeastLoad, 1);
    if (!load)
      return file_error(Code::unknown_format, file,
                        fmt::format("the load of the column `{}` is no number from {} to 1", column, kLeastLoad));
    loads.push_back(*load);
  }
  return loads;
}

/// The present row, if it is one of those to be compared.
Result<std::optional<Curve>> curve_of(const Table& table, std::string_view router, const std::vector<double>& loads) {
  std::array<std::string_view, kFlits> texts;
  for (size_t i = 0; i < texts.size(); ++i) {
    PSMC_ASSIGN(texts[i], table.text(i));
  }
  const bool uniform = texts[kTraffic] == "uniform";
  if (texts[kRouter] != router || texts[kVcs] != "4" || texts[kBuffer] != "8" ||
      !(uniform || texts[kTraffic] == "transpose"))
    return std::optional<Curve>();
  Curve c;
  c.pattern = uniform ? sim::Pattern::uniform : sim::Pattern::transpose;
  PSMC_ASSIGN(const uint64_t flits, table.number(kFlits, 1, 255));
  c.flits = static_cast<uint8_t>(flits);
  PSMC_ASSIGN(const double stable, table.real(kStable, 0, 1));
  for (size_t i = 0; i < loads.size(); ++i) {
    if (table.is_empty(kFirstLoad + i)) continue;
    PSMC_ASSIGN(const double latency, table.real(kFirstLoad + i, 1, kMaxLatency));
    if (loads[i] <= kOfSaturation * stable) c.points.push_back({loads[i], latency});
  }
  const size_t throughput = kFirstLoad + loads.size();
  if (table.has(kThroughput) && !table.is_empty(throughput)) {
    PSMC_ASSIGN(c.throughput, table.real(throughput, 0, 1));
  }
  return std::optional<Curve>(std::move(c));
}

}  // namespace

Result<std::vector<Curve>> parse_curves(std::string_view file, std::string_view text, std::string_view router) {
  Table table(file, text);
  std::vector<std::string_view> columns = kColumns;
  for (const std::string_view column : table.columns())
    if (column.starts_with(kLatency)) columns.push_back(column);
  if (table.has(kThroughput)) columns.push_back(kThroughput);
  PSMC_TRY(table.select(columns));
  PSMC_ASSIGN(const std::vector<double> loads, loads_of(file, columns));
  std::vector<Curve> curves;
  while (table.next_row()) {
    PSMC_ASSIGN(std::optional<Curve> curve, curve_of(table, router, loads));
    if (curve) curves.push_back(*std::move(curve));
  }
  if (curves.empty())
    return file_error(Code::unknown_format, file,
                      fmt::format("no row is of {} with 4 VCs of 8 flits, uniform or transpose", router));
  return curves;
}

Estimate latency_at(const sim::NetworkSpec& spec, const Curve& curve, double load) {
  double sum = 0, squares = 0;
  for (uint32_t run = 1; run <= kRuns; ++run) {
    const std::vector<sim::TracePacket> packets =
        sim::random_traffic(spec, curve.pattern, load, curve.flits, kCycles, run);
    const std::vector<sim::Cycle> arrive = sim::replay(spec, packets).arrive;
    uint64_t latencies = 0, count = 0;
    for (size_t i = 0; i < packets.size(); ++i) {
      if (packets[i].create < kWarmUp || packets[i].create >= kCycles - kEnd) continue;
      latencies += arrive[i] - packets[i].create;
      ++count;
    }
    const double mean = static_cast<double>(latencies) / static_cast<double>(std::max<uint64_t>(count, 1));
    sum += mean;
    squares += mean * mean;
  }
  const double mean = sum / kRuns, variance = std::max(0.0, squares - sum * mean) / (kRuns - 1);
  return {mean, kStudent * std::sqrt(variance / kRuns)};
}

double throughput(const sim::NetworkSpec& spec, const Curve& curve) {
  constexpr sim::Cycle kFrom = 5'000, kTo = 15'000;
  const std::vector<sim::TracePacket> packets = sim::random_traffic(spec, curve.pattern, 1, curve.flits, kTo, 1);
  const std::vector<sim::Cycle> arrive = sim::replay(spec, packets, 0).arrive;
  const auto here = std::count_if(arrive.begin(), arrive.end(), [](sim::Cycle at) { return at >= kFrom && at < kTo; });
  return static_cast<double>(here) * curve.flits / (static_cast<double>(kTo - kFrom) * spec.routers());
}

}  // namespace psmc::tools
