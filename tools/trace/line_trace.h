// SPDX-License-Identifier: Apache-2.0
// The text trace; line_trace.cpp shows what it looks like.
#pragma once

#include <string>
#include <vector>

#include "tools/trace/cycle_order.h"
#include "tools/trace/output.h"
#include "tools/trace/scope.h"
#include "tools/trace/word_text.h"

namespace psmc::tools::trace {

class LineTrace final : public Sink {
 public:
  LineTrace(Output& out, const Scope& scope);
  void core(const sim::TraceEvent& event) override;
  void told_until(Cycle cycle) override;
  void end(Cycle cycle) override;

 private:
  static constexpr size_t kCycleWidth = 16;
  /// What a column shows during [cycle, cycle + cycles).
  struct Cell {
    Cycle cycle = 0;
    uint32_t tile = 0;  ///< number of the column
    uint64_t cycles = 0;
    std::string text;
    bool issued = false;
  };

  void advance(Cycle cycle);
  void write_line(Cycle first, Cycle end);
  void write_held();
  void put_line(std::string line);

  Output& out_;
  WordText words_;
  CycleOrder<Cell> events_;
  std::vector<size_t> column_;  ///< by tile
  Cycle next_ = 0;              ///< the first cycle without a line
  std::vector<Cell> cells_;     ///< by column, the last one that has begun
  std::string held_;            ///< the columns of a line that may go on
  Cycle held_first_ = 0, held_end_ = 0;
};

}  // namespace psmc::tools::trace
