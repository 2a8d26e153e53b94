// SPDX-License-Identifier: Apache-2.0
// The simplifications cost what the module is long: ten times the ops take ten times the steps, however often a value
// is read. Steps are counted by the rewriter, so nothing here depends on the clock.
#include "tests/midend/allocated.h"
#include "tests/midend/pass_runs.h"

#include <fmt/format.h>

#include <functional>

#include "ir/builder.h"
#include "ir/constants.h"
#include "ir/diff.h"
#include "ir/rewrite.h"
#include "ir/uses.h"
#include "ir/verify.h"
#include "midend/passes.h"
#include "midend/simplify/canonicalize.h"

namespace psmc::midend {
namespace {

using ir::OpKind;
using ir::ValueId;

/// A straight line of `ops` ops: each kind of reader of one argument and one constant, chains that vanish link by link,
/// equal ops, dead ops, elementwise ops behind views.
ir::Module straight_line(int64_t ops) {
  ir::Module module;
  const ir::TypeId type = module.type(ir::tensor_type(DType::f32, {ir::Dim(2), ir::Dim(3)}));
  const ir::FuncId func = module.create_func("main", {&type, 1});
  ir::Builder b(module);
  b.at_end(module.func(func).body);
  const ValueId x = module.block_arg(module.func(func).body, 0), zero = b.splat(DType::f32, -0.0);
  const ValueId shared = b.make(OpKind::exp, {x});
  ValueId chain = x;
  for (int64_t i = 0; i < ops / 10; ++i) {
    const ValueId same = b.make(OpKind::add, {shared, zero});  // is %shared, which all of these read
    const ValueId turned = b.transpose(b.make(OpKind::tanh, {same}), {1, 0});
    const ValueId late = b.make(OpKind::neg, {b.reshape(turned, {ir::Dim(6)})});
    b.make(OpKind::exp, {late});                                  // dead, with what only it reads
    chain = b.make(OpKind::neg, {b.make(OpKind::neg, {chain})});  // is %x again
    chain = b.make(OpKind::max, {chain, b.make(OpKind::abs, {shared})});
  }
  b.ret(func, {{chain}});
  return module;
}

int64_t count_of(const std::vector<ir::PassReport>& reports, const std::string& what) {
  int64_t sum = 0;
  for (const ir::PassReport& report : reports)
    if (const auto found = report.counters.find(what); found != report.counters.end()) sum += found->second;
  return sum;
}

/// Nests of two loops that carry equal values, with invariant ops, loads and stores: 14 ops each.
ir::Module nests(int64_t ops) {
  std::string text =
      "func @f(%x: buffer<64xf32, scratchpad>, %y: buffer<64xf32, scratchpad>) {\n  %z = constant 0.5 : f32\n";
  for (int64_t i = 0; i < ops / 14; ++i)
    text += fmt::format(
        "  %s{0}, %t{0} = for %i = 0 to 8 step 1 iter(%a = %z, %b = %z) {{\n    for %j = 0 to 8 step 1 {{\n"
        "      %l = load %x[{1}]\n      %m = mul %l, %z\n      %e = exp %z\n      %n = add %m, %e\n"
        "      store %n, %y[%j]\n    }}\n    %c = add %a, %z\n    %d = add %z, %b\n    yield %c, %d\n  }}\n"
        "  %u{0} = sub %s{0}, %t{0}\n  store %u{0}, %y[{1}]\n",
        i, i % 64);
  return valid_module(text + "  return\n}\n");
}

/// Layers of 9 ops, each with weights of its own.
ir::Module layers(int64_t ops) {
  std::string text = "func @f(%x0: tensor<2x2xf32>, %y: tensor<2x2xf32>) -> tensor<2x2xf32> {\n";
  const int64_t count = ops / 9;
  for (int64_t i = 0; i < count; ++i)
    text += fmt::format(
        "  %w{0} = constant splat[{2}.0] : tensor<2x2xf32>\n  %a{0} = mul %x{0}, %w{0}\n  %b{0} = exp %a{0}\n"
        "  %c{0} = add %b{0}, %y\n  %d{0} = tanh %c{0}\n  %e{0} = max %d{0}, %a{0}\n  %f{0} = neg %e{0}\n"
        "  %g{0} = sub %f{0}, %x{0}\n  %x{1} = abs %g{0}\n",
        i, i + 1, i % 100);
  return valid_module(text + fmt::format("  return %x{}\n}}\n", count));
}

void check_growth(const std::string& passes, int64_t factor = 11, ir::Module (*make)(int64_t) = straight_line) {
  int64_t before = 0;
  for (const int64_t ops : {1000, 10000, 100000}) {
    ir::Module module = make(ops);
    const int64_t steps = count_of(run_good(module, passes), "steps");
    INFO(ops << " ops: " << steps << " steps, of a tenth: " << before);
    CHECK(steps >= ops);
    if (before > 0) CHECK(steps <= before * factor);
    before = steps;
  }
}

TEST_CASE("canonicalize takes steps in proportion to the ops", "[growth]") { check_growth("canonicalize"); }

TEST_CASE("cse and dce look at each op once", "[growth]") { check_growth("cse,dce"); }

TEST_CASE("gvn, hoisting and the clean-up of symbols look at each op a few times", "[growth]") {
  check_growth("gvn");
  check_growth("hoist-invariants");
  check_growth("remove-unused-symbols");
  check_growth("propagate-constants");
}

/// A function that gives back as many values as it takes, each twice, and a call of it.
ir::Module wide_call(int64_t values) {
  std::string args, types, given;
  for (int64_t i = 0; i < values / 2; ++i) {
    const std::string_view comma = i == 0 ? "" : ", ";
    args += fmt::format("{}%x{}: tensor<f32>", comma, i);
    types += fmt::format("{}tensor<f32>, tensor<f32>", comma);
    given += fmt::format("{}%x{}", comma, i);
  }
  const std::string twice = given + ", " + given;
  std::string results = "%r0";
  for (int64_t i = 1; i < values / 2 * 2; ++i) results += fmt::format(", %r{}", i);
  return valid_module(
      fmt::format("func @g({}) -> ({}) {{private = true}} {{\n  return {}\n}}\n"
                  "func @f({}) -> ({}) {{\n  {} = call @g({})\n  return {}\n}}\n",
                  args, types, twice, args, types, results, given, results));
}

TEST_CASE("a call or return that reads many values is looked at once for all of them", "[growth]") {
  int64_t before = 0;
  for (const int64_t values : {200, 2000, 20000}) {
    ir::Module module = wide_call(values);
    const int64_t steps = count_of(run_good(module, "propagate-constants"), "steps");
    INFO(values << " values: " << steps << " steps, of a tenth: " << before);
    CHECK(steps >= values);
    if (before > 0) CHECK(steps <= before * 11);
    before = steps;
  }
}

TEST_CASE("loops are looked at a few times, however many there are", "[growth]") {
  check_growth("gvn", 11, nests);
  check_growth("hoist-invariants", 11, nests);
  check_growth("propagate-constants", 11, nests);
}

TEST_CASE("repeats are found in n log n", "[growth]") {
  check_growth("outline-repeats", 14);
  check_growth("outline-repeats", 14, layers);
}

/// Functions that each pass has something to do in: a call, composites, equal and constant ops, an update of a state.
ir::Module functions(int64_t count) {
  std::string text = "func @g(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %y = neg %x\n  return %y\n}\n";
  for (int64_t i = 0; i < count; ++i)
    text += fmt::format(
        "func @f{0}(%x: tensor<4xf32>, %s: tensor<4xf32> state @s) -> (%y: tensor<4xf32>, tensor<4xf32> state @s) {{\n"
        "  %c = constant dense[{0}.0, 1.0, 2.0, 3.0] : tensor<4xf32>\n  %e = exp %c\n  %a = exp %x\n  %b = exp %x\n"
        "  %m = mul %b, %e\n  %n = call @g(%m)\n  %o = call @softmax(%n) {{axis = 0}}\n  %y = add %o, %s\n"
        "  %u = update %s, %a {{start = [0]}}\n  return %y, %u\n}}\n",
        i);
  return valid_module(text);
}

/// What `work` asks the heap for grows as the number of functions does.
void check_heap(std::string_view name, const std::function<void(ir::Module&)>& work) {
  uint64_t before = 0;
  for (const int64_t count : {250, 2500}) {
    ir::Module module = functions(count);
    const uint64_t begin = allocated_bytes();
    work(module);
    const uint64_t bytes = allocated_bytes() - begin;
    INFO(name << ", " << count << " functions: " << bytes << " bytes, of a tenth: " << before);
    if (before > 0) CHECK(bytes <= 14 * before + (1 << 20));
    before = bytes;
  }
}

TEST_CASE("each pass makes its tables once for the module, not once for each function", "[growth]") {
  for (const ir::PassInfo& pass : passes())
    check_heap(pass.name, [&](ir::Module& module) {
      ir::PassContext context;
      pass.run(module, context);
    });
}

TEST_CASE("so do the verifier, and all that writes and reads modules", "[growth]") {
  check_heap("verify", [](ir::Module& module) { CHECK(ir::verify(module).empty()); });
  for (const char* path : {"m.psm", "m.json", "m.psmb"})
    check_heap(path, [&](ir::Module& module) {
      std::vector<Diagnostic> errors;
      CHECK(ir::parse_module(path, ir::module_bytes(module, path), errors).has_value());
    });
  check_heap("diff", [](ir::Module& module) { CHECK(ir::diff_modules(module, functions(2), {}) != ""); });
}

}  // namespace
}  // namespace psmc::midend
