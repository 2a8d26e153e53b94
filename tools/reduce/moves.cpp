// SPDX-License-Identifier: Apache-2.0
#include "tools/reduce/moves.h"

#include <algorithm>

#include "base/check.h"
#include "tools/reduce/move_families.h"

namespace psmc::tools {

std::span<const Move> all_moves() {
  static const std::vector<Move> kMoves = [] {
    std::vector<Move> moves;
    for (const auto& family : {signature_moves(), value_moves(), detail_moves()})
      moves.insert(moves.end(), family.begin(), family.end());
    return moves;
  }();
  return kMoves;
}

const Move& find_move(std::string_view name) {
  const auto moves = all_moves();
  const auto found = std::find_if(moves.begin(), moves.end(), [&](const Move& move) { return move.name == name; });
  PSMC_CHECK(found != moves.end(), "there is no move of that name");
  return *found;
}

}  // namespace psmc::tools
