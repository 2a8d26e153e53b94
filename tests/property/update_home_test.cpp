// SPDX-License-Identifier: Apache-2.0
// Updates of values that are no states: they live wherever their maker left them.
#include <catch2/catch.hpp>

#include "tests/property/run_functions.h"

using namespace psmc;

namespace {

/// A function of %x, %y and a symbol p.
std::string differs(const std::string& result, const std::string& body) {
  return test::differs("func @f[p: 0..9](%x: tensor<37x20xf32>, %y: tensor<5x11xf32>, %v: tensor<1x20xf32>) -> (%o: " +
                           result + ") {\n" + body + "  return %o\n}\n",
                       {.order = {"f", "f"}});
}

}  // namespace

SCENARIO("an argument may be updated") {
  CHECK(differs("tensor<37x20xf32>", "%o = update %x, %y {start = [30, 9]}\n") == "");
  CHECK(differs("tensor<37x20xf32>", "%o = update %x, %y {start = sym[p, 2]}\n") == "");
  CHECK(differs("tensor<37x20xf32>", "%o = update %x, %y {start = sym[p + 3, p]}\n") == "");
}

SCENARIO("a computed value may be updated, its old elements read before and after") {
  CHECK(differs("tensor<37x20xf32>", R"(
  %a = exp %x
  %s = reduce %a {axes = [0], keep = true, monoid = "sum"}
  %b = update %a, %y {start = [3, 4]}
  %c = update %b, %v {start = sym[p, 0]}
  %d = add %c, %s
  %o = mul %d, %a
)") == "");
  CHECK(differs("tensor<20x20xf32>", R"(
  %a = tanh %x
  %t = transpose %a {permutation = [1, 0]}
  %c = contract %t, %a {spec = "mk,kn->mn"}
  %b = update %c, %y {start = sym[p, p]}
  %o = contract %b, %c {spec = "mk,kn->mn"}
)") == "");
}

SCENARIO("an update may write into the result of any op") {
  const std::pair<const char*, const char*> bases[] = {{"20x20", "slice %x {size = [20, 20], start = [7, 0]}"},
                                                       {"6x20", "concat %v, %v, %v, %v, %v, %v {axis = 0}"},
                                                       {"16x21", "pad %v {high = [12, 0], low = [3, 1], value = 0.5}"},
                                                       {"8x20", "broadcast %v {shape = [8, 20]}"},
                                                       {"30x30", "constant splat[0.5] : tensor<30x30xf32>"},
                                                       {"74x10", "reshape %x {shape = [74, 10]}"}};
  for (const auto& [size, base] : bases) {
    INFO(base);
    CHECK(differs(std::string("tensor<") + size + "xf32>", std::string("  %a = ") + base + R"(
  %w = slice %y {size = [1, 3], start = [2, 2]}
  %b = update %a, %w {start = [2, 6]}
  %o = update %b, %w {start = sym[3, 1]}
)") == "");
  }
}
