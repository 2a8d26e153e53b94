// SPDX-License-Identifier: Apache-2.0
// A launch that is traced to a file (docs/traces.md). The format is that of the file's extension.
#pragma once

#include <memory>
#include <string>

#include "sim/chip.h"
#include "tools/trace/output.h"
#include "tools/trace/scope.h"
#include "tools/trace/sink.h"

namespace psmc::tools::trace {

struct Request {
  std::string file;   ///< .pftrace, .json, .kanata or .txt; empty: no trace
  std::string tiles;  ///< "0,3-5"; empty: all that the entry starts
  Cycle from = 0, to = sim::kNever;
};

class Trace {
 public:
  /// Opens the file. Errors: bad_option (extension, tiles, no cycle between from and to), cannot_write.
  static Result<std::unique_ptr<Trace>> open(const arch::Image& image, size_t entry, const Request& request);

  /// To be called before the chip is opened with these options.
  void listen(sim::Options& options);
  /// Chip::launch with a trace, which is written even if the launch traps. Errors: those of the launch, cannot_write.
  Result<sim::RunStats> launch(sim::Chip& chip);

 private:
  Trace(Scope scope, StreamedFile file) : scope_(std::move(scope)), out_(std::move(file)) {}
  void core(sim::TraceEvent event);
  void transfer(const sim::TransferEvent& event);

  Scope scope_;
  Output out_;
  std::unique_ptr<Sink> sink_;
  bool active_ = false;
};

}  // namespace psmc::tools::trace
