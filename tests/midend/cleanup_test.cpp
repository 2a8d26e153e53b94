// SPDX-License-Identifier: Apache-2.0
// cse, dce, fold-constants, split-reshapes, inline and inline-composites.
#include "tests/midend/pass_runs.h"

#include "ir/op.h"

namespace psmc::midend {
namespace {

Code code_of(std::string_view pipeline, const std::string& text) {
  Result<ir::Module> module = ir::parse_text("test.psm", text);
  REQUIRE(module.ok());
  ir::PassContext context;
  const auto reports = run_passes(*module, pipeline, {}, context);
  REQUIRE_FALSE(reports.ok());
  return reports.diagnostic().code;
}

TEST_CASE("equal ops merge, whatever the order of operands that commute", "[cse]") {
  const std::string out = checked_after("cse", R"(
const @a : tensor<f32> = dense[2.0]
const @b : tensor<f32> = dense[2.0]
const @c : tensor<f32> = dense[3.0]
func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %a = constant @a
  %b = constant @b
  %c = constant @c
  %s = add %x, %y
  %t = add %y, %x
  %u = mul %s, %a
  %v = mul %t, %b
  %d = sub %x, %y
  %e = sub %y, %x
  %w = add %u, %v
  %z = add %d, %e
  %q = mul %z, %c
  return %w, %q
})");
  CHECK(count(out, "= add") == 3);
  CHECK(count(out, "= mul") == 2);
  CHECK(count(out, "= sub") == 2);
  CHECK(count(out, "constant @") == 2);
}

TEST_CASE("attributes and types keep ops apart", "[cse]") {
  const std::string out = checked_after("cse", R"(
func @f(%x: tensor<4x4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4x4xbf16>, tensor<4x4xf16>) {
  %a = reduce %x {axes = [0], monoid = "sum"}
  %b = reduce %x {axes = [1], monoid = "sum"}
  %c = cast %x {dtype = bf16}
  %d = cast %x {dtype = f16}
  return %a, %b, %c, %d
})");
  CHECK(count(out, "reduce") == 2);
  CHECK(count(out, "cast") == 2);
}

TEST_CASE("what a group computes is not visible outside", "[cse]") {
  const std::string out = checked_after("cse", R"(
func @f(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %e = exp %x
  %g = group {
    %i = exp %x
    %j = neg %x
    %k = add %i, %j
    yield %k
  }
  %n = neg %x
  %r = add %n, %e
  return %g, %r
})");
  CHECK(count(out, "exp") == 1);
  CHECK(count(out, "neg") == 2);
}

TEST_CASE("unused ops go, with what only they used", "[dce]") {
  const std::string out = checked_after("dce", R"(
const @a : tensor<f32> = dense[2.0]
func @f(%x: tensor<4xf32>) -> (tensor<4xf32>) {
  %a = constant @a
  %m = mul %x, %a
  %e = exp %m
  %g = group {
    %i = neg %e
    yield %i
  }
  %r = neg %x
  return %r
})");
  CHECK(count(out, " = ") == 2);  // the constant stays in its table
  CHECK(count(out, "neg") == 1);
}

TEST_CASE("stores and what they need stay", "[dce]") {
  const std::string text = R"(func @f(%x: buffer<4xf32, scratchpad>) {
  for %i = 0 to 4 step 1 {
    %v = load %x[%i]
    %n = neg %v
    %m = exp %v
    store %n, %x[%i]
  }
  return
}
)";
  const std::string out = after("dce,cse,canonicalize", text);
  CHECK(count(out, "store") == 1);
  CHECK(count(out, "exp") == 0);
}

TEST_CASE("ops on constants fold on", "[fold-constants]") {
  const std::string out = checked_after("fold-constants,dce", R"(
const @w : tensor<2x3xf32> = dense[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
const @s : tensor<f32> = dense[0.5]
func @f(%x: tensor<3x2xbf16>) -> (tensor<3x2xbf16>) {
  %w = constant @w
  %s = constant @s
  %a = mul %w, %s
  %b = transpose %a {permutation = [1, 0]}
  %c = cast %b {dtype = bf16}
  %r = add %x, %c
  return %r
})");
  CHECK(count(out, "transpose") == 0);
  CHECK(count(out, "cast") == 0);
  CHECK(count(out, "= add") == 1);
}

TEST_CASE("what would grow, or depends on a symbol, does not fold", "[fold-constants]") {
  const std::string grows = R"(
const @w : tensor<8xf32> = dense[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
func @f[n: 0..4](%x: tensor<64x8xf32>) -> (tensor<64x8xf32>, tensor<4xf32>) {
  %w = constant @w
  %b = broadcast %w {shape = [64, 8]}
  %r = add %x, %b
  %s = slice %w {size = [4], start = sym[n]}
  return %r, %s
})";
  const std::string out = checked_after("fold-constants", grows);
  CHECK(count(out, "broadcast") == 1);
  CHECK(count(out, "slice") == 1);
  CHECK(count(checked_after("fold-constants{limit=16}", R"(
const @w : tensor<8xf32> = dense[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
func @f() -> (tensor<8xf32>) {
  %w = constant @w
  %r = neg %w
  return %r
})"),
              "neg") == 1);
}

TEST_CASE("a reshape without maps goes through the flat shape, and stays so", "[split-reshapes]") {
  const std::string text = R"(
func @f[n: 1..4](%x: tensor<6x4x(n <= 4)x2x3xf32>) -> (tensor<4x6x(n <= 4)x3x2xf32>) {
  %r = reshape %x {shape = sym[4, 6, n, 3, 2]}
  return %r
})";
  ir::Module module = valid_module(text);
  const ir::Module before = ir::clone_module(module);
  run_good(module, "split-reshapes,canonicalize,cse,dce");
  require_same(before, module, 3);
  size_t reshapes = 0;
  ir::walk(module, module.func(ir::FuncId(0)).body, [&](ir::OpId op) {
    if (module.kind(op) != ir::OpKind::reshape) return;
    ++reshapes;
    CHECK(ir::has_access(module, op));
  });
  CHECK(reshapes == 2);
}

TEST_CASE("calls of functions become their ops, through several levels", "[inline]") {
  const std::string out = checked_after("inline", R"(
func @main[n: 1..4](%x: tensor<(n <= 4)xf32>) -> (tensor<(n <= 4)xf32>, tensor<(n <= 4)xf32>) {
  %a, %b = call @both(%x)
  %c, %d = call @both(%b)
  %r = add %a, %d
  return %r, %c
}
func @both[n: 1..4](%x: tensor<(n <= 4)xf32>) -> (tensor<(n <= 4)xf32>, tensor<(n <= 4)xf32>) {
  %a = call @twice(%x)
  return %a, %x
}
func @twice[n: 1..4](%x: tensor<(n <= 4)xf32>) -> (tensor<(n <= 4)xf32>) {
  %r = add %x, %x
  return %r
})");
  CHECK(count(out, "call") == 0);
}

TEST_CASE("recursion and explosion are refused before anything changes", "[inline]") {
  CHECK(code_of("inline", R"(
func @a(%x: tensor<f32>) -> (tensor<f32>) {
  %r = call @b(%x)
  return %r
}
func @b(%x: tensor<f32>) -> (tensor<f32>) {
  %r = call @a(%x)
  return %r
})") == Code::ir_recursion);
  std::string text = "func @f0(%x: tensor<f32>) -> (tensor<f32>) {\n  %r = neg %x\n  return %r\n}\n";
  for (int i = 1; i < 60; ++i) {
    const std::string call = " = call @f" + std::to_string(i - 1);
    text += "func @f" + std::to_string(i) + "(%x: tensor<f32>) -> (tensor<f32>) {\n  %a" + call + "(%x)\n  %r" + call +
            "(%a)\n  return %r\n}\n";
  }
  CHECK(code_of("inline", text) == Code::too_large);
}

TEST_CASE("composites become core ops", "[inline-composites]") {
  const std::string text = R"(
func @f(%x: tensor<2x8xf32>, %w: tensor<8xf32>) -> (tensor<2x8xf32>) {
  %n = call @rms_norm(%x, %w) {eps = 1e-05}
  %r = call @softmax(%n) {axis = 1}
  return %r
})";
  ir::Module module = valid_module(text);
  run_good(module, "inline,inline-composites");
  CHECK(count(ir::print_module(module), "call") == 0);
}

TEST_CASE("the pipeline must keep the order of the passes", "[passes]") {
  const std::string text = "func @f(%x: tensor<4xf32>) -> (tensor<4xf32>) {\n  return %x\n}";
  CHECK(code_of("fuse-elementwise,canonicalize", text) == Code::bad_pipeline);
  CHECK(code_of("fuse", text) == Code::bad_pipeline);
  checked_after(kDefaultPipeline, text);
}

}  // namespace
}  // namespace psmc::midend
