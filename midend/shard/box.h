// SPDX-License-Identifier: Apache-2.0
// Boxes: axis-aligned ranges of iteration points or tensor elements. All communication in psmc is intersections of
// boxes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ir/access.h"

namespace psmc::midend {

struct Range {
  int64_t lo = 0;
  int64_t hi = 0;  ///< one past the last
  int64_t size() const { return std::max<int64_t>(0, hi - lo); }
  bool operator==(const Range&) const = default;
};

/// One Range a dimension; a box of rank 0 holds one point unless it is `nothing`.
struct Box {
  std::vector<Range> dims;
  bool nothing = false;

  static Box whole(const std::vector<int64_t>& bounds);
  static Box none() { return {{}, true}; }
  bool empty() const;
  int64_t elements() const;
  bool contains(const Box& other) const;  ///< an empty box is in every box
  bool operator==(const Box& other) const;
};

Box intersect(const Box& a, const Box& b);
/// The smallest box around both.
Box hull(const Box& a, const Box& b);

/// Inclusive values that `expr` can take over the ranges of the function's symbols.
std::pair<int64_t, int64_t> bounds_of(const ir::SymExpr& expr, const std::vector<ir::Symbol>& symbols);

/// The smallest box of elements that `map` touches from the points of `points`, inside a tensor of `bounds`.
/// Symbols take any value of their range; an indirect subscript touches its whole dimension.
Box image(const ir::AccessMap& map, const Box& points, const std::vector<int64_t>& bounds,
          const std::vector<ir::Symbol>& symbols);

}  // namespace psmc::midend
