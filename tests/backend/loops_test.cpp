// SPDX-License-Identifier: Apache-2.0
// Kernels with loops of all kinds against the interpreter.
#include "tests/backend/harness.h"

#include <fmt/format.h>

using namespace psmc;
using namespace psmc::backend::test;

namespace {

/// y[n] = sum over k of x[k] * w[k, n], lanes over n.
std::string outer_lane(int64_t k, int64_t n, const std::string& attrs, const std::string& inner = "") {
  return fmt::format(R"(
func @gemv(%x: buffer<{0}xf32, scratchpad>, %w: buffer<{0}x{1}xbf16, scratchpad, strides [{2}, 1]>, %y: buffer<{1}xf32, scratchpad>) {{
  %z = constant 0.0 : f32
  for %n = 0 to {1} step 1 {{{3}unit = "vector"}} {{
    %s = for %k = 0 to {0} step 1 iter(%acc = %z) {{kind = "reduce"{4}}} {{
      %a = load %x[%k]
      %b = load %w[%k, %n]
      %t = fma %a, %b, %acc
      yield %t
    }}
    store %s, %y[%n]
  }}
  return
}}
)",
                     k, n, (n + 15) / 16 * 16, attrs, inner);
}

/// y[m] = sum or max over k of the product, lanes over k.
std::string lane_reduce(int64_t m, int64_t k, const std::string& attrs) {
  return fmt::format(R"(
func @dot(%x: buffer<{1}xf32, scratchpad>, %w: buffer<{0}x{1}xf32, scratchpad, strides [{2}, 1]>, %y: buffer<{0}xf32, scratchpad>, %u: buffer<{0}xf32, scratchpad>) {{
  %z = constant 0.5 : f32
  for %m = 0 to {0} step 1 {{
    %s = for %k = 0 to {1} step 1 iter(%acc = %z) {{kind = "reduce", {3}unit = "vector"}} {{
      %a = load %x[%k]
      %b = load %w[%m, %k]
      %t = fma %a, %b, %acc
      yield %t
    }}
    %l = for %k = 0 to {1} step 1 iter(%acc = %z) {{kind = "reduce", {3}unit = "vector"}} {{
      %b = load %w[%m, %k]
      %t = max %b, %acc
      yield %t
    }}
    store %s, %y[%m]
    store %l, %u[%m]
  }}
  return
}}
)",
                     m, k, (k + 15) / 16 * 16, attrs);
}

}  // namespace

SCENARIO("lanes over the results of a matrix-vector product, for all tails and jams") {
  for (const int64_t n : {1, 7, 16, 17, 40, 64, 80, 100, 129}) {
    for (const int64_t k : {0, 1, 5, 16}) {
      compare(outer_lane(k, n, ""));
      compare(outer_lane(k, n, "jam = 1, "));
      compare(outer_lane(k, n, "jam = 3, ", ", unroll = 4"));
    }
  }
  const Compared big = compare(outer_lane(64, 128, "jam = 4, "));
  CAPTURE(big.run.cycles);
  CHECK(big.run.cycles < 8 * 64 * 3);
}

SCENARIO("lanes over the terms of a sum or a maximum") {
  for (const int64_t k : {0, 1, 15, 16, 17, 33, 64, 70, 150, 260}) {
    for (const char* attrs : {"", "jam = 1, ", "jam = 2, ", "jam = 5, "}) compare(lane_reduce(3, k, attrs));
  }
}

SCENARIO("scalar loops nest deeper than the loop unit, and carry several values") {
  for (const int n : {1, 2, 3}) {
    for (const int unroll : {1, 2, 3}) {
      compare(fmt::format(R"(
func @deep(%x: buffer<3x3x3x3x3x3xf32, scratchpad>, %y: buffer<2xf32, scratchpad>) {{
  %z = constant 0.0 : f32
  %o = constant 1.0 : f32
  %ra, %rb = for %a = 0 to {0} step 1 iter(%s0 = %z, %p0 = %o) {{
    %r1a, %r1b = for %b = 0 to {0} step 1 iter(%s1 = %s0, %p1 = %p0) {{
      %r2a, %r2b = for %c = 0 to {0} step 1 iter(%s2 = %p1, %p2 = %s1) {{
        %r3a, %r3b = for %d = 0 to {0} step 1 iter(%s3 = %s2, %p3 = %p2) {{
          %r4a, %r4b = for %e = 0 to {0} step 1 iter(%s4 = %s3, %p4 = %p3) {{
            %r5a, %r5b = for %f = 0 to {0} step 1 iter(%s5 = %s4, %p5 = %p4) {{unroll = {1}}} {{
              %v = load %x[%a, %b, %c, %d, %e, %f]
              %t = fma %v, %p5, %s5
              %h = constant 0.5 : f32
              %u = fma %v, %h, %p5
              %w = max %u, %h
              %w1 = min %w, %o
              %t1 = min %t, %o
              yield %w1, %t1
            }}
            yield %r5a, %r5b
          }}
          yield %r4b, %r4a
        }}
        yield %r3a, %r3b
      }}
      yield %r2a, %r2b
    }}
    yield %r1a, %r1b
  }}
  store %ra, %y[0]
  store %rb, %y[1]
  return
}}
)",
                          n, unroll));
    }
  }
}
