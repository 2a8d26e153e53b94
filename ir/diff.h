// SPDX-License-Identifier: Apache-2.0
// Whether two modules are the same program, and what differs: functions by name, ops by what they compute. Not looked
// at: names of values and constants, places in a source, and the order of ops that do not depend on each other.
#pragma once

#include <string>

#include "ir/module.h"

namespace psmc::ir {

struct DiffOptions {
  std::string first = "first", second = "second";  ///< what to call the modules
  size_t max_ops = 20;                             ///< shown of each side in one function
};

/// Empty if there is no difference; else lines for people, functions in the order of their names. Cost: linear up to
/// the look-up of names. Bytes of constants must be loaded; those that are not are compared by file and entry.
std::string diff_modules(const Module& first, const Module& second, const DiffOptions& options = {});

}  // namespace psmc::ir
