// SPDX-License-Identifier: Apache-2.0
// `--check-each`: after each pass the interpreter runs the module from before and the one from after it on the same
// seeded inputs, edge values included. Passes at graph level are exact, so the results must be the same bits (any NaN
// is any other).
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "ir/pass.h"

namespace psmc::tools {

struct CheckEachOptions {
  uint64_t seed = 1;
  /// Element operations of a run. A module of more is checked on a smaller one with the pass run on it
  /// (tools/validate/shrink.h).
  uint64_t max_steps = uint64_t{1} << 26;
  std::function<void(std::string_view)> note;  ///< receives what could not be checked, and why; null: nobody
};

/// For ir::PipelineOptions::check_each: every entry of `before`, graph or loop level, several times with other symbol
/// values and kinds of numbers. Errors: interp_arguments, which names the function, the result, the element, both
/// values, and in a note the first op that computes something else; or why the module from after the pass cannot be
/// interpreted. What cannot be interpreted before a pass (an index that is out of bounds) is not compared.
ir::PassCheck same_results(CheckEachOptions options = {});

}  // namespace psmc::tools
