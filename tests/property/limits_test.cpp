// SPDX-License-Identifier: Apache-2.0
// What the compiler says when a program cannot be made for a machine.
#include <catch2/catch.hpp>

#include "ir/text/parser.h"
#include "midend/plan/planner.h"
#include "tools/driver/compile.h"
#include "tools/driver/session.h"

using namespace psmc;

namespace {

ir::Module parsed(const char* text) {
  Result<ir::Module> module = ir::parse_text("test.psm", text);
  REQUIRE(module.ok());
  return std::move(module).value();
}

const char* const kAdd = R"(
func @main(%x: tensor<40x40xf32>) -> (tensor<40x40xf32>) {
  %y = add %x, %x
  return %y
}
)";

Result<arch::Image> compiled(const char* text, const arch::Machine& machine) {
  ir::Module module = parsed(text);
  tools::CompileReport report;
  return tools::compile(module, machine, {}, report);
}

}  // namespace

SCENARIO("a program that is larger than the code memory is refused with its size") {
  arch::Machine machine = *arch::preset("lab4");
  machine.core.code_bytes = 32 * 32;
  const auto image = compiled(kAdd, machine);
  REQUIRE_FALSE(image.ok());
  CHECK(image.diagnostic().code == Code::code_too_large);
}

SCENARIO("a program that is larger than the scratchpads is refused with its largest buffers") {
  arch::Machine machine = *arch::preset("lab4");
  machine.scratchpad.bytes = 16384;
  const auto image = compiled(
      "func @main(%x: tensor<300x300xf32>) -> (tensor<300x300xf32>) {\n  %y = transpose %x {permutation = [1, 0]}\n  "
      "return %y\n}\n",
      machine);
  REQUIRE_FALSE(image.ok());
  CHECK(image.diagnostic().code == Code::scratchpad_full);
  CHECK(image.diagnostic().notes.size() > 2);
}

SCENARIO("a state whose new value is not an update of the old one cannot be planned") {
  const ir::Module module = parsed(R"(
func @main(%s: tensor<8xf32> state @s) -> (tensor<8xf32> state @s) {
  %y = add %s, %s
  return %y
}
)");
  const auto planned = midend::plan_module(module, {"main"}, *arch::preset("lab4"), {});
  REQUIRE_FALSE(planned.ok());
  CHECK(planned.diagnostic().code == Code::state_not_in_place);
}

SCENARIO("an update of a constant that no pass copied cannot be planned") {
  for (const std::string constant : {"splat[0.5]", "dense[1.0, 2.0, 3.0]"}) {
    const std::string text = "func @main(%x: tensor<2xf32>) -> (tensor<3xf32>) {\n  %c = constant " + constant +
                             " : tensor<3xf32>\n  %y = update %c, %x {start = [1]}\n  return %y\n}\n";
    const ir::Module module = parsed(text.c_str());
    const auto planned = midend::plan_module(module, {"main"}, *arch::preset("lab4"), {});
    REQUIRE_FALSE(planned.ok());
    CHECK(planned.diagnostic().code == Code::unsupported_op);
  }
}

SCENARIO("more semaphores than a tile has are refused") {
  arch::Machine machine = *arch::preset("lab4");
  machine.semaphores.count = 3;
  ir::Module module = parsed(
      "func @main(%x: tensor<64x64xf32>) -> (tensor<64xf32>) {\n  %y = reduce %x {axes = [1], keep = false, monoid = "
      "\"sum\"}\n  %z = reduce %x {axes = [0], keep = false, monoid = \"sum\"}\n  %w = add %y, %z\n  %v = reduce %w "
      "{axes = [0], keep = true, monoid = \"sum\"}\n  %u = mul %w, %v\n  return %u\n}\n");
  tools::CompileReport report;
  const auto image = tools::compile(module, machine, {}, report);
  REQUIRE_FALSE(image.ok());
  CHECK(image.diagnostic().code == Code::too_many_events);
}

SCENARIO("an element type that the machine has no arithmetic for is refused") {
  const ir::Module module =
      parsed("func @main(%x: tensor<4xf32>) -> (tensor<4xf32>) {\n  %y = call @relu(%x)\n  return %y\n}\n");
  const auto planned = midend::plan_module(module, {"main"}, *arch::preset("lab4"), {});
  REQUIRE_FALSE(planned.ok());  // composites must be inlined first
  CHECK(planned.diagnostic().code == Code::unsupported_op);
}

SCENARIO("a module without @decode is no language model") {
  const ir::Module module = parsed(kAdd);
  const auto session = tools::interpreter_session(module);
  REQUIRE_FALSE(session.ok());
  CHECK(session.diagnostic().code == Code::not_a_language_model);
}
