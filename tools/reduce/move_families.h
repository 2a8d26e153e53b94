// SPDX-License-Identifier: Apache-2.0
// The families of moves, and how a move is made of a list of sites: count and apply must agree on the list.
#pragma once

#include <vector>

#include "tools/reduce/edit.h"
#include "tools/reduce/moves.h"

namespace psmc::tools {

std::vector<Move> signature_moves();  ///< functions, results, arguments, states, symbols, constants of the table
std::vector<Move> value_moves();      ///< ops that become operands, arguments or constants, or go
std::vector<Move> detail_moves();     ///< extents, attributes, data, names, places

/// `sites(module)` is the list; `make(Edit&, site)` makes the move at one. The sites are those of the module as it is
/// before the first of them is made.
template <auto sites, auto make>
constexpr Move move_of(std::string_view name, std::string_view what) {
  return {name, what, [](const ir::Module& module) { return sites(module).size(); },
          [](const ir::Module& module, SiteRange range) {
            Edit edit(module);
            const auto list = sites(module);
            for (size_t i = range.begin; i < range.end && i < list.size(); ++i) make(edit, list[i]);
            return edit.finish();
          }};
}

}  // namespace psmc::tools
