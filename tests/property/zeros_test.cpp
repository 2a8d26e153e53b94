// SPDX-License-Identifier: Apache-2.0
// max and min of both zeros and of NaN on the device: the same bits as in the interpreter, whatever the order.
#include <cmath>
#include <limits>

#include "tests/property/one_op.h"

using namespace psmc;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The device's results, which the interpreter must give too.
ir::Array on_device(const std::string& args, const std::string& op, const std::string& type,
                    const std::vector<ir::Array>& inputs) {
  const auto [got, expected] = test::run_one_op(args, op, type, inputs);
  for (int64_t i = 0; i < got.elements(); ++i) {
    const double x = got.get(i), y = expected.get(i);
    INFO(op << " element " << i << ": " << x << ", interpreted " << y);
    CHECK(((std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y))));
  }
  return got;
}

ir::Array array(DType dtype, std::vector<int64_t> shape, const std::vector<double>& numbers) {
  ir::Array result(dtype, std::move(shape));
  for (size_t i = 0; i < numbers.size(); ++i) result.set(static_cast<int64_t>(i), numbers[i]);
  return result;
}

}  // namespace

SCENARIO("max and min of two: -0 is below +0 and NaN stays, on either side") {
  const std::vector<double> a = {0.0, -0.0, 0.0, -0.0, kNaN, 1}, b = {-0.0, 0.0, 0.0, -0.0, -0.0, kNaN};
  for (const std::string dtype : {"f32", "bf16", "f16"}) {
    const DType type = *dtype_from_name(dtype);
    const std::string tensor = "tensor<6x" + dtype + ">", args = "%a: " + tensor + ", %b: " + tensor;
    const std::vector<ir::Array> inputs = {array(type, {6}, a), array(type, {6}, b)};
    const ir::Array most = on_device(args, "max %a, %b", tensor, inputs);
    const ir::Array least = on_device(args, "min %a, %b", tensor, inputs);
    for (int64_t i = 0; i < 4; ++i) {
      CHECK(std::signbit(most.get(i)) == (i == 3));
      CHECK(std::signbit(least.get(i)) == (i != 2));
    }
    CHECK((std::isnan(most.get(4)) && std::isnan(most.get(5)) && std::isnan(least.get(4)) && std::isnan(least.get(5))));
  }
}

// Rows of 40 go over the lanes and several vectors, columns over the tiles.
SCENARIO("a reduction to the largest or smallest finds the one +0 or -0, wherever it stands") {
  for (const int64_t at : {0, 1, 17, 39}) {
    for (const std::string axis : {"0", "1"}) {
      for (const bool plus : {false, true}) {
        std::vector<double> zeros(40 * 40, plus ? -0.0 : 0.0);
        for (int64_t i = 0; i < 40; ++i) zeros[static_cast<size_t>(axis == "1" ? i * 40 + at : at * 40 + i)] *= -1;
        const std::string monoid = plus ? "max" : "min";
        const std::string op = "reduce %a {axes = [" + axis + "], monoid = \"" + monoid + "\"}";
        const ir::Array got =
            on_device("%a: tensor<40x40xf32>", op, "tensor<40xf32>", {array(DType::f32, {40, 40}, zeros)});
        for (int64_t i = 0; i < 40; ++i) CHECK(std::signbit(got.get(i)) == !plus);
      }
    }
  }
}
