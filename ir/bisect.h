// SPDX-License-Identifier: Apache-2.0
// The bisect limit: a pass on a function is one run (a pass that looks across functions is one as a whole); runs are
// counted from 1 along the pipeline, and those behind the limit are left out. What one run does does not depend on
// those behind it, so halving the limit finds the run, and with it the function, that makes a result wrong.
#pragma once

#include "ir/pass.h"

namespace psmc::ir {

class Bisect {
 public:
  explicit Bisect(const PipelineOptions& options) : options_(options) {}

  /// Says what of `step` runs, and notes in it the functions that are left alone. False: nothing of it runs.
  bool admits(const Module& module, PassStep& step);

 private:
  /// Counts a run of the pass, on the function called `on` if that is not empty, and says what becomes of it.
  bool admits_run(const PassInfo& pass, std::string_view on);

  const PipelineOptions& options_;
  uint64_t runs_ = 0;
};

}  // namespace psmc::ir
