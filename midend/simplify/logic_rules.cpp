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

void add_comparisons(std::vector<Pattern>& rules) {
  const Term x = var(0), y = var(1);
  rules.push_back(rule("lt-self", t_lt(x, x), num(0)));
  rules.push_back(rule("le-self", t_le(x, x), num(1), exact));
  rules.push_back(rule("eq-self", t_eq(x, x), num(1), exact));
  rules.push_back(rule("ne-self", t_ne(x, x), num(0), exact));
  rules.push_back(rule("not-lt", t_not(t_lt(x, y)), t_le(y, x), exact));
  rules.push_back(rule("not-le", t_not(t_le(x, y)), t_lt(y, x), exact));
  rules.push_back(rule("not-eq", t_not(t_eq(x, y)), t_ne(x, y)));
  rules.push_back(rule("not-ne", t_not(t_ne(x, y)), t_eq(x, y)));
}

void add_connectives(std::vector<Pattern>& rules) {
  const Term x = var(0);
  rules.push_back(rule("not-not", t_not(t_not(x)), x));
  rules.push_back(rule("and-self", t_and(x, x), x));
  rules.push_back(rule("or-self", t_or(x, x), x));
  rules.push_back(rule("and-zero", t_and(x, num(0)), num(0)));
  rules.push_back(rule("or-zero", t_or(x, num(0)), x));
  rules.push_back(rule("and-true", t_and(x, num(1)), x, bools));
  rules.push_back(rule("or-true", t_or(x, num(1)), num(1), bools));
  rules.push_back(rule("and-ones", t_and(x, num(-1)), x, ints));
  rules.push_back(rule("or-ones", t_or(x, num(-1)), num(-1), ints));
}

void add_selects(std::vector<Pattern>& rules) {
  const Term c = var(0), x = var(1), y = var(2);
  rules.push_back(rule("select-same", t_select(c, x, x), x));
  rules.push_back(rule("select-true", t_select(num(1), x, y), x));
  rules.push_back(rule("select-false", t_select(num(0), x, y), y));
  rules.push_back(rule("select-not", t_select(t_not(c), x, y), t_select(c, y, x)));
}

}  // namespace

std::vector<Pattern> logic_rules() {
  std::vector<Pattern> rules;
  add_comparisons(rules);
  add_connectives(rules);
  add_selects(rules);
  return rules;
}

}  // namespace psmc::midend
