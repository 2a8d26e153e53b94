// SPDX-License-Identifier: Apache-2.0
#include "ir/rewrite.h"
#include "tests/ir/sources.h"

#include "ir/interp/interpreter.h"
#include "ir/random/random_module.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

const Term x = var(0), y = var(1), z = var(2);

std::string rewritten(const std::string& body, std::span<const Pattern> patterns, RewriteReport* report = nullptr) {
  Module module = read_valid("func @f(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {\n" + body + "}\n");
  const RewriteReport done = rewrite(module, patterns);
  if (report) *report = done;
  CHECK(verify(module).empty());
  const std::string text = print_func(module, FuncId(0));
  const size_t begin = text.find('\n') + 1;
  return text.substr(begin, text.size() - begin - 2);
}

bool fold_transposes(Rewriter& rewriter, OpId op) {
  const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::transpose);
  if (!inner.valid()) return false;
  const IntList outer = rewriter.module().ints_attr(op, "permutation"),
                first = rewriter.module().ints_attr(inner, "permutation");
  IntList both;
  for (int64_t d : outer) both.push_back(first[static_cast<size_t>(d)]);
  rewriter.replace(op, rewriter.build().transpose(rewriter.operand(inner, 0), both));
  return true;
}

}  // namespace

SCENARIO("rules rewrite until none applies, and what is dead goes") {
  const Pattern patterns[] = {rule("neg-neg", t_neg(t_neg(x)), x), rule("add-zero", t_add(x, num(0)), x)};
  RewriteReport report;
  CHECK(rewritten("  %1 = neg %a\n  %z = constant splat[0.0] : tensor<4xf32>\n  %2 = add %z, %1\n  %3 = neg %2\n  %4 = "
                  "neg %3\n  %5 = neg %4\n  return %5\n",
                  patterns, &report) == "  return %a\n");
  CHECK(report.applied.at("neg-neg") == 2);
  CHECK(report.applied.at("add-zero") == 1);
  CHECK(report.converged);
}

SCENARIO("nothing to do is no change") {
  const Pattern patterns[] = {rule("neg-neg", t_neg(t_neg(x)), x)};
  RewriteReport report;
  CHECK(rewritten("  %0 = neg %a\n  return %0\n", patterns, &report) == "  %0 = neg %a\n  return %0\n");
  CHECK(!report.changed);
}

SCENARIO("equal variables must be equal values, and commutative ops match either way") {
  const Pattern patterns[] = {rule("double", t_add(x, x), t_mul(x, num(2))),
                              rule("distribute", t_add(t_mul(x, z), t_mul(y, z)), t_mul(t_add(x, y), z))};
  CHECK(rewritten("  %1 = add %a, %a\n  return %1\n", patterns) ==
        "  %0 = constant dense[2.0] : tensor<f32>\n  %1 = mul %a, %0\n  return %1\n");
  CHECK(rewritten("  %1 = add %a, %b\n  return %1\n", patterns) == "  %0 = add %a, %b\n  return %0\n");
  CHECK(rewritten("  %1 = exp %a\n  %2 = mul %1, %a\n  %3 = mul %b, %1\n  %4 = add %2, %3\n  return %4\n", patterns) ==
        "  %0 = exp %a\n  %1 = add %a, %b\n  %2 = mul %1, %0\n  return %2\n");
}

SCENARIO("a rule applies where its condition holds, the higher benefit first") {
  const Pattern patterns[] = {
      rule("low", t_mul(x, y), t_add(x, y)),
      rule("high", t_mul(x, y), t_sub(x, y), [](const Match& m) { return m.type(0).rank() == 1; }, 5)};
  RewriteReport report;
  rewritten("  %1 = mul %a, %b\n  return %1\n", patterns, &report);
  CHECK(report.applied.count("low") == 0);
  CHECK(report.applied.at("high") == 1);
}

SCENARIO("a replacement of another shape is stretched") {
  const Pattern patterns[] = {rule("sub-self", t_sub(x, x), num(0))};
  CHECK(rewritten("  %1 = sub %a, %a\n  return %1\n", patterns) ==
        "  %0 = constant dense[0.0] : tensor<f32>\n  %1 = broadcast %0 {shape = [4]}\n  return %1\n");
}

SCENARIO("-0.0 is not 0.0") {
  const Pattern patterns[] = {rule("add-zero", t_add(x, num(-0.0)), x)};
  RewriteReport report;
  rewritten("  %z = constant splat[0.0] : tensor<4xf32>\n  %1 = add %a, %z\n  return %1\n", patterns, &report);
  CHECK(!report.changed);
}

SCENARIO("patterns written as functions see values as they are now") {
  const Pattern patterns[] = {{"fold-transposes", OpKind::transpose, 1, fold_transposes},
                              rule("neg-neg", t_neg(t_neg(x)), x)};
  Module module = read_valid(R"(func @f(%a: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %1 = transpose %a {permutation = [1, 2, 0]}
  %2 = neg %1
  %3 = neg %2
  %4 = transpose %3 {permutation = [1, 2, 0]}
  %5 = transpose %4 {permutation = [1, 2, 0]}
  return %5
}
)");
  const RewriteReport report = rewrite(module, patterns);
  CHECK(report.converged);
  CHECK(verify(module).empty());
  CHECK(print_module(module) == R"(func @f(%a: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = transpose %a {permutation = [0, 1, 2]}
  return %0
}
)");
}

SCENARIO("patterns that undo each other end at the limit") {
  const Pattern patterns[] = {rule("there", t_add(x, y), t_sub(x, t_neg(y))),
                              rule("back", t_sub(x, t_neg(y)), t_add(x, y))};
  RewriteReport report;
  rewritten("  %1 = add %a, %b\n  return %1\n", patterns, &report);
  CHECK(!report.converged);
  CHECK(report.changed);
}

SCENARIO("a pattern that wants one reader is tried again when the other one has gone") {
  const Pattern patterns[] = {
      rule("sub-self", t_sub(x, x), num(0)),
      {"exp-neg", OpKind::exp, 1,
       [](Rewriter& rewriter, OpId op) {
         const OpId inner = rewriter.def(rewriter.operand(op, 0), OpKind::neg);
         if (!inner.valid() || !rewriter.has_one_user(rewriter.module().result(inner))) return false;
         rewriter.replace(op, rewriter.build().make(OpKind::recip, {rewriter.operand(inner, 0)}));
         return true;
       }},
  };
  RewriteReport report;
  rewritten("  %0 = neg %a\n  %1 = exp %0\n  %2 = mul %0, %b\n  %3 = sub %2, %2\n  %4 = add %1, %3\n  return %4\n",
            patterns, &report);
  CHECK(report.applied["exp-neg"] == 1);
  CHECK(report.applied["dead"] == 2);
}

SCENARIO("rewriting in blocks, and values used inside them") {
  const Pattern patterns[] = {rule("neg-neg", t_neg(t_neg(x)), x)};
  CHECK(rewritten("  %1 = neg %a\n  %g = group {\n    %2 = neg %1\n    %3 = exp %2\n    yield %3\n  }\n  return %g\n",
                  patterns) == "  %g = group {\n    %0 = exp %a\n    yield %0\n  }\n  return %g\n");
}

SCENARIO("sound rules do not change what random programs compute") {
  const Pattern patterns[] = {rule("neg-neg", t_neg(t_neg(x)), x),
                              rule("abs-abs", t_abs(t_abs(x)), t_abs(x)),
                              rule("abs-neg", t_abs(t_neg(x)), t_abs(x)),
                              rule("max-self", t_max(x, x), x),
                              rule("min-max", t_min(t_max(x, y), x), x),
                              rule("sub-neg", t_sub(x, t_neg(y)), t_add(x, y)),
                              {"fold-transposes", OpKind::transpose, 1, fold_transposes}};
  RandomOptions options;
  options.ops = 40;
  int64_t applied = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    Module module = random_module(seed, options);
    const FuncId func = module.find_func("main");
    const RandomInputs inputs = random_inputs(module, func, seed);
    const auto before = interpret(module, func, inputs.args, inputs.symbols);
    const RewriteReport report = rewrite(module, patterns);
    for (const auto& [name, count] : report.applied) applied += count;
    CHECK(verify(module).empty());
    const auto after = interpret(module, func, inputs.args, inputs.symbols);
    REQUIRE(before.ok());
    REQUIRE(after.ok());
    CHECK(*before == *after);
  }
  CHECK(applied > 100);
}

SCENARIO("a rule says what it does") {
  const Pattern pattern = rule("add-zero", t_add(x, t_mul(num(-0.0), constant_var(1))), t_neg(x)).because("it is so");
  CHECK(pattern.form == "add(x, mul(-0, c)) => neg(x)");
  CHECK(pattern.why == "it is so");
}

SCENARIO("a term finds ops with attributes, and a function replaces them") {
  const auto drop = [](Match& m) {
    CHECK(m.num_ops == 3);
    CHECK(m.rewriter.module().kind(m.ops[2]) == OpKind::transpose);
    if (m.rewriter.module().ints_attr(m.ops[2], "permutation") != IntList{0}) return false;
    m.rewriter.replace(m.root, m[1]);
    return true;
  };
  const Pattern patterns[] = {match("drop", t_sub(t_neg(y), t_transpose(x)), drop)};
  RewriteReport report;
  CHECK(rewritten("  %0 = neg %b\n  %1 = transpose %a {permutation = [0]}\n  %2 = sub %0, %1\n  return %2\n", patterns,
                  &report) == "  return %b\n");
  CHECK(report.applied.at("drop") == 1);
  CHECK(report.places.empty());
}
