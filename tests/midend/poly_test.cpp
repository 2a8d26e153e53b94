// SPDX-License-Identifier: Apache-2.0
// Dependence analysis: known nests, and random ones against enumeration of all pairs of iterations.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "midend/poly/dependence.h"
#include "midend/poly/integer_system.h"

using namespace psmc;
using namespace psmc::midend::poly;

namespace {

Access element(uint32_t array, bool write, std::vector<Affine> subscripts) {
  return {array, write, std::move(subscripts), false};
}

/// for i, j: A[i][j] = A[i + di][j + dj]
Nest stencil(int64_t n, int64_t di, int64_t dj) {
  return {{n, n}, {element(0, true, {{{1, 0}, 0}, {{0, 1}, 0}}), element(0, false, {{{1, 0}, di}, {{0, 1}, dj}})}};
}

int64_t value(const Affine& a, const std::vector<int64_t>& at) {
  int64_t sum = a.constant;
  for (size_t k = 0; k < at.size(); ++k) sum += a.coefficients[k] * at[k];
  return sum;
}

std::vector<std::vector<int64_t>> iterations(const Nest& nest) {
  std::vector<std::vector<int64_t>> all = {{}};
  for (int64_t extent : nest.extents) {
    std::vector<std::vector<int64_t>> longer;
    for (const auto& prefix : all)
      for (int64_t i = 0; i < extent; ++i) {
        longer.push_back(prefix);
        longer.back().push_back(i);
      }
    all = std::move(longer);
  }
  return all;
}

bool same_element(const Access& a, const std::vector<int64_t>& i, const Access& b, const std::vector<int64_t>& j) {
  if (a.array != b.array || (!a.write && !b.write)) return false;
  for (size_t d = 0; d < a.subscripts.size(); ++d)
    if (value(a.subscripts[d], i) != value(b.subscripts[d], j)) return false;
  return true;
}

std::set<Direction> enumerate(const Nest& nest) {
  std::set<Direction> found;
  const auto all = iterations(nest);
  for (const auto& i : all)
    for (const auto& j : all) {
      if (!(i < j)) continue;
      for (const Access& a : nest.accesses)
        for (const Access& b : nest.accesses) {
          if (!same_element(a, i, b, j)) continue;
          Direction d;
          for (size_t k = 0; k < i.size(); ++k)
            d.push_back(i[k] < j[k] ? Sign::less : i[k] == j[k] ? Sign::equal : Sign::greater);
          found.insert(d);
        }
    }
  return found;
}

Nest random_nest(Random& random) {
  Nest nest;
  const auto loops = static_cast<size_t>(random.range(1, 3));
  for (size_t k = 0; k < loops; ++k) nest.extents.push_back(random.range(1, 4));
  for (int64_t n = random.range(2, 3); n > 0; --n) {
    Access access{static_cast<uint32_t>(random.below(2)), random.chance(0.5), {}, false};
    for (int d = 0; d < 2; ++d) {
      Affine affine{{}, random.range(-2, 2)};
      for (size_t k = 0; k < loops; ++k) affine.coefficients.push_back(random.range(-2, 2));
      access.subscripts.push_back(std::move(affine));
    }
    nest.accesses.push_back(std::move(access));
  }
  return nest;
}

}  // namespace

SCENARIO("A[i][j] = A[i-1][j+1] may be neither tiled nor interchanged") {
  const auto d = dependences(stencil(8, -1, 1));
  REQUIRE(d == std::vector<Direction>{{Sign::less, Sign::greater}});
  CHECK_FALSE(may_tile(d, 0, 1));
  CHECK_FALSE(may_interchange(d, {1, 0}));
  CHECK_FALSE(is_parallel(d, 0));
  CHECK(is_parallel(d, 1));
}

SCENARIO("A[i][j] = A[i-1][j-1] may be tiled and interchanged") {
  const auto d = dependences(stencil(8, -1, -1));
  REQUIRE(d == std::vector<Direction>{{Sign::less, Sign::less}});
  CHECK(may_tile(d, 0, 1));
  CHECK(may_interchange(d, {1, 0}));
}

SCENARIO("a matrix product carries its dependence on k alone, and all three loops may be tiled") {
  const std::vector<Affine> c = {{{1, 0, 0}, 0}, {{0, 1, 0}, 0}};
  const Nest nest{{6, 6, 6},
                  {element(0, true, c), element(0, false, c), element(1, false, {{{1, 0, 0}, 0}, {{0, 0, 1}, 0}})}};
  const auto d = dependences(nest);
  REQUIRE(d == std::vector<Direction>{{Sign::equal, Sign::equal, Sign::less}});
  CHECK(may_tile(d, 0, 2));
  CHECK(is_parallel(d, 0));
  CHECK(is_parallel(d, 1));
  CHECK_FALSE(is_parallel(d, 2));
}

SCENARIO("a distance beyond the loop is no dependence") { CHECK(dependences(stencil(4, -4, 0)).empty()); }

SCENARIO("bounds that converge one by one do not make the analysis of a long loop long") {
  const int64_t n = int64_t{1} << 40;
  IntegerSystem system;  // x = y, y > x
  const uint32_t x = system.add_variable(0, n), y = system.add_variable(0, n);
  system.add_constraint({{x, 1}, {y, -1}}, 0, 0);
  system.add_constraint({{y, 1}, {x, -1}}, 1, n);
  const IntegerSystem::Answer answer = system.solve();
  CHECK(answer.rounds <= IntegerSystem::kRoundLimit);
  CHECK_FALSE(answer.feasible.has_value());
}

SCENARIO("the directions of long loops are exact") {
  const int64_t n = int64_t{1} << 40;
  CHECK(dependences({{n}, {element(0, true, {{{1}, 0}}), element(0, false, {{{1}, 0}})}}).empty());
  const std::vector<Affine> flat = {{{64, 1}, 0}};  // A[64 i + j], j < 64
  CHECK(dependences({{n, 64}, {element(0, true, flat), element(0, false, flat)}}).empty());
  CHECK(dependences({{n, 65}, {element(0, true, flat)}}) == std::vector<Direction>{{Sign::less, Sign::greater}});
  CHECK(dependences(stencil(n, -n, 0)).empty());
  CHECK(dependences(stencil(n, 1 - n, 0)) == std::vector<Direction>{{Sign::less, Sign::equal}});
}

SCENARIO("sums that may leave 64 bits are not decided") {
  const int64_t n = int64_t{1} << 40;
  for (const int64_t a : {int64_t{1} << 19, int64_t{1} << 30, int64_t{1} << 62}) {
    IntegerSystem system;  // a x = 1
    system.add_constraint({{system.add_variable(0, n), a}}, 1, 1);
    CHECK(system.solve().feasible.has_value() == (a == int64_t{1} << 19));
  }
  IntegerSystem wraps;  // coefficients of one variable add up
  const uint32_t x = wraps.add_variable(0, 1);
  wraps.add_constraint({{x, INT64_MAX}, {x, INT64_MAX}}, 0, 0);
  CHECK_FALSE(wraps.solve().feasible.has_value());
}

SCENARIO("directions of 500 random nests are those of enumeration") {
  Random random(7);
  for (int n = 0; n < 500; ++n) {
    const Nest nest = random_nest(random);
    const auto found = dependences(nest);
    REQUIRE(std::set<Direction>(found.begin(), found.end()) == enumerate(nest));
  }
}

SCENARIO("fusion of 300 random pairs is legal exactly when no conflict would run backwards") {
  Random random(8);
  for (int n = 0; n < 300; ++n) {
    const Nest first = random_nest(random);
    Nest second = random_nest(random);
    second.extents = first.extents;
    for (Access& access : second.accesses)
      for (Affine& affine : access.subscripts) affine.coefficients.resize(first.extents.size(), 1);
    bool legal = true;
    const auto all = iterations(first);
    for (const auto& i : all)
      for (const auto& j : all)
        for (const Access& a : first.accesses)
          for (const Access& b : second.accesses) legal = legal && !(j < i && same_element(a, i, b, j));
    REQUIRE(may_fuse(first, second) == legal);
  }
}
