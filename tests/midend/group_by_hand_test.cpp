// SPDX-License-Identifier: Apache-2.0
// Groups that fuse-elementwise does not make, but a user can write or a rewrite leaves behind. A group that yielded a
// value from outside tripped an internal check; one with a view of a computed value gave wrong numbers.
#include "tests/midend/node_run.h"

namespace psmc::midend {
namespace {

const std::string kHead = "func @f(%x: tensor<3x5xf32>, %y: tensor<3x5xf32>, %w: tensor<5x5xf32>) -> ";

/// The nodes compute what the interpreter does.
void check_runs(const std::string& results, const std::string& body) {
  const std::string text = kHead + "(" + results + ") {\n" + body + "}\n";
  INFO(text);
  const ir::Module module = valid_module(text);
  const auto nodes = nodes_of(module, ir::FuncId(0));
  if (!nodes.ok()) FAIL(nodes.diagnostic().render());
  Random random(3);
  std::vector<ir::Array> args;
  for (const int64_t rows : {3, 3, 5}) args.push_back(awkward_array(random, DType::f32, {rows, 5}, true));
  const auto expected = ir::interpret(module, ir::FuncId(0), args);
  REQUIRE(expected.ok());
  const std::vector<ir::Array> got = NodeRun(module, ir::FuncId(0), {}).run(*nodes, args);
  REQUIRE(got.size() == expected->size());
  for (size_t i = 0; i < got.size(); ++i)
    for (int64_t e = 0; e < got[i].elements(); ++e) CHECK(got[i].get(e) == Approx((*expected)[i].get(e)).margin(1e-5));
}

/// The place and text of the refusal.
std::string refusal(const std::string& result, const std::string& body) {
  const ir::Module module = valid_module(kHead + "(" + result + ") {\n" + body + "}\n");
  const auto nodes = nodes_of(module, ir::FuncId(0));
  REQUIRE_FALSE(nodes.ok());
  CHECK(nodes.diagnostic().code == Code::unsupported_op);
  return std::to_string(nodes.diagnostic().place.line) + ": " + nodes.diagnostic().message;
}

TEST_CASE("a group may yield a value that it does not compute", "[node]") {
  check_runs("tensor<3x5xf32>, tensor<3x5xf32>", R"(
  %a, %b = group {
    %s = add %x, %y
    yield %s, %x
  }
  return %a, %b
)");
}

TEST_CASE("a group after a contraction may yield a transposed outer value", "[node]") {
  check_runs("tensor<3x5xf32>, tensor<3x5xf32>", R"(
  %v = slice %w {size = [5, 3], start = [0, 1]}
  %t = transpose %v {permutation = [1, 0]}
  %a, %b = group {
    %h = contract %x, %w {spec = "mk,kn->mn"}
    %s = mul %h, %y
    yield %t, %s
  }
  return %a, %b
)");
}

TEST_CASE("a group that computes nothing copies", "[node]") {
  check_runs("tensor<3x5xf32>", R"(
  %a = group {
    yield %x
  }
  return %a
)");
}

TEST_CASE("constants, iotas and views of outer values may stand in a group", "[node]") {
  check_runs("tensor<3x5xf32>", R"(
  %a = group {
    %c = constant dense[1.0, 2.0, 4.0, 8.0, 16.0] : tensor<5xf32>
    %i = iota {axis = 1, shape = [3, 5]}
    %j = cast %i {dtype = f32}
    %u = slice %w {size = [3, 5], start = [2, 0]}
    %p = mul %x, %c
    %q = add %p, %j
    %r = sub %q, %u
    yield %r
  }
  return %a
)");
}

TEST_CASE("a group with a view of what it computes is refused", "[node]") {
  CHECK(refusal("tensor<5x3xf32>", R"(
  %a = group {
    %s = add %x, %y
    %t = transpose %s {permutation = [1, 0]}
    yield %t
  }
  return %a
)") == "4: `add` does not fit into this group");
  CHECK(refusal("tensor<5x5xf32>", R"(
  %a = group {
    %s = add %w, %w
    %t = transpose %s {permutation = [1, 0]}
    yield %t
  }
  return %a
)") == "5: `transpose` does not fit into this group");
}

TEST_CASE("a group with an op of several pieces is refused", "[node]") {
  CHECK(refusal("tensor<6x5xf32>", R"(
  %a = group {
    %t = concat %x, %y {axis = 0}
    yield %t
  }
  return %a
)") == "4: `concat` does not fit into this group");
}

TEST_CASE("a group that reduces what it computes is refused", "[node]") {
  CHECK(refusal("tensor<3x5xf32>", R"(
  %a = group {
    %s = add %x, %y
    %h = contract %s, %w {spec = "mk,kn->mn"}
    yield %h
  }
  return %a
)") == "5: `contract` does not fit into this group");
}

TEST_CASE("a group that yields two shapes is refused", "[node]") {
  CHECK(refusal("tensor<3x5xf32>, tensor<5x5xf32>", R"(
  %a, %b = group {
    %s = add %x, %y
    yield %s, %w
  }
  return %a, %b
)") == "5: `yield` does not fit into this group");
}

}  // namespace
}  // namespace psmc::midend
