// SPDX-License-Identifier: Apache-2.0
// Writing in place, when other tiles still read what was there. The simulator traps at a race, so a right number alone
// is not enough to pass.
#include <catch2/catch.hpp>

#include "tests/property/run_functions.h"

using namespace psmc;

SCENARIO("an update in place waits until the sends of what it overwrites have left") {
  CHECK(test::differs(R"(
func @f(%x: tensor<2x4xf32> state @s, %y: tensor<1x4xf32>) -> (%o: tensor<4xf32>, tensor<2x4xf32> state @s) {
  %h = reduce %x {axes = [0], monoid = "sum"}
  %z = update %x, %y {start = [1, 0]}
  return %h, %z
}
)",
                      {.order = {"f", "f", "f"}}) == "");
}

SCENARIO("one state is read before and after updates in two functions") {
  CHECK(test::differs(R"(
func @f(%x: tensor<33x20xf32> state @s, %y: tensor<5x20xf32>) -> (%o: tensor<20xf32>, %q: tensor<33xf32>, tensor<33x20xf32> state @s) {
  %h = reduce %x {axes = [0], monoid = "sum"}
  %z = update %x, %y {start = [7, 0]}
  %i = reduce %z {axes = [1], monoid = "max"}
  %w = update %z, %y {start = [28, 0]}
  return %h, %i, %w
}
func @g[p: 0..20](%x: tensor<33x20xf32> state @s, %y: tensor<13x20xf32>) -> (%o: tensor<20x33xf32>, %q: tensor<33x33xf32>, tensor<33x20xf32> state @s) {
  %t = transpose %x {permutation = [1, 0]}
  %m = contract %x, %t {spec = "mk,kn->mn"}
  %z = update %x, %y {start = sym[p, 0]}
  %u = transpose %z {permutation = [1, 0]}
  return %u, %m, %z
}
)",
                      {.order = {"f", "g", "f", "g", "g"}}) == "");
}
