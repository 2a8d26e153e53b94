// SPDX-License-Identifier: Apache-2.0
// What canonicalize must rewrite and what it must leave: for each rule a small function.
#pragma once

#include <string>
#include <vector>

namespace psmc::midend {

struct Case {
  std::string rule;  ///< must apply; empty: none of its kind may
  std::string args;  ///< of the function
  std::string body;  ///< the result is %r
  std::string type;  ///< of the result
  std::string constants = "";
};

inline const std::string kX = "%x: tensor<2x3xf32>", kI = "%x: tensor<2x3xi32>", kB = "%x: tensor<2x3xbool>";
inline const std::string kXY = "%x: tensor<2x3xf32>, %y: tensor<2x3xf32>",
                         kIJ = "%x: tensor<2x3xi32>, %y: tensor<2x3xi32>";
inline const std::string kF = "tensor<2x3xf32>", kInt = "tensor<2x3xi32>", kBool = "tensor<2x3xbool>";

inline std::string f32(const std::string& value) { return "const @c : tensor<f32> = dense[" + value + "]\n"; }
inline std::string i32(const std::string& value) { return "const @c : tensor<i32> = dense[" + value + "]\n"; }
inline std::string two(const std::string& a, const std::string& b) {
  return i32(a) + "const @d : tensor<i32> = dense[" + b + "]\n";
}
inline std::string boolean(const std::string& value) { return "const @c : tensor<bool> = dense[" + value + "]\n"; }
/// A body that applies `op` to %x and the constant.
inline std::string with(const std::string& op, const std::string& order = "%x, %c") {
  return "  %c = constant @c\n  %r = " + op + " " + order;
}

inline std::string twice_f32(const std::string& a, const std::string& b) {
  return f32(a) + "const @d : tensor<f32> = dense[" + b + "]\n";
}
/// `op` of %x and both constants, one after the other.
inline std::string chain(const std::string& op) {
  return "  %c = constant @c\n  %d = constant @d\n  %s = " + op + " %x, %c\n  %r = " + op + " %s, %d";
}

std::vector<Case> scalar_cases();  ///< arithmetic and logic
std::vector<Case> tensor_cases();  ///< movement, reductions, order

}  // namespace psmc::midend
