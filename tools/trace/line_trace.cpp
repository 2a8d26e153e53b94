// SPDX-License-Identifier: Apache-2.0
// A text for terminals (.txt): a line a cycle, a column a tile, in it the word with what it issues or why it does not.
//
//   cycle        tile 0 (0,0)
//   4            12 ld.v.f32 v1,[s1]          issued
//   5            13 .                         issued, empty
//   6-21         14 ~start-up wait #1,1       stalled: the cycle class, the word
//   22           14 !bank conflict            frozen after that word
//   23           -                            halted, or not started
//
// Cycles in which no column changes share a line.
#include "tools/trace/line_trace.h"

#include <fmt/format.h>

namespace psmc::tools::trace {
namespace {

constexpr size_t kColumn = 40;

/// `text` in `width` characters, cut where it is longer.
void put_cell(std::string& line, std::string_view text, size_t width) {
  const bool cut = text.size() > width;
  line += cut ? std::string(text.substr(0, width - 2)) + ".." : std::string(text);
  if (!cut) line.append(width - text.size(), ' ');
}

}  // namespace

LineTrace::LineTrace(Output& out, const Scope& scope) : out_(out), next_(scope.from), cells_(scope.tiles.size()) {
  column_.resize(scope.image.machine.tiles());
  std::string line;
  put_cell(line, "; cycle", kCycleWidth);
  for (size_t i = 0; i < scope.tiles.size(); ++i) {
    column_[scope.tiles[i]] = i;
    put_cell(line, " " + tile_name(scope.image.machine, scope.tiles[i]), kColumn);
  }
  put_line(line);
}

void LineTrace::core(const sim::TraceEvent& e) {
  std::string text = std::to_string(e.pc);
  if (e.issued) {
    const std::string& word = words_.of(e.word);
    text += " " + (word == "nop" ? "." : word);
  } else if (e.cycle_class == sim::CycleClass::bank_conflict) {
    text += " !bank conflict";
  } else {
    text += fmt::format(" ~{} {}", sim::cycle_class_name(e.cycle_class), words_.of(e.word));
  }
  events_.add({e.cycle, static_cast<uint32_t>(column_[e.tile]), e.cycles, std::move(text), e.issued});
}

void LineTrace::told_until(Cycle cycle) {
  // The cells of one cycle are set, then its line is held back until it is known how long it lasts.
  events_.take_until(cycle, [&](Cell& cell) {
    advance(cell.cycle);
    cells_[cell.tile] = std::move(cell);
  });
}

/// Writes the lines of cycles before `cycle`.
void LineTrace::advance(Cycle cycle) {
  while (next_ < cycle) {
    Cycle last = cycle;  // cells hold until the first of them ends
    for (const Cell& c : cells_)
      if (c.cycle + c.cycles > next_) last = std::min(last, c.cycle + c.cycles);
    write_line(next_, last);
    next_ = last;
  }
}

void LineTrace::write_line(Cycle first, Cycle end) {
  std::string line, columns;
  for (const Cell& c : cells_)
    put_cell(columns, " " + (c.cycle + c.cycles > first ? c.text : std::string("-")), kColumn);
  const bool issues =
      std::any_of(cells_.begin(), cells_.end(), [&](const Cell& c) { return c.issued && c.cycle + c.cycles > first; });
  if (!issues && columns == held_ && held_end_ == first) {  // the line before goes on
    held_end_ = end;
    return;
  }
  write_held();
  held_first_ = first;
  held_end_ = end;
  held_ = std::move(columns);
}

void LineTrace::write_held() {
  if (held_end_ == held_first_) return;
  std::string line;
  const Cycle last = held_end_ - 1;
  put_cell(line, held_first_ == last ? std::to_string(last) : fmt::format("{}-{}", held_first_, last), kCycleWidth);
  put_line(line + held_);
}

void LineTrace::put_line(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out_.buffer() += line + "\n";
  out_.written();
}

void LineTrace::end(Cycle cycle) {
  told_until(cycle);
  advance(cycle);
  write_held();
}

}  // namespace psmc::tools::trace
