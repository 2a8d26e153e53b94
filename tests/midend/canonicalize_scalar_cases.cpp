// SPDX-License-Identifier: Apache-2.0
// Cases of arithmetic and logic.
#include "tests/midend/canonicalize_cases.h"

namespace psmc::midend {
namespace {

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
      {"sub-add", kIJ, "  %s = add %y, %x\n  %r = sub %s, %y", kInt},
      {"", kXY, "  %s = add %y, %x\n  %r = sub %s, %y", kF},
      {"add-sub", kIJ, "  %s = sub %x, %y\n  %r = add %y, %s", kInt},
      {"", kXY, "  %s = sub %x, %y\n  %r = add %y, %s", kF},
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
      {"neg-mul", kX, "  %c = constant @c\n  %p = mul %x, %c\n  %r = neg %p", kF, f32("0.1")},
      {"", kXY, "  %p = mul %x, %y\n  %r = neg %p", kF},
      {"mul-neg", kX, "  %c = constant @c\n  %n = neg %x\n  %r = mul %c, %n", kF, f32("0.1")},
      {"", kXY, "  %n = neg %x\n  %r = mul %y, %n", kF},
      {"mul-constants", kX, chain("mul"), kF, twice_f32("2", "-4")},
      {"", kX, chain("mul"), kF, twice_f32("2", "0.5")},                                          // 2 x may overflow
      {"", kX, chain("mul"), kF, twice_f32("1.2676506002282294e+30", "1.2676506002282294e+30")},  // so does the product
      {"", kX, chain("mul"), kF, twice_f32("3", "5")},
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
      {"abs-square", kX, "  %n = mul %x, %x\n  %r = abs %n", kF},
      {"", kI, "  %n = mul %x, %x\n  %r = abs %n", kInt},
      {"abs-positive", kX, "  %n = sigmoid %x\n  %r = abs %n", kF},
      {"", kX, "  %n = sqrt %x\n  %r = abs %n", kF},  // of -0 it is -0
      {"floor-whole", kI, "  %n = cast %x {dtype = f32}\n  %r = floor %n", kF},
      {"", "%x: tensor<2x3xbf16>", "  %n = cast %x {dtype = f32}\n  %r = floor %n", kF},
      {"floor-floor", kX, "  %n = floor %x\n  %r = floor %n", kF},
      {"max-self", kX, "  %r = max %x, %x", kF},
      {"min-self", kX, "  %r = min %x, %x", kF},
      {"max-lowest", kX, with("max"), kF, f32("-inf")},
      {"min-highest", kX, with("min"), kF, f32("inf")},
      {"max-max", kIJ, twice, kInt},
      {"min-min", kIJ, "  %s = min %x, %y\n  %r = min %s, %y", kInt},
      {"max-max", kXY, twice, kF},
      {"min-min", kXY, "  %s = min %x, %y\n  %r = min %s, %y", kF},
      {"max-min", kIJ, "  %s = min %x, %y\n  %r = max %s, %x", kInt},
      {"", kXY, "  %s = min %x, %y\n  %r = max %s, %x", kF},
      {"min-max", kIJ, "  %s = max %x, %y\n  %r = min %x, %s", kInt},
      {"", kXY, "  %s = max %x, %y\n  %r = min %x, %s", kF},
      {"max-constants", kX, chain("max"), kF, twice_f32("-1", "0.5")},
      {"max-constants", kI, chain("max"), kInt, two("0", "-1")},
      {"max-constants", kX, chain("max"), kF, twice_f32("0.0", "-0.0")},
      {"min-constants", kX, chain("min"), kF, twice_f32("-1", "nan")},
      {"min-constants", kX, chain("min"), kF, twice_f32("-0.0", "0.0")},
  };
}

std::vector<Case> logic() {
  const std::string known = "  %c = constant @c\n  %d = constant @d\n";
  const std::string truths = boolean("true") + "const @d : tensor<bool> = dense[false]\n";
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
      {"", kX + ", %y: tensor<2x3xf32>", "  %l = le %x, %y\n  %r = not %l", kBool},
      {"", kX, "  %r = ne %x, %x", kBool},
      {"eq-true", kB, with("eq"), kBool, boolean("true")},
      {"eq-false", kB, with("eq"), kBool, boolean("false")},
      {"ne-true", kB, with("ne"), kBool, boolean("true")},
      {"ne-false", kB, with("ne", "%c, %x"), kBool, boolean("false")},
      {"", kI, with("eq"), kBool, i32("1")},
      {"", kI, with("eq"), kBool, i32("0")},
      {"", kI, with("ne"), kBool, i32("1")},
      {"", kI, with("ne"), kBool, i32("0")},
      {"", kI, with("and"), kInt, i32("1")},
      {"and-not", kI, "  %n = not %x\n  %r = and %n, %x", kInt},
      {"or-not", kB, "  %n = not %x\n  %r = or %n, %x", kBool},
      {"or-not-bits", kI, "  %n = not %x\n  %r = or %n, %x", kInt},
      {"and-and", kIJ, "  %n = and %y, %x\n  %r = and %n, %x", kInt},
      {"or-or", kIJ, "  %n = or %y, %x\n  %r = or %n, %x", kInt},
      {"and-or", kIJ, "  %n = or %y, %x\n  %r = and %n, %x", kInt},
      {"or-and", kIJ, "  %n = and %y, %x\n  %r = or %n, %x", kInt},
      {"select-bool", kB, known + "  %r = select %x, %c, %d", kBool, truths},
      {"select-complement", kB, known + "  %r = select %x, %d, %c", kBool, truths},
      {"", kB, known + "  %r = select %x, %c, %d", kInt, two("1", "0")},
      {"", kB, known + "  %r = select %x, %d, %c", kInt, two("1", "0")},
      {"select-then", masks, "  %n = select %c, %x, %y\n  %r = select %c, %n, %y", kF},
      {"select-else", masks, "  %n = select %c, %x, %y\n  %r = select %c, %y, %n", kF},
      {"select-same", masks, "  %r = select %c, %x, %x", kF},
      {"select-true", kXY, "  %c = constant @c\n  %r = select %c, %x, %y", kF, boolean("true")},
      {"select-false", kXY, "  %c = constant @c\n  %r = select %c, %x, %y", kF, boolean("false")},
      {"select-not", masks, "  %n = not %c\n  %r = select %n, %x, %y", kF},
  };
}

}  // namespace

std::vector<Case> scalar_cases() {
  std::vector<Case> all;
  for (auto family : {sums, products, unary_and_extremes, logic})
    for (Case& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace psmc::midend
