// SPDX-License-Identifier: Apache-2.0
// `psmc sim`: one entry of a program image on the simulated chip. Needs neither the model nor its IR.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tools/trace/trace.h"

namespace psmc::tools {

struct SimCommand {
  std::string image, entry, output, stats;
  std::vector<std::string> inputs;  ///< name=file.npy, or name=3 for one element
  std::vector<std::string> expect;  ///< the same, of outputs
  double tolerance = 0;             ///< largest difference to what is expected
  uint64_t max_cycles = 4'000'000'000;
  uint32_t repeat = 1;  ///< launches; state stays from one to the next
  bool races = true;
  bool timing_only = false;      ///< no numbers and no outputs; only control inputs are needed
  std::optional<uint64_t> seed;  ///< timing only: of control inputs that are not given
  trace::Request trace;          ///< of the last launch
  std::string checkpoint;        ///< file for the state at `checkpoint_at` of the last launch
  uint64_t checkpoint_at = 0;
  std::string resume;            ///< a checkpoint to go on from, in place of launches and inputs
  std::string diff, diff_entry;  ///< another program, and its entry if it is another one
};

/// Every input of the entry must be given; with `timing_only` those that control depends on, or a seed for them.
/// Outputs go to `output` as .npy files, or are shown in short. Returns the exit status: 3 if an output is not what is
/// expected.
Result<int> simulate(const SimCommand& command);

}  // namespace psmc::tools
