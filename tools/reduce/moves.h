// SPDX-License-Identifier: Apache-2.0
// The ways in which a module is made simpler. Each has *sites*, numbered in a fixed order; a candidate is the module
// with the move made at a range of them. A site where the move cannot be made is left as it is, so all candidates are
// made without errors; whether they are valid modules is for the verifier to say.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "ir/module.h"

namespace psmc::tools {

struct SiteRange {
  size_t begin = 0, end = 0;
  bool contains(size_t i) const { return i >= begin && i < end; }
};

struct Move {
  std::string_view name, what;
  size_t (*count)(const ir::Module&);
  ir::Module (*apply)(const ir::Module&, SiteRange);
};

/// What removes most comes first.
std::span<const Move> all_moves();
/// By name. Needs: there is one.
const Move& find_move(std::string_view name);

}  // namespace psmc::tools
