// SPDX-License-Identifier: Apache-2.0
// Whether --check-each finds bugs: each planted one runs over random modules and those below until a wrong result is
// seen. What leaves an invalid module does not count, as the verifier finds it.
#include <catch2/catch.hpp>

#include <cstdio>
#include <vector>

#include "ir/clone.h"
#include "ir/random/random_module.h"
#include "ir/text/parser.h"
#include "ir/verify.h"
#include "tests/tools/pass_mutations.h"
#include "tools/driver/check_each.h"

using namespace psmc;

namespace {

constexpr size_t kMayBeMissed = 1;  // of 30
constexpr uint64_t kRandomModules = 40;

/// What random modules seldom hold: squares and cubes, numbers that are neutral, repeated operands, loops.
constexpr const char* kByHand[] = {
    R"(const @zero : tensor<f32> = dense[0.0]
const @three : tensor<f32> = dense[3.0]
func @f(%x: tensor<3x3xf32>, %y: tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3x3xf32>) {
  %z = constant @zero
  %c = constant @three
  %a = add %x, %z
  %b = mul %x, %z
  %d = sub %x, %x
  %e = div %y, %y
  %g = sub %x, %y
  %h = neg %g
  %i = div %x, %c
  %j = add %x, %y
  %k = add %j, %c
  %l = sub %y, %x
  %m = mul %g, %l
  %full = constant dense[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0] : tensor<3x3xf32>
  %o = mul %e, %full
  %p = div %o, %y
  return %a, %b, %d, %p, %h, %i, %k, %m
}
)",
    R"(func @f(%x: tensor<3x3x3xf32>, %y: tensor<3x3xf32>, %z: tensor<3x3xf32>) -> (tensor<3x3x3xf32>, tensor<3x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x3xf32>, tensor<6x3xf32>, tensor<5x3xf32>, tensor<3x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3xf32>) {
  %p = transpose %x {permutation = [1, 2, 0]}
  %q = transpose %p {permutation = [1, 0, 2]}
  %t = transpose %y {permutation = [1, 0]}
  %s = reduce %y {axes = [0], monoid = "sum"}
  %u = reduce %y {axes = [1], monoid = "sum"}
  %m = reduce %y {axes = [1], monoid = "max"}
  %n = reduce %y {axes = [1], monoid = "min"}
  %c = contract %y, %z {spec = "ij,jk->ik"}
  %k = concat %y, %z {axis = 0}
  %l = pad %y {high = [2, 0], low = [0, 0], value = 0.5}
  %v = slice %k {size = [2, 3], start = [1, 0]}
  %w = slice %k {size = [2, 3], start = [2, 0]}
  %vw = mul %v, %w
  %i = iota {axis = 0, dtype = f32, shape = [3, 3]}
  %su = mul %s, %u
  %mn = sub %m, %n
  return %q, %t, %su, %mn, %c, %k, %l, %i, %m, %n, %vw
}
)",
    R"(func @f[pos: 0..4](%x: tensor<8xf32>, %y: tensor<8xf32>, %s: tensor<8xf32> state @s) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<4xf32>, tensor<8xf32> state @s) {
  %b = cast %x {dtype = bf16}
  %w = cast %b {dtype = f32}
  %l = lt %x, %y
  %n = not %l
  %e = eq %x, %y
  %t = tanh %x
  %m = max %t, %y
  %c = select %n, %x, %m
  %d = select %e, %x, %t
  %r = slice %x {size = [2], start = sym[pos]}
  %u = update %s, %r {start = sym[pos]}
  %v = update %u, %r {start = [3]}
  %o = slice %v {size = [4], start = [2]}
  return %w, %c, %d, %o, %v
}
)",
    R"(func @g(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>) {private = true} {
  %d = sub %x, %y
  return %d
}
func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>) {
  %d = call @g(%x, %y)
  return %d
}
)",
    R"(func @f(%x: buffer<8xf32, scratchpad>, %y: buffer<8xf32, scratchpad>) {
  for %i = 0 to 7 step 1 {
    %a = load %x[%i + 1]
    store %a, %y[%i]
    %b = load %y[%i]
    %c = load %x[0]
    store %b, %x[0]
    %d = load %x[0]
    %e = add %c, %d
    store %e, %y[%i + 1]
    yield
  }
  return
}
)"};

std::vector<ir::Module> all_modules() {
  std::vector<ir::Module> modules;
  for (const char* text : kByHand) {
    auto module = ir::parse_text("by-hand.psm", text);
    if (!module.ok()) FAIL(module.diagnostic().render());
    const Status valid = ir::verify_status(*module);
    if (!valid.ok()) FAIL(valid.diagnostic().render());
    modules.push_back(std::move(module).value());
  }
  ir::RandomOptions options;
  options.functions = true;
  options.floats = {DType::f32, DType::bf16, DType::f16};
  options.max_elements = 512;
  for (uint64_t seed = 0; seed < kRandomModules; ++seed) modules.push_back(ir::random_module(seed, options));
  return modules;
}

struct Outcome {
  int applied = 0, invalid = 0;
  bool found = false;
};

Outcome try_mutation(const test::Mutation& mutation, const std::vector<ir::Module>& modules) {
  Outcome outcome;
  const ir::PassCheck check = tools::same_results();
  for (const ir::Module& before : modules) {
    ir::Module after = ir::clone_module(before);
    if (!mutation.run(after)) continue;
    ++outcome.applied;
    const bool valid = ir::verify_status(after).ok();
    outcome.invalid += !valid;
    outcome.found = valid && !check(before, after, {}).ok();
    if (outcome.found) break;
  }
  return outcome;
}

}  // namespace

SCENARIO("--check-each finds nearly all planted bugs", "[tools]") {
  const std::vector<ir::Module> modules = all_modules();
  size_t found = 0;
  for (const test::Mutation& mutation : test::mutations()) {
    const Outcome outcome = try_mutation(mutation, modules);
    found += outcome.found;
    if (!outcome.found)
      std::printf("survivor: %.*s; it changed %d modules, %d of them were left invalid\n",
                  static_cast<int>(mutation.name.size()), mutation.name.data(), outcome.applied, outcome.invalid);
  }
  const size_t planted = test::mutations().size();
  std::printf("RESULT check_each.mutations_found %zu of %zu\n", found, planted);
  CHECK(planted >= 30);
  CHECK(found * 30 >= planted * (30 - kMayBeMissed));
}

SCENARIO("The check finds no difference where there is none", "[tools]") {
  for (const ir::Module& module : all_modules())
    CHECK(tools::same_results()(module, ir::clone_module(module), {}).ok());
}
