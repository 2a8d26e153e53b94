// SPDX-License-Identifier: Apache-2.0
// A table that is computed from nothing has elements nevertheless when it is gathered from.
#include <catch2/catch.hpp>

#include "tests/property/run_functions.h"

using namespace psmc;

SCENARIO("an index known at run time selects from an iota") {
  CHECK(test::differs(R"(
func @f[p: 0..5](%i: tensor<4xi32>) -> (%a: tensor<f32>, %b: tensor<4x3xi32>, %c: tensor<7xf32>) {
  %t = iota {axis = 0, dtype = f32, shape = [24]}
  %s = symbol {dtype = i32, expr = sym[2 * p + 1]}
  %a = gather %t, %s
  %u = iota {axis = 0, dtype = i32, shape = [9, 3]}
  %b = gather %u, %i
  %d = mul %t, %t
  %c = slice %d {size = [7], start = sym[p]}
  return %a, %b, %c
}
)",
                      {.order = {"f", "f", "f"}}) == "");
}
