// SPDX-License-Identifier: Apache-2.0
// canonicalize: small exact rewrites until none applies.
//
//   %a = transpose %x {permutation = [1, 0]}
//   %b = transpose %a {permutation = [1, 0]}
//   %c = mul %b, %one                          =>   %d = neg %x
//   %d = sub %minus_zero, %c
//
// The rules stand in *_rules.cpp, one family a file; each is a term rule or a function (ir/rewrite.h), and
// docs/rewrites.md lists them. They are exact,
// so the pass may run anywhere, with two exceptions: it takes out copies that copy-before-update has made, and it would
// put constants into groups; so both come after it. Dead pure ops go on the way.
//
// Needs: a graph- or loop-level module. Ensures: no rule applies (a limit of rewrites stops rules that undo each other;
// none do). Cost: linear in ops and rewrites.
#include "midend/simplify/canonicalize.h"

#include <fmt/format.h>

#include "midend/simplify/for_each_function.h"
#include "midend/simplify/rules.h"

namespace psmc::midend {

std::vector<ir::Pattern> canonical_rules() {
  std::vector<ir::Pattern> all;
  for (auto family :
       {arithmetic_rules, logic_rules, movement_rules, slice_rules, operand_rules, reduction_rules, order_rules})
    for (ir::Pattern& pattern : family()) all.push_back(std::move(pattern));
  return all;
}

namespace {

std::string place_text(const ir::Module& module, ir::LocId place) {
  const ir::Location at = module.loc(place);
  const std::string_view file = module.text(at.file), label = module.text(at.label);
  if (file.empty()) return label.empty() ? "an unknown place" : std::string(label);
  return fmt::format("{}:{}:{}", file, at.line, at.column);
}

/// Whether something changed.
bool count_all(const ir::RewriteReport& report, const ir::Module& module, ir::PassContext& context) {
  for (const auto& [name, count] : report.applied) context.count(name, count);
  for (const auto& [name, places] : report.places)
    for (const ir::LocId place : places) context.count(name + " at " + place_text(module, place));
  context.count("steps", report.steps);
  if (!report.converged) context.count("stopped at the limit");
  return report.changed;
}

}  // namespace

std::span<const ir::PassOption> canonicalize_options() {
  static constexpr ir::PassOption kOptions[] = {
      ir::integer_option("places", "how many places are counted for each rule; default 0", 0, 1000000)};
  return kOptions;
}

bool canonicalize(ir::Module& module, ir::PassContext& context) {
  ir::RewriteOptions options;
  options.max_places = static_cast<size_t>(context.int_option("places", 0));
  const std::vector<ir::Pattern> rules = canonical_rules();
  if (!context.leaves_out_some()) return count_all(ir::rewrite(module, rules, options), module, context);
  return for_each_function(module, context, [&](ir::FuncId func) {  // each makes use lists of the whole module
    return count_all(ir::rewrite(module, func, rules, options), module, context);
  });
}

}  // namespace psmc::midend
