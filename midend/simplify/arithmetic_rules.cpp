// SPDX-License-Identifier: Apache-2.0
// Identities of arithmetic. Floats: x + 0 is not x where x may be -0, x - x is not 0 where x may be inf or NaN, and
// sums do not associate; so what holds for integers alone says so (`ints`).
#include <cmath>
#include <limits>

#include "midend/simplify/rules.h"
#include "midend/simplify/value_facts.h"

namespace psmc::midend {
namespace {

using namespace ir;

DType root_dtype(const Match& m) { return m.rewriter.module().value_type(m.rewriter.module().result(m.root)).dtype; }
bool ints(const Match& m) { return is_integer(root_dtype(m)); }
bool floats(const Match& m) { return is_float(root_dtype(m)); }
bool not_minus_zero(const Match& m) { return never_minus_zero(m.rewriter, m[0]); }

/// x / c => x * (1 / c) where that is exact.
bool divide_by_power_of_two(Rewriter& rewriter, OpId op) {
  Module& module = rewriter.module();
  const ValueId x = rewriter.operand(op, 0), divisor = rewriter.operand(op, 1);
  const auto number = uniform_constant(module, divisor);
  if (!number || *number == 1 || *number == -1 || !module.value_type(divisor).is_tensor()) return false;
  const DType dtype = module.value_type(x).dtype;
  const auto factor = exact_reciprocal(dtype, *number);
  if (!factor) return false;
  ValueId by = rewriter.build().splat(dtype, *factor);
  const auto& dims = module.value_type(divisor).dims;
  if (!dims.empty()) {
    AttrDict shape;
    add_shape(rewriter.build(), shape, "shape", dims);
    by = rewriter.build().make(OpKind::broadcast, {by}, std::move(shape));
  }
  const ValueId operands[] = {x, by};
  return replace_by(rewriter, op, OpKind::mul, operands, {});
}

/// What brings constants together leaves alone three of them, which it would turn round for ever; they are folded.
bool varies(const Match& m) { return !m.rewriter.def(m[0], OpKind::constant).valid(); }
bool ints_and_varies(const Match& m) { return ints(m) && varies(m); }
/// Powers of two from 1 on, whose product is a normal number: neither product can round, and both overflow alike.
bool ints_or_growing(const Match& m) {
  if (!varies(m)) return false;
  if (ints(m)) return true;
  const Module& module = m.rewriter.module();
  const auto c = uniform_constant(module, m[1]), d = uniform_constant(module, m[2]);
  if (!c || !d || std::fabs(*c) < 1 || std::fabs(*d) < 1) return false;
  int exponent = 0;
  return std::fabs(std::frexp(*c, &exponent)) == 0.5 && exact_reciprocal(root_dtype(m), *c * *d).has_value();
}
bool by_number(const Match& m) { return uniform_constant(m.rewriter.module(), m[1]).has_value(); }
bool by_number_and_varies(const Match& m) { return by_number(m) && varies(m); }
bool never_negative(const Match& m) {
  const OpId op = m.rewriter.def(m[0]);
  if (!op.valid()) return false;
  const OpKind kind = m.rewriter.module().kind(op);
  return kind == OpKind::exp || kind == OpKind::exp2 || kind == OpKind::sigmoid;
}
bool is_whole(const Match& m) {
  const OpId op = m.rewriter.def(m[0]);
  if (!op.valid()) return false;
  const Module& module = m.rewriter.module();
  const OpKind kind = module.kind(op);
  if (kind == OpKind::cast) return !is_float(module.value_type(m.rewriter.operand(op, 0)).dtype);
  return kind == OpKind::iota || kind == OpKind::symbol;
}

std::vector<Pattern> sums() {
  const Term x = var(0), y = var(1), c = constant_var(1), d = constant_var(2);
  const auto zero_or_ints = [](const Match& m) { return ints(m) || not_minus_zero(m); };
  return {
      rule("add-zero", t_add(x, num(0)), x, zero_or_ints).because("integers, or x never -0: -0 + 0 is +0"),
      rule("add-minus-zero", t_add(x, num(-0.0)), x).because("-0 is neutral for all floats"),
      rule("sub-zero", t_sub(x, num(0)), x).because("-0 - 0 is -0"),
      rule("zero-sub", t_sub(num(0), x), t_neg(x), ints).because("integers: 0 - 0 is +0, neg(0) is -0"),
      rule("minus-zero-sub", t_sub(num(-0.0), x), t_neg(x)).because("-0 - x has the opposite sign of x, zeros too"),
      rule("sub-self", t_sub(x, x), num(0), ints).because("integers: of inf and NaN it is NaN"),
      rule("add-neg", t_add(x, t_neg(y)), t_sub(x, y)).because("a difference is defined as that sum"),
      rule("sub-neg", t_sub(x, t_neg(y)), t_add(x, y)).because("a difference is defined as that sum"),
      rule("neg-sub", t_neg(t_sub(x, y)), t_sub(y, x), ints).because("integers: of equal floats the zeros differ"),
      rule("sub-add", t_sub(t_add(x, y), y), x, ints).because("integers wrap, so it is undone; floats have rounded"),
      rule("add-sub", t_add(t_sub(x, y), y), x, ints).because("integers wrap, so it is undone; floats have rounded"),
      rule("add-constants", t_add(t_add(x, c), d), t_add(x, t_add(c, d)), ints_and_varies)
          .because("integers: wrapping sums associate"),
  };
}

std::vector<Pattern> products() {
  const Term x = var(0), y = var(1), c = constant_var(1), d = constant_var(2);
  return {
      rule("mul-one", t_mul(x, num(1)), x).because("exact for all numbers"),
      rule("mul-zero", t_mul(x, num(0)), num(0), ints).because("integers: of inf and NaN it is NaN, of -1 it is -0"),
      rule("mul-minus-one", t_mul(x, num(-1)), t_neg(x)).because("only the sign changes; integers wrap alike"),
      rule("mul-negs", t_mul(t_neg(x), t_neg(y)), t_mul(x, y)).because("rounding does not look at the sign"),
      rule("neg-mul", t_neg(t_mul(x, c)), t_mul(x, t_neg(c)), by_number)
          .because("c one number; rounding does not look at the sign"),
      rule("mul-neg", t_mul(t_neg(x), c), t_mul(x, t_neg(c)), by_number_and_varies)
          .because("c one number; rounding does not look at the sign"),
      rule("mul-constants", t_mul(t_mul(x, c), d), t_mul(x, t_mul(c, d)), ints_or_growing)
          .because("integers, or powers of two from 1 on with a finite product: nothing rounds, overflow is the same"),
      rule("div-one", t_div(x, num(1)), x).because("exact for all numbers"),
      rule("div-minus-one", t_div(x, num(-1)), t_neg(x)).because("only the sign changes; the lowest integer wraps"),
      rule("one-div", t_div(num(1), x), t_recip(x), floats).because("floats: both are the rounded quotient"),
      rule("div-negs", t_div(t_neg(x), t_neg(y)), t_div(x, y), floats)
          .because("floats: of the lowest integer neg is itself"),
      Pattern{"div-power-of-two", OpKind::div, 1, divide_by_power_of_two}.says(
          "div(x, c) => mul(x, 1 / c)", "floats, c a power of two whose reciprocal is a normal number"),
  };
}

std::vector<Pattern> unary() {
  const Term x = var(0);
  return {
      rule("neg-neg", t_neg(t_neg(x)), x).because("the sign twice; the lowest integer stays itself"),
      rule("abs-abs", t_abs(t_abs(x)), t_abs(x)).because("the lowest integer stays itself both times"),
      rule("abs-neg", t_abs(t_neg(x)), t_abs(x)).because("the lowest integer is its own negative"),
      rule("abs-square", t_abs(t_mul(x, x)), t_mul(x, x), floats).because("floats: a square of integers may wrap"),
      rule("abs-positive", t_abs(x), x, never_negative).because("x comes from exp, exp2 or sigmoid: never below +0"),
      rule("floor-floor", t_floor(t_floor(x)), t_floor(x)).because("a whole number is its own floor"),
      rule("floor-whole", t_floor(x), x, is_whole).because("x comes from integers, so it is whole or infinite"),
  };
}

std::vector<Pattern> extremes() {
  const Term x = var(0), y = var(1), c = constant_var(1), d = constant_var(2);
  const double infinity = std::numeric_limits<double>::infinity();
  return {
      rule("max-self", t_max(x, x), x).because("one value, NaN and zeros too"),
      rule("min-self", t_min(x, x), x).because("one value, NaN and zeros too"),
      rule("max-lowest", t_max(x, num(-infinity)), x).because("NaN stays NaN"),
      rule("min-highest", t_min(x, num(infinity)), x).because("NaN stays NaN"),
      rule("max-max", t_max(x, t_max(x, y)), t_max(x, y)).because("the largest of three, in any order; NaN stays NaN"),
      rule("min-min", t_min(x, t_min(x, y)), t_min(x, y)).because("the smallest of three, in any order; NaN stays NaN"),
      rule("max-min", t_max(x, t_min(x, y)), x, ints).because("integers: y may be NaN"),
      rule("min-max", t_min(x, t_max(x, y)), x, ints).because("integers: y may be NaN"),
      rule("max-constants", t_max(t_max(x, c), d), t_max(x, t_max(c, d)), varies)
          .because("the largest of three, in any order; NaN stays NaN"),
      rule("min-constants", t_min(t_min(x, c), d), t_min(x, t_min(c, d)), varies)
          .because("the smallest of three, in any order; NaN stays NaN"),
  };
}

}  // namespace

std::vector<Pattern> arithmetic_rules() {
  std::vector<Pattern> rules;
  for (auto family : {sums, products, unary, extremes})
    for (Pattern& pattern : family()) rules.push_back(std::move(pattern));
  return rules;
}

}  // namespace psmc::midend
