// SPDX-License-Identifier: Apache-2.0
#include "midend/poly/dependence.h"

#include <algorithm>
#include <optional>

#include "midend/poly/integer_system.h"

namespace psmc::midend::poly {
namespace {

constexpr int64_t kNoBound = int64_t{1} << 60;

/// Iterations i (variables 0..n-1) of one access and i + d (d: variables n..2n-1) of another that touch the same
/// element. Distances instead of second iterations: where both accesses move alike, i cancels out, and the signs that
/// are asked of d are bounds, so that the cost does not grow with the extents.
IntegerSystem meeting(const std::vector<int64_t>& extents, const Access& a, const Access& b) {
  IntegerSystem system;
  for (int64_t extent : extents) system.add_variable(0, extent - 1);
  for (int64_t extent : extents) system.add_variable(-(extent - 1), extent - 1);
  const auto n = static_cast<uint32_t>(extents.size());
  for (uint32_t k = 0; k < n; ++k) system.add_constraint({{k, 1}, {n + k, 1}}, 0, extents[k] - 1);
  if (a.anywhere || b.anywhere) return system;
  for (size_t d = 0; d < a.subscripts.size(); ++d) {
    std::vector<std::pair<uint32_t, int64_t>> terms;
    for (uint32_t k = 0; k < n; ++k) {
      terms.emplace_back(k, a.subscripts[d].coefficients[k]);
      terms.emplace_back(k, -b.subscripts[d].coefficients[k]);
      terms.emplace_back(n + k, -b.subscripts[d].coefficients[k]);
    }
    const int64_t difference = b.subscripts[d].constant - a.subscripts[d].constant;
    system.add_constraint(std::move(terms), difference, difference);
  }
  return system;
}

/// The distance in loop k has the sign.
void require(IntegerSystem& system, size_t loops, size_t k, Sign sign) {
  const auto distance = static_cast<uint32_t>(loops + k);
  if (sign == Sign::less)
    system.add_constraint({{distance, 1}}, 1, kNoBound);
  else if (sign == Sign::equal)
    system.add_constraint({{distance, 1}}, 0, 0);
  else
    system.add_constraint({{distance, 1}}, -kNoBound, -1);
}

bool possible(const IntegerSystem& system) { return system.solve().feasible.value_or(true); }

/// Adds every feasible completion of `prefix` whose first sign that is not equal is '<'.
void refine(const IntegerSystem& system, size_t loops, Direction& prefix, bool carried, std::vector<Direction>& found) {
  if (!possible(system)) return;
  if (prefix.size() == loops) {
    if (carried && std::find(found.begin(), found.end(), prefix) == found.end()) found.push_back(prefix);
    return;
  }
  for (Sign sign : {Sign::less, Sign::equal, Sign::greater}) {
    if (!carried && sign == Sign::greater) continue;
    IntegerSystem next = system;
    require(next, loops, prefix.size(), sign);
    prefix.push_back(sign);
    refine(next, loops, prefix, carried || sign == Sign::less, found);
    prefix.pop_back();
  }
}

bool forward(const Direction& direction) {
  for (Sign sign : direction)
    if (sign != Sign::equal) return sign == Sign::less;
  return true;
}

}  // namespace

std::vector<Direction> dependences(const Nest& nest) {
  std::vector<Direction> found;
  for (const Access& a : nest.accesses)
    for (const Access& b : nest.accesses) {
      if (a.array != b.array || (!a.write && !b.write)) continue;
      Direction prefix;
      refine(meeting(nest.extents, a, b), nest.extents.size(), prefix, false, found);
    }
  return found;
}

bool is_parallel(const std::vector<Direction>& directions, size_t loop) {
  return std::none_of(directions.begin(), directions.end(), [&](const Direction& d) {
    for (size_t k = 0; k < loop; ++k)
      if (d[k] != Sign::equal) return false;  // carried further out
    return d[loop] != Sign::equal;
  });
}

bool may_interchange(const std::vector<Direction>& directions, const std::vector<size_t>& permutation) {
  return std::all_of(directions.begin(), directions.end(), [&](const Direction& d) {
    Direction moved;
    for (size_t old : permutation) moved.push_back(d[old]);
    return forward(moved);
  });
}

bool may_tile(const std::vector<Direction>& directions, size_t first, size_t last) {
  return std::all_of(directions.begin(), directions.end(), [&](const Direction& d) {
    for (size_t k = 0; k < first; ++k)
      if (d[k] == Sign::less) return true;
    for (size_t k = first; k <= last; ++k)
      if (d[k] == Sign::greater) return false;
    return true;
  });
}

bool may_fuse(const Nest& first, const Nest& second) {
  const size_t loops = first.extents.size();
  if (second.extents != first.extents) return false;
  for (const Access& a : first.accesses)
    for (const Access& b : second.accesses) {
      if (a.array != b.array || (!a.write && !b.write)) continue;
      // A conflict whose second iteration comes before the first one after fusion: j before i.
      const IntegerSystem system = meeting(first.extents, a, b);
      for (size_t level = 0; level < loops; ++level) {
        IntegerSystem earlier = system;
        for (size_t k = 0; k < level; ++k) require(earlier, loops, k, Sign::equal);
        require(earlier, loops, level, Sign::greater);
        if (possible(earlier)) return false;
      }
    }
  return true;
}

}  // namespace psmc::midend::poly
