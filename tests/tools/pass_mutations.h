// SPDX-License-Identifier: Apache-2.0
// Bugs as passes have them, planted: each makes a valid module that computes something else wherever it applies.
#pragma once

#include <span>
#include <string_view>

#include "ir/module.h"

namespace psmc::test {

struct Mutation {
  std::string_view name;
  bool (*run)(ir::Module&);  ///< whether it changed the module
};
std::span<const Mutation> mutations();

}  // namespace psmc::test
