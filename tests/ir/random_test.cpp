// SPDX-License-Identifier: Apache-2.0
// Random programs pass the verifier, survive all forms, and compute finite numbers.
#include "ir/random/random_module.h"
#include "tests/ir/sources.h"

#include "ir/clone.h"
#include "ir/interp/interpreter.h"
#include "ir/json/json_ir.h"
#include "ir/op.h"

#include <cmath>
#include <set>

using namespace psmc;
using namespace psmc::ir;

namespace {

RandomOptions options_of(uint64_t seed) {
  RandomOptions options;
  options.functions = seed % 3 == 0;
  options.ops = 4 + static_cast<int>(seed % 40);
  if (seed % 4 == 1) options.floats = {DType::f32, DType::bf16, DType::f16};
  return options;
}

}  // namespace

SCENARIO("random programs verify, and print, read, convert and copy without a change") {
  std::set<OpKind> seen;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    INFO("seed " << seed);
    const Module module = random_module(seed, options_of(seed));
    const std::string text = print_module(module);
    for (const Diagnostic& diagnostic : verify(module)) FAIL(diagnostic.render() + "\n" + text);
    CHECK(print_module(read_text(text)) == text);
    const std::string json = write_json(module);
    const Result<Module> from_json = read_json("m.json", json);
    REQUIRE(from_json.ok());
    CHECK(print_module(*from_json) == text);
    CHECK(write_json(*from_json) == json);
    CHECK(print_module(clone_module(module)) == text);
    CHECK(verify(compact_module(module)).empty());
    for (uint32_t f = 0; f < module.num_funcs(); ++f) {
      walk(module, module.func(FuncId(f)).body, [&](OpId op) { seen.insert(module.kind(op)); });
    }
  }
  for (const OpDef& def : all_op_defs()) {
    if (def.level == Level::graph) CHECK(seen.contains(def.kind));
  }
}

SCENARIO("the same seed gives the same program") {
  CHECK(print_module(random_module(5)) == print_module(random_module(5)));
  CHECK(print_module(random_module(5)) != print_module(random_module(6)));
}

SCENARIO("what random programs compute is finite, and the same from all forms") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    const Module module = random_module(seed, options_of(seed));
    const FuncId main = module.find_func("main");
    const RandomInputs inputs = random_inputs(module, main, seed);
    const auto results = interpret(module, main, inputs.args, inputs.symbols);
    if (!results.ok()) FAIL(results.diagnostic().render());
    for (const Array& array : *results) {
      for (int64_t i = 0; i < array.elements(); ++i) REQUIRE(std::isfinite(array.get(i)));
    }
    const Module again = read_text(print_module(module));
    const FuncId main_again = again.find_func("main");
    const RandomInputs inputs_again = random_inputs(again, main_again, seed);
    const auto results_again = interpret(again, main_again, inputs_again.args, inputs_again.symbols);
    REQUIRE(results_again.ok());
    CHECK(*results == *results_again);
  }
}

SCENARIO("only the wanted ops are made") {
  RandomOptions options;
  options.kinds = {OpKind::add, OpKind::contract, OpKind::transpose};
  options.symbols = options.states = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Module module = random_module(seed, options);
    walk(module, module.func(FuncId(0)).body, [&](OpId op) {
      const OpKind kind = module.kind(op);
      const bool wanted = kind == OpKind::add || kind == OpKind::contract || kind == OpKind::transpose;
      CHECK((wanted || kind == OpKind::constant || kind == OpKind::return_));
    });
  }
}
