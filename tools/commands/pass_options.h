// SPDX-License-Identifier: Apache-2.0
// What all commands that run passes can be asked to show, check and measure: `psmc opt` and `psmc compile`
// (docs/pass-manager.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/trace.h"
#include "ir/pass.h"

namespace psmc::tools {

struct PassOptions {
  ir::DumpOptions dumps;
  bool verify_each = false, check_each = false;
  std::vector<std::string> disabled;
  std::string reproducer;  ///< where the module is written before each pass, with the command that replays it
  std::optional<uint64_t> bisect_limit;
  bool timing = false, stats = false;
  std::string time_trace, stats_json;  ///< files
};

/// `input` makes the module again as it was before the first pass.
ir::PipelineOptions pipeline_options(const PassOptions& options, std::function<Result<ir::Module>()> input = {});

/// Times and counters of one command, shown and written as the options say.
class Measures {
 public:
  Measures(const PassOptions& options, std::string_view command)
      : options_(options), whole_(options.timing || !options.time_trace.empty() ? &trace_ : nullptr, command) {}
  /// Of the whole command.
  const TimeScope* time() const { return &whole_; }
  /// Before anything is done. Errors: cannot_write, bad_option.
  Status check() const;
  /// Ends the time. `more`: lines for --timing. Errors: cannot_write.
  Status finish(std::span<const ir::PassReport> reports, const std::string& more = {});

 private:
  const PassOptions& options_;
  Trace trace_;
  TimeScope whole_;
};

}  // namespace psmc::tools
