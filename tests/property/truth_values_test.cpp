// SPDX-License-Identifier: Apache-2.0
// and, or, not and reductions of truth values on the device. They have no arithmetic scalar form of their own, and were
// once taken for renamings: `and %a, %b` gave %b.
#include "tests/property/one_op.h"

using namespace psmc;

namespace {

/// "type|op" on two bool tensors of 3 x 5 that hold every pair of values.
void check_on_device(const std::string& ops) {
  std::vector<ir::Array> inputs(2, ir::Array(DType::boolean, {3, 5}));
  for (int64_t i = 0; i < 15; ++i) {
    inputs[0].set(i, static_cast<double>(i % 2));
    inputs[1].set(i, static_cast<double>(i / 2 % 2));
  }
  const size_t bar = ops.find('|');
  const auto [got, expected] =
      test::run_one_op("%a: tensor<3x5xbool>, %b: tensor<3x5xbool>", ops.substr(bar + 1), ops.substr(0, bar), inputs);
  for (int64_t i = 0; i < got.elements(); ++i) CHECK(got.get(i) == expected.get(i));
}

}  // namespace

SCENARIO("and, or and not of truth values are computed, not renamed") {
  check_on_device("tensor<3x5xbool>|and %a, %b");
  check_on_device("tensor<3x5xbool>|or %a, %b");
  check_on_device("tensor<3x5xbool>|not %a");
}

SCENARIO("truth values are reduced to whether one is true, or all") {
  check_on_device("tensor<3xbool>|reduce %a {axes = [1], monoid = \"max\"}");
  check_on_device("tensor<3xbool>|reduce %a {axes = [1], monoid = \"min\"}");
}
