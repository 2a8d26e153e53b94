// SPDX-License-Identifier: Apache-2.0
#include "tools/driver/check_each.h"

#include <catch2/catch.hpp>

#include "ir/clone.h"
#include "ir/text/parser.h"
#include "ir/text/printer.h"
#include "ir/verify.h"
#include "tests/base/death.h"
#include "tools/validate/shrink.h"

using namespace psmc;
using namespace psmc::tools;

namespace {

Status compared(const std::string& before, const std::string& after) {
  const ir::Module one = ir::parse_text("before", before).value(), two = ir::parse_text("after", after).value();
  return same_results()(one, two, {});
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
  CHECK(other.diagnostic().message.starts_with("@f computes other results than before: result 0 is "));
}

SCENARIO("A function must not go, and not-a-numbers are equal", "[tools]") {
  const std::string root = module_of("  %a = sqrt %x\n  return %a\n");
  CHECK(compared(root, root).ok());
  CHECK(!compared(root, "func @g(%x: tensor<f32>) -> (tensor<f32>) {\n  return %x\n}\n").ok());
}

namespace {

/// A pass that is wrong on purpose: each `sub` takes its operands the other way round.
bool swap_operands(ir::Module& module, ir::PassContext&) {
  bool changed = false;
  for (uint32_t i = 0; i < module.num_ops(); ++i) {
    const ir::OpId op(i);
    if (module.op(op).erased || module.kind(op) != ir::OpKind::sub) continue;
    const ir::ValueId a = module.operand(op, 0), b = module.operand(op, 1);
    module.set_operands(op, std::vector{b, a});
    changed = true;
  }
  return changed;
}
bool leave_alone(ir::Module&, ir::PassContext&) { return false; }

constexpr ir::PassInfo kPasses[] = {
    {"good", "", leave_alone}, {"bad", "", swap_operands}, {"good-too", "", leave_alone}};

constexpr const char* kSmall =
    "func @f(%x: tensor<2x2xf32>, %y: tensor<2x2xf32>) -> (%out: tensor<2x2xf32>) {\n  %d = sub %x, %y\n"
    "  %r = tanh %d\n  return %r\n}\n";

/// A layer that takes minutes in the interpreter; `width` = 64 heads of 64.
constexpr const char* kLarge =
    "func @f[pos: 0..2047](%x: tensor<2048x4096xf32>, %w: tensor<4096x4096xf32>, %s: tensor<2048x4096xf32> state @s) "
    "-> "
    "(tensor<2048x64x64xf32>, tensor<2048x4096xf32> state @s) {\n"
    "  %m = contract %x, %w {spec = \"ij,jk->ik\"}\n  %d = sub %m, %x\n  %h = reshape %d {shape = [2048, 64, 64]}\n"
    "  %row = slice %d {size = [1, 4096], start = [5, 0]}\n  %n = update %s, %row {start = sym[pos, 0]}\n"
    "  return %h, %n\n}\n";

psmc::test::Death death_in(const char* text) {
  return psmc::test::death_of([&] {
    ir::Module module = ir::parse_text("m.psm", text).value();
    ir::PassContext context;
    ir::PipelineOptions options;
    options.check_each = same_results();
    (void)ir::run_pipeline(module, *ir::parse_pipeline("good,bad,good-too", kPasses), options, context);
  });
}

}  // namespace

SCENARIO("The first wrong pass, the op, the element and both values are named", "[tools]") {
  const std::string said = death_in(kSmall).message;
  INFO(said);
  CHECK(said.find("running the pass bad") != std::string::npos);
  CHECK(said.find("@f computes other results than before: result 0 (out) is ") != std::string::npos);
  CHECK(said.find(" at [0, 0], but was ") != std::string::npos);
  CHECK(said.find("(0x") != std::string::npos);
  CHECK(said.find("the first op with another value than before: `%d = sub %y, %x") != std::string::npos);
  CHECK(said.find("m.psm:2:") != std::string::npos);
}

SCENARIO("What is too large to be interpreted is checked on smaller tensors", "[tools]") {
  const ir::Module large = ir::parse_text("m.psm", kLarge).value();
  REQUIRE(ir::verify_status(large).ok());
  const auto small = shrink_extents(large, 1e6);
  REQUIRE(small.has_value());
  CHECK(ir::verify_status(*small).ok());
  CHECK(work_of(*small) <= 1e6);
  INFO(ir::print_module(*small));
  const std::string said = death_in(kLarge).message;
  INFO(said);
  CHECK(said.find("running the pass bad") != std::string::npos);
  CHECK(said.find("found with smaller tensors") != std::string::npos);
}

SCENARIO("Constants are cut with their extents, and run-time bounds with their symbols", "[tools]") {
  std::string zeros = "0.0";
  for (int i = 1; i < 64; ++i) zeros += ", " + std::to_string(i) + ".0";
  const ir::Module module = ir::parse_text("m.psm", "const @c : tensor<64xf32> = dense[" + zeros +
                                                        "]\nfunc @f[n: 1..64](%x: tensor<(n <= 64)x64xf32>) -> "
                                                        "(tensor<(n <= 64)x64xf32>) {\n  %c = constant @c\n"
                                                        "  %a = add %x, %c\n  return %a\n}\n")
                                .value();
  const auto small = shrink_extents(module, 64);
  REQUIRE(small.has_value());
  INFO(ir::print_module(*small));
  CHECK(small->func(ir::FuncId(0)).symbols[0].high < 64);
  CHECK(small->constant(ir::ConstId(0)).bytes().size() < 64 * 4);
  CHECK(same_results()(*small, ir::clone_module(*small), {}).ok());
}

SCENARIO("A function that is too large without a pass to run again is said to be unchecked", "[tools]") {
  const ir::Module large = ir::parse_text("m.psm", kLarge).value();
  std::string said;
  CheckEachOptions options;
  options.note = [&](std::string_view text) { said = text; };
  CHECK(same_results(options)(large, large, {}).ok());
  CHECK(said.find("@f") != std::string::npos);
}
