// SPDX-License-Identifier: Apache-2.0
// Loop-level interpretation: nests, carried values, run-time bounds, padded buffers, rounding, bounds and step limits.
#include <cmath>

#include "tests/ir_ops/modules.h"

namespace psmc::ir {
namespace {

Status run(const Module& module, std::vector<Array*> buffers, const SymbolValues& symbols = {},
           const InterpOptions& options = {}) {
  return interpret_loops(module, FuncId(0), buffers, symbols, options);
}

void run_well(const Module& module, std::vector<Array*> buffers, const SymbolValues& symbols = {}) {
  const Status status = run(module, std::move(buffers), symbols);
  if (!status.ok()) FAIL(status.diagnostic().render());
}

Code failure(const std::string& text, std::vector<Array*> buffers, const SymbolValues& symbols = {},
             const InterpOptions& options = {}) {
  const Module module = valid_module(text);
  const Status status = run(module, std::move(buffers), symbols, options);
  REQUIRE_FALSE(status.ok());
  return status.diagnostic().code;
}

}  // namespace

TEST_CASE("a product of a row and a matrix, accumulated in fused multiply-adds") {
  const Module module = valid_module(R"(
func @kernel(%x: buffer<64xf32, scratchpad>, %w: buffer<64x16xf32, scratchpad>, %y: buffer<16xf32, scratchpad>) {
  for %n = 0 to 16 step 1 {kind = "parallel"} {
    %z = constant 0.0 : f32
    %s = for %k = 0 to 64 step 1 iter(%acc = %z) {kind = "reduce"} {
      %a = load %x[%k]
      %b = load %w[%k, %n]
      %t = fma %a, %b, %acc
      yield %t
    }
    store %s, %y[%n]
  }
  return
}
)");
  Random random(5);
  Array x = random_array(random, DType::f32, {64}), w = random_array(random, DType::f32, {64, 16}), y(DType::f32, {16});
  run_well(module, {&x, &w, &y});
  for (int64_t n = 0; n < 16; ++n) {
    float sum = 0;
    for (int64_t k = 0; k < 64; ++k)
      sum = std::fma(static_cast<float>(x.get(k)), static_cast<float>(w.get(k * 16 + n)), sum);
    CHECK(y.get(n) == sum);
  }
}

TEST_CASE("symbols bound loops and move subscripts") {
  const Module module = valid_module(R"(
func @kernel[pos: 0..7](%x: buffer<16xi32, scratchpad>) {
  for %i = 0 to sym(pos + 1) step 1 {max_trip = 8} {
    %p = index %i + pos
    %v = cast %p {dtype = i32}
    store %v, %x[2 * %i + 1]
  }
  return
}
)");
  Array x(DType::i32, {16});
  run_well(module, {&x}, {{module.find_str("pos"), 3}});
  for (int64_t i = 0; i < 16; ++i) CHECK(x.get_int(i) == (i % 2 == 1 && i < 8 ? i / 2 + 3 : 0));
}

TEST_CASE("bounds that are index values, and steps") {
  const Module module = valid_module(R"(
func @kernel(%x: buffer<4x6xi32, scratchpad>) {
  %one = constant 1 : i32
  for %i = 0 to 4 step 1 {
    for %j = %i to 6 step 2 {
      store %one, %x[%i, %j]
    }
  }
  return
}
)");
  Array x(DType::i32, {4, 6});
  run_well(module, {&x});
  for (int64_t i = 0; i < 4; ++i) {
    for (int64_t j = 0; j < 6; ++j) CHECK(x.get_int(i * 6 + j) == (j >= i && (j - i) % 2 == 0));
  }
}

TEST_CASE("floats of a buffer are f32 in registers and round when stored") {
  const Module module = valid_module(R"(
func @kernel(%x: buffer<2xbf16, scratchpad>, %q: buffer<2xi8, scratchpad>) {
  %c = constant 0.00390625 : f32
  for %i = 0 to 2 step 1 {
    %a = load %x[%i]
    %b = add %a, %c
    store %b, %x[%i]
    %k = load %q[%i]
    %m = add %k, %k
    store %m, %q[%i]
  }
  return
}
)");
  Array x = array_of(DType::bf16, {2}, {1, 0.5}), q = array_of(DType::i8, {2}, {100, -3});
  run_well(module, {&x, &q});
  CHECK(x.get(0) == 1);
  CHECK(x.get(1) == 0.50390625);
  CHECK(q.get_int(0) == -56);
  CHECK(q.get_int(1) == -6);
}

TEST_CASE("padded strides: a tensor keeps its shape, flat storage keeps its padding") {
  const std::string text = R"(
func @kernel(%x: buffer<2x5xf32, scratchpad, strides [16, 1]>) {
  %c = constant 7.0 : f32
  for %i = 0 to 2 step 1 {
    for %j = 4 to 7 step 1 {
      store %c, %x[%i, %j]
    }
  }
  return
}
)";
  const Module module = valid_module(text);
  const Type type = module.value_type(module.block_arg(module.func(FuncId(0)).body, 0));
  CHECK(buffer_storage(type) == 32);
  Array tensor(DType::f32, {2, 5}), flat(DType::f32, {32});
  run_well(module, {&tensor});
  CHECK(tensor == array_of(DType::f32, {2, 5}, {0, 0, 0, 0, 7, 0, 0, 0, 0, 7}));
  run_well(module, {&flat});
  for (int64_t i = 0; i < 32; ++i) CHECK(flat.get(i) == (i % 16 >= 4 && i % 16 < 7 ? 7 : 0));
}

TEST_CASE("one array for two arguments is one memory") {
  const Module module = valid_module(R"(
func @kernel(%x: buffer<4xf32, scratchpad>, %y: buffer<4xf32, scratchpad>) {
  for %i = 1 to 4 step 1 {
    %a = load %x[%i - 1]
    store %a, %y[%i]
  }
  return
}
)");
  Array x = array_of(DType::f32, {4}, {5, 1, 2, 3});
  run_well(module, {&x, &x});
  CHECK(x == array_of(DType::f32, {4}, {5, 5, 5, 5}));
}

TEST_CASE("a local buffer is poisoned until it is written") {
  const Module module = valid_module(R"(
func @kernel(%y: buffer<2xf32, scratchpad>) {
  %t = alloc : buffer<2xf32, scratchpad>
  %c = constant 3.0 : f32
  store %c, %t[0]
  for %i = 0 to 2 step 1 {
    %a = load %t[%i]
    store %a, %y[%i]
  }
  return
}
)");
  Array y(DType::f32, {2});
  run_well(module, {&y});
  CHECK(y.get(0) == 3);
  CHECK(std::isnan(y.get(1)));
}

TEST_CASE("integer and float scalars, selection and comparison") {
  const Module module = valid_module(R"(
func @kernel(%x: buffer<5xf32, scratchpad>, %y: buffer<5xf32, scratchpad>) {
  %zero = constant 0.0 : f32
  %two = constant 2
  for %i = 0 to 5 step 1 {
    %a = load %x[%i]
    %neg = lt %a, %zero
    %early = lt %i, %two
    %both = and %neg, %early
    %s = select %both, %zero, %a
    %e = exp %s
    store %e, %y[%i]
  }
  return
}
)");
  Array x = array_of(DType::f32, {5}, {-1, 1, -1, 0.5, 2}), y(DType::f32, {5});
  run_well(module, {&x, &y});
  const double inner[] = {0, 1, -1, 0.5, 2};
  for (int64_t i = 0; i < 5; ++i) CHECK(y.get(i) == static_cast<float>(std::exp(inner[i])));
}

TEST_CASE("carried values of nested loops, and a loop that never runs") {
  const Module module = valid_module(R"(
func @kernel[n: 0..4](%y: buffer<2xi32, scratchpad>) {
  %a0 = constant 0 : i32
  %b0 = constant 1 : i32
  %a, %b = for %i = 0 to sym(2 * n) step 1 iter(%p = %a0, %q = %b0) {max_trip = 8} {
    %s = add %p, %q
    yield %q, %s
  }
  store %a, %y[0]
  store %b, %y[1]
  return
}
)");
  Array y(DType::i32, {2});
  run_well(module, {&y}, {{module.find_str("n"), 4}});
  CHECK(y.get_int(0) == 21);
  CHECK(y.get_int(1) == 34);
  run_well(module, {&y}, {{module.find_str("n"), 0}});
  CHECK(y.get_int(0) == 0);
  CHECK(y.get_int(1) == 1);
}

TEST_CASE("accesses outside a buffer, endless loops and wrong arguments are errors") {
  Array x(DType::f32, {4}), big(DType::f32, {4, 16});
  const std::string outside = R"(
func @kernel(%x: buffer<4x16xf32, scratchpad>) {
  for %i = 0 to 5 step 1 {
    %a = load %x[%i, 0]
  }
  return
}
)";
  CHECK(failure(outside, {&big}) == Code::interp_bounds);
  const std::string below =
      "func @kernel(%x: buffer<4xf32, scratchpad>) {\n  for %i = 0 to 4 step 1 {\n    %a = load %x[%i - 1]\n  }\n  "
      "return\n}\n";
  CHECK(failure(below, {&x}) == Code::interp_bounds);
  const std::string trips =
      "func @kernel[n: 0..9]() {\n  for %i = 0 to sym(n) step 1 {max_trip = 4} {\n    %a = index %i\n  }\n  "
      "return\n}\n";
  const Module module = valid_module(trips);
  CHECK(run(module, {}, {{module.find_str("n"), 5}}).diagnostic().code == Code::interp_bounds);
  CHECK(run(module, {}, {{module.find_str("n"), 4}}).ok());
  const std::string endless =
      "func @kernel() {\n  for %i = 0 to 1000000000000 step 1 {\n    %a = index %i\n  }\n  return\n}\n";
  InterpOptions options;
  options.max_steps = 100000;
  CHECK(failure(endless, {}, {}, options) == Code::interp_limit);
  Array wrong(DType::i32, {4}), small(DType::f32, {3});
  CHECK(failure(below, {&wrong}) == Code::interp_arguments);
  CHECK(failure(below, {&small}) == Code::interp_arguments);
  CHECK(failure(below, {}) == Code::interp_arguments);
  const std::string graph = "func @kernel() {\n  %a = iota {axis = 0, shape = [4]}\n  return\n}\n";
  CHECK(failure(graph, {}) == Code::interp_unsupported);
  const std::string huge = "func @kernel() {\n  %t = alloc : buffer<1000000000000xf32, memory>\n  return\n}\n";
  CHECK(failure(huge, {}) == Code::interp_limit);
}

}  // namespace psmc::ir
