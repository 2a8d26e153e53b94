// SPDX-License-Identifier: Apache-2.0
// Each invariant, broken one at a time through the module's own interface.
#include "tests/ir/sources.h"

#include "ir/builder.h"

using namespace psmc;
using namespace psmc::ir;

namespace {

constexpr const char* kGood = R"(const @c : tensor<2xf32> = dense[1.0, 2.0]

func @f[p: 0..7](%x: tensor<2xf32>, %k: tensor<8x2xf32> state @k) -> (tensor<2xf32>, tensor<8x2xf32> state @k) {
  %a = neg %x  loc("layer 0", "model.onnx":3:1)
  %g = group {
    %b = exp %a
    yield %b
  }
  %r = reshape %g {shape = [1, 2]}
  %u = update %k, %r {start = sym[p, 0]}
  return %g, %u
}

func @loop(%x: buffer<8xf32>) {
  %z = constant 0.0 : f32
  %s = for %i = 0 to 8 iter(%acc = %z) {
    %v = load %x[%i]
    %t = add %v, %acc
    yield %t
  }
  return
}
)";

/// The op of function `func` with this text name, also in blocks.
OpId find_op(const Module& module, uint32_t func, OpKind kind) {
  OpId found;
  walk(module, module.func(FuncId(func)).body, [&](OpId op) {
    if (module.kind(op) == kind && !found.valid()) found = op;
  });
  REQUIRE(found.valid());
  return found;
}

void expect(const Module& module, Code code) {
  const auto errors = verify(module);
  REQUIRE(!errors.empty());
  INFO(errors[0].render());
  CHECK(code_name(errors[0].code) == code_name(code));
}

}  // namespace

SCENARIO("a good module has no violations") { CHECK(verify(read_text(kGood)).empty()); }

SCENARIO("names") {
  Module module = read_text(kGood);
  module.func(FuncId(1)).name = module.func(FuncId(0)).name;
  expect(module, Code::ir_name);
  Module constants = read_text(kGood);
  constants.add_constant(constants.constant(ConstId(0)));
  expect(constants, Code::ir_name);
}

SCENARIO("constants have as many bytes as their type asks for") {
  Module module = read_text(kGood);
  module.constant(ConstId(0)).owned.pop_back();
  expect(module, Code::ir_constant);
}

SCENARIO("constants and the module have extensions and no other attributes") {
  const auto attrs = [](Module& m, const char* name, const char* text) {
    return m.attrs({{m.str(name), std::string(text)}});
  };
  Module module = read_text(kGood);
  module.own_attrs = module.constant(ConstId(0)).attrs = attrs(module, "x.tool", "[1]");
  CHECK(verify(module).empty());
  module.constant(ConstId(0)).attrs = attrs(module, "x.result.0.tool", "[1]");
  expect(module, Code::bad_attribute);
  module.constant(ConstId(0)).attrs = AttrId();
  module.own_attrs = attrs(module, "x.tool", "no JSON");
  expect(module, Code::bad_attribute);
}

SCENARIO("symbols have ranges and are declared") {
  Module module = read_text(kGood);
  module.func(FuncId(0)).symbols[0].low = 9;
  expect(module, Code::ir_symbols);
  Module undeclared = read_text(kGood);
  undeclared.func(FuncId(0)).symbols.clear();
  expect(undeclared, Code::unknown_symbol);
  Module leaves = read_text(kGood);
  leaves.func(FuncId(0)).symbols[0].high = 8;
  expect(leaves, Code::symbol_out_of_range);
}

SCENARIO("states are read once, replaced once, and keep their type") {
  Module unread = read_text(kGood);
  unread.func(FuncId(0)).arg_state[1] = StrId();
  expect(unread, Code::ir_state);
  Module doubled = read_text(kGood);
  doubled.func(FuncId(0)).result_state[0] = doubled.func(FuncId(0)).result_state[1];
  expect(doubled, Code::ir_state);
  Module shorter = read_text(kGood);
  shorter.func(FuncId(0)).result_state.pop_back();
  expect(shorter, Code::ir_state);
}

SCENARIO("a state has one type in all functions") {
  const std::string one = "func @f(%x: tensor<8xf32> state @s) -> (tensor<8xf32>) {\n  return %x\n}\n";
  const auto other = [](const std::string& type) {
    return "func @g(%x: " + type + " state @s) -> (" + type + ") {\n  return %x\n}\n";
  };
  CHECK(verify(read_text(one + other("tensor<8xf32>"))).empty());
  expect(read_text(one + other("tensor<900xf32>")), Code::ir_state);
  expect(read_text(one + other("tensor<8xf16>")), Code::ir_state);
}

SCENARIO("blocks end with their terminator and nowhere else") {
  Module open = read_text(kGood);
  open.erase(find_op(open, 0, OpKind::return_));
  expect(open, Code::ir_terminator);
  Module wrong = read_text(kGood);
  wrong.set_kind(find_op(wrong, 0, OpKind::yield), OpKind::return_);
  expect(wrong, Code::ir_terminator);
  Module twice = read_text(kGood);
  const OpId ret = find_op(twice, 0, OpKind::return_);
  twice.insert_before(ret, twice.create(OpKind::return_, twice.operands(ret), {}));
  expect(twice, Code::ir_terminator);
  // What else is wrong in such a block is told too.
  open.set_attr(find_op(open, 0, OpKind::neg), "speed", int64_t{3});
  const auto both = verify(open);
  REQUIRE(both.size() == 2);
  CHECK(both[0].code == Code::ir_attribute);
  CHECK(both[1].code == Code::ir_terminator);
}

SCENARIO("an operand comes before its user") {
  Module module = read_text(kGood);
  const OpId neg = find_op(module, 0, OpKind::neg), group = find_op(module, 0, OpKind::group);
  module.detach(neg);
  module.insert_after(group, neg);
  expect(module, Code::ir_dominance);
  Module escaped = read_text(kGood);
  escaped.set_operand(find_op(escaped, 0, OpKind::return_), 0, escaped.result(find_op(escaped, 0, OpKind::exp)));
  expect(escaped, Code::ir_dominance);
  Module nowhere = read_text(kGood);
  nowhere.set_operand(find_op(nowhere, 0, OpKind::neg), 0, ValueId(123456));
  expect(nowhere, Code::ir_dominance);
  Module itself = read_text(kGood);
  const OpId self = find_op(itself, 0, OpKind::neg);
  itself.set_operand(self, 0, itself.result(self));
  expect(itself, Code::ir_dominance);
}

SCENARIO("types are those that definitions give") {
  Module module = read_text(kGood);
  module.set_value_type(module.result(find_op(module, 0, OpKind::neg)), module.type(tensor_type(DType::f32, {3})));
  expect(module, Code::ir_type);
  Module yielded = read_text(kGood);
  yielded.set_value_type(yielded.result(find_op(yielded, 0, OpKind::group)),
                         yielded.type(tensor_type(DType::f32, {3})));
  expect(yielded, Code::ir_type);
  Module returned = read_text(kGood);
  returned.func(FuncId(0)).results[0] = returned.type(tensor_type(DType::f32, {3}));
  expect(returned, Code::ir_results);
  Module fewer = read_text(kGood);
  fewer.set_operands(find_op(fewer, 1, OpKind::return_),
                     std::vector<ValueId>{fewer.block_arg(fewer.func(FuncId(1)).body, 0)});
  expect(fewer, Code::ir_results);
}

SCENARIO("an op is not right because another like it was") {
  const char* text = R"(func @f[p: 0..2](%x: tensor<4xf32>, %h: tensor<4xf16>) -> tensor<2xf32> {
  %a = add %x, %x
  %b = add %x, %x
  %s = slice %b {start = sym[p], size = [2]}
  return %s
}
func @g[p: 0..3](%x: tensor<4xf32>) -> tensor<2xf32> {
  %s = slice %x {start = sym[p], size = [2]}
  return %s
}
)";
  const Module good = read_text(text);
  const auto second = [](const Module& module) {
    return module.op(module.block_data(module.func(FuncId(0)).body).first).next;
  };
  // The slice is right in @f alone: there the symbol is smaller.
  const auto errors = verify(good);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].place.line == 8);
  const auto expect_second = [](const Module& module, Code code) {
    const auto all = verify(module);
    REQUIRE(!all.empty());
    CHECK(code_name(all[0].code) == code_name(code));
    CHECK(all[0].place.line == 3);
  };
  Module changed = read_text(text);
  changed.set_value_type(changed.result(second(changed)), changed.type(scalar_type(DType::f32)));
  expect_second(changed, Code::ir_type);
  for (const uint32_t operand : {0u, 1u}) {
    changed = read_text(text);
    changed.set_operand(second(changed), operand, changed.result(second(changed)));
    expect_second(changed, Code::ir_dominance);
    changed = read_text(text);
    changed.set_operand(second(changed), operand, changed.block_arg(changed.func(FuncId(0)).body, 1));
    expect_second(changed, Code::bad_operand_type);
  }
  changed = read_text(text);
  changed.set_attr(second(changed), "speed", int64_t{3});
  expect_second(changed, Code::ir_attribute);
  changed = read_text(text);
  changed.set_kind(second(changed), OpKind::neg);
  expect_second(changed, Code::bad_operand_count);
}

SCENARIO("attributes are known and of the right kind") {
  Module module = read_text(kGood);
  module.set_attr(find_op(module, 0, OpKind::neg), "speed", int64_t{3});
  expect(module, Code::ir_attribute);
  module.remove_attr(find_op(module, 0, OpKind::neg), "speed");
  module.set_attr(find_op(module, 0, OpKind::neg), "place.speed", int64_t{3});
  CHECK(verify(module).empty());
  module.set_attr(find_op(module, 0, OpKind::reshape), "shape", std::string("x"));
  expect(module, Code::bad_attribute);
}

SCENARIO("loops have a counter and carried values of the right types") {
  Module module = read_text(kGood);
  const OpId loop = find_op(module, 1, OpKind::for_);
  module.set_value_type(module.block_arg(module.block(loop), 1), module.type(scalar_type(DType::i32)));
  expect(module, Code::ir_blocks);
}

SCENARIO("a body belongs to one function") {
  Module module = read_text(kGood);
  const StrId name = module.func(FuncId(1)).name;
  module.func(FuncId(1)) = module.func(FuncId(0));
  module.func(FuncId(1)).name = name;
  expect(module, Code::ir_structure);
}

SCENARIO("functions do not call themselves") {
  const Module module = read_text(R"(func @a(%x: tensor<f32>) -> tensor<f32> {
  %y = call @b(%x)
  return %y
}
func @b(%x: tensor<f32>) -> tensor<f32> {
  %y = call @a(%x)
  return %y
}
)");
  expect(module, Code::ir_recursion);
}

SCENARIO("all violations are collected, with place, label and function") {
  Module module = read_text(kGood);
  module.set_attr(find_op(module, 0, OpKind::neg), "speed", int64_t{3});
  module.set_attr(find_op(module, 1, OpKind::load), "speed", int64_t{3});
  const auto errors = verify(module);
  REQUIRE(errors.size() == 2);
  const std::string first = errors[0].render();
  CHECK(first.find("model.onnx:3:1") == 0);
  CHECK(first.find("layer 0") != std::string::npos);
  CHECK(first.find("@f") != std::string::npos);
  CHECK(errors[1].place.file == "test.psm");
  CHECK(errors[1].place.line == 17);
}

SCENARIO("a violation names the other places that it is about") {
  const Module module = read_text(
      "func @f(%x: f32, %y: tensor<4xf32>) -> f32 {\n"
      "  %n = neg %y\n"
      "  %r = for %i = 0 to 4 iter(%a = %x) {\n"
      "    yield %n\n"
      "  }\n"
      "  return %n\n"
      "}\n"
      "func @g(%x: f32) -> f32 {\n"
      "  %y = call @g(%x)\n"
      "  return %y\n"
      "}\n");
  const std::vector<Diagnostic> errors = verify(module);
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].place.line == 4);
  REQUIRE(errors[0].related.size() == 1);
  CHECK(errors[0].related[0].place.line == 2);
  CHECK(errors[1].place.line == 6);
  REQUIRE(errors[1].related.size() == 2);
  CHECK(errors[1].related[0].place.line == 2);
  CHECK(errors[1].related[1].place.line == 1);
  CHECK(errors[2].code == Code::ir_recursion);
  CHECK(errors[2].place.line == 9);
  CHECK(errors[2].place.column == 8);
}

SCENARIO("no more violations are told than are asked for") {
  std::string text = "func @f(%x: f32, %y: tensor<4xf32>) {\n";
  for (int i = 0; i < 30; ++i) text += "  %r = for %i = 0 to 4 iter(%a = %x) {\n    yield %y\n  }\n";
  for (size_t at = 0, i = 0; (at = text.find("%r =", at)) != std::string::npos; at += 4)
    text.insert(at + 2, std::to_string(i++));
  const Module module = read_text(text + "  return\n}\n");
  CHECK(verify(module).size() == kMaxErrors);
  CHECK(verify(module, {7}).size() == 7);
  CHECK(verify(module, {SIZE_MAX}).size() == 30);
}
