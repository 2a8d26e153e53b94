// SPDX-License-Identifier: Apache-2.0
#include "tools/debug/run_diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/debug/show.h"
#include "tools/trace/scope.h"

namespace psmc::tools::debug {
namespace {

constexpr Cycle kWindow = 1024;

/// A word that issued. The word itself lives as long as its chip.
struct Issued {
  Cycle cycle = 0;
  uint32_t pc = 0;
  const arch::Word* word = nullptr;

  bool operator==(const Issued& o) const {
    return cycle == o.cycle && pc == o.pc && (word == nullptr ? o.word == nullptr : o.word && *word == *o.word);
  }
};

/// A run that is compared: what its tiles have issued in this window.
class Follower {
 public:
  explicit Follower(const RunSide& side) : side_(side), issued_(side.image.machine.tiles()) {}

  Status start() {
    sim::Options options;
    options.trace = [this](const sim::TraceEvent& e) {
      if (e.issued && following_) issued_[e.tile].push_back({e.cycle, e.pc, e.word});
    };
    PSMC_ASSIGN(device_, side_.open(std::move(options)));
    return device_->chip().begin(side_.entry);
  }
  sim::Chip& chip() { return device_->chip(); }
  size_t tiles() const { return issued_.size(); }
  const std::vector<Issued>& issued(size_t tile) const {
    static const std::vector<Issued> kNone;
    return tile < issued_.size() ? issued_[tile] : kNone;
  }
  void next_window() {
    for (auto& tile : issued_) tile.clear();
  }
  void finish() {
    following_ = false;
    chip().run_until(sim::kNever);
  }

 private:
  const RunSide& side_;
  std::unique_ptr<Device> device_;
  std::vector<std::vector<Issued>> issued_;  ///< by tile
  bool following_ = true;
};

/// The cycle in which what was issued differs first.
std::optional<Cycle> first_difference(const std::vector<Issued>& a, const std::vector<Issued>& b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() && y == b.end()) return std::nullopt;
  return std::min(x == a.end() ? sim::kNever : x->cycle, y == b.end() ? sim::kNever : y->cycle);
}

void compare_window(const Follower& a, const Follower& b, RunComparison& result) {
  for (uint32_t t = 0; t < result.tiles.size(); ++t) {
    if (result.tiles[t]) continue;
    if (const auto cycle = first_difference(a.issued(t), b.issued(t))) result.tiles[t] = Divergence{t, *cycle};
    if (result.tiles[t] && (!result.first || result.tiles[t]->cycle < result.first->cycle))
      result.first = result.tiles[t];
  }
}

/// The tile's last words until and including the cycle, then what the chip looks like after it.
Result<std::string> context_text(const RunSide& side, const Divergence& d) {
  Breakpoints none(side.image);
  Target target(side.image, side.entry, side.open, none);
  PSMC_TRY(target.start());
  target.run(d.cycle + 1);
  std::string text = fmt::format("{} after cycle {}\n", side.name, d.cycle);
  if (d.tile < side.image.machine.tiles())
    for (const sim::TraceEvent& e : target.recent(d.tile))
      text += fmt::format("  {} cycle {:<7} word {:<5} {:<28} {}\n", e.cycle == d.cycle ? ">" : " ", e.cycle, e.pc,
                          op_text(side.image, e.op), e.word != nullptr ? arch::print(*e.word) : "(code gone)");
  if (target.chip().over()) text += fmt::format("  the run is over after {} cycles\n", target.chip().now());
  const std::string state = where_text(target) + waits_text(target);
  for (size_t at = 0; at < state.size();) {  // indented
    const size_t end = state.find('\n', at) + 1;
    text += "  " + state.substr(at, end - at);
    at = end;
  }
  return text;
}

}  // namespace

Result<RunComparison> find_divergence(const RunPair& runs) {
  Follower a(runs[0]), b(runs[1]);
  PSMC_TRY(a.start());
  PSMC_TRY(b.start());
  RunComparison result;
  result.tiles.resize(std::max(a.tiles(), b.tiles()));
  bool more = true;
  for (Cycle end = kWindow; more; end += kWindow) {
    const bool a_runs = a.chip().run_until(end), b_runs = b.chip().run_until(end);
    compare_window(a, b, result);
    a.next_window();
    b.next_window();
    more =
        (a_runs || b_runs) && std::any_of(result.tiles.begin(), result.tiles.end(), [](const auto& t) { return !t; });
  }
  size_t side = 0;
  for (Follower* f : {&a, &b}) {
    f->finish();
    result.stats[side] = f->chip().stats();
    if (f->chip().trap()) result.traps[side] = f->chip().trap()->diagnostic().message;
    ++side;
  }
  return result;
}

Result<std::string> divergence_text(const RunPair& runs, const Divergence& divergence) {
  PSMC_ASSIGN(const std::string first, context_text(runs[0], divergence));
  PSMC_ASSIGN(const std::string second, context_text(runs[1], divergence));
  return first + second;
}

std::string counters_text(const RunComparison& comparison) {
  const sim::RunStats &a = comparison.stats[0], &b = comparison.stats[1];
  std::string text;
  const auto line = [&](std::string_view name, uint64_t x, uint64_t y) {
    if (x != y) text += fmt::format("{:<24} {:>12} {:>12}\n", name, x, y);
  };
  line("cycles", a.cycles, b.cycles);
  line("words", a.words, b.words);
  line("instructions", a.instructions, b.instructions);
  line("matrix multiply-adds", a.macs, b.macs);
  line("vector instructions", a.vector_ops, b.vector_ops);
  line("DMA bytes in", a.dma_bytes_in, b.dma_bytes_in);
  line("DMA bytes out", a.dma_bytes_out, b.dma_bytes_out);
  for (size_t c = 0; c < sim::kCycleClasses; ++c) {
    uint64_t x = 0, y = 0;
    for (const sim::ClassCounts& tile : a.tiles) x += tile[c];
    for (const sim::ClassCounts& tile : b.tiles) y += tile[c];
    line(fmt::format("cycles: {}", sim::cycle_class_name(static_cast<sim::CycleClass>(c))), x, y);
  }
  for (size_t side = 0; side < 2; ++side)
    if (!comparison.traps[side].empty())
      text += fmt::format("{} run: {}\n", side == 0 ? "first" : "second", comparison.traps[side]);
  return text;
}

}  // namespace psmc::tools::debug
