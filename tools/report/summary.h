// SPDX-License-Identifier: Apache-2.0
// What a run cost and why: cycles a token, cycles by class, the costliest ops. Shown at the end of `psmc run`.
#pragma once

#include <string>

#include "arch/image.h"
#include "sim/stats.h"

namespace psmc::tools {

class RunSummary {
 public:
  explicit RunSummary(const arch::Image& image) : image_(image) {}
  void add(const sim::RunStats& stats, bool prefill);
  std::string text() const;

 private:
  const arch::Image& image_;
  uint64_t tokens_ = 0, cycles_ = 0, prefill_cycles_ = 0, prefills_ = 0;
  sim::ClassCounts classes_{};
  std::vector<sim::ClassCounts> ops_;
};

}  // namespace psmc::tools
