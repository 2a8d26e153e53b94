// SPDX-License-Identifier: Apache-2.0
#include "tools/trace/kanata.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace psmc::tools::trace {

using sim::CycleClass;

namespace {

constexpr std::string_view kIssue = "Is", kFrozen = "Bc";

std::string_view stall_stage(CycleClass c) {
  switch (c) {
    case CycleClass::memory: return "Wm";
    case CycleClass::network: return "Wn";
    case CycleClass::peer: return "Wp";
    case CycleClass::startup: return "Ws";
    default: return "Wx";
  }
}

/// Columns are separated by tabs and commands by line ends: names of ops must hold neither.
std::string in_one_column(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

}  // namespace

Kanata::Kanata(Output& out, const Scope& scope)
    : out_(out), scope_(scope), timing_(scope.image.machine), tiles_(scope.image.machine.tiles()) {
  out_.buffer() += "Kanata\t0004\n";
}

void Kanata::core(const sim::TraceEvent& e) {
  TileState& t = tiles_[e.tile];
  if (e.cycle_class == CycleClass::bank_conflict) return freeze(e);
  end_before(t, e.tile, e.cycle + 1);
  if (!t.pending) attempt(e);
  if (e.issued) return issue(e);
  enter(t, e.tile, e.cycle, stall_stage(e.cycle_class));
}

/// A word appears.
void Kanata::attempt(const sim::TraceEvent& e) {
  TileState& t = tiles_[e.tile];
  Record record{e.cycle, e.tile, Command::start, 0, {}, t.words++, {}};
  const std::string_view location = op_location(scope_.image, e.op);
  record.labels = in_one_column(fmt::format("{}: {}", e.pc, words_.of(e.word))) + "\n" +
                  in_one_column(fmt::format("{}, {}{}{}", tile_name(scope_.image.machine, e.tile),
                                            op_name(scope_.image, e.op), location.empty() ? "" : ", ", location));
  records_.add(std::move(record));
  t.pending = true;
  t.stage = {};
}

/// The last word of the tile enters a stage of lane 0.
void Kanata::enter(TileState& t, uint32_t tile, Cycle cycle, std::string_view stage) {
  if (t.stage == stage) return;
  if (!t.stage.empty()) records_.add({cycle, tile, Command::stage_end, 0, t.stage, t.words - 1, {}});
  records_.add({cycle, tile, Command::stage, 0, stage, t.words - 1, {}});
  t.stage = stage;
}

void Kanata::issue(const sim::TraceEvent& e) {
  TileState& t = tiles_[e.tile];
  const uint64_t word = t.words - 1;
  enter(t, e.tile, e.cycle, kIssue);
  t.pending = false;
  t.ending.push_back({e.cycle + 1, word, 0, kIssue, false});
  Cycle last = e.cycle + 1;
  for (size_t s = 0; e.word != nullptr && s < arch::kSlots; ++s) {
    const arch::OpTiming& timing = timing_.of(e.word->slots[s].op);
    const Cycle end = e.cycle + std::max(timing.latency, timing.occupancy);
    if (e.word->slots[s].op == arch::Opcode::nop || end <= e.cycle + 1) continue;
    const auto lane = static_cast<uint8_t>(s + 1);
    const std::string_view stage = arch::slot_name(static_cast<arch::Slot>(s));
    records_.add({e.cycle, e.tile, Command::stage, lane, stage, word, {}});
    t.ending.push_back({end, word, lane, stage, false});
    last = std::max(last, end);
  }
  t.ending.push_back({last, word, 0, {}, true});
}

/// Everything that has issued stands still; so does the word that is attempted.
void Kanata::freeze(const sim::TraceEvent& e) {
  TileState& t = tiles_[e.tile];
  end_before(t, e.tile, e.cycle);
  for (Ending& ending : t.ending) {
    ending.cycle += e.cycles;
    if (ending.word + 1 != t.words || ending.stage != kIssue) continue;
    records_.add({e.cycle, e.tile, Command::stage_end, 0, kIssue, ending.word, {}});
    records_.add({e.cycle, e.tile, Command::stage, 0, kFrozen, ending.word, {}});
    ending.stage = kFrozen;
  }
  if (t.pending) enter(t, e.tile, e.cycle, kFrozen);
}

/// Tells what ends before `cycle`.
void Kanata::end_before(TileState& t, uint32_t tile, Cycle cycle) {
  const auto later = std::stable_partition(t.ending.begin(), t.ending.end(),
                                           [&](const Ending& ending) { return ending.cycle < cycle; });
  std::stable_sort(t.ending.begin(), later, [](const Ending& a, const Ending& b) { return a.cycle < b.cycle; });
  for (auto e = t.ending.begin(); e != later; ++e)
    records_.add({e->cycle, tile, e->retires ? Command::retire : Command::stage_end, e->lane, e->stage, e->word, {}});
  t.ending.erase(t.ending.begin(), later);
}

void Kanata::told_until(Cycle cycle) {
  for (const uint32_t tile : scope_.tiles) end_before(tiles_[tile], tile, cycle);
  records_.take_until(cycle, [&](const Record& record) { write(record); });
}

/// What is in flight ends here; a word that has not issued is flushed.
void Kanata::end(Cycle cycle) {
  for (const uint32_t tile : scope_.tiles) {
    TileState& t = tiles_[tile];
    for (Ending& ending : t.ending) ending.cycle = std::min(ending.cycle, cycle);
    end_before(t, tile, cycle + 1);
    if (t.pending) records_.add({cycle, tile, Command::retire, 1, {}, t.words - 1, {}});
  }
  told_until(cycle + 1);
  if (first_) out_.buffer() += fmt::format("C=\t{}\n", scope_.from);
}

void Kanata::write(const Record& r) {
  const auto text = std::back_inserter(out_.buffer());
  if (first_ || r.cycle != written_)
    fmt::format_to(text, "{}\t{}\n", first_ ? "C=" : "C", r.cycle - (first_ ? 0 : written_));
  first_ = false;
  written_ = r.cycle;
  const uint64_t key = uint64_t{r.tile} << 40 | r.word;
  if (r.command == Command::start) {
    const uint64_t id = next_id_++;
    ids_[key] = id;
    const size_t line = r.labels.find('\n');
    const std::string_view labels = r.labels;
    fmt::format_to(text, "I\t{0}\t{1}\t{2}\nL\t{0}\t0\t{3}\nL\t{0}\t1\t{4}\n", id, r.word, r.tile,
                   labels.substr(0, line), labels.substr(line + 1));
    return;
  }
  const uint64_t id = ids_[key];
  if (r.command == Command::retire) {
    fmt::format_to(text, "R\t{}\t{}\t{}\n", id, retired_++, r.lane);
    ids_.erase(key);
  } else {
    fmt::format_to(text, "{}\t{}\t{}\t{}\n", r.command == Command::stage ? 'S' : 'E', id, r.lane, r.stage);
  }
  out_.written();
}

}  // namespace psmc::tools::trace
