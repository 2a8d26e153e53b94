// SPDX-License-Identifier: Apache-2.0
// `psmc run`: a language model tells its story, on the simulated chip or in the interpreter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/dtype.h"
#include "base/result.h"
#include "tools/driver/reporting.h"

namespace psmc::tools {

struct RunOptions {
  std::string model, tokenizer, prompt, prompt_ids, arch = "psm1", on = "sim", print = "text", report;
  DType dtype = DType::bf16;
  int64_t tokens = 64;
  double temperature = 0, top_p = 1;
  uint64_t seed = 0, max_cycles = 4'000'000'000;
  int64_t chunk = 16;
  uint32_t columns = 0, rows = 0;
  bool stream_weights = false;
  bool races = true;
  uint64_t max_steps = uint64_t{1} << 34;  ///< of a call in the interpreter
  std::vector<std::string> only_on_sim;    ///< options that were given and mean nothing to the interpreter
  Reporting reporting;
};

/// Returns the exit status.
Result<int> run(const RunOptions& options);

}  // namespace psmc::tools
