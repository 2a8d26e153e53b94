// SPDX-License-Identifier: Apache-2.0
// Copies are the same text, and share nothing with what they were copied from.
#include "ir/clone.h"
#include "tests/ir/sources.h"

using namespace psmc;
using namespace psmc::ir;

SCENARIO("a copy of a module prints the same and lives on its own") {
  for (const std::string& text : printed_modules()) {
    Module original = read_valid(text);
    Module copy = clone_module(original);
    CHECK(print_module(copy) == text);
    CHECK(verify(copy).empty());
    if (original.num_funcs() > 0) original.func(FuncId(0)).name = original.str("changed");
    original = Module();
    CHECK(print_module(copy) == text);
    CHECK(copy.str("a new string").valid());
    CHECK(copy.type(tensor_type(DType::f32, {2, 2})) == copy.type(tensor_type(DType::f32, {2, 2})));
  }
}

SCENARIO("compacting leaves out what was erased, and keeps the text") {
  for (const std::string& text : printed_modules()) {
    Module module = read_valid(text);
    const uint32_t ops = module.num_ops();
    const FuncId gone = module.create_func("gone", {});
    module.append(module.func(gone).body, module.create(OpKind::return_, {}, {}));
    module.func(gone).erased = true;
    const Module compact = compact_module(module);
    CHECK(print_module(compact) == text);
    CHECK(compact.num_ops() == ops);
    CHECK(verify(compact).empty());
  }
}

SCENARIO("a function is copied under another name, within its module or into another") {
  Module module = read_valid(printed_modules()[3]);
  Cloner(module, module).func(FuncId(1), "half2");
  CHECK(verify(module).empty());
  const std::string half = print_func(module, FuncId(1));
  std::string half2 = print_func(module, module.find_func("half2"));
  half2.replace(half2.find("half2"), 5, "half");
  CHECK(half2 == half);
  Module other;
  other.source = module.source;
  other.str("moves ids");
  Cloner(module, other).func(FuncId(1), "half");
  CHECK(print_func(other, FuncId(0)) == half);
  CHECK(verify(other).empty());
}

SCENARIO("a body is copied to a call, with other values and symbols") {
  Module module = read_valid(R"(func @callee[n: 0..3](%x: tensor<8xf32>) -> tensor<1xf32> {
  %r = slice %x {size = [1], start = sym[n + 2]}
  return %r
}

func @caller[p: 0..3](%y: tensor<8xf32>) -> tensor<1xf32> {
  %a = neg %y
  %b = slice %a {size = [1], start = [0]}
  return %b
}
)");
  const FuncId callee(0), caller(1);
  const BlockId body = module.func(caller).body;
  const OpId neg = module.block_data(body).first, ret = module.terminator(body);
  Cloner cloner(module, module);
  cloner.map(module.block_arg(module.func(callee).body, 0), module.result(neg));
  cloner.map_symbol(module.str("n"), SymExpr::symbol(module.str("p"), -2) * 1 + SymExpr(1));
  module.detach(ret);
  cloner.block(module.func(callee).body, body, false);
  module.append(body, ret);
  const ValueId returned = module.operand(module.terminator(module.func(callee).body), 0);
  module.set_operand(ret, 0, cloner.value(returned));
  CHECK(print_func(module, caller) == R"(func @caller[p: 0..3](%y: tensor<8xf32>) -> tensor<1xf32> {
  %a = neg %y
  %b = slice %a {size = [1], start = [0]}
  %r = slice %a {size = [1], start = sym[p + 1]}
  return %r
}
)");
  CHECK(verify(module).empty());
}
