// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#include <catch2/catch.hpp>

using namespace psmc;

SCENARIO("The nearest name is the one with the fewest edits", "[base]") {
  const std::string_view names[] = {"fuse-elementwise", "fold-constants", "cse", "dce", ""};
  CHECK(nearest("fuse-elementwse", names) == "fuse-elementwise");
  CHECK(nearest("fuse-elemetnwise", names) == "fuse-elementwise");
  CHECK(nearest("fold_constant", names) == "fold-constants");
  CHECK(nearest("sce", names) == "cse");  // a swap; "dce" is a replacement: the first wins
  CHECK(nearest("CSE", names) == "cse");
  CHECK(nearest("scheduling", names).empty());
  CHECK(nearest("", {}).empty());
  CHECK(nearest(std::string(100000, 'x'), names).empty());
}

SCENARIO("Notes name what there is", "[base]") {
  const std::string_view names[] = {"psm1", "lab4"};
  CHECK(names_there_are("psn1", names) == std::vector<std::string>{"did you mean `psm1`?", "there are: psm1, lab4"});
  CHECK(names_there_are("grid", names, "machines") == std::vector<std::string>{"machines: psm1, lab4"});
  CHECK(names_there_are("x", {}) == std::vector<std::string>{"there are: none"});
}
