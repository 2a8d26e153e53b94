// SPDX-License-Identifier: Apache-2.0
// Which ops become one group, and which must not.
#include "ir/op.h"
#include "tests/midend/pass_runs.h"

namespace psmc::midend {
namespace {

/// Ops of each group in order of the text, "contract sigmoid mul", and what stands alone in brackets.
std::vector<std::string> groups(const std::string& text, std::string_view pipeline = "fuse-elementwise") {
  ir::Module module = valid_module(text);
  const ir::Module before = ir::clone_module(module);
  run_good(module, pipeline);
  require_same(before, module, 5);
  std::vector<std::string> found;
  for (ir::OpId op : ir::ops_of(module, module.func(ir::FuncId(0)).body)) {
    if (module.kind(op) != ir::OpKind::group) continue;
    std::string names;
    for (ir::OpId member : ir::ops_of(module, module.block(op)))
      names += (names.empty() ? "" : " ") + std::string(ir::op_def(module.kind(member)).name);
    found.push_back(names + " " + std::to_string(module.op(op).num_results));
  }
  return found;
}

using Names = std::vector<std::string>;
const std::string kHead =
    "func @f(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>, %v: tensor<8x8xf32>, %b: tensor<8xf32>) -> ";

TEST_CASE("a contraction and what follows it", "[fuse-elementwise]") {
  CHECK(groups(kHead + R"((tensor<4x8xbf16>) {
  %h = contract %x, %w {spec = "mk,kn->mn"}
  %a = add %h, %b
  %s = sigmoid %a
  %m = mul %a, %s
  %r = cast %m {dtype = bf16}
  return %r
})") == Names{"contract add sigmoid mul cast yield 1"});
}

TEST_CASE("two chains do not meet above something else that the joining op reads", "[fuse-elementwise]") {
  CHECK(groups(R"(func @f(%p: tensor<4x8xbool>, %h: tensor<2x8xf32>, %y: tensor<4x8xf32>) -> (tensor<4x8xf32>) {
  %a = not %p
  %c = concat %h, %h {axis = 0}
  %b = exp %y
  %r = select %a, %b, %c
  return %r
})") == Names{"exp select yield 1"});
}

TEST_CASE("an op joins the later of two contractions", "[fuse-elementwise]") {
  CHECK(groups(kHead + R"((tensor<4x8xf32>) {
  %g = contract %x, %w {spec = "mk,kn->mn"}
  %u = contract %x, %v {spec = "mk,kn->mn"}
  %s = sigmoid %g
  %t = mul %s, %g
  %r = mul %t, %u
  return %r
})") == Names{"contract sigmoid mul yield 1", "contract mul yield 1"});
}

TEST_CASE("elementwise ops without a root, and two chains that meet", "[fuse-elementwise]") {
  CHECK(groups(kHead + R"((tensor<4x8xf32>) {
  %p = mul %x, %b
  %n = transpose %w {permutation = [1, 0]}
  %t = slice %n {size = [4, 8], start = [2, 0]}
  %q = mul %t, %x
  %r = sub %p, %q
  return %r
})") == Names{"mul mul sub yield 1"});
}

TEST_CASE("a contraction joins what stands before it, but does not read it", "[fuse-elementwise]") {
  CHECK(groups(kHead + R"((tensor<4x8xf32>) {
  %p = mul %x, %x
  %h = contract %x, %w {spec = "mk,kn->mn"}
  %r = add %p, %h
  return %r
})") == Names{"contract mul add yield 1"});
  CHECK(groups(kHead + R"((tensor<4x8xf32>) {
  %p = mul %x, %x
  %h = contract %p, %w {spec = "mk,kn->mn"}
  %r = add %p, %h
  return %r
})") == Names{"contract add yield 1"});
}

TEST_CASE("values with other readers are given too", "[fuse-elementwise]") {
  CHECK(groups(kHead + R"((tensor<4x8xf32>, tensor<4x1xf32>) {
  %e = exp %x
  %n = neg %e
  %s = reduce %e {axes = [1], keep = true, monoid = "sum"}
  return %n, %s
})") == Names{"exp neg yield 2"});
}

TEST_CASE("softmax: a reduction ends a group, its result has another shape", "[fuse-elementwise]") {
  CHECK(groups(kHead + R"((tensor<4x8xf32>) {
  %m = reduce %x {axes = [1], keep = true, monoid = "max"}
  %d = sub %x, %m
  %e = exp %d
  %s = reduce %e {axes = [1], keep = true, monoid = "sum"}
  %i = recip %s
  %r = mul %e, %i
  return %r
})") == Names{"sub exp yield 1", "reduce recip yield 1"});
}

TEST_CASE("a member read through a view stays outside", "[fuse-elementwise]") {
  CHECK(groups("func @f(%x: tensor<4x4xf32>) -> (tensor<4x4xf32>) {\n  %e = exp %x\n  %t = transpose %e {permutation = "
               "[1, 0]}\n"
               "  %r = add %e, %t\n  return %r\n}\n")
            .empty());
  CHECK(groups("func @f(%x: tensor<4xf32>) -> (tensor<4x4xf32>) {\n  %e = exp %x\n  %b = reshape %e {shape = [4, 1]}\n"
               "  %r = add %e, %b\n  return %r\n}\n")
            .empty());
}

TEST_CASE("limits: ops, reads, writes", "[fuse-elementwise]") {
  const std::string chain =
      "func @f(%x: tensor<4xf32>) -> (tensor<4xf32>) {\n  %a = neg %x\n  %b = exp %a\n  %c = neg %b\n  %d = exp %c\n"
      "  %e = neg %d\n  return %e\n}\n";
  CHECK(groups(chain, "fuse-elementwise{ops=2}") == Names{"neg exp yield 1", "neg exp yield 1"});
  const std::string sums =
      "func @f(%x: tensor<4xf32>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> (tensor<4xf32>) {\n  %a = add %x, %y\n"
      "  %b = neg %a\n  %c = add %b, %z\n  return %c\n}\n";
  CHECK(groups(sums, "fuse-elementwise{reads=2}") == Names{"add neg yield 1"});
  const std::string all =
      "func @f(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {\n  %a = neg %x\n  %b = exp %a\n"
      "  %c = neg %b\n  return %a, %b, %c\n}\n";
  CHECK(groups(all, "fuse-elementwise{writes=2}") == Names{"neg exp yield 2"});
  CHECK(groups(all) == Names{"neg exp neg yield 3"});
}

TEST_CASE("ops of several pieces, constants and gathers stay single", "[fuse-elementwise]") {
  CHECK(groups(R"(const @c : tensor<4xf32> = dense[1.0, 2.0, 3.0, 4.0]
func @f(%x: tensor<4xf32>, %i: tensor<4xi32>) -> (tensor<8xf32>, tensor<4xf32>) {
  %c = constant @c
  %a = concat %x, %c {axis = 0}
  %r = neg %a
  %g = gather %x, %i
  %s = exp %g
  return %r, %s
})")
            .empty());
}

TEST_CASE("dead ops are no group", "[fuse-elementwise]") {
  CHECK(groups("func @f(%x: tensor<4xf32>) -> (tensor<4xf32>) {\n  %a = neg %x\n  %b = exp %a\n  return %x\n}\n")
            .empty());
}

}  // namespace
}  // namespace psmc::midend
