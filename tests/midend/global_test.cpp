// SPDX-License-Identifier: Apache-2.0
// gvn, hoist-invariants, remove-unused-symbols, outline-repeats, and what they stand on.
#include "ir/random/random_module.h"
#include "midend/global/equal_constants.h"
#include "midend/global/find_repeats.h"
#include "midend/global/layer_labels.h"
#include "tests/midend/random_graph.h"
#include "tests/midend/random_loops.h"

namespace psmc::midend {
namespace {

ir::ConstId add_constant(ir::Module& module, std::vector<uint8_t> bytes, std::string file = "") {
  ir::Constant constant;
  constant.type = module.type(ir::tensor_type(DType::i8, {ir::Dim(1000)}));
  for (const uint8_t byte : bytes) constant.owned.push_back(std::byte(byte));
  constant.file = std::move(file);
  return module.add_constant(std::move(constant));
}

TEST_CASE("no pass changes what random loops compute", "[passes]") {
  for (const std::string pass : {"gvn", "hoist-invariants", "cse", "dce", "propagate-constants",
                                 "gvn,hoist-invariants,propagate-constants,gvn,dce"}) {
    for (uint64_t seed = 0; seed < 150; ++seed) {
      INFO(pass << ", seed " << seed);
      const std::string text = RandomLoops(seed).text();
      ir::Module module = valid_module(text);
      const ir::Module before = ir::clone_module(module);
      run_good(module, pass);
      require_same_loops(before, module, seed);
    }
  }
}

TEST_CASE("random loops give gvn and hoist-invariants something to do", "[passes]") {
  std::map<std::string, int64_t> counters;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    ir::Module module = valid_module(RandomLoops(seed).text());
    for (const ir::PassReport& report : run_good(module, "gvn,hoist-invariants,propagate-constants"))
      for (const auto& [what, n] : report.counters) counters[what] += n;
  }
  CHECK(counters["merged"] > 300);
  CHECK(counters["moved"] > 300);
  CHECK(counters["folded in loops"] > 300);
}

TEST_CASE("values that are carried alike for some iterations only stay apart", "[gvn]") {
  // %a and %b begin equal; what replaces them differs by what %c and %d are, which differ by what %e is, and so on: the
  // classes split once a round, more often than rounds are allowed.
  std::string head, init, body, yield, names;
  constexpr int kPairs = 14;
  for (int i = 0; i < 2 * kPairs; ++i) {
    init += fmt::format("{}%a{} = %z", i ? ", " : "", i);
    names += fmt::format("{}%r{}", i ? ", " : "", i);
    yield += fmt::format("{}%b{}", i ? ", " : "", i);
    const std::string from = i + 2 < 2 * kPairs ? fmt::format("add %a{}, %v", i + 2) : i % 2 ? "exp %v" : "neg %v";
    body += fmt::format("    %b{} = {}\n", i, from);
  }
  ir::Module module =
      valid_module("func @f(%x: buffer<8xf32, scratchpad>) {\n  %z = constant 0.0 : f32\n  " + names +
                   " = for %i = 0 to 8 step 1 iter(" + init + ") {\n    %v = load %x[%i]\n" + body + "    yield " +
                   yield + "\n  }\n  %s = sub %r0, %r1\n  store %s, %x[0]\n  return\n}\n");
  run_good(module, "gvn");
  CHECK(count(ir::print_module(module), "= sub %r0, %r1") == 1);
}

TEST_CASE("constants are equal by type and bytes, or by their place", "[constants]") {
  ir::Module module;
  std::vector<uint8_t> bytes(1000, 7), other = bytes, late = bytes;
  other[3] = 8;
  late[501] = 9;  // no word that is sampled
  const uint32_t a = add_constant(module, bytes).index, b = add_constant(module, other).index,
                 c = add_constant(module, late).index, d = add_constant(module, late).index,
                 e = add_constant(module, bytes).index;
  const uint32_t p = add_constant(module, {}, "a.npy").index, q = add_constant(module, {}, "b.npy").index,
                 r = add_constant(module, {}, "a.npy").index;
  EqualConstants equal(module);
  CHECK(equal.first(a) == a);
  CHECK(equal.first(b) == b);
  CHECK(equal.first(c) == c);
  CHECK(equal.first(d) == c);
  CHECK(equal.first(e) == a);
  CHECK(equal.first(p) == p);
  CHECK(equal.first(q) == q);
  CHECK(equal.first(r) == p);
}

TEST_CASE("runs are found where there are any", "[repeats]") {
  Random random(5);
  for (int round = 0; round < 400; ++round) {
    std::vector<uint32_t> tokens;
    const auto size = static_cast<size_t>(random.range(0, 60));
    while (tokens.size() < size)
      tokens.push_back(static_cast<uint32_t>(random.below(2 + static_cast<uint64_t>(round % 5))));
    const auto least = static_cast<uint32_t>(random.range(1, 5));
    uint64_t best = 0;  // of any run, by looking at all
    for (uint32_t period = least; period <= size / 2; ++period)
      for (uint32_t begin = 0; begin + 2 * period <= size; ++begin) {
        uint32_t end = begin + period;
        while (end < size && tokens[end] == tokens[end - period]) ++end;
        if (end - begin >= 2 * period) best = std::max<uint64_t>(best, ((end - begin) / period - 1) * uint64_t{period});
      }
    uint64_t most = 0;
    uint32_t last = 0;
    for (const Repeat& repeat : find_repeats(tokens, least).found) {
      REQUIRE(repeat.begin >= last);
      REQUIRE(repeat.copies >= 2);
      REQUIRE(repeat.period >= least);
      last = repeat.end();
      REQUIRE(last <= size);
      for (uint32_t i = repeat.begin; i + repeat.period < last; ++i) REQUIRE(tokens[i] == tokens[i + repeat.period]);
      most = std::max(most, repeat.saved());
    }
    CHECK(most == best);
  }
}

TEST_CASE("outlining and inlining give the same ops back", "[outline-repeats]") {
  std::string body;
  for (int i = 0; i < 6; ++i)
    body += fmt::format(
        "  %a{0} = exp %x{0}\n  %b{0} = mul %a{0}, %s\n  %c{0} = reduce %b{0} {{axes = [0], monoid = "
        "\"sum\"}}\n  %d{0} = sub %b{0}, %c{0}\n  %x{1} = add %d{0}, %x{0}\n",
        i, i + 1);
  const std::string text =
      "func @f(%x0: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {\n  %s = neg "
      "%y\n" +
      body + "  return %x6, %b2\n}\n";
  ir::Module module = valid_module(text);
  const std::string before = ir::print_module(module);
  run_good(module, "outline-repeats{least=4}");
  const std::string outlined = ir::print_module(module);
  INFO(outlined);
  CHECK(count(outlined, "call @f.repeat") == 6);
  CHECK(count(outlined, "exp") == 1);
  CHECK(count(outlined, "private = true") == 1);
  const ir::Module original = valid_module(text);
  require_same(original, module, 3, 4, true);
  // Both functions are one for remove-unused-symbols: the inlined one called @g, beside the one that never changed.
  run_good(module, "inline,remove-unused-symbols");
  std::string again = ir::print_module(module);
  again.replace(again.find("@f"), 2, "@g");
  ir::Module both = valid_module(text + again +
                                 "func @both(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {\n"
                                 "  %a, %b = call @f(%x, %x)\n  %c, %d = call @g(%x, %x)\n  return %a, %d\n}\n");
  run_good(both, "remove-unused-symbols");
  CHECK(count(ir::print_module(both), "call @f") == 2);
}

TEST_CASE("labels of layers come back", "[outline-repeats]") {
  const std::string_view labels[] = {"layer 1, key", "layer 10, key", "layer 12, key"}, nothing[] = {"a", "aa"};
  const std::string common = common_label(labels);
  CHECK(common == "layer 1*, key");
  for (const std::string_view label : labels)
    CHECK(label_for_call(common, call_label(varying_part(common, label))) == label);
  CHECK(common_label(nothing) == "a*");
  CHECK(label_for_call("a * b", "other") == "a * b");
}

std::string layers_text(int layers) {
  std::string body;
  for (int i = 0; i < layers; ++i)
    body += fmt::format(
        "  %n{0} = call @rms_norm(%x{0}, %w) {{eps = 1e-05}}\n  %a{0} = contract %n{0}, %m {{spec = "
        "\"mk,kn->mn\"}}\n  %s{0} = call @softmax(%a{0}) {{axis = 1}}\n  %g{0} = call @silu(%s{0})\n  %x{1} "
        "= add %g{0}, %x{0}\n",
        i, i + 1);
  return "func @f(%x0: tensor<2x4xf32>, %w: tensor<4xf32>, %m: tensor<4x4xf32>) -> tensor<2x4xf32> {\n" + body +
         fmt::format("  return %x{}\n}}\n", layers);
}

TEST_CASE("passes do the work of a layer once, however many there are", "[outline-repeats]") {
  const auto steps_of = [](int layers, const std::string& passes) {
    ir::Module module = valid_module(layers_text(layers));
    const ir::Module before = ir::clone_module(module);
    int64_t steps = 0;
    for (const ir::PassReport& report :
         run_good(module, passes + "inline-composites,canonicalize,cse,dce,inline,remove-unused-symbols"))
      if (report.pass == "canonicalize" || report.pass == "cse" || report.pass == "dce")
        if (const auto found = report.counters.find("steps"); found != report.counters.end()) steps += found->second;
    require_same(before, module, 3, 2, true);
    CHECK(count(ir::print_module(module), "contract") == static_cast<size_t>(layers));
    return steps;
  };
  const std::string outline = "outline-repeats{least=4},", none;
  CHECK(steps_of(40, none) > 15 * steps_of(2, none));
  CHECK(3 * steps_of(40, outline) < steps_of(40, none));  // what is left is one call a layer
}

TEST_CASE("no pass changes what modules with calls compute", "[passes]") {
  int64_t constants = 0, dropped = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    INFO("seed " << seed);
    ir::RandomOptions options;
    options.functions = true;
    ir::Module module = ir::random_module(seed, options);
    ir::Module before = ir::clone_module(module);
    if (const ir::FuncId callee = module.find_func("callee"); callee.valid())
      module.func(callee).attrs = module.attrs({{module.str(ir::kPrivate), true}});
    const char* pipelines[] = {"propagate-constants", "remove-unused-symbols",
                               "outline-repeats{least=2},propagate-constants,inline",
                               "gvn,hoist-invariants,remove-unused-symbols"};
    for (const ir::PassReport& report : run_good(module, pipelines[seed % 4]))
      for (const auto& [what, n] : report.counters) {
        constants += what == "constants" ? n : 0;
        dropped += what.starts_with("dropped") ? n : 0;
      }
    const ir::FuncId main = before.find_func("main");
    const ir::RandomInputs inputs = ir::random_inputs(before, main, seed);
    const auto wanted = ir::interpret(before, main, inputs.args, inputs.symbols);
    ir::SymbolValues symbols;
    for (const auto& [name, value] : inputs.symbols) symbols.emplace_back(module.find_str(before.text(name)), value);
    const auto got = ir::interpret(module, module.find_func("main"), inputs.args, symbols);
    INFO("before\n" << ir::print_module(before) << "after\n" << ir::print_module(module));
    REQUIRE(wanted.ok());
    REQUIRE(got.ok());
    for (size_t i = 0; i < wanted->size(); ++i) REQUIRE(same_numbers((*wanted)[i], (*got)[i]));
  }
  CHECK(constants > 20);
  CHECK(dropped > 20);
}

TEST_CASE("layers that are linked in another way are not taken for equal", "[outline-repeats]") {
  std::string body;
  for (int i = 0; i < 4; ++i)
    body += fmt::format("  %a{0} = exp %x{0}\n  %b{0} = neg %x{0}\n  %c{0} = mul %a{0}, {2}\n  %x{1} = tanh %c{0}\n", i,
                        i + 1, i == 2 ? "%a2" : fmt::format("%b{}", i));
  const std::string text = "func @f(%x0: tensor<4xf32>) -> tensor<4xf32> {\n" + body + "  return %x4\n}\n";
  const std::string out = checked_after("outline-repeats{least=3}", text);
  CHECK(count(out, "call @") == 2);
}

TEST_CASE("recursion is refused with the cycle, where the last call of it stands", "[inline]") {
  const std::string text = R"(func @main(%x: tensor<f32>) -> tensor<f32> {
  %r = call @a(%x)
  return %r
}
func @a(%x: tensor<f32>) -> tensor<f32> {
  %r = call @b(%x)
  return %r
}
func @b(%x: tensor<f32>) -> tensor<f32> {
  %y = neg %x
  %r = call @a(%y)
  return %r
}
)";
  Result<ir::Module> module = ir::parse_text("test.psm", text);
  REQUIRE(module.ok());
  const Status verified = ir::verify_status(*module);
  ir::PassContext context;
  const auto inlined = run_passes(*module, "inline", {}, context);
  REQUIRE_FALSE(verified.ok());
  REQUIRE_FALSE(inlined.ok());
  for (const Diagnostic& diagnostic : {verified.diagnostic(), inlined.diagnostic()}) {
    CHECK(diagnostic.code == Code::ir_recursion);
    CHECK(diagnostic.message.find("@a calls itself: @a calls @b calls @a") != std::string::npos);
    CHECK(diagnostic.place.line == 11);
  }
}

TEST_CASE("inlining more than the module may hold is refused", "[inline]") {
  // Each function is small enough, all together are not.
  std::string big = "func @big(%x0: tensor<f32>) -> tensor<f32> {\n";
  for (int i = 0; i < 5000; ++i) big += fmt::format("  %x{} = neg %x{}\n", i + 1, i);
  big += "  return %x5000\n}\n";
  for (int i = 0; i < 1000; ++i)
    big += fmt::format("func @f{}(%x: tensor<f32>) -> tensor<f32> {{\n  %r = call @big(%x)\n  return %r\n}}\n", i);
  ir::Module module = valid_module(big);
  ir::PassContext context;
  const auto reports = run_passes(module, "inline", {}, context);
  REQUIRE_FALSE(reports.ok());
  CHECK(reports.diagnostic().code == Code::too_large);
}

TEST_CASE("`private` is true or false", "[entries]") {
  Result<ir::Module> module =
      ir::parse_text("test.psm", "func @f(%x: tensor<f32>) -> tensor<f32> {private = 3} {\n  return %x\n}\n");
  REQUIRE(module.ok());
  const Status verified = ir::verify_status(*module);
  REQUIRE_FALSE(verified.ok());
  CHECK(verified.diagnostic().code == Code::bad_attribute);
}

}  // namespace
}  // namespace psmc::midend
