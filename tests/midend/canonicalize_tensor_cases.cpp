// SPDX-License-Identifier: Apache-2.0
// Cases of movement, of what reads through it, and of reductions.
#include "tests/midend/canonicalize_cases.h"

namespace psmc::midend {
namespace {

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

std::vector<Case> more_movement() {
  const std::string one = "%x: tensor<f32>", row = "%x: tensor<3xf32>";
  const std::string stretched = "  %a = broadcast %x {shape = [2, 3]}\n";
  const std::string flip = "  %a = transpose %x {permutation = [1, 0]}\n";
  const auto pads = [](const std::string& value) {
    return "  %a = pad %x {high = [0, 2], low = [1, 0], value = " + value +
           "}\n  %r = pad %a {high = [1, 0], low = [2, 3], value = 0.0}";
  };
  return {
      {"transpose-splat", one, stretched + "  %r = transpose %a {permutation = [1, 0]}", "tensor<3x2xf32>"},
      {"", row, stretched + "  %r = transpose %a {permutation = [1, 0]}", "tensor<3x2xf32>"},
      {"reshape-splat", one, stretched + "  %r = reshape %a {shape = [6]}", "tensor<6xf32>"},
      {"", row, stretched + "  %r = reshape %a {shape = [6]}", "tensor<6xf32>"},
      {"broadcast-reshape", row, "  %a = reshape %x {shape = [1, 3]}\n  %r = broadcast %a {shape = [2, 3]}", kF},
      {"", "%x: tensor<2xf32>", "  %a = reshape %x {shape = [2, 1]}\n  %r = broadcast %a {shape = [2, 3]}", kF},
      {"pad-pad", kX, pads("0.0"), "tensor<6x8xf32>"},
      {"", kX, pads("-0.0"), "tensor<6x8xf32>"},
      {"slice-broadcast", row, stretched + "  %r = slice %a {size = [2, 2], start = [0, 1]}", "tensor<2x2xf32>"},
      {"slice-broadcast", "%x: tensor<2x1xf32>",
       stretched + "  %r = slice %a {size = [1, 2], start = [1, 0], step = [1, 2]}", "tensor<1x2xf32>"},
      {"", "%x: tensor<5xf32>",
       "  %a = broadcast %x {shape = [2, 5]}\n  %r = slice %a {size = [2, 1], start = sym[0, n]}", "tensor<2x1xf32>"},
      {"slice-transpose", kX, flip + "  %r = slice %a {size = [2, 1], start = [0, 1], step = [2, 1]}",
       "tensor<2x1xf32>"},
      {"", kX,
       flip + "  %s = slice %a {size = [2, 2], start = [1, 0]}\n  %t = slice %a {size = [2, 2], start = [0, "
              "0]}\n  %r = add %s, %t",
       "tensor<2x2xf32>"},  // read twice
      {"slice-pad", kX,
       "  %a = pad %x {high = [0, 2], low = [1, 2]}\n  %r = slice %a {size = [1, 2], start = [2, 2], step = [1, 2]}",
       "tensor<1x2xf32>"},
      {"", kX, "  %a = pad %x {high = [0, 2], low = [1, 2]}\n  %r = slice %a {size = [2, 2], start = [0, 2]}",
       "tensor<2x2xf32>"},
      {"slice-iota", "", "  %a = iota {axis = 1, shape = [4, 5]}\n  %r = slice %a {size = [2, 3], start = [1, 0]}",
       kInt},
      {"", "", "  %a = iota {axis = 1, shape = [4, 5]}\n  %r = slice %a {size = [2, 3], start = [1, 1]}", kInt},
      {"slice-update", kX + ", %y: tensor<1x2xf32>",
       "  %a = update %x, %y {start = [1, 1]}\n  %r = slice %a {size = [1, 2], start = [1, 1]}", "tensor<1x2xf32>"},
      {"", kX + ", %y: tensor<1x2xf32>",
       "  %a = update %x, %y {start = [1, 1]}\n  %r = slice %a {size = [1, 2], start = [1, 0]}", "tensor<1x2xf32>"},
      {"concat-slices", "%x: tensor<4x6xf32>",
       "  %a = slice %x {size = [2, 2], start = [1, 1]}\n  %b = slice %x {size = [2, 3], start = [1, 3]}\n  %r = "
       "concat %a, %b {axis = 1}",
       "tensor<2x5xf32>"},
      {"concat-slices", "%x: tensor<6xf32>",
       "  %a = slice %x {size = [2], start = [1]}\n  %b = slice %x {size = [3], start = [3]}\n  %r = concat %b, %a, "
       "%b {axis = 0}",
       "tensor<8xf32>"},
      {"", "%x: tensor<6xf32>",
       "  %a = slice %x {size = [2], start = [1]}\n  %b = slice %x {size = [3], start = [3]}\n  %r = concat %b, %a "
       "{axis = 0}",
       "tensor<5xf32>"},
  };
}

std::vector<Case> operands() {
  const std::string zeros = "  %z = constant @c\n";
  const std::string flip = "  %t = transpose %x {permutation = [1, 0]}\n";
  const std::string cube = "%x: tensor<2x3x4xi32>, %y: tensor<4x3xi32>";
  const std::string matrices = "%x: tensor<2x3xi32>, %y: tensor<2x4xi32>";
  const auto rows = [](int n) {
    return "  %i = iota {axis = 0, shape = [" + std::to_string(n) + "]}\n  %r = gather %x, %i";
  };
  const auto update = [](const std::string& inner, const std::string& outer, const std::string& then = "") {
    return "  %a = update %x, %y {start = [" + inner + "]}\n  %r = update %a, %z {start = [" + outer + "]}" + then;
  };
  const std::string written = kX + ", %y: tensor<1x2xf32>, %z: tensor<1x2xf32>";
  return {
      {"contract-transpose", matrices, flip + "  %r = contract %t, %y {spec = \"mk,kn->mn\"}", "tensor<3x4xi32>"},
      {"contract-transpose", matrices, flip + "  %r = contract %y, %t {spec = \"kn,mk->mn\"}", "tensor<3x4xi32>"},
      {"", cube, "  %t = transpose %x {permutation = [2, 1, 0]}\n  %r = contract %t, %y {spec = \"abm,ab->m\"}",
       "tensor<2xi32>"},  // the sum would be taken in another order
      {"contract-zero-left", "%x: tensor<3x2xi32>", zeros + "  %r = contract %z, %x {spec = \"mk,kn->mn\"}",
       "tensor<2x2xi32>", "const @c : tensor<2x3xi32> = dense[0, 0, 0, 0, 0, 0]\n"},
      {"contract-zero-right", "%x: tensor<3x2xi32>", zeros + "  %r = contract %x, %z {spec = \"km,nk->mn\"}",
       "tensor<2x2xi32>", "const @c : tensor<2x3xi32> = dense[0, 0, 0, 0, 0, 0]\n"},
      {"", "%x: tensor<3x2xf32>", zeros + "  %r = contract %z, %x {spec = \"mk,kn->mn\"}", "tensor<2x2xf32>",
       "const @c : tensor<2x3xf32> = dense[0, 0, 0, 0, 0, 0]\n"},
      {"", "%x: tensor<3x2xf32>", zeros + "  %r = contract %x, %z {spec = \"km,nk->mn\"}", "tensor<2x2xf32>",
       "const @c : tensor<2x3xf32> = dense[0, 0, 0, 0, 0, 0]\n"},
      {"gather-iota", "%x: tensor<3x2xf32>", rows(2), "tensor<2x2xf32>"},
      {"", "%x: tensor<3x2xf32>", rows(4), "tensor<4x2xf32>"},
      {"update-update", written, update("1, 1", "1, 1"), kF},
      {"", written, update("1, 1", "1, 0"), kF},
      {"", written, update("1, 1", "1, 1").replace(update("1, 1", "1, 1").find("%r"), 2, "%b") + "\n  %r = sub %a, %b",
       kF},
      {"update-self", kX, "  %a = slice %x {size = [1, 2], start = [1, 1]}\n  %r = update %x, %a {start = [1, 1]}", kF},
      {"", kX, "  %a = slice %x {size = [1, 2], start = [1, 0], step = [1, 2]}\n  %r = update %x, %a {start = [1, 0]}",
       kF},
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
  const std::string one = "%x: tensor<2x1xf32>", stretched = "  %a = broadcast %x {shape = [2, 3]}\n";
  const std::string flip = "  %a = transpose %x {permutation = [1, 0, 2]}\n";
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
      {"reduce-reduce", "%x: tensor<2x3xf32>",
       "  %a = reduce %x {axes = [0], monoid = \"max\"}\n  %r = reduce %a {axes = [0], monoid = \"max\"}",
       "tensor<f32>"},
      {"reduce-reduce", "%x: tensor<2x3xi32>",
       "  %a = reduce %x {axes = [0], monoid = \"max\"}\n  %r = reduce %a {axes = [0], monoid = \"max\"}",
       "tensor<i32>"},
      {"reduce-transpose", "%x: tensor<2x3x4xf32>", flip + "  %r = reduce %a {axes = [0, 2], monoid = \"sum\"}",
       "tensor<2xf32>"},
      {"", "%x: tensor<2x3x4xf32>", flip + "  %r = reduce %a {axes = [0, 1], monoid = \"sum\"}", "tensor<4xf32>"},
      {"", "%x: tensor<2x3x4xf32>", flip + "  %r = reduce %a {axes = [2], monoid = \"sum\"}", "tensor<3x2xf32>"},
      {"reduce-splat", "%x: tensor<f32>", stretched + "  %r = reduce %a {axes = [0], monoid = \"min\"}",
       "tensor<3xf32>"},
      {"", "%x: tensor<f32>", stretched + "  %r = reduce %a {axes = [0], monoid = \"sum\"}", "tensor<3xf32>"},
      {"", "%x: tensor<3xf32>", stretched + "  %r = reduce %a {axes = [0], monoid = \"min\"}", "tensor<3xf32>"},
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

}  // namespace

std::vector<Case> tensor_cases() {
  std::vector<Case> all;
  for (auto family : {movement, more_movement, operands, conversions, reductions, order})
    for (Case& c : family()) all.push_back(std::move(c));
  return all;
}

}  // namespace psmc::midend
