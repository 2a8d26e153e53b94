// SPDX-License-Identifier: Apache-2.0
// What the launches of a run measured, added up by entry; what `psmc run` shows at its end, run.json and report.html
// are made from it.
#pragma once

#include <string>
#include <vector>

#include "arch/image.h"
#include "sim/stats.h"
#include "tools/bench/work.h"

namespace psmc::tools {

/// Sums over the launches of one entry.
struct EntryRecord {
  std::string name;
  std::vector<uint64_t> launches;       ///< cycles of each
  std::vector<sim::ClassCounts> tiles;  ///< by tile
  std::vector<sim::ClassCounts> ops;    ///< by debug op, then one for code without op
  std::vector<uint64_t> channel_bytes;  ///< by memory channel
  uint64_t link_bytes = 0, matrix_macs = 0, words = 0, instructions = 0;
  WorkByOp work;  ///< of a launch in the middle of the run; may be empty

  uint64_t cycles() const;  ///< of all launches
  double cycles_each() const;
  sim::ClassCounts classes() const;  ///< of all tiles
};

/// An op's share of an entry: a launch's tile-cycles, spread over all tiles of the machine.
struct OpCost {
  std::string name, location;
  double cycles = 0;
  double waiting = 0;  ///< of them: for memory, network, another tile, or a descriptor to start
  double memory = 0;   ///< cycles of the memory channels for its bytes, which need not be cycles of the op
  Bound bound;         ///< cycles 0 if the op's work is not known
};

class RunRecord {
 public:
  /// The image must outlive the record.
  explicit RunRecord(const arch::Image& image) : image_(image) {}
  void add(const std::string& entry, const sim::RunStats& stats);
  void set_work(const std::string& entry, WorkByOp work);

  const arch::Image& image() const { return image_; }
  const std::vector<EntryRecord>& entries() const { return entries_; }
  /// All ops of an entry, the costliest first.
  std::vector<OpCost> costs(const EntryRecord& entry) const;
  double tokens_per_second(const EntryRecord& entry) const;

 private:
  const arch::Image& image_;
  std::vector<EntryRecord> entries_;
};

/// For the terminal: cycles a launch, classes, the five costliest ops.
std::string summary_text(const RunRecord& record);
/// run.json.
std::string run_json(const RunRecord& record, const std::string& title);
/// report.html: one file that needs nothing else.
std::string report_html(const RunRecord& record, const std::string& title);
/// Whether `path` can be written and says which form it wants; "" is no report. Errors: bad_option, cannot_write.
Status check_report(const std::string& path);
/// Writes report.html if `path` ends so, else run.json; nothing if it is empty.
Status write_report(const std::string& path, const RunRecord& record, const std::string& title);

}  // namespace psmc::tools
