// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/check_each.h"

#include <catch2/catch.hpp>

#include "ir/text/parser.h"

using namespace psmc;
using namespace psmc::tools;

namespace {

Status compared(const std::string& before, const std::string& after) {
  const ir::Module one = ir::parse_text("before", before).value(), two = ir::parse_text("after", after).value();
  return same_results()(one, two);
}

std::string module_of(const std::string& body) {
  return "func @f[n: 1..4](%x: tensor<(n <= 4)xf32>, %y: tensor<4xi32>) -> (tensor<(n <= 4)xf32>) {\n" + body + "}\n";
}

}  // namespace

SCENARIO("A pass that changes results is found", "[tools]") {
  const std::string twice = module_of("  %a = add %x, %x\n  return %a\n");
  CHECK(compared(twice, twice).ok());
  CHECK(compared(twice, module_of("  %c = constant dense[2.0] : tensor<f32>\n  %a = mul %x, %c\n  return %a\n")).ok());
  const Status other = compared(twice, module_of("  %a = abs %x\n  return %a\n"));
  REQUIRE(!other.ok());
  CHECK(other.diagnostic().message == "@f computes other results than before");
}

SCENARIO("A function must not go, and not-a-numbers are equal", "[tools]") {
  const std::string root = module_of("  %a = sqrt %x\n  return %a\n");
  CHECK(compared(root, root).ok());
  CHECK(!compared(root, "func @g(%x: tensor<f32>) -> (tensor<f32>) {\n  return %x\n}\n").ok());
}
