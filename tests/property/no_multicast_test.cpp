// SPDX-License-Identifier: Apache-2.0
// A machine whose network cannot multicast: one message for each receiver.
#include <catch2/catch.hpp>

#include "ir/text/parser.h"
#include "tests/property/run_functions.h"

using namespace psmc;

SCENARIO("without multicast a piece that several tiles need is sent to each of them") {
  for (const char* name : {"psm1", "lab4", "grid3x5"}) {
    INFO(name);
    arch::Machine machine = *arch::load_machine(name);
    machine.network.multicast = false;
    Result<ir::Module> module = ir::parse_text("test.psm", R"(
func @main(%x: tensor<40x48xf32>, %w: tensor<48x64xf32>) -> (tensor<40x40xf32>) {
  %h = contract %x, %w {spec = "mk,kn->mn"}
  %s = tanh %h
  %t = transpose %s {permutation = [1, 0]}
  %y = contract %s, %t {spec = "mk,kn->mn"}
  return %y
}
)");
    REQUIRE(module.ok());
    Random random(2);
    CHECK(test::differs_on(machine, *module, {.order = {"main"}}, random) == "");
  }
}
