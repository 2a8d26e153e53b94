// SPDX-License-Identifier: Apache-2.0
// Every rule of canonicalize applies where it should, to the same bits, and not where it would change one.
#include <algorithm>
#include <map>
#include <set>

#include "midend/simplify/canonicalize.h"
#include "tests/midend/pass_runs.h"

namespace psmc::midend {
namespace {

struct Case {
  std::string rule;  ///< must apply; empty: none of its kind may
  std::string args;  ///< of the function
  std::string body;  ///< the result is %r
  std::string type;  ///< of the result
  std::string constants = "";
};

std::string module_of(const Case& c) {
  return c.constants + "func @f[n: 1..4](" + c.args + ") -> (" + c.type + ") {\n" + c.body + "\n  return %r\n}\n";
}

std::set<std::string> applied(const Case& c) {
  ir::Module module = valid_module(module_of(c));
  const ir::Module before = ir::clone_module(module);
  const auto reports = run_good(module, "canonicalize");
  require_same(before, module, 7);
  std::set<std::string> names;
  for (const auto& [name, count] : reports[0].counters)
    if (name != "steps") names.insert(name);
  return names;
}

const std::string kX = "%x: tensor<2x3xf32>", kI = "%x: tensor<2x3xi32>", kB = "%x: tensor<2x3xbool>";
const std::string kXY = "%x: tensor<2x3xf32>, %y: tensor<2x3xf32>", kIJ = "%x: tensor<2x3xi32>, %y: tensor<2x3xi32>";
const std::string kF = "tensor<2x3xf32>", kInt = "tensor<2x3xi32>", kBool = "tensor<2x3xbool>";

std::string f32(const std::string& value) { return "const @c : tensor<f32> = dense[" + value + "]\n"; }
std::string i32(const std::string& value) { return "const @c : tensor<i32> = dense[" + value + "]\n"; }
std::string two(const std::string& a, const std::string& b) {
  return i32(a) + "const @d : tensor<i32> = dense[" + b + "]\n";
}
std::string boolean(const std::string& value) { return "const @c : tensor<bool> = dense[" + value + "]\n"; }
/// A body that applies `op` to %x and the constant.
std::string with(const std::string& op, const std::string& order = "%x, %c") {
  return "  %c = constant @c\n  %r = " + op + " " + order;
}

std::vector<Case> sums() {
  return {
      {"add-zero", kI, with("add"), kInt, i32("0")},
      {"add-zero", kX, "  %e = exp %x\n  %c = constant @c\n  %r = add %e, %c", kF, f32("0")},
      {"", kX, with("add"), kF, f32("0")},
      {"add-minus-zero", kX, with("add", "%c, %x"), kF, f32("-0.0")},
      {"sub-zero", kX, with("sub"), kF, f32("0")},
      {"", kX, with("sub"), kF, f32("-0.0")},
      {"zero-sub", kI, with("sub", "%c, %x"), kInt, i32("0")},
      {"", kX, with("sub", "%c, %x"), kF, f32("0")},
      {"minus-zero-sub", kX, with("sub", "%c, %x"), kF, f32("-0.0")},
      {"sub-self", kI, "  %r = sub %x, %x", kInt},
      {"", kX, "  %r = sub %x, %x", kF},
      {"add-neg", kXY, "  %n = neg %y\n  %r = add %n, %x", kF},
      {"sub-neg", kXY, "  %n = neg %y\n  %r = sub %x, %n", kF},
      {"neg-sub", kIJ, "  %n = sub %x, %y\n  %r = neg %n", kInt},
      {"", kXY, "  %n = sub %x, %y\n  %r = neg %n", kF},
      {"add-constants", kI, "  %c = constant @c\n  %d = constant @d\n  %s = add %c, %x\n  %r = add %s, %d", kInt,
       two("2147483647", "9")},
  };
}

std::vector<Case> products() {
  const std::string negs = "  %m = neg %x\n  %n = neg %y\n";
  return {
      {"mul-one", kX, with("mul", "%c, %x"), kF, f32("1")},
      {"mul-zero", kI, with("mul"), kInt, i32("0")},
      {"", kX, with("mul"), kF, f32("0")},
      {"mul-minus-one", kX, with("mul"), kF, f32("-1")},
      {"mul-negs", kXY, negs + "  %r = mul %m, %n", kF},
      {"mul-constants", kI, "  %c = constant @c\n  %d = constant @d\n  %s = mul %c, %x\n  %r = mul %s, %d", kInt,
       two("65537", "65537")},
      {"div-one", kI, with("div"), kInt, i32("1")},
      {"div-minus-one", kI, with("div"), kInt, i32("-1")},
      {"one-div", kX, with("div", "%c, %x"), kF, f32("1")},
      {"", kI, with("div", "%c, %x"), kInt, i32("1")},
      {"div-negs", kXY, negs + "  %r = div %m, %n", kF},
      {"", kIJ, negs + "  %r = div %m, %n", kInt},
      {"div-power-of-two", kX, with("div"), kF, f32("-8")},
      {"div-power-of-two", kX, with("div"), kF, "const @c : tensor<3xf32> = dense[0.25, 0.25, 0.25]\n"},
      {"", kX, with("div"), kF, f32("3")},
      {"", kX, with("div"), kF, f32("0")},
      {"", kX, with("div"), kF, f32("1.7014118346046923e+38")},
  };
}

std::vector<Case> unary_and_extremes() {
  const std::string twice = "  %s = max %x, %y\n  %r = max %s, %x";
  return {
      {"neg-neg", kX, "  %n = neg %x\n  %r = neg %n", kF},
      {"abs-abs", kX, "  %n = abs %x\n  %r = abs %n", kF},
      {"abs-neg", kI, "  %n = neg %x\n  %r = abs %n", kInt},
      {"floor-floor", kX, "  %n = floor %x\n  %r = floor %n", kF},
      {"max-self", kX, "  %r = max %x, %x", kF},
      {"min-self", kX, "  %r = min %x, %x", kF},
      {"max-lowest", kX, with("max"), kF, f32("-inf")},
      {"min-highest", kX, with("min"), kF, f32("inf")},
      {"max-max", kIJ, twice, kInt},
      {"min-min", kIJ, "  %s = min %x, %y\n  %r = min %s, %y", kInt},
      {"", kXY, twice, kF},
  };
}

std::vector<Case> logic() {
  const std::string masks = "%c: tensor<2x3xbool>, " + kXY;
  return {
      {"lt-self", kX, "  %r = lt %x, %x", kBool},
      {"le-self", kI, "  %r = le %x, %x", kBool},
      {"", kX, "  %r = le %x, %x", kBool},
      {"eq-self", kB, "  %r = eq %x, %x", kBool},
      {"", kX, "  %r = eq %x, %x", kBool},
      {"ne-self", kI, "  %r = ne %x, %x", kBool},
      {"not-lt", kIJ, "  %l = lt %x, %y\n  %r = not %l", kBool},
      {"", kXY, "  %l = lt %x, %y\n  %r = not %l", kBool},
      {"not-le", kIJ, "  %l = le %x, %y\n  %r = not %l", kBool},
      {"not-eq", kXY, "  %l = eq %x, %y\n  %r = not %l", kBool},
      {"not-ne", kXY, "  %l = ne %x, %y\n  %r = not %l", kBool},
      {"not-not", kI, "  %l = not %x\n  %r = not %l", kInt},
      {"and-self", kB, "  %r = and %x, %x", kBool},
      {"or-self", kI, "  %r = or %x, %x", kInt},
      {"and-zero", kB, with("and"), kBool, boolean("false")},
      {"or-zero", kI, with("or"), kInt, i32("0")},
      {"and-true", kB, with("and"), kBool, boolean("true")},
      {"or-true", kB, with("or"), kBool, boolean("true")},
      {"", kI, with("or"), kInt, i32("1")},
      {"and-ones", kI, with("and"), kInt, i32("-1")},
      {"or-ones", kI, with("or"), kInt, i32("-1")},
      {"select-same", masks, "  %r = select %c, %x, %x", kF},
      {"select-true", kXY, "  %c = constant @c\n  %r = select %c, %x, %y", kF, boolean("true")},
      {"select-false", kXY, "  %c = constant @c\n  %r = select %c, %x, %y", kF, boolean("false")},
      {"select-not", masks, "  %n = not %c\n  %r = select %n, %x, %y", kF},
  };
}

std::vector<Case> movement() {
  const std::string run_time = "%x: tensor<2x(n <= 4)xf32>";
  return {
      {"same-cast", kX, "  %r = cast %x {dtype = f32}", kF},
      {"same-reshape", kX, "  %r = reshape %x {shape = [2, 3]}", kF},
      {"same-broadcast", kX, "  %r = broadcast %x {shape = [2, 3]}", kF},
      {"same-pad", kX, "  %r = pad %x {high = [0, 0], low = [0, 0]}", kF},
      {"same-slice", kX, "  %r = slice %x {size = [2, 3], start = [0, 0]}", kF},
      {"same-transpose", kX, "  %r = transpose %x {permutation = [0, 1]}", kF},
      {"short-concat", kX, "  %r = concat %x {axis = 0}", kF},
      {"short-concat", kX + ", %e: tensor<0x3xf32>", "  %r = concat %x, %e, %x {axis = 0}", "tensor<4x3xf32>"},
      {"reshape-reshape", kX, "  %a = reshape %x {shape = [3, 2]}\n  %r = reshape %a {shape = [6]}", "tensor<6xf32>"},
      {"", kX, "  %a = reshape %x {shape = [6]}\n  %r = reshape %a {shape = [3, 2]}", "tensor<3x2xf32>"},
      {"transpose-transpose", "%x: tensor<2x3x4xf32>",
       "  %a = transpose %x {permutation = [2, 0, 1]}\n  %r = transpose %a {permutation = [2, 0, 1]}",
       "tensor<3x4x2xf32>"},
      {"slice-slice", "%x: tensor<9x9xf32>",
       "  %a = slice %x {size = [4, 8], start = [1, 1], step = [2, 1]}\n  %r = slice %a {size = [2, 3], start = [1, "
       "0], step = [2, 3]}",
       "tensor<2x3xf32>"},
      {"slice-slice", run_time,
       "  %a = slice %x {size = sym[1, n], start = [1, 0]}\n  %r = slice %a {size = [1, 1], start = sym[0, n - 1]}",
       "tensor<1x1xf32>"},
      {"slice-concat", kXY,
       "  %a = concat %x, %y {axis = 1}\n  %r = slice %a {size = [2, 2], start = [0, 3], step = [1, 2]}",
       "tensor<2x2xf32>"},
      {"", kXY, "  %a = concat %x, %y {axis = 1}\n  %r = slice %a {size = [2, 2], start = [0, 2]}", "tensor<2x2xf32>"},
      {"broadcast-broadcast", "%x: tensor<3xf32>",
       "  %a = broadcast %x {shape = [1, 3]}\n  %r = broadcast %a {shape = [2, 2, 3]}", "tensor<2x2x3xf32>"},
      {"concat-concat", kXY, "  %a = concat %x, %y {axis = 1}\n  %r = concat %y, %a, %x {axis = 1}",
       "tensor<2x12xf32>"},
      {"", kXY, "  %a = concat %x, %y {axis = 1}\n  %r = concat %a, %a {axis = 0}", "tensor<4x6xf32>"},
  };
}

std::string casts(const std::string& first, const std::string& second) {
  return "  %a = cast %x {dtype = " + first + "}\n  %r = cast %a {dtype = " + second + "}";
}

std::vector<Case> conversions() {
  return {
      {"cast-cast", "%x: tensor<3xbf16>", casts("f32", "bf16"), "tensor<3xbf16>"},
      {"cast-cast", "%x: tensor<3xbf16>", casts("f32", "f16"), "tensor<3xf16>"},
      {"cast-cast", "%x: tensor<3xi8>", casts("bf16", "i32"), "tensor<3xi32>"},
      {"cast-cast", "%x: tensor<3xbool>", casts("f32", "i8"), "tensor<3xi8>"},
      {"cast-cast", "%x: tensor<3xf16>", casts("f32", "i8"), "tensor<3xi8>"},
      {"cast-cast", "%x: tensor<3xi8>", casts("i32", "bool"), "tensor<3xbool>"},
      {"", "%x: tensor<3xf32>", casts("bf16", "f32"), "tensor<3xf32>"},
      {"", "%x: tensor<3xf16>", casts("bf16", "f32"), "tensor<3xf32>"},
      {"", "%x: tensor<3xbf16>", casts("f16", "f32"), "tensor<3xf32>"},
      {"", "%x: tensor<3xi32>", casts("f32", "i32"), "tensor<3xi32>"},
      {"", "%x: tensor<3xi32>", casts("f64", "i8"), "tensor<3xi8>"},  // saturates; without the float it would wrap
      {"", "%x: tensor<3xi32>", casts("bool", "i32"), "tensor<3xi32>"},
  };
}

std::vector<Case> reductions() {
  const std::string one = "%x: tensor<2x1xf32>";
  const auto twice = [](const std::string& monoid) {
    return "  %a = reduce %x {axes = [1], keep = true, monoid = \"" + monoid +
           "\"}\n  %r = reduce %a {axes = [0, 1], monoid = \"" + monoid + "\"}";
  };
  return {
      {"same-reduce", one, "  %r = reduce %x {axes = [1], monoid = \"max\"}", "tensor<2xf32>"},
      {"same-reduce", one, "  %r = reduce %x {axes = [1], keep = true, monoid = \"prod\"}", "tensor<2x1xf32>"},
      {"same-reduce", one, "  %e = exp %x\n  %r = reduce %e {axes = [1], monoid = \"sum\"}", "tensor<2xf32>"},
      {"", one, "  %r = reduce %x {axes = [1], monoid = \"sum\"}", "tensor<2xf32>"},
      {"", "%x: tensor<2x(n <= 4)xf32>", "  %r = reduce %x {axes = [1], monoid = \"max\"}", "tensor<2xf32>"},
      {"reduce-reduce", "%x: tensor<2x3x4xf32>", twice("max"), "tensor<4xf32>"},
      {"reduce-reduce", "%x: tensor<2x3xi8>", twice("sum"), "tensor<i8>"},
      {"", "%x: tensor<2x3xf32>", twice("sum"), "tensor<f32>"},
  };
}

std::vector<Case> order() {
  const std::string sum = "  %a = add %x, %y\n", half = "  %c = constant @c\n";
  const std::string parts = "  %a = neg %x\n  %b = exp %y\n  %p = concat %a, %b {axis = 0}\n";
  return {
      {"raise-elementwise", kXY, sum + "  %b = reshape %a {shape = [6]}\n  %r = cast %b {dtype = bf16}",
       "tensor<6xbf16>"},
      {"raise-elementwise", kXY, half + sum + "  %b = transpose %a {permutation = [1, 0]}\n  %r = lt %c, %b",
       "tensor<3x2xbool>", f32("0.5")},
      {"raise-elementwise", kXY, sum + "  %b = reshape %a {shape = [3, 2]}\n  %r = mul %b, %b", "tensor<3x2xf32>"},
      {"raise-elementwise", kXY, parts + "  %q = reshape %p {shape = [3, 4]}\n  %r = cast %q {dtype = i8}",
       "tensor<3x4xi8>"},
      {"reshape-concat", "%x: tensor<4x1x6xf32>, %y: tensor<4x1x6xf32>",
       "  %p = concat %x, %y, %x {axis = 1}\n  %r = reshape %p {shape = [2, 2, 9, 2]}", "tensor<2x2x9x2xf32>"},
      {"", "%x: tensor<4x1x6xf32>, %y: tensor<4x1x6xf32>",  // a part alone would have to be merged
       "  %p = concat %x, %y {axis = 1}\n  %r = reshape %p {shape = [48]}", "tensor<48xf32>"},
      {"", "%x: tensor<4x1x6xf32>, %y: tensor<4x1x6xf32>",  // readers look through this one as it is
       "  %p = concat %x, %y {axis = 1}\n  %r = reshape %p {shape = [2, 2, 2, 6]}", "tensor<2x2x2x6xf32>"},
      {"", kXY, "  %b = reshape %x {shape = [6]}\n  %r = neg %b", "tensor<6xf32>"},  // nothing to join
      {"", kXY, sum + "  %b = reshape %a {shape = [3, 2]}\n  %r = contract %b, %a {spec = \"mk,kn->mn\"}",
       "tensor<3x3xf32>"},
      {"", kXY, sum + "  %b = reshape %a {shape = [6]}\n  %n = neg %b\n  %r = max %n, %b",
       "tensor<6xf32>"},  // read twice
      {"", kXY + ", %z: tensor<6xf32>", sum + "  %b = reshape %a {shape = [6]}\n  %r = sub %b, %z", "tensor<6xf32>"},
  };
}

TEST_CASE("each rule applies where it says, to the same bits", "[canonicalize]") {
  std::set<std::string> seen;
  for (const auto& family :
       {sums(), products(), unary_and_extremes(), logic(), movement(), conversions(), reductions(), order()}) {
    for (const Case& c : family) {
      INFO(c.rule << "\n" << module_of(c));
      const std::set<std::string> names = applied(c);
      if (c.rule.empty())
        CHECK(names.empty());
      else
        CHECK(names.count(c.rule) == 1);
      seen.insert(c.rule);
    }
  }
  for (const ir::Pattern& pattern : canonical_rules()) {
    INFO("a rule without a case: " << pattern.name);
    CHECK(seen.count(pattern.name) == 1);
  }
}

TEST_CASE("a long chain is rewritten in one run of the pass", "[canonicalize]") {
  std::string text = "func @f(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>) {\n";
  std::string last = "%x";
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "%t" + std::to_string(i);
    text += "  " + name + (i % 2 == 0 ? " = neg " : " = transpose ") + last +
            (i % 2 == 0 ? "\n" : " {permutation = [0, 1]}\n");
    last = name;
  }
  const std::string out = after("canonicalize", text + "  return " + last + "\n}\n");
  CHECK(std::count(out.begin(), out.end(), '\n') == 3);
}

}  // namespace
}  // namespace psmc::midend
