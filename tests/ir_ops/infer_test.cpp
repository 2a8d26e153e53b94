// SPDX-License-Identifier: Apache-2.0
// What inference accepts, gives and refuses, op by op, through the text form.
#include "ir/op.h"
#include "ir/text/print_type.h"
#include "tests/ir_ops/modules.h"

namespace psmc::ir {
namespace {

/// "a: tensor<4xf32>" parameters and the ops of a body; the last value is %r.
std::string body(const std::string& params, const std::string& ops, const std::string& symbols = "") {
  return "func @f" + symbols + "(" + params + ") {\n  " + ops + "\n  return\n}\n";
}

std::string type_of(const std::string& params, const std::string& ops, const std::string& symbols = "") {
  const Module module = parse_good(body(params, ops, symbols));
  std::string last;
  for (const OpId op : ops_of(module, module.func(FuncId(0)).body)) {
    if (module.op(op).num_results > 0) last = print_type(module, module.value_type(module.result(op)));
  }
  return last;
}

struct Refused {
  const char* params;
  const char* op;
  Code code;
};

}  // namespace

TEST_CASE("every op of ops.def has a definition with a manual and a name") {
  REQUIRE(all_op_defs().size() == kNumOpKinds);
  for (const OpDef& def : all_op_defs()) {
    CHECK_FALSE(def.manual.empty());
    CHECK(find_op_def(def.name) == &def);
    CHECK_FALSE(def.name.ends_with('_'));
  }
  REQUIRE(find_op_def("return")->kind == OpKind::return_);
  REQUIRE(find_op_def("return_") == nullptr);
}

TEST_CASE("results of elementwise ops") {
  CHECK(type_of("%a: tensor<4x1xf32>, %b: tensor<3xf32>", "%r = add %a, %b") == "tensor<4x3xf32>");
  CHECK(type_of("%a: tensor<4xi32>, %b: tensor<4xi32>", "%r = lt %a, %b") == "tensor<4xbool>");
  CHECK(type_of("%a: tensor<4xf32>", "%r = cast %a {dtype = bf16}") == "tensor<4xbf16>");
  CHECK(type_of("%a: tensor<(n <= 4)x1xf32>, %b: tensor<5xf32>", "%r = mul %a, %b", "[n: 0..4]") ==
        "tensor<(n <= 4)x5xf32>");
}

TEST_CASE("results of movement") {
  CHECK(type_of("%a: tensor<4x8xf32>", "%r = slice %a {size = sym[n + 1, 2], start = [0, 3]}", "[n: 0..3]") ==
        "tensor<(n + 1 <= 4)x2xf32>");
  CHECK(type_of("%a: tensor<9xf32>", "%r = slice %a {size = sym[n], start = [1], step = [2]}", "[n: 0..4]") ==
        "tensor<(n <= 4)xf32>");
  CHECK(type_of("%a: tensor<9xf32>", "%r = slice %a {bound = [3], size = sym[n], start = [1]}", "[n: 0..3]") ==
        "tensor<(n <= 3)xf32>");
  CHECK(type_of("", "%r = iota {axis = 0, bound = [7], shape = sym[n]}", "[n: 0..3]") == "tensor<(n <= 7)xi32>");
  CHECK(type_of("%t: tensor<9x4xf32>, %i: tensor<2x3xi32>", "%r = gather %t, %i") == "tensor<2x3x4xf32>");
  CHECK(type_of("%a: tensor<(n <= 4)xf32>", "%r = pad %a {high = [2], low = [1]}", "[n: 0..4]") ==
        "tensor<(n + 3 <= 7)xf32>");
  CHECK(type_of("", "%r = constant 0.5 : f32") == "f32");
  CHECK(type_of("", "%r = constant 3") == "index");
  CHECK(type_of("", "%r = symbol {dtype = index, expr = sym[n]}", "[n: 0..3]") == "index");
}

TEST_CASE("ops refuse what they do not take") {
  const Refused cases[] = {
      {"%a: tensor<4xf32>", "%r = add %a", Code::bad_operand_count},
      {"%a: tensor<4xf32>, %b: tensor<4xi32>", "%r = add %a, %b", Code::bad_operand_type},
      {"%a: tensor<4xi32>", "%r = exp %a", Code::bad_operand_type},
      {"%a: tensor<4xi32>", "%r = round %a", Code::bad_operand_type},
      {"%a: tensor<4xf32>", "%r = not %a", Code::bad_operand_type},
      {"%a: tensor<4xbool>", "%r = neg %a", Code::bad_operand_type},
      {"%a: tensor<4xf32>, %b: tensor<3xf32>", "%r = add %a, %b", Code::shape_mismatch},
      {"%a: buffer<4xf32, scratchpad>", "%r = neg %a", Code::bad_operand_type},
      {"%a: tensor<4xi32>, %b: tensor<4xf32>", "%r = select %a, %b, %b", Code::bad_operand_type},
      {"%a: tensor<4xf32>", "%r = cast %a", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = cast %a {dtype = 3}", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = reduce %a {axes = [1], monoid = \"sum\"}", Code::bad_attribute},
      {"%a: tensor<4x4xf32>", "%r = reduce %a {axes = [1, 0], monoid = \"sum\"}", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = reduce %a {axes = [0], monoid = \"mean\"}", Code::bad_attribute},
      {"%a: tensor<4xbool>", "%r = reduce %a {axes = [0], monoid = \"sum\"}", Code::bad_operand_type},
      {"%a: tensor<4x3xf32>", "%r = contract %a, %a {spec = \"mk,nk\"}", Code::bad_attribute},
      {"%a: tensor<4x3xf32>", "%r = contract %a, %a {spec = \"mm,mk->mk\"}", Code::bad_attribute},
      {"%a: tensor<4x3xf32>", "%r = contract %a, %a {spec = \"mk,ij->mi\"}", Code::bad_attribute},
      {"%a: tensor<4x3xf32>", "%r = contract %a, %a {spec = \"mk,nk->mz\"}", Code::bad_attribute},
      {"%a: tensor<4x3xf32>", "%r = contract %a, %a {spec = \"m1,n1->mn\"}", Code::bad_attribute},
      {"%a: tensor<4x3xf32>", "%r = contract %a, %a {spec = \"mk,kn->mn\"}", Code::shape_mismatch},
      {"%a: tensor<4x3xf32>", "%r = contract %a, %a {spec = \"mkl,nkl->mn\"}", Code::shape_mismatch},
      {"%a: tensor<4x3xf32>", "%r = contract %a, %a {dtype = i32, spec = \"mk,nk->mn\"}", Code::bad_attribute},
      {"%a: tensor<4x3xf32>", "%r = reshape %a {shape = [5, 2]}", Code::shape_mismatch},
      {"%a: tensor<4x3xf32>", "%r = reshape %a {shape = [-4, -3]}", Code::shape_mismatch},
      {"%a: tensor<4x3xf32>", "%r = transpose %a {permutation = [0, 0]}", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = slice %a {size = [3], start = [2]}", Code::shape_mismatch},
      {"%a: tensor<4xf32>", "%r = slice %a {size = [3], start = [0], step = [2]}", Code::shape_mismatch},
      {"%a: tensor<4xf32>", "%r = slice %a {size = [-1], start = [0]}", Code::shape_mismatch},
      {"%a: tensor<4xf32>", "%r = slice %a {size = [1], start = [0], step = [0]}", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = slice %a {size = [1, 1], start = [0]}", Code::bad_attribute},
      {"%a: tensor<4xf32>, %b: tensor<4x1xf32>", "%r = concat %a, %b {axis = 0}", Code::shape_mismatch},
      {"%a: tensor<4xf32>", "%r = concat %a {axis = 1}", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = pad %a {high = [0], low = [-1]}", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = pad %a {high = [1099511627777], low = [0]}", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = broadcast %a {shape = [4, 5]}", Code::shape_mismatch},
      {"%a: tensor<4x4xf32>", "%r = broadcast %a {shape = [4]}", Code::bad_attribute},
      {"%a: tensor<f32>", "%r = broadcast %a {shape = [1000000000, 1000000000]}", Code::result_too_large},
      {"", "%r = iota {axis = 1, shape = [4]}", Code::bad_attribute},
      {"", "%r = iota {axis = 0, shape = sym[n]}", Code::bad_attribute},
      {"", "%r = iota {axis = 0, dtype = bool, shape = [4]}", Code::bad_attribute},
      {"", "%r = symbol {expr = sym[n, n]}", Code::bad_attribute},
      {"%t: tensor<f32>, %i: tensor<i32>", "%r = gather %t, %i", Code::bad_operand_type},
      {"%t: tensor<4xf32>, %i: tensor<f32>", "%r = gather %t, %i", Code::bad_operand_type},
      {"%t: tensor<0x4xf32>, %i: tensor<i32>", "%r = gather %t, %i", Code::bad_operand_type},
      {"%k: tensor<8xf32>, %x: tensor<9xf32>", "%r = update %k, %x {start = sym[n]}", Code::shape_mismatch},
      {"%k: tensor<8xf32>, %x: tensor<2xf32>", "%r = update %k, %x {start = [7]}", Code::shape_mismatch},
      {"%k: tensor<8xf32>, %x: tensor<2xf32>", "%r = update %k, %x {start = [-1]}", Code::shape_mismatch},
      {"%a: tensor<4xf32>", "%r = call @nothing(%a)", Code::unknown_callee},
      {"%a: tensor<4xf32>", "%r = call @softmax(%a)", Code::bad_attribute},
      {"%a: tensor<4xf32>", "%r = call @softmax(%a) {axis = 1}", Code::bad_attribute},
      {"%a: tensor<4xi32>", "%r = call @silu(%a)", Code::bad_operand_type},
      {"%a: tensor<4xf32>", "%r = call @silu(%a, %a)", Code::bad_operand_count},
      {"%a: tensor<4xf32>, %w: tensor<3xf32>", "%r = call @rms_norm(%a, %w)", Code::bad_operand_type},
      {"%x: buffer<4xf32, scratchpad>", "%r = load %x[0, 1]", Code::bad_attribute},
      {"%x: tensor<4xf32>", "%r = load %x[0]", Code::bad_operand_type},
  };
  for (const Refused& c : cases) {
    INFO(c.params << "  " << c.op);
    const auto code = first_error(body(c.params, c.op, "[n: 0..3]"));
    REQUIRE(code.has_value());
    CHECK(code_name(*code) == code_name(c.code));
  }
}

TEST_CASE("what depends on symbols stays inside for their whole range") {
  const Refused cases[] = {
      {"%a: tensor<4xf32>", "%r = slice %a {size = [1], start = sym[n]}", Code::symbol_out_of_range},
      {"%a: tensor<4xf32>", "%r = slice %a {size = [1], start = sym[n - 2]}", Code::symbol_out_of_range},
      {"%a: tensor<4xf32>", "%r = slice %a {size = sym[n + 1], start = [0]}", Code::symbol_out_of_range},
      {"%a: tensor<4xf32>", "%r = slice %a {size = sym[n], start = [0], step = [2]}", Code::symbol_out_of_range},
      {"%a: tensor<8xf32>", "%r = slice %a {bound = [3], size = sym[n], start = [0]}", Code::symbol_out_of_range},
      {"%k: tensor<5xf32>, %x: tensor<2xf32>", "%r = update %k, %x {start = sym[n]}", Code::symbol_out_of_range},
      {"", "%r = iota {axis = 0, bound = [3], shape = sym[n]}", Code::symbol_out_of_range},
      {"%a: tensor<(n <= 3)xf32>", "%r = neg %a", Code::symbol_out_of_range},
      {"%a: tensor<4xf32>", "%r = slice %a {size = [1], start = sym[m]}", Code::unknown_symbol},
  };
  for (const Refused& c : cases) {
    INFO(c.params << "  " << c.op);
    const auto code = first_error(body(c.params, c.op, "[n: 0..4]"));
    REQUIRE(code.has_value());
    CHECK(code_name(*code) == code_name(c.code));
  }
  valid_module(body("%a: tensor<(n <= 4)xf32>", "%r = slice %a {size = sym[n], start = [0]}", "[n: 0..4]"));
  valid_module(body("%a: tensor<9xf32>", "%r = slice %a {size = sym[n + 1], start = [0], step = [2]}", "[n: 0..4]"));
  valid_module(body("%k: tensor<6xf32>, %x: tensor<2xf32>", "%r = update %k, %x {start = sym[n]}", "[n: 0..4]"));
}

TEST_CASE("a call must give the callee its symbols within range") {
  const std::string callee = "func @g[n: 0..4](%a: tensor<4xf32>) -> (tensor<4xf32>) {\n  return %a\n}\n";
  const auto caller = [&](const std::string& symbols) {
    return callee + "func @f" + symbols + "(%a: tensor<4xf32>) {\n  %r = call @g(%a)\n  return\n}\n";
  };
  CHECK_FALSE(first_error(caller("[n: 1..4]")).has_value());
  CHECK(first_error(caller("[n: 0..5]")) == Code::symbol_out_of_range);
  CHECK(first_error(caller("")) == Code::unknown_symbol);
  CHECK(first_error(callee + "func @f[n: 0..4](%a: tensor<5xf32>) {\n  %r = call @g(%a)\n  return\n}\n") ==
        Code::bad_operand_type);
}

}  // namespace psmc::ir
