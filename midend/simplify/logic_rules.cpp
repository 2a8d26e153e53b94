// SPDX-License-Identifier: Apache-2.0
// Comparisons, and, or, not, select. A comparison with a NaN is false (`ne`: true), so the complement of an order is
// one of integers only.
#include "midend/simplify/rules.h"

namespace psmc::midend {
namespace {

using namespace ir;

Term t_lt(Term a, Term b) { return term(OpKind::lt, {std::move(a), std::move(b)}); }
Term t_le(Term a, Term b) { return term(OpKind::le, {std::move(a), std::move(b)}); }
Term t_eq(Term a, Term b) { return term(OpKind::eq, {std::move(a), std::move(b)}); }
Term t_ne(Term a, Term b) { return term(OpKind::ne, {std::move(a), std::move(b)}); }
Term t_select(Term c, Term a, Term b) { return term(OpKind::select, {std::move(c), std::move(a), std::move(b)}); }

/// The compared values, not the result: that is a bool.
bool exact(const Match& m) { return !is_float(m.type(0).dtype); }
bool bools(const Match& m) { return m.type(0).dtype == DType::boolean; }
bool ints(const Match& m) { return is_integer(m.type(0).dtype); }
bool is_bool(ValueId value, const Match& m) { return m.rewriter.module().value_type(value).dtype == DType::boolean; }

std::vector<Pattern> comparisons() {
  const Term x = var(0), y = var(1);
  const std::string nan = "not of floats: NaN compares false with itself";
  const std::string order = "not of floats: with a NaN both are false";
  return {
      rule("lt-self", t_lt(x, x), num(0)).because("nothing is less than itself, NaN neither"),
      rule("le-self", t_le(x, x), num(1), exact).because(nan),
      rule("eq-self", t_eq(x, x), num(1), exact).because(nan),
      rule("ne-self", t_ne(x, x), num(0), exact).because("not of floats: NaN differs from itself"),
      rule("not-lt", t_not(t_lt(x, y)), t_le(y, x), exact).because(order),
      rule("not-le", t_not(t_le(x, y)), t_lt(y, x), exact).because(order),
      rule("not-eq", t_not(t_eq(x, y)), t_ne(x, y)).because("complements, for NaN too"),
      rule("not-ne", t_not(t_ne(x, y)), t_eq(x, y)).because("complements, for NaN too"),
      rule("eq-true", t_eq(x, num(1)), x, bools).because("bools"),
      rule("eq-false", t_eq(x, num(0)), t_not(x), bools).because("bools"),
      rule("ne-true", t_ne(x, num(1)), t_not(x), bools).because("bools"),
      rule("ne-false", t_ne(x, num(0)), x, bools).because("bools"),
  };
}

std::vector<Pattern> connectives() {
  const Term x = var(0), y = var(1);
  const std::string bitwise = "true of each bit";
  return {
      rule("not-not", t_not(t_not(x)), x).because(bitwise),
      rule("and-self", t_and(x, x), x).because(bitwise),
      rule("or-self", t_or(x, x), x).because(bitwise),
      rule("and-zero", t_and(x, num(0)), num(0)).because(bitwise),
      rule("or-zero", t_or(x, num(0)), x).because(bitwise),
      rule("and-true", t_and(x, num(1)), x, bools).because("bools: of an integer 1 is one bit"),
      rule("or-true", t_or(x, num(1)), num(1), bools).because("bools: of an integer 1 is one bit"),
      rule("and-ones", t_and(x, num(-1)), x, ints).because("integers: -1 has all bits"),
      rule("or-ones", t_or(x, num(-1)), num(-1), ints).because("integers: -1 has all bits"),
      rule("and-not", t_and(x, t_not(x)), num(0)).because(bitwise),
      rule("or-not", t_or(x, t_not(x)), num(1), bools).because("bools"),
      rule("or-not-bits", t_or(x, t_not(x)), num(-1), ints).because("integers: -1 has all bits"),
      rule("and-and", t_and(x, t_and(x, y)), t_and(x, y)).because(bitwise),
      rule("or-or", t_or(x, t_or(x, y)), t_or(x, y)).because(bitwise),
      rule("and-or", t_and(x, t_or(x, y)), x).because(bitwise),
      rule("or-and", t_or(x, t_and(x, y)), x).because(bitwise),
  };
}

std::vector<Pattern> selects() {
  const Term c = var(0), x = var(1), y = var(2), z = var(3);
  const std::string known = "the bool is known";
  const auto gives_bools = [](const Match& m) { return is_bool(m.rewriter.module().result(m.root), m); };
  return {
      rule("select-same", t_select(c, x, x), x).because("equal arms"),
      rule("select-true", t_select(num(1), x, y), x).because(known),
      rule("select-false", t_select(num(0), x, y), y).because(known),
      rule("select-not", t_select(t_not(c), x, y), t_select(c, y, x)).because("the arms change places"),
      rule("select-bool", t_select(c, num(1), num(0)), c, gives_bools).because("of bools"),
      rule("select-complement", t_select(c, num(0), num(1)), t_not(c), gives_bools).because("of bools"),
      rule("select-then", t_select(c, t_select(c, x, y), z), t_select(c, x, z)).because("one bool decides both"),
      rule("select-else", t_select(c, x, t_select(c, y, z)), t_select(c, x, z)).because("one bool decides both"),
  };
}

}  // namespace

std::vector<Pattern> logic_rules() {
  std::vector<Pattern> rules;
  for (auto family : {comparisons, connectives, selects})
    for (Pattern& pattern : family()) rules.push_back(std::move(pattern));
  return rules;
}

}  // namespace psmc::midend
