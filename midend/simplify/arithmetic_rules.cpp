// SPDX-License-Identifier: Apache-2.0
// Identities of arithmetic. Floats: x + 0 is not x where x may be -0, x - x is not 0 where x may be inf or NaN, and
// sums do not associate; so what holds for integers alone says so (`ints`).
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

void add_sums(std::vector<Pattern>& rules) {
  const Term x = var(0), y = var(1), c = constant_var(1), d = constant_var(2);
  rules.push_back(rule("add-zero", t_add(x, num(0)), x, [](const Match& m) { return ints(m) || not_minus_zero(m); }));
  rules.push_back(rule("add-minus-zero", t_add(x, num(-0.0)), x));
  rules.push_back(rule("sub-zero", t_sub(x, num(0)), x));
  rules.push_back(rule("zero-sub", t_sub(num(0), x), t_neg(x), ints));
  rules.push_back(rule("minus-zero-sub", t_sub(num(-0.0), x), t_neg(x)));
  rules.push_back(rule("sub-self", t_sub(x, x), num(0), ints));
  rules.push_back(rule("add-neg", t_add(x, t_neg(y)), t_sub(x, y)));
  rules.push_back(rule("sub-neg", t_sub(x, t_neg(y)), t_add(x, y)));
  rules.push_back(rule("neg-sub", t_neg(t_sub(x, y)), t_sub(y, x), ints));
  rules.push_back(rule("add-constants", t_add(t_add(x, c), d), t_add(x, t_add(c, d)), ints));
}

void add_products(std::vector<Pattern>& rules) {
  const Term x = var(0), y = var(1), c = constant_var(1), d = constant_var(2);
  rules.push_back(rule("mul-one", t_mul(x, num(1)), x));
  rules.push_back(rule("mul-zero", t_mul(x, num(0)), num(0), ints));
  rules.push_back(rule("mul-minus-one", t_mul(x, num(-1)), t_neg(x)));
  rules.push_back(rule("mul-negs", t_mul(t_neg(x), t_neg(y)), t_mul(x, y)));
  rules.push_back(rule("mul-constants", t_mul(t_mul(x, c), d), t_mul(x, t_mul(c, d)), ints));
  rules.push_back(rule("div-one", t_div(x, num(1)), x));
  rules.push_back(rule("div-minus-one", t_div(x, num(-1)), t_neg(x)));
  rules.push_back(rule("one-div", t_div(num(1), x), t_recip(x), floats));
  rules.push_back(rule("div-negs", t_div(t_neg(x), t_neg(y)), t_div(x, y), floats));
  rules.push_back({"div-power-of-two", OpKind::div, 1, divide_by_power_of_two});
}

void add_unary(std::vector<Pattern>& rules) {
  const Term x = var(0);
  rules.push_back(rule("neg-neg", t_neg(t_neg(x)), x));
  rules.push_back(rule("abs-abs", t_abs(t_abs(x)), t_abs(x)));
  rules.push_back(rule("abs-neg", t_abs(t_neg(x)), t_abs(x)));
  rules.push_back(rule("floor-floor", term(OpKind::floor, {term(OpKind::floor, {x})}), term(OpKind::floor, {x})));
}

void add_extremes(std::vector<Pattern>& rules) {
  const Term x = var(0), y = var(1);
  const double infinity = std::numeric_limits<double>::infinity();
  rules.push_back(rule("max-self", t_max(x, x), x));
  rules.push_back(rule("min-self", t_min(x, x), x));
  rules.push_back(rule("max-lowest", t_max(x, num(-infinity)), x));
  rules.push_back(rule("min-highest", t_min(x, num(infinity)), x));
  rules.push_back(rule("max-max", t_max(x, t_max(x, y)), t_max(x, y), ints));
  rules.push_back(rule("min-min", t_min(x, t_min(x, y)), t_min(x, y), ints));
}

}  // namespace

std::vector<Pattern> arithmetic_rules() {
  std::vector<Pattern> rules;
  add_sums(rules);
  add_products(rules);
  add_unary(rules);
  add_extremes(rules);
  return rules;
}

}  // namespace psmc::midend
