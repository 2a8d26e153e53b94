// SPDX-License-Identifier: Apache-2.0
// Index values, symbols, run-time loops and subscripts.
#include "tests/backend/harness.h"

#include <fmt/format.h>

using namespace psmc;
using namespace psmc::backend::test;

SCENARIO("loops with run-time bounds, in lanes, reduced and scalar") {
  for (const char* attrs : {"", "jam = 1, ", "jam = 2, ", "jam = 4, "}) {
    for (const char* unroll : {"", ", unroll = 2", ", unroll = 4"}) {
      const std::string text = fmt::format(R"(
func @k[pos: 0..127](%q: buffer<64xf32, scratchpad>, %keys: buffer<64x128xbf16, scratchpad>, %v: buffer<128x64xbf16, scratchpad>, %s: buffer<128xf32, scratchpad>, %y: buffer<64xf32, scratchpad>) {{
  %z = constant 0.0 : f32
  %low = constant -inf : f32
  for %t = 0 to sym(pos + 1) step 1 {{{0}max_trip = 128, unit = "vector"}} {{
    %d = for %k = 0 to 64 step 1 iter(%acc = %z) {{kind = "reduce"{1}}} {{
      %a = load %q[%k]
      %b = load %keys[%k, %t]
      %u = fma %a, %b, %acc
      yield %u
    }}
    store %d, %s[%t]
  }}
  %m = for %t = 0 to sym(pos + 1) step 1 iter(%acc = %low) {{kind = "reduce", {0}max_trip = 128, unit = "vector"}} {{
    %a = load %s[%t]
    %u = max %a, %acc
    yield %u
  }}
  %e = for %t = 0 to sym(pos + 1) step 1 iter(%acc = %z) {{kind = "reduce", {0}max_trip = 128, unit = "vector"}} {{
    %a = load %s[%t]
    %b = sub %a, %m
    %c = exp %b
    store %c, %s[%t]
    %u = add %c, %acc
    yield %u
  }}
  %r = recip %e
  for %n = 0 to 64 step 1 {{{0}unit = "vector"}} {{
    %o = for %t = 0 to sym(pos + 1) step 1 iter(%acc = %z) {{kind = "reduce", max_trip = 128{1}}} {{
      %a = load %s[%t]
      %b = load %v[%t, %n]
      %u = fma %a, %b, %acc
      yield %u
    }}
    %p = mul %o, %r
    store %p, %y[%n]
  }}
  return
}}
)",
                                           attrs, unroll);
      for (const int64_t pos : {0, 1, 14, 15, 16, 30, 47, 63, 64, 100, 127}) compare(text, {pos});
    }
  }
}

SCENARIO("rows are gathered by loaded indices, clamped in index arithmetic") {
  for (const int n : {3, 16, 40}) {
    compare(fmt::format(R"(
func @gather[first: 0..5](%i: buffer<8xi32, scratchpad>, %t: buffer<20x{0}xf32, scratchpad, strides [{1}, 1]>, %y: buffer<8x{0}xf32, scratchpad, strides [{1}, 1]>, %w: buffer<8xi32, scratchpad>) {{
  %zero = constant 0
  %last = constant 19
  for %r = 0 to 8 step 1 {{
    %a = load %i[%r]
    %b = cast %a {{dtype = index}}
    %c = min %b, %last
    %d = max %c, %zero
    %e = index 19 - %d
    for %n = 0 to {0} step 1 {{unit = "vector"}} {{
      %v = load %t[%d, %n]
      %u = load %t[%e, %n]
      %s = add %u, %v
      store %s, %y[%r, %n]
    }}
    %f = index %e * 3 + %r + first
    %g = cast %f {{dtype = i32}}
    %h = add %g, %a
    store %h, %w[%r]
  }}
  return
}}
)",
                        n, (n + 15) / 16 * 16),
            {3});
  }
}

SCENARIO("lane numbers are data: a causal mask, an iota, lane comparisons with symbols") {
  for (const int jam : {1, 2, 4}) {
    for (const int64_t pos : {0, 5, 17, 33, 62}) {
      compare(fmt::format(R"(
func @mask[pos: 0..63](%x: buffer<4x72xf32, scratchpad, strides [80, 1]>, %y: buffer<4x72xf32, scratchpad, strides [80, 1]>, %z: buffer<4x72xi32, scratchpad, strides [80, 1]>) {{
  %low = constant -100.0 : f32
  for %r = 0 to 4 step 1 {{
    %b = index %r + pos
    for %t = 0 to 72 step 1 {{jam = {}, unit = "vector"}} {{
      %a = load %x[%r, %t]
      %m = le %t, %b
      %s = select %m, %a, %low
      store %s, %y[%r, %t]
      %i = index %t * 3 + %r + 7
      %j = cast %i {{dtype = i32}}
      %k = cast %t {{dtype = f32}}
      %l = cast %k {{dtype = i32}}
      %n = mul %j, %l
      store %n, %z[%r, %t]
    }}
  }}
  return
}}
)",
                          jam),
              {pos});
    }
  }
}

SCENARIO("loops step, start late and use counters of outer loops") {
  compare(R"(
func @k[a: 0..9](%x: buffer<40x48xf32, scratchpad>, %y: buffer<40x48xf32, scratchpad>, %s: buffer<64xf32, scratchpad>) {
  for %i = 3 to 40 step 5 {
    for %j = 16 to 48 step 16 {
      for %n = 0 to 13 step 1 {unit = "vector"} {
        %v = load %x[%i, %j + %n]
        %w = load %x[39 - %i, %j + %n - 16]
        %u = add %v, %w
        store %u, %y[%i - 3, %j + %n]
      }
    }
  }
  for %i = sym(a + 1) to sym(3 * a + 4) step 3 {max_trip = 12, unroll = 2} {
    %i1 = index %i + 1
    for %j = %i to 33 step 7 {max_trip = 6} {
      %v = load %x[%j, %i]
      %w = load %x[%i, %j]
      %u = sub %v, %w
      store %u, %s[%i1 + %j]
    }
  }
  return
}
)",
          {4});
}

SCENARIO("the second of two local buffers, written row by row, is read where it was written") {
  compare(R"(
func @k(%x: buffer<4x16xf32, scratchpad>, %y: buffer<4x16xf32, scratchpad>) {
  %s = alloc : buffer<4x16xf32, scratchpad>
  %t = alloc : buffer<4x16xf32, scratchpad>
  for %r = 0 to 4 step 1 {
    for %i = 0 to 16 step 1 {unit = "vector"} {
      %v = load %x[%r, %i]
      %w = add %v, %v
      store %v, %s[%r, %i]
      store %w, %t[%r, %i]
    }
  }
  for %i = 0 to 16 step 1 {unit = "vector"} {
    %a = load %t[0, %i]
    %b = load %s[1, %i]
    %c = load %t[3, %i]
    store %a, %y[0, %i]
    store %b, %y[1, %i]
    store %c, %y[2, %i]
  }
  return
}
)");
}

SCENARIO("carried index values and local buffers") {
  compare(R"(
func @k(%n: buffer<32xi32, scratchpad>, %x: buffer<32xf32, scratchpad>, %y: buffer<32xf32, scratchpad>, %z: buffer<2xi32, scratchpad>) {
  %t = alloc : buffer<4x32xf32, scratchpad>
  %zero = constant 0
  %one = constant 1
  %m = constant 31
  for %r = 0 to 4 step 1 {
    for %i = 0 to 32 step 1 {unit = "vector"} {
      %v = load %x[%i]
      %k = cast %r {dtype = f32}
      %w = mul %v, %k
      store %w, %t[%r, %i]
    }
  }
  %p, %q = for %i = 0 to 32 step 1 iter(%a = %zero, %b = %one) {
    %v = load %t[3, %a]
    %w = load %t[1, %b]
    %u = add %v, %w
    store %u, %y[%i]
    %j = load %n[%i]
    %k = cast %j {dtype = index}
    %l = and %k, %m
    yield %b, %l
  }
  %p1 = cast %p {dtype = i32}
  %q1 = cast %q {dtype = i32}
  store %p1, %z[0]
  store %q1, %z[1]
  return
}
)");
}
