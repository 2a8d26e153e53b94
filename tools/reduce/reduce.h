// SPDX-License-Identifier: Apache-2.0
// The search for a smaller module that is still interesting, whatever that means: `psmc reduce` asks a command.
//
// Each move in turn is tried at all its sites at once, then at halves, quarters ... down to single sites (delta
// debugging: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002; complements are not
// tried, since a site that was kept is tried again at each finer step). What is accepted is smaller, so the search
// ends: after a round of all moves that changed nothing, or at a limit. Cost: about 2n tests for a move with n sites
// that never succeeds, 1 for one that does at once. The same input and answers give the same steps.
#pragma once

#include <compare>
#include <functional>
#include <string>

#include "base/result.h"
#include "ir/module.h"

namespace psmc::tools {

/// What the search makes smaller, the first first.
struct ModuleSize {
  size_t ops = 0;       ///< constants left out
  size_t parts = 0;     ///< functions, arguments, results, states, symbols, constants
  size_t elements = 0;  ///< of all values
  size_t text = 0;      ///< bytes
  auto operator<=>(const ModuleSize&) const = default;
};
ModuleSize size_of(const ir::Module& module);

struct ReduceOptions {
  size_t max_tests = 10000;
  /// Whether the search is to end before the next test.
  std::function<bool()> stop = [] { return false; };
  /// After each test.
  std::function<void(size_t tests, const ModuleSize& smallest)> progress = [](size_t, const ModuleSize&) {};
};

struct Reduced {
  ir::Module module;
  ModuleSize before, after;
  size_t tests = 0;
  bool is_smallest = false;  ///< no move leads further; false if a limit ended the search
};

/// `interesting` is asked about verified modules that are smaller than all that it took before; an error of it ends the
/// search.
Result<Reduced> reduce(const ir::Module& module, const std::function<Result<bool>(ir::Module&)>& interesting,
                       const ReduceOptions& options = {});

}  // namespace psmc::tools
