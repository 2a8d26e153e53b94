// SPDX-License-Identifier: Apache-2.0
// `--check-each`: after each pass the interpreter runs the module from before and the one from after it on the same
// seeded inputs. Passes at graph level are exact, so the results must be the same bits (any NaN is any other).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "ir/interp/interpreter.h"

namespace psmc::tools {

/// For ir::PipelineOptions::check_each: every function of `before`, a few times with other symbol values. What cannot
/// be interpreted before a pass (loops, a step limit) is not compared. Errors: interp_arguments, which names the
/// function, or why the module from after the pass cannot be interpreted.
std::function<Status(const ir::Module& before, const ir::Module& after)> same_results(uint64_t seed = 1);

/// Extents of a type at those symbol values.
std::vector<int64_t> shape_at(const ir::Type& type, const ir::SymbolValues& symbols);

}  // namespace psmc::tools
