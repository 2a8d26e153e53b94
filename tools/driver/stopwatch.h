// SPDX-License-Identifier: Apache-2.0
// CPU time of what is not a pass, as rows of the table that --timing prints.
#pragma once

#include <ctime>
#include <string>

#include "ir/pass.h"

namespace psmc::tools {

class Stopwatch {
 public:
  /// The time since the last row, or since the beginning.
  ir::PassReport row(std::string what, const ir::Module& module) {
    const std::clock_t now = std::clock();
    ir::PassReport report;
    report.pass = std::move(what);
    report.milliseconds = 1e3 * static_cast<double>(now - last_) / CLOCKS_PER_SEC;
    report.changed = true;
    report.ops = ir::count_ops(module);
    last_ = std::clock();
    return report;
  }

 private:
  std::clock_t last_ = std::clock();
};

}  // namespace psmc::tools
