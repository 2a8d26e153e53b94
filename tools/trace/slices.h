// SPDX-License-Identifier: Apache-2.0
// Slices on tracks: what formats for timeline viewers are made of.
//
// A track a tile, in the group "cores": a slice for each stretch of cycles that counts for one op, and in it a slice
// for each stretch of one cycle class. The end of an op's slice says how many cycles of each class were in it; stalled
// classes say which word stalls. The durations of a class sum to the run's counters exactly.
//
// Tracks of DMA engines in the group "DMA": a slice a transfer, from the cycle in which it is at the head of its
// engine's queue until its last byte is where it belongs. The next one begins before that, so an engine has as many
// tracks as it had transfers under way at once; the first one that is free is taken.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/trace/output.h"
#include "tools/trace/scope.h"
#include "tools/trace/sink.h"
#include "tools/trace/word_text.h"

namespace psmc::tools::trace {

/// A number, or a text if there is one.
struct Arg {
  std::string_view key;
  uint64_t number = 0;
  std::string_view text = {};
};

enum class Group : uint8_t { cores = 1, dma = 2 };

/// Writes tracks and slices in one format. Calls of one track come in the order of cycles, slices on it nest.
class SliceWriter {
 public:
  virtual ~SliceWriter() = default;
  virtual void track(uint32_t track, Group group, std::string_view name) = 0;
  virtual void begin(uint32_t track, Cycle cycle, std::string_view name, std::span<const Arg> args) = 0;
  /// Of the innermost open slice; `name` is its name.
  virtual void end(uint32_t track, Cycle cycle, std::string_view name, std::span<const Arg> args) = 0;
  virtual void finish() = 0;
};

std::unique_ptr<SliceWriter> make_perfetto_writer(Output& out, const Scope& scope);
std::unique_ptr<SliceWriter> make_chrome_writer(Output& out, const Scope& scope);

/// Makes slices of events.
class SliceSink final : public Sink {
 public:
  SliceSink(const Scope& scope, std::unique_ptr<SliceWriter> writer);
  void core(const sim::TraceEvent& event) override;
  void transfer(const sim::TransferEvent& event) override;
  void told_until(Cycle) override {}
  void end(Cycle cycle) override;

 private:
  struct CoreTrack {
    uint32_t track = 0;
    bool open = false;
    uint32_t op = 0;
    sim::CycleClass cycle_class = sim::CycleClass::exposed;
    uint32_t pc = 0;  ///< of the word that stalls
    bool stalled = false;
    Cycle next = 0;  ///< the first cycle that has not been told
    sim::ClassCounts classes{};
  };
  struct Lane {
    uint32_t track = 0;
    Cycle free_from = 0;
  };
  struct OpenTransfer {
    Lane* lane = nullptr;
    arch::Descriptor descriptor;
    uint32_t pc = 0, op = 0;
    Cycle queued = 0, left = 0;
    bool shown = false;  ///< its slice has begun
  };

  void open_class(CoreTrack& t, const sim::TraceEvent& e);
  void close_class(CoreTrack& t);
  void open_op(CoreTrack& t, const sim::TraceEvent& e);
  void close_op(CoreTrack& t);
  void begin_transfer(const sim::TransferEvent& event);
  void show(OpenTransfer& transfer, Cycle cycle);
  void end_transfer(uint32_t tag, Cycle cycle, bool complete);
  Lane& free_lane(const sim::Transfer& transfer, Cycle cycle);

  const Scope& scope_;
  std::unique_ptr<SliceWriter> writer_;
  WordText words_;
  std::vector<CoreTrack> cores_;  ///< by tile
  uint32_t tracks_ = 0;
  std::map<std::pair<uint32_t, uint32_t>, std::vector<std::unique_ptr<Lane>>> lanes_;  ///< by tile and engine
  std::map<uint32_t, Cycle> queued_;                                                   ///< by tag
  std::map<uint32_t, OpenTransfer> transfers_;                                         ///< by tag
};

}  // namespace psmc::tools::trace
