// SPDX-License-Identifier: Apache-2.0
// Every rule of canonicalize applies where it should, to the same bits, and not where it would change one.
#include <algorithm>
#include <map>
#include <set>

#include "midend/simplify/canonicalize.h"
#include "tests/midend/canonicalize_cases.h"
#include "tests/midend/pass_runs.h"
#include "tests/midend/random_graph.h"

namespace psmc::midend {
namespace {

std::string module_of(const Case& c) {
  return c.constants + "func @f[n: 1..4](" + c.args + ") -> (" + c.type + ") {\n" + c.body + "\n  return %r\n}\n";
}

std::set<std::string> applied(const Case& c) {
  ir::Module module = valid_module(module_of(c));
  const ir::Module before = ir::clone_module(module);
  const auto reports = run_good(module, "canonicalize");
  require_same(before, module, 7);
  std::set<std::string> names;
  for (const auto& [name, count] : reports[0].counters)
    if (name != "steps") names.insert(name);
  return names;
}

TEST_CASE("each rule applies where it says, to the same bits", "[canonicalize]") {
  std::set<std::string> seen;
  for (const auto& family : {scalar_cases(), tensor_cases()}) {
    for (const Case& c : family) {
      INFO(c.rule << "\n" << module_of(c));
      const std::set<std::string> names = applied(c);
      if (c.rule.empty())
        CHECK(names.empty());
      else
        CHECK(names.count(c.rule) == 1);
      seen.insert(c.rule);
    }
  }
  for (const ir::Pattern& pattern : canonical_rules()) {
    INFO("a rule without a case: " << pattern.name);
    CHECK(seen.count(pattern.name) == 1);
    CHECK(pattern.form.find(" => ") != std::string::npos);
    CHECK(!pattern.why.empty());
  }
}

TEST_CASE("canonicalize converges on random functions, and run again it changes nothing", "[canonicalize]") {
  const std::vector<ir::Pattern> rules = canonical_rules();
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    ir::Module module = valid_module(RandomGraph(seed).text(static_cast<int>(10 + seed % 60)));
    CHECK(ir::rewrite(module, rules).converged);
    const std::string once = ir::print_module(module);
    CHECK(ir::rewrite(module, rules).converged);
    INFO("seed " << seed << "\n" << once);
    CHECK(ir::print_module(module) == once);
  }
}

TEST_CASE("rules that bring constants together do not turn constants alone round", "[canonicalize]") {
  ir::Module module = valid_module(R"(const @a : tensor<i32> = dense[3]
const @b : tensor<i32> = dense[5]
const @c : tensor<i32> = dense[6]
func @f() -> (tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) {
  %a = constant @a
  %b = constant @b
  %c = constant @c
  %n = neg %a
  %0 = mul %n, %b
  %m = mul %a, %c
  %1 = neg %m
  %s = add %a, %b
  %2 = add %s, %c
  %p = mul %a, %b
  %3 = mul %p, %c
  %u = max %a, %b
  %4 = max %u, %c
  %v = min %a, %b
  %5 = min %v, %c
  return %0, %1, %2, %3, %4, %5
}
)");
  const ir::RewriteReport report = ir::rewrite(module, canonical_rules());
  CHECK(report.converged);
  CHECK(report.applied == std::map<std::string, int64_t>{{"dead", 1}, {"neg-mul", 1}});
}

TEST_CASE("canonicalize says where a rule was applied, if asked", "[canonicalize]") {
  const std::string text =
      "func @f(%x: tensor<4xf32>) -> (tensor<4xf32>) {\n  %a = neg %x\n  %b = neg %a\n  %c = neg %b\n  %r = neg %c\n  "
      "return %r\n}\n";
  for (const auto& [pipeline, places] : std::map<std::string, size_t>{
           {"canonicalize", 0}, {"canonicalize{places=1}", 1}, {"canonicalize{places=9}", 2}}) {
    ir::Module module = valid_module(text);
    const auto reports = run_good(module, pipeline);
    CHECK(reports[0].counters.at("neg-neg") == 2);
    CHECK(static_cast<size_t>(std::count_if(reports[0].counters.begin(), reports[0].counters.end(), [](const auto& c) {
            return c.first.starts_with("neg-neg at test.psm:");
          })) == places);
  }
}

TEST_CASE("a long chain is rewritten in one run of the pass", "[canonicalize]") {
  std::string text = "func @f(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>) {\n";
  std::string last = "%x";
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "%t" + std::to_string(i);
    text += "  " + name + (i % 2 == 0 ? " = neg " : " = transpose ") + last +
            (i % 2 == 0 ? "\n" : " {permutation = [0, 1]}\n");
    last = name;
  }
  const std::string out = after("canonicalize", text + "  return " + last + "\n}\n");
  CHECK(std::count(out.begin(), out.end(), '\n') == 3);
}

}  // namespace
}  // namespace psmc::midend
