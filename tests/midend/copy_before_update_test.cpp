// SPDX-License-Identifier: Apache-2.0
// What is copied before an update, and what is not.
#include "tests/midend/in_place_run.h"

namespace psmc::midend {
namespace {

const std::string kArgs = "%k: tensor<4x2xf32> state @k, %x: tensor<1x2xf32>";
const std::string kState = "tensor<4x2xf32> state @k";

/// The number of ops added, after the results have been compared, run in place.
int64_t added(const std::string& args, const std::string& results, const std::string& body) {
  ir::Module module = valid_module("const @zero : tensor<f32> = dense[0.0]\nfunc @f[pos: 0..3](" + args + ") -> (" +
                                   results + ") {\n" + body + "}\n");
  const ir::Module before = ir::clone_module(module);
  const auto reports = run_good(module, "copy-before-update");
  require_same(before, module, 11);
  Random random(3);
  for (int64_t pos = 0; pos < 4; ++pos) {
    const ir::SymbolValues symbols = {{module.find_str("pos"), pos}};
    const auto values = awkward_args(random, module, ir::FuncId(0), symbols);
    const auto wanted = ir::interpret(before, ir::FuncId(0), values, symbols);
    REQUIRE(wanted.ok());
    const auto got = InPlaceRun(module, ir::FuncId(0), symbols).run(values);
    INFO(ir::print_module(module));
    for (size_t i = 0; i < got.size(); ++i) CHECK(same_numbers((*wanted)[i], got[i]));
  }
  return reports[0].counters.at("copies");
}

TEST_CASE("a chain of updates of a state needs nothing", "[copy-before-update]") {
  CHECK(added(kArgs, kState, R"(
  %a = update %k, %x {start = sym[pos, 0]}
  %s = slice %a {size = [1, 2], start = [1, 0]}
  %n = neg %s
  %b = update %a, %n {start = [0, 0]}
  return %b
)") == 0);
}

TEST_CASE("what is read after the update is copied before it, views as far as they go", "[copy-before-update]") {
  CHECK(added(kArgs, kState + ", tensor<4x2xf32>, tensor<1x2xf32>", R"(
  %old = slice %k {size = [1, 2], start = [2, 0]}
  %a = update %k, %x {start = sym[pos, 0]}
  %d = sub %a, %k
  %n = neg %old
  return %a, %d, %n
)") == 2);
}

TEST_CASE("a view made after the update still sees the old value", "[copy-before-update]") {
  CHECK(added(kArgs, kState + ", tensor<2x4xf32>", R"(
  %a = update %k, %x {start = sym[pos, 0]}
  %t = transpose %k {permutation = [1, 0]}
  return %a, %t
)") == 1);
}

TEST_CASE("what is written does not live where it is written", "[copy-before-update]") {
  CHECK(added(kArgs, kState, R"(
  %s = slice %k {size = [3, 2], start = [1, 0]}
  %a = update %k, %s {start = [0, 0]}
  return %a
)") == 1);
}

TEST_CASE("arguments, constants and views are not written to", "[copy-before-update]") {
  CHECK(added("%y: tensor<4x2xf32>, %x: tensor<1x2xf32>", "tensor<4x2xf32>",
              "  %a = update %y, %x {start = sym[pos, 0]}\n  return %a\n") == 1);
  CHECK(added("%x: tensor<1x2xf32>", "tensor<4x2xf32>", R"(
  %z = constant @zero
  %b = broadcast %z {shape = [4, 2]}
  %a = update %b, %x {start = sym[pos, 0]}
  return %a
)") == 1);
  CHECK(added(kArgs, "tensor<4x2xf32>", "  %a = update %k, %x {start = sym[pos, 0]}\n  return %a\n") ==
        1);  // the state is not replaced
  CHECK(added(kArgs, kState + ", tensor<4x2xf32>", "  %a = update %k, %x {start = sym[pos, 0]}\n  return %k, %a\n") ==
        1);
}

TEST_CASE("a state that becomes another value is written over", "[copy-before-update]") {
  CHECK(added(kArgs, kState, "  %n = neg %k\n  return %n\n") == 1);
  // An update that is not the end of the chain, and two states that change places.
  CHECK(added(kArgs, kState + ", tensor<4x2xf32>", R"(
  %a = update %k, %x {start = sym[pos, 0]}
  %b = update %a, %x {start = [0, 0]}
  return %a, %b
)") > 0);
  CHECK(added("%k: tensor<4x2xf32> state @k, %l: tensor<4x2xf32> state @l", kState + ", tensor<4x2xf32> state @l",
              "  return %l, %k\n") == 3);
}

TEST_CASE("a branch of a state is a copy", "[copy-before-update]") {
  CHECK(added(kArgs, kState + ", tensor<4x2xf32>", R"(
  %a = update %k, %x {start = sym[pos, 0]}
  %b = update %k, %x {start = [1, 0]}
  return %b, %a
)") > 0);
}

TEST_CASE("a constant result, and a table of one number", "[copy-before-update]") {
  CHECK(added("%i: tensor<3xi32>", "tensor<f32>, tensor<3xf32>", R"(
  %z = constant @zero
  %t = broadcast %z {shape = [5]}
  %g = gather %t, %i
  return %z, %g
)") == 1);
}

}  // namespace
}  // namespace psmc::midend
