// SPDX-License-Identifier: Apache-2.0
// What passes say about their work: counters, summed for people and in full for tools.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "ir/module.h"

namespace psmc::ir {

/// One run of a pass. Later phases of a compilation report in the same form.
struct PassReport {
  std::string pass;
  uint32_t number = 0;  ///< place in the pipeline, from 1; 0: no pass
  bool changed = false;
  uint32_t ops = 0;  ///< in the module after the pass
  std::map<std::string, int64_t> counters;
};

/// In all functions, blocks of ops included.
uint32_t count_ops(const Module& module);

/// A line a counter: its sum over all runs of the pass, passes in the order of their first run.
std::string stats_text(std::span<const PassReport> reports);
/// A JSON object: `runs`, one by one, and `totals` by pass. The same for the same input, on any number of threads.
std::string stats_json(std::span<const PassReport> reports);

}  // namespace psmc::ir
