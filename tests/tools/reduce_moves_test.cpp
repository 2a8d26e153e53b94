// SPDX-License-Identifier: Apache-2.0
// Each move of `psmc reduce` on a module where it can be seen what it does.
#include "tools/reduce/moves.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "ir/text/parser.h"
#include "ir/text/printer.h"
#include "ir/verify.h"

using namespace psmc;
using namespace psmc::tools;

namespace {

struct Example {
  std::string move, before;
  SiteRange sites;
  std::string after;
};

const std::vector<Example> kExamples = {
    {"drop-functions",
     "func @f() {\n  return\n}\n\nfunc @g() {\n  call @f()\n  return\n}\n\nfunc @h() {\n  return\n}\n",
     {0, 1},
     "func @f() {\n  return\n}\n\nfunc @h() {\n  return\n}\n"},
    {"drop-functions", "func @f() {\n  return\n}\n", {0, 1}, "func @f() {\n  return\n}\n"},
    {"drop-results",
     "func @f(%x: tensor<2xf32>) -> (%a: tensor<2xf32>, %b: tensor<2xf32>) {\n  %y = exp %x\n  return %x, %y\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>) -> (%b: tensor<2xf32>) {\n  %y = exp %x\n  return %y\n}\n"},
    {"drop-arguments",
     "func @f(%x: tensor<2xf32>, %y: tensor<3xf32>) -> tensor<2xf32> {\n  return %x\n}\n\n"
     "func @g(%a: tensor<2xf32>, %b: tensor<3xf32>) -> tensor<2xf32> {\n  %r = call @f(%a, %b)\n  return %r\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  return %x\n}\n\n"
     "func @g(%a: tensor<2xf32>, %b: tensor<3xf32>) -> tensor<2xf32> {\n  %r = call @f(%a)\n  return %r\n}\n"},
    {"forget-states",
     "func @f(%x: tensor<2xf32> state @s) -> tensor<2xf32> state @s {\n  %y = exp %x\n  return %y\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %y = exp %x\n  return %y\n}\n"},
    {"fix-symbols",
     "func @f[n: 2..8](%x: tensor<(n <= 8)xf32>) -> tensor<(n <= 8)xf32> {\n  %y = exp %x\n  return %y\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %y = exp %x\n  return %y\n}\n"},
    {"drop-constants",
     "const @a : tensor<2xf32> = splat[1.0]\nconst @b : tensor<2xf32> = splat[2.0]\n\n"
     "func @f() -> tensor<2xf32> {\n  %0 = constant @b\n  return %0\n}\n",
     {0, 1},
     "const @b : tensor<2xf32> = splat[2.0]\n\nfunc @f() -> tensor<2xf32> {\n  %0 = constant @b\n  return %0\n}\n"},
    {"drop-dead-ops",
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %a = exp %x\n  %b = neg %a\n  return %x\n}\n",
     {0, 2},
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  return %x\n}\n"},
    {"drop-dead-ops",  // the op whose user stays, stays
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %a = exp %x\n  %b = neg %a\n  return %x\n}\n",
     {1, 2},
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %a = exp %x\n  %b = neg %a\n  return %x\n}\n"},
    {"take-first-operand",
     "func @f(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {\n  %a = sub %x, %y\n  %b = exp %a\n"
     "  return %b\n}\n",
     {0, 2},
     "func @f(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {\n  return %x\n}\n"},
    {"take-last-operand",
     "func @f(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {\n  %a = sub %x, %y\n  return %a\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {\n  return %y\n}\n"},
    {"make-arguments",
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %a = exp %x\n  %b = neg %a\n  return %b\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>, %a: tensor<2xf32>) -> tensor<2xf32> {\n  %b = neg %a\n  return %b\n}\n"},
    {"make-constants",
     "func @f(%x: tensor<2xi32>) -> tensor<2xi32> {\n  %a = abs %x\n  %b = neg %a\n  return %b\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xi32>) -> tensor<2xi32> {\n  %0 = constant splat[1] : tensor<2xi32>\n  %b = neg %0\n"
     "  return %b\n}\n"},
    {"extents-to-one",
     "const @w : tensor<4x3xf32> = splat[2.0]\n\nfunc @f(%x: tensor<2x4xf32>) -> tensor<2x3xf32> {\n"
     "  %w = constant @w\n  %y = contract %x, %w {spec = \"mk,kn->mn\"}\n  %z = reshape %y {shape = sym[2, 3]}\n"
     "  return %z\n}\n",
     {0, 2},
     "const @w : tensor<1x1xf32> = dense[2.0]\n\nfunc @f(%x: tensor<2x1xf32>) -> tensor<2x1xf32> {\n"
     "  %w = constant @w\n  %y = contract %x, %w {spec = \"mk,kn->mn\"}\n  %z = reshape %y {shape = sym[2, 1]}\n"
     "  return %z\n}\n"},
    {"extents-to-two",
     "func @f(%x: tensor<8xf32>) -> tensor<8xf32> {\n  return %x\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  return %x\n}\n"},
    {"halve-extents",
     "func @f(%x: tensor<9xf32>) -> tensor<9xf32> {\n  return %x\n}\n",
     {0, 1},
     "func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  return %x\n}\n"},
    {"make-splats",
     "const @w : tensor<3xf32> = dense[2.0, 1.0, 0.0]\n\nfunc @f() {\n  return\n}\n",
     {0, 1},
     "const @w : tensor<3xf32> = splat[2.0]\n\nfunc @f() {\n  return\n}\n"},
    {"drop-attributes",
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %y = exp %x {place.region = 3}\n  return %y\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %y = exp %x\n  return %y\n}\n"},
    {"drop-function-attributes", "func @f() {private = true} {\n  return\n}\n", {0, 1}, "func @f() {\n  return\n}\n"},
    {"drop-names",
     "func @f(%x: tensor<2xf32>) -> (%out: tensor<2xf32>) {\n  %y = exp %x\n  return %y\n}\n",
     {0, 1},
     "func @f(%0: tensor<2xf32>) -> tensor<2xf32> {\n  %1 = exp %0\n  return %1\n}\n"},
    {"drop-places",
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %y = exp %x loc(\"layer 3\")\n  return %y\n}\n",
     {0, 1},
     "func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  %y = exp %x\n  return %y\n}\n"},
};

/// As it prints, whatever the form of results and shapes that a test writes.
std::string canonical(const std::string& text) {
  const Result<ir::Module> module = ir::parse_text("example", text);
  if (!module.ok()) FAIL(module.diagnostic().render() + text);
  return ir::print_module(*module);
}

}  // namespace

SCENARIO("Each move does what it says", "[tools]") {
  for (const Example& example : kExamples) {
    INFO(example.move << "\n" << example.before);
    const ir::Module before = ir::parse_text("example", example.before).value();
    const Move& move = find_move(example.move);
    CHECK(move.count(before) >= example.sites.end);
    const ir::Module after = move.apply(before, example.sites);
    CHECK(ir::verify_status(after).ok());
    CHECK(ir::print_module(after) == canonical(example.after));
    CHECK(ir::print_module(before) == canonical(example.before));
  }
}

SCENARIO("Each move has an example", "[tools]") {
  for (const Move& move : all_moves()) {
    INFO(move.name);
    CHECK(std::any_of(kExamples.begin(), kExamples.end(),
                      [&](const Example& example) { return example.move == move.name; }));
    CHECK(!move.what.empty());
  }
}
