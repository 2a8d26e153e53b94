// SPDX-License-Identifier: Apache-2.0
#include "tools/report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace psmc::tools {
namespace {

uint64_t total(const sim::ClassCounts& counts) { return std::accumulate(counts.begin(), counts.end(), uint64_t{0}); }

}  // namespace

void RunSummary::add(const sim::RunStats& stats, bool prefill) {
  (prefill ? prefill_cycles_ : cycles_) += stats.cycles;
  ++(prefill ? prefills_ : tokens_);
  if (prefill) return;
  for (const sim::ClassCounts& tile : stats.tiles)
    for (size_t c = 0; c < tile.size(); ++c) classes_[c] += tile[c];
  ops_.resize(std::max(ops_.size(), stats.ops.size()));
  for (size_t op = 0; op < stats.ops.size(); ++op)
    for (size_t c = 0; c < classes_.size(); ++c) ops_[op][c] += stats.ops[op][c];
}

std::string RunSummary::text() const {
  std::string out = "\n";
  const double mhz = image_.machine.clock_mhz;
  if (prefills_ > 0) out += fmt::format("prefill        {} calls, {} cycles each\n", prefills_, prefill_cycles_ / prefills_);
  if (tokens_ == 0) return out;
  const double each = static_cast<double>(cycles_) / static_cast<double>(tokens_);
  out += fmt::format("decode         {} tokens, {:.0f} cycles each: {:.0f} tokens/s at {} MHz\n", tokens_, each, mhz * 1e6 / each, mhz);
  out += "cycles of all tiles by class:\n";
  for (size_t c = 0; c < classes_.size(); ++c)
    out += fmt::format("  {:<22} {:>6.2f} %\n", sim::cycle_class_name(static_cast<sim::CycleClass>(c)),
                       100.0 * static_cast<double>(classes_[c]) / static_cast<double>(std::max<uint64_t>(1, total(classes_))));
  std::vector<size_t> order;
  for (size_t i = 0; i < image_.ops.size() && i < ops_.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return total(ops_[a]) > total(ops_[b]); });
  out += "costliest ops (tile-cycles a token):\n";
  for (size_t i = 0; i < std::min<size_t>(5, order.size()); ++i)
    out += fmt::format("  {:<44} {:>10.0f}\n", image_.ops[order[i]].name,
                       static_cast<double>(total(ops_[order[i]])) / static_cast<double>(tokens_));
  return out;
}

}  // namespace psmc::tools
