// SPDX-License-Identifier: Apache-2.0
// The Onikiri2-Kanata log format, version 4, for pipeline viewers such as Konata: each word is an instruction, each
// tile a thread.
//
// | lane | stage                  | cycles                                                                  |
// |------|------------------------|-------------------------------------------------------------------------|
// | 0    | Wm, Wn, Wp, Ws, Wx     | the word stalls: memory, network, peer, start-up, matrix unit busy      |
// | 0    | Is                     | it issues                                                               |
// | 0    | Bc                     | the core is frozen after it by a bank conflict                          |
// | 1-6  | S, M0, M1, V, X, T     | the slot's instruction until its result may be read, if later than + 1  |
//
// A word retires when the last of its stages ends. While the core is frozen all stages last longer.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "arch/isa.h"
#include "tools/trace/cycle_order.h"
#include "tools/trace/output.h"
#include "tools/trace/scope.h"
#include "tools/trace/word_text.h"

namespace psmc::tools::trace {

class Kanata final : public Sink {
 public:
  Kanata(Output& out, const Scope& scope);
  void core(const sim::TraceEvent& event) override;
  void told_until(Cycle cycle) override;
  void end(Cycle cycle) override;

 private:
  enum class Command : uint8_t { start, stage, stage_end, retire };
  struct Record {
    Cycle cycle = 0;
    uint32_t tile = 0;
    Command command = Command::start;
    uint8_t lane = 0;
    std::string_view stage;
    uint64_t word = 0;   ///< number of the word on its tile
    std::string labels;  ///< start: the L lines without their numbers
  };
  struct Ending {
    Cycle cycle = 0;
    uint64_t word = 0;
    uint8_t lane = 0;
    std::string_view stage;
    bool retires = false;
  };
  struct TileState {
    uint64_t words = 0;          ///< so far; the last one is words - 1
    bool pending = false;        ///< the last one has not issued yet
    std::string_view stage;      ///< of lane 0 of the last one
    std::vector<Ending> ending;  ///< what has issued
  };

  void attempt(const sim::TraceEvent& event);
  void issue(const sim::TraceEvent& event);
  void freeze(const sim::TraceEvent& event);
  void enter(TileState& t, uint32_t tile, Cycle cycle, std::string_view stage);
  void end_before(TileState& t, uint32_t tile, Cycle cycle);
  void write(const Record& record);

  Output& out_;
  const Scope& scope_;
  arch::TimingTable timing_;
  WordText words_;
  CycleOrder<Record> records_;
  std::vector<TileState> tiles_;
  std::unordered_map<uint64_t, uint64_t> ids_;  ///< in the file, by tile and word; looked up, never iterated
  uint64_t next_id_ = 0, retired_ = 0;
  Cycle written_ = 0;
  bool first_ = true;
};

}  // namespace psmc::tools::trace
