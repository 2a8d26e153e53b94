// SPDX-License-Identifier: Apache-2.0
// Reference semantics against loops written here, and the numbers at the edges: rounding, wrapping, NaN, empty ranges.
#include <cmath>
#include <limits>

#include "ir/array_convert.h"
#include "tests/ir_ops/modules.h"

namespace psmc::ir {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string one(const std::string& params, const std::string& op, const std::string& type) {
  return "func @f(" + params + ") -> (" + type + ") {\n  %r = " + op + "\n  return %r\n}\n";
}

std::vector<double> values(const Array& array) { return to_doubles(array); }

std::vector<double> unary(const std::string& op, DType dtype, const std::vector<double>& x, DType to) {
  const std::string n = std::to_string(x.size()), from(dtype_name(dtype)), result(dtype_name(to));
  const Array args[] = {array_of(dtype, {static_cast<int64_t>(x.size())}, x)};
  return values(run_text(one("%x: tensor<" + n + "x" + from + ">", op, "tensor<" + n + "x" + result + ">"), args));
}

std::vector<double> binary(const std::string& op, DType dtype, const std::vector<double>& a,
                           const std::vector<double>& b, DType to) {
  const auto count = static_cast<int64_t>(a.size());
  const std::string n = std::to_string(count), t(dtype_name(dtype)), result(dtype_name(to));
  const Array args[] = {array_of(dtype, {count}, a), array_of(dtype, {count}, b)};
  const std::string type = "tensor<" + n + "x" + t + ">";
  return values(
      run_text(one("%a: " + type + ", %b: " + type, op + " %a, %b", "tensor<" + n + "x" + result + ">"), args));
}

using V = std::vector<double>;

}  // namespace

TEST_CASE("integers wrap, divide towards zero, and by zero give 0") {
  CHECK(binary("add", DType::i8, {127, -128, 5}, {1, -1, 6}, DType::i8) == V{-128, 127, 11});
  CHECK(binary("mul", DType::i32, {65536, -3}, {65536, 7}, DType::i32) == V{0, -21});
  CHECK(binary("div", DType::i32, {7, -7, 5, -2147483648.0}, {2, 2, 0, -1}, DType::i32) == V{3, -3, 0, -2147483648.0});
  CHECK(unary("neg %x", DType::i8, {-128, 3}, DType::i8) == V{-128, -3});
  CHECK(unary("abs %x", DType::i8, {-128, -3}, DType::i8) == V{-128, 3});
  CHECK(unary("not %x", DType::i8, {0, 5}, DType::i8) == V{-1, -6});
  CHECK(unary("not %x", DType::boolean, {0, 1}, DType::boolean) == V{1, 0});
  CHECK(binary("and", DType::i32, {12, -1}, {10, 7}, DType::i32) == V{8, 7});
  CHECK(binary("or", DType::i32, {12, 0}, {10, 7}, DType::i32) == V{14, 7});
}

TEST_CASE("i64 is exact beyond doubles") {
  const int64_t big = (int64_t{1} << 53) + 1;
  Array a(DType::i64, {2}), b(DType::i64, {2});
  a.set_int(0, big), a.set_int(1, std::numeric_limits<int64_t>::max());
  b.set_int(0, 1), b.set_int(1, 1);
  const Array args[] = {a, b};
  const Array r = run_text(one("%a: tensor<2xi64>, %b: tensor<2xi64>", "add %a, %b", "tensor<2xi64>"), args);
  CHECK(r.get_int(0) == big + 1);
  CHECK(r.get_int(1) == std::numeric_limits<int64_t>::min());
}

TEST_CASE("max and min give NaN if one operand is NaN; comparisons with NaN are false") {
  const V r = binary("max", DType::f32, {1, kNaN, -3}, {kNaN, 2, -4}, DType::f32);
  CHECK(std::isnan(r[0]));
  CHECK(std::isnan(r[1]));
  CHECK(r[2] == -3);
  CHECK(std::isnan(binary("min", DType::f32, {kNaN}, {0}, DType::f32)[0]));
  CHECK(binary("lt", DType::f32, {kNaN, 1}, {1, 2}, DType::boolean) == V{0, 1});
  CHECK(binary("eq", DType::f32, {kNaN, 2}, {kNaN, 2}, DType::boolean) == V{0, 1});
  CHECK(binary("ne", DType::f32, {kNaN, 2}, {kNaN, 2}, DType::boolean) == V{1, 0});
}

TEST_CASE("scalar functions") {
  const V x = {-1.5, 0, 0.25, 3};
  CHECK(unary("exp %x", DType::f32, x, DType::f32)[3] == static_cast<float>(std::exp(3.0)));
  CHECK(unary("exp2 %x", DType::f32, x, DType::f32)[3] == 8);
  CHECK(unary("rsqrt %x", DType::f32, x, DType::f32)[2] == 2);
  CHECK(unary("rsqrt %x", DType::f32, x, DType::f32)[1] == kInf);
  CHECK(std::isnan(unary("sqrt %x", DType::f32, x, DType::f32)[0]));
  CHECK(unary("log %x", DType::f32, x, DType::f32)[1] == -kInf);
  CHECK(unary("recip %x", DType::f32, x, DType::f32)[2] == 4);
  CHECK(unary("floor %x", DType::f32, x, DType::f32) == V{-2, 0, 0, 3});
  CHECK(unary("round %x", DType::f32, {-1.5, 0.5, 2.5, 2.75, -0.25, kInf}, DType::f32) == V{-2, 0, 2, 3, 0, kInf});
  CHECK(std::signbit(unary("round %x", DType::f32, {-0.25}, DType::f32)[0]));
  CHECK(unary("round %x", DType::bf16, {127.5, -3.5}, DType::bf16) == V{128, -4});
  CHECK(unary("sigmoid %x", DType::f32, x, DType::f32)[1] == 0.5);
  CHECK(unary("tanh %x", DType::f32, x, DType::f32)[0] == static_cast<float>(std::tanh(-1.5)));
}

TEST_CASE("casts round once, truncate and saturate") {
  CHECK(unary("cast %x {dtype = i8}", DType::f32, {1.9, -1.9, 300, -300, kNaN, kInf}, DType::i8) ==
        V{1, -1, 127, -128, 0, 127});
  CHECK(unary("cast %x {dtype = i8}", DType::i32, {300, -129, 5}, DType::i8) == V{44, 127, 5});
  CHECK(unary("cast %x {dtype = bool}", DType::f32, {0, 0.25, kNaN}, DType::boolean) == V{0, 1, 1});
  CHECK(unary("cast %x {dtype = f32}", DType::boolean, {0, 1}, DType::f32) == V{0, 1});
  CHECK(unary("cast %x {dtype = bf16}", DType::f32, {1.00390625, 1.01171875, 3.4e38}, DType::bf16) ==
        V{1, 1.015625, kInf});
  // 1 + 2^-8 + 2^-40 is above the tie: rounding to f32 first would lose that.
  CHECK(unary("cast %x {dtype = bf16}", DType::f64, {1.00390625 + 0x1p-40}, DType::bf16) == V{1.0078125});
  CHECK(unary("cast %x {dtype = f16}", DType::f64, {1 + 0x1p-11 + 0x1p-40, 65519.999999999}, DType::f16) ==
        V{1 + 0x1p-10, 65504});
}

TEST_CASE("rounding of doubles agrees with rounding of floats where no bits are lost") {
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    const float x = std::bit_cast<float>(static_cast<uint32_t>(random.next()));
    if (x != x) continue;
    CHECK(double_to_bf16(x) == f32_to_bf16(x));
    CHECK(double_to_f16(x) == f32_to_f16(x));
  }
}

TEST_CASE("contract against a loop") {
  Random random(1);
  const Array a = random_array(random, DType::f32, {3, 17}), b = random_array(random, DType::f32, {5, 17});
  const Array args[] = {a, b};
  const Array r = run_text(
      one("%a: tensor<3x17xf32>, %b: tensor<5x17xf32>", "contract %a, %b {spec = \"mk,nk->mn\"}", "tensor<3x5xf32>"),
      args);
  for (int64_t m = 0; m < 3; ++m) {
    for (int64_t n = 0; n < 5; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < 17; ++k) sum += a.get(m * 17 + k) * b.get(n * 17 + k);
      CHECK(r.get(m * 5 + n) == Approx(sum).epsilon(1e-6));
    }
  }
}

TEST_CASE("contract of i8 into i32 is exact and wraps in the result type") {
  const Array args[] = {array_of(DType::i8, {1, 3}, {127, 127, 2}), array_of(DType::i8, {3, 1}, {127, 127, 3})};
  const std::string params = "%a: tensor<1x3xi8>, %b: tensor<3x1xi8>";
  CHECK(run_text(one(params, "contract %a, %b {dtype = i32, spec = \"mk,kn->mn\"}", "tensor<1x1xi32>"), args)
            .get_int(0) == 32264);
  CHECK(run_text(one(params, "contract %a, %b {spec = \"mk,kn->mn\"}", "tensor<1x1xi8>"), args).get_int(0) == 8);
}

TEST_CASE("an empty reduction gives the identity") {
  const Array args[] = {Array(DType::f32, {2, 0})};
  const auto reduced = [&](const std::string& monoid) {
    return values(run_text(
        one("%x: tensor<2x0xf32>", "reduce %x {axes = [1], monoid = \"" + monoid + "\"}", "tensor<2xf32>"), args));
  };
  CHECK(reduced("sum") == V{0, 0});
  CHECK(reduced("prod") == V{1, 1});
  CHECK(reduced("max") == V{-kInf, -kInf});
  CHECK(reduced("min") == V{kInf, kInf});
}

TEST_CASE("for max and min -0 is below +0, whatever the order") {
  for (const DType dtype : {DType::f64, DType::f32, DType::bf16, DType::f16}) {
    const V a = {0.0, -0.0, 0.0, -0.0}, b = {-0.0, 0.0, 0.0, -0.0};
    const V most = binary("max", dtype, a, b, dtype), least = binary("min", dtype, a, b, dtype);
    for (size_t i = 0; i < 4; ++i) {
      CHECK(std::signbit(most[i]) == (i == 3));
      CHECK(std::signbit(least[i]) == (i != 2));
    }
  }
  const Array zeros[] = {array_of(DType::f32, {2, 3}, {0.0, 0.0, -0.0, -0.0, 0.0, 0.0})};
  const auto first_is_minus = [&](const std::string& monoid, const std::string& axis) {
    const std::string op = "reduce %x {axes = [" + axis + "], keep = true, monoid = \"" + monoid + "\"}";
    const std::string type = axis == "1" ? "tensor<2x1xf32>" : "tensor<1x3xf32>";
    return std::signbit(values(run_text(one("%x: tensor<2x3xf32>", op, type), zeros))[0]);
  };
  for (const char* axis : {"0", "1"}) {
    CHECK_FALSE(first_is_minus("max", axis));
    CHECK(first_is_minus("min", axis));
  }
}

TEST_CASE("movement against what it should give") {
  const V six = {0, 1, 2, 3, 4, 5};
  const Array x[] = {array_of(DType::i32, {2, 3}, six)};
  const std::string params = "%x: tensor<2x3xi32>";
  CHECK(values(run_text(one(params, "transpose %x {permutation = [1, 0]}", "tensor<3x2xi32>"), x)) ==
        V{0, 3, 1, 4, 2, 5});
  CHECK(values(run_text(one(params, "reshape %x {shape = [3, 2]}", "tensor<3x2xi32>"), x)) == six);
  CHECK(values(run_text(one(params, "slice %x {size = [2, 2], start = [0, 0], step = [1, 2]}", "tensor<2x2xi32>"),
                        x)) == V{0, 2, 3, 5});
  CHECK(values(run_text(one(params, "concat %x, %x {axis = 1}", "tensor<2x6xi32>"), x)) ==
        V{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5});
  CHECK(values(run_text(one(params, "pad %x {high = [0, 1], low = [1, 0], value = 9}", "tensor<3x4xi32>"), x)) ==
        V{9, 9, 9, 9, 0, 1, 2, 9, 3, 4, 5, 9});
  CHECK(values(run_text(one("", "iota {axis = 1, shape = [2, 3]}", "tensor<2x3xi32>"), {})) == V{0, 1, 2, 0, 1, 2});
  const Array gathered[] = {x[0], array_of(DType::i32, {4}, {1, 0, -5, 99})};
  CHECK(values(run_text(one(params + ", %i: tensor<4xi32>", "gather %x, %i", "tensor<4x3xi32>"), gathered)) ==
        V{3, 4, 5, 0, 1, 2, 0, 1, 2, 3, 4, 5});
}

TEST_CASE("select takes bits as they are") {
  Array a(DType::f32, {2}), b(DType::f32, {2});
  a.set(0, -0.0), a.set(1, 1), b.set(0, 2), b.set(1, kInf);
  const Array args[] = {array_of(DType::boolean, {2}, {1, 0}), a, b};
  const Array r = run_text(
      one("%c: tensor<2xbool>, %a: tensor<2xf32>, %b: tensor<2xf32>", "select %c, %a, %b", "tensor<2xf32>"), args);
  CHECK(std::signbit(r.get(0)));
  CHECK(r.get(1) == kInf);
}

}  // namespace psmc::ir
