// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "tools/report/record.h"

namespace psmc::tools {
namespace {

constexpr size_t kShownOps = 5;

std::string classes_text(const EntryRecord& entry) {
  const sim::ClassCounts counts = entry.classes();
  const auto all =
      static_cast<double>(std::max<uint64_t>(1, std::accumulate(counts.begin(), counts.end(), uint64_t{0})));
  std::string out = "cycles of all tiles by class:\n";
  for (size_t c = 0; c < counts.size(); ++c)
    out += fmt::format("  {:<22} {:>6.2f} %\n", sim::cycle_class_name(static_cast<sim::CycleClass>(c)),
                       100.0 * static_cast<double>(counts[c]) / all);
  return out;
}

std::string ops_text(const RunRecord& record, const EntryRecord& entry) {
  std::string out =
      fmt::format("costliest ops of a token (cycles, mean of the tiles):\n  {:<44} {:>10} {:>10} {:>8}  bound by\n", "",
                  "cycles", "waiting", "bound");
  const std::vector<OpCost> costs = record.costs(entry);
  size_t shown = 0;
  for (const OpCost& cost : costs) {
    if (shown == kShownOps) break;
    ++shown;
    const std::string bound = cost.bound.cycles > 0 ? fmt::format("{:.1f}", cost.bound.cycles) : "-";
    out += fmt::format("  {:<44} {:>10.1f} {:>10.1f} {:>8}  {}\n", cost.name, cost.cycles, cost.waiting, bound,
                       cost.bound.cycles > 0 ? cost.bound.binding : "-");
  }
  return out;
}

}  // namespace

std::string summary_text(const RunRecord& record) {
  std::string out = "\n";
  for (const EntryRecord& entry : record.entries())
    if (entry.name != "decode")
      out +=
          fmt::format("{:<14} {} calls, {:.0f} cycles each\n", entry.name, entry.launches.size(), entry.cycles_each());
  for (const EntryRecord& entry : record.entries()) {
    if (entry.name != "decode") continue;
    out +=
        fmt::format("decode         {} tokens, {:.0f} cycles each: {:.0f} tokens/s at {} MHz\n", entry.launches.size(),
                    entry.cycles_each(), record.tokens_per_second(entry), record.image().machine.clock_mhz);
    out += classes_text(entry) + ops_text(record, entry);
    out += fmt::format("RESULT cycles_per_token {:.0f} cycles\nRESULT tokens_per_second {:.0f} tokens/s\n",
                       entry.cycles_each(), record.tokens_per_second(entry));
  }
  return out;
}

}  // namespace psmc::tools
