// SPDX-License-Identifier: Apache-2.0
#include "ir/pass_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/json.h"

namespace psmc::ir {
namespace {

using Counters = std::map<std::string, int64_t>;

/// By pass, in the order of the first run.
std::vector<std::pair<std::string, Counters>> totals_of(std::span<const PassReport> reports) {
  std::vector<std::pair<std::string, Counters>> totals;
  for (const PassReport& report : reports) {
    auto at = std::find_if(totals.begin(), totals.end(), [&](const auto& total) { return total.first == report.pass; });
    if (at == totals.end()) at = totals.insert(at, {report.pass, {}});
    for (const auto& [what, count] : report.counters) at->second[what] += count;
  }
  return totals;
}

std::string counters_json(const Counters& counters) {
  std::string out;
  for (const auto& [what, count] : counters)
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", json::quote(what), count);
  return "{" + out + "}";
}

}  // namespace

uint32_t count_ops(const Module& module) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    if (!module.func(FuncId(i)).erased) walk(module, module.func(FuncId(i)).body, [&](OpId) { ++count; });
  }
  return count;
}

std::string stats_text(std::span<const PassReport> reports) {
  std::string out = "     count  counter\n";
  for (const auto& [pass, counters] : totals_of(reports))
    for (const auto& [what, count] : counters) out += fmt::format("{:10}  {}: {}\n", count, pass, what);
  return out;
}

std::string stats_json(std::span<const PassReport> reports) {
  std::string runs, totals;
  for (const PassReport& r : reports)
    runs += fmt::format("{}\n    {{\"number\": {}, \"pass\": {}, \"changed\": {}, \"ops\": {}, \"counters\": {}}}",
                        runs.empty() ? "" : ",", r.number, json::quote(r.pass), r.changed, r.ops,
                        counters_json(r.counters));
  for (const auto& [pass, counters] : totals_of(reports))
    totals += fmt::format("{}\n    {}: {}", totals.empty() ? "" : ",", json::quote(pass), counters_json(counters));
  return fmt::format("{{\n  \"version\": 1,\n  \"runs\": [{}\n  ],\n  \"totals\": {{{}\n  }}\n}}\n", runs, totals);
}

}  // namespace psmc::ir
