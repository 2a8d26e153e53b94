// SPDX-License-Identifier: Apache-2.0
#include "midend/simplify/rewrites_page.h"

#include <fmt/format.h>

#include "midend/simplify/rules.h"

namespace psmc::midend {
namespace {

constexpr std::string_view kHead =
    R"(# The rewrite rules of canonicalize

This page is written by `psmc --list-rewrites` from the rules in `midend/simplify/*_rules.cpp`; `make update` writes it
anew. x, y, z and w are any values, c and d constants, numbers are constants all of whose elements are that number.
Attributes are left out. A commutative op matches in either order; a rule applies only where what comes out has the type
of what was there. Each rule is exact: the same bits for all inputs, the payload of a NaN apart.

`psmc opt m.psm --passes=canonicalize --stats` counts what was applied; with `canonicalize{places=3}` also where, the
first three places of each rule.

## Why it ends
Unfold what a function computes into trees, so that a value read twice counts twice, and count these. The first number
in which two modules differ decides; no rule raises one without lowering one before it.

1. Elements that slices, concats, reduces, gathers and updates give: lowered by what drops such an op or turns it into
   another one.
2. Pairs of a concat and a reshape or transpose above it: `reshape-concat`.
3. Pairs of an elementwise op and a reshape, transpose or concat below it: `raise-elementwise`.
4. Ops, by weight: select, gather and reduce 5, div 4, comparisons, sub, mul and transpose 3, broadcast 1, all others 2,
   and nothing for ops on constants alone. All other rules lower it but those of 5.
5. For each slice the weight of what is below it: `slice-transpose`, `slice-broadcast`.

What a rule makes of constants alone, fold-constants takes out; so a rule that brings c and d together does not apply where
x is a constant too, or it would turn the three round. A limit on the number of rewrites stands behind the argument; tests
see that random modules do not reach it, and that canonicalize run again changes nothing: where a rule asks whether nobody
else reads a value, it is tried again when such a reader goes.
)";

std::string section(std::string_view title, const std::vector<ir::Pattern>& rules) {
  std::string out =
      fmt::format("\n## {}\n\n| rule | before => after | when, and why it is exact |\n|---|---|---|\n", title);
  std::string_view last;
  for (const ir::Pattern& rule : rules) {
    if (rule.name != last) out += fmt::format("| {} | `{}` | {} |\n", rule.name, rule.form, rule.why);
    last = rule.name;
  }
  return out;
}

}  // namespace

std::string rewrites_page() {
  return std::string(kHead) + section("Arithmetic", arithmetic_rules()) + section("Logic", logic_rules()) +
         section("Movement", movement_rules()) + section("Slices", slice_rules()) +
         section("Operands", operand_rules()) + section("Reductions", reduction_rules()) +
         section("Order", order_rules());
}

}  // namespace psmc::midend
