// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>

#include "ir/builder.h"
#include "ir/uses.h"
#include "tests/ir/sources.h"

using namespace psmc;
using namespace psmc::ir;

SCENARIO("equal strings, types and attributes share an id") {
  Module module;
  CHECK(module.str("a") == module.str("a"));
  CHECK(module.str("a") != module.str("b"));
  CHECK(!module.find_str("never").valid());
  CHECK(module.type(tensor_type(DType::f32, {2, 3})) == module.type(tensor_type(DType::f32, {2, 3})));
  CHECK(module.type(tensor_type(DType::f32, {2, 3})) != module.type(tensor_type(DType::f16, {2, 3})));
  const Attr a{module.str("a"), int64_t{1}}, b{module.str("b"), 0.5};
  CHECK(module.attrs({a, b}) == module.attrs({b, a}));
  CHECK(module.attrs(AttrDict{}) == AttrId());
}

SCENARIO("attributes are compared by bits, NaNs are one, and numbers in a symbol list are integers") {
  Module module;
  const StrId x = module.str("x");
  CHECK(module.attrs({{x, 0.0}}) != module.attrs({{x, -0.0}}));
  CHECK(module.attrs({{x, 1.0}}) != module.attrs({{x, int64_t{1}}}));
  CHECK(module.attrs({{x, std::nan("1")}}) == module.attrs({{x, -std::nan("2")}}));
  CHECK(module.attrs({{x, SymList{1, 2}}}) == module.attrs({{x, IntList{1, 2}}}));
}

SCENARIO("references to types and attributes survive growth") {
  Module module;
  const Type& type = module.type(module.type(tensor_type(DType::f32, {7})));
  const AttrDict& dict = module.attrs(module.attrs({{module.str("x"), int64_t{7}}}));
  for (int64_t i = 0; i < 1000; ++i) {
    module.type(tensor_type(DType::f32, {i, i}));
    module.attrs({{module.str("y"), i}});
  }
  CHECK(type.dims[0] == Dim(7));
  CHECK(std::get<int64_t>(dict[0].value) == 7);
}

SCENARIO("affine expressions add, cancel and saturate") {
  Module module;
  const StrId p = module.str("p"), q = module.str("q");
  const SymExpr e = SymExpr::symbol(q, 3) * 2 + SymExpr::symbol(p);
  CHECK(e.terms == std::vector<std::pair<StrId, int64_t>>{{p, 1}, {q, 2}});
  CHECK(e.constant == 6);
  CHECK((e - e) == SymExpr(0));
  CHECK((e * 0).is_constant());
  const SymExpr huge(std::numeric_limits<int64_t>::max());
  CHECK((huge + huge) == huge);
  CHECK((huge * -5).constant == std::numeric_limits<int64_t>::min());
}

SCENARIO("sizes of types saturate") {
  const Type type = tensor_type(DType::f32, {int64_t{1} << 40, int64_t{1} << 40});
  CHECK(type.max_elements() == std::numeric_limits<int64_t>::max());
  CHECK(tensor_type(DType::f32, {int64_t{1} << 40, int64_t{1} << 40, 0}).max_elements() == 0);
  CHECK(buffer_type(DType::f32, {2, 3, 4}, Space::memory).strides == std::vector<int64_t>{12, 4, 1});
}

SCENARIO("ops are inserted, moved and erased, blocks and all") {
  Module module = read_text(
      "func @f(%x: tensor<f32>) {\n  %a = neg %x\n  %g = group {\n    %b = exp %a\n    yield %b\n  }\n  return\n}\n");
  const BlockId body = module.func(FuncId(0)).body;
  std::vector<OpId> ops;
  for (OpId op : ops_of(module, body)) ops.push_back(op);
  REQUIRE(ops.size() == 3);
  const OpId inner = module.block_data(module.block(ops[1])).first;
  module.erase(ops[1]);
  CHECK(module.op(ops[1]).erased);
  CHECK(module.op(inner).erased);
  CHECK(module.op(ops[0]).next == ops[2]);
  module.detach(ops[0]);
  CHECK(module.block_data(body).first == ops[2]);
  module.insert_before(ops[2], ops[0]);
  CHECK(module.block_data(body).first == ops[0]);
  module.detach(ops[0]);
  module.insert_after(ops[2], ops[0]);
  CHECK(module.terminator(body) == ops[0]);
}

SCENARIO("operands may be set from the module's own lists") {
  Module module = read_text(
      "func @f(%x: tensor<2xf32>, %y: tensor<2xf32>) {\n  %a = concat %x, %y {axis = 0}\n  %b = concat %y {axis = 0}\n "
      " return\n}\n");
  const OpId a = module.block_data(module.func(FuncId(0)).body).first, b = module.op(a).next;
  module.set_operands(b, module.operands(a));
  CHECK(std::ranges::equal(module.operands(b), module.operands(a)));
  module.set_operands(b, module.operands(b).subspan(1));
  CHECK(module.operands(b).size() == 1);
  CHECK(module.operand(b, 0) == module.operand(a, 1));
  for (int i = 0; i < 100; ++i) module.create(OpKind::concat, module.operands(a), {}, AttrId());
  CHECK(module.num_ops() == 103);
}

SCENARIO("the builder infers types and puts ops where it is told") {
  Module module;
  const TypeId matrix = module.type(tensor_type(DType::f32, {2, 3}));
  const std::vector<TypeId> args = {matrix, matrix};
  const FuncId func = module.create_func("f", args);
  Builder build(module);
  build.at_end(module.func(func).body);
  build.set_label("layer 0");
  const ValueId x = module.block_arg(module.func(func).body, 0);
  const ValueId sum = build.make(OpKind::add, {x, build.splat(DType::f32, 0.5)});
  const ValueId flat = build.reshape(build.transpose(sum, {1, 0}), {6});
  build.before(module.def(flat));
  build.cast(build.reduce("sum", sum, {1}, false), DType::bf16);
  build.ret(func, std::vector<ValueId>{flat});
  CHECK(print_func(module, func) == R"(func @f(%0: tensor<2x3xf32>, %1: tensor<2x3xf32>) -> tensor<6xf32> {
  %2 = constant dense[0.5] : tensor<f32>  loc("layer 0")
  %3 = add %0, %2  loc("layer 0")
  %4 = transpose %3 {permutation = [1, 0]}  loc("layer 0")
  %5 = reduce %3 {axes = [1], keep = false, monoid = "sum"}  loc("layer 0")
  %6 = cast %5 {dtype = bf16}  loc("layer 0")
  %7 = reshape %4 {shape = [6]}  loc("layer 0")
  return %7  loc("layer 0")
}
)");
}

SCENARIO("use lists name each use in order") {
  const Module module =
      read_text("func @f(%x: tensor<f32>) -> tensor<f32> {\n  %a = add %x, %x\n  %b = mul %a, %x\n  return %b\n}\n");
  const OpId add = module.block_data(module.func(FuncId(0)).body).first, mul = module.op(add).next;
  const Uses uses(module);
  const ValueId x = module.operand(add, 0);
  const auto of_x = uses.of(x);
  CHECK(std::vector<OpId>(of_x.begin(), of_x.end()) == std::vector<OpId>{add, add, mul});
  CHECK(uses.single(module.result(add)) == mul);
  CHECK(!uses.single(x).valid());
  CHECK(!uses.is_unused(module.result(mul)));
}
