// SPDX-License-Identifier: Apache-2.0
// The same kernels on machines with few registers, slow or odd units, narrow ports and shallow loops.
#include "tests/backend/harness.h"

#include <fmt/format.h>

using namespace psmc;
using namespace psmc::backend::test;

namespace {

const char* const kSoftmax = R"(
func @softmax[pos: 0..99](%x: buffer<3x100xf32, scratchpad, strides [112, 1]>, %y: buffer<3x100xf32, scratchpad, strides [112, 1]>) {
  %z = constant 0.0 : f32
  %low = constant -inf : f32
  for %r = 0 to 3 step 1 {
    %m = for %t = 0 to sym(pos + 1) step 1 iter(%acc = %low) {jam = 4, kind = "reduce", max_trip = 100, unit = "vector"} {
      %a = load %x[%r, %t]
      %u = max %a, %acc
      yield %u
    }
    %e = for %t = 0 to sym(pos + 1) step 1 iter(%acc = %z) {jam = 4, kind = "reduce", max_trip = 100, unit = "vector"} {
      %a = load %x[%r, %t]
      %b = sub %a, %m
      %c = exp %b
      store %c, %y[%r, %t]
      %u = add %c, %acc
      yield %u
    }
    %i = recip %e
    for %t = 0 to sym(pos + 1) step 1 {jam = 4, max_trip = 100, unit = "vector"} {
      %a = load %y[%r, %t]
      %b = mul %a, %i
      store %b, %y[%r, %t]
    }
  }
  return
}
)";

/// A wide body: `n` loads, all sums of neighbours, products of what is far apart.
std::string wide(int n) {
  std::string text = "func @wide(%x: buffer<" + std::to_string(n) + "x64xf32, scratchpad>, %y: buffer<" +
                     std::to_string(n) +
                     "x64xf32, scratchpad>, %b: buffer<64xbool, scratchpad>) {\n  for %i = 0 to 50 step 1 {jam = 2, "
                     "unit = \"vector\"} {\n    %p = load %b[%i]\n";
  for (int i = 0; i < n; ++i) text += fmt::format("    %a{0} = load %x[{0}, %i]\n    %t{0} = tanh %a{0}\n", i);
  for (int i = 0; i < n; ++i)
    text += fmt::format("    %m{0} = lt %t{0}, %a{1}\n    %q{0} = and %m{0}, %p\n", i, (i + 1) % n);
  for (int i = 0; i < n; ++i)
    text += fmt::format(
        "    %s{0} = select %q{1}, %t{0}, %a{1}\n    %v{0} = mul %s{0}, %t{1}\n    store %v{0}, %y[{0}, %i]\n", i,
        n - 1 - i);
  return text + "  }\n  return\n}\n";
}

const char* const kPointers = R"(
func @many(%a: buffer<8x16xf32, scratchpad>, %b: buffer<8x16xf32, scratchpad>, %c: buffer<8x16xf32, scratchpad>, %d: buffer<8x16xf32, scratchpad>, %e: buffer<8x16xf32, scratchpad>, %f: buffer<8x16xf32, scratchpad>, %g: buffer<8x16xf32, scratchpad>, %h: buffer<8x16xf32, scratchpad>, %y: buffer<8x16xf32, scratchpad>) {
  for %r = 0 to 7 step 1 {
    for %k = 0 to 7 step 1 {
      for %n = 0 to 16 step 1 {unit = "vector"} {
        %1 = load %a[%r, %n]
        %2 = load %b[%k, %n]
        %3 = load %c[7 - %r, %n]
        %4 = load %d[%k, %r]
        %5 = load %e[%r, %k]
        %6 = load %f[%k, %k]
        %7 = load %g[7 - %k, %n]
        %8 = load %h[%r, %r]
        %9 = load %y[%r, %n]
        %10 = fma %1, %2, %3
        %11 = fma %4, %5, %6
        %12 = fma %7, %8, %9
        %13 = fma %10, %11, %12
        %14 = constant 0.25 : f32
        %15 = mul %13, %14
        store %15, %y[%r, %n]
      }
    }
  }
  return
}
)";

arch::Machine with(void (*change)(arch::Machine&)) {
  arch::Machine machine = test_machine();
  change(machine);
  return machine;
}

}  // namespace

SCENARIO("kernels fit into few registers by spilling") {
  for (const uint32_t vectors : {32u, 16u, 8u, 5u}) {
    for (const uint32_t masks : {8u, 3u}) {
      arch::Machine machine = test_machine();
      machine.core.vector_registers = vectors;
      machine.core.mask_registers = masks;
      CAPTURE(vectors, masks);
      CompareOptions options;
      compare(kSoftmax, {97}, options, machine);
      for (const int n : {2, 5, 12}) {
        const Compared result = compare(wide(n), {}, options, machine);
        if (vectors == 8) CHECK(result.run.code.files[static_cast<size_t>(arch::RegFile::v)].spilled > 0);
      }
    }
  }
  for (const uint32_t scalars : {32u, 16u, 12u, 10u}) {
    arch::Machine machine = test_machine();
    machine.core.scalar_registers = scalars;
    CAPTURE(scalars);
    compare(kPointers, {}, {}, machine);
    compare(kSoftmax, {50}, {}, machine);
  }
}

SCENARIO("timing tables of other machines are obeyed") {
  const std::vector<arch::Machine> machines{
      with([](arch::Machine& m) {
        m.latency.cycles.fill(1);
        m.latency.special_occupancy = 1;
        m.latency.access_stage = 0;
      }),
      with([](arch::Machine& m) {
        for (uint32_t& c : m.latency.cycles) c = 2 * c + 3;
        m.latency.special_occupancy = 5;
      }),
      with([](arch::Machine& m) {
        m.scratchpad.port_bytes = 16;
        m.core.loop_depth = 1;
      }),
      with([](arch::Machine& m) {
        for (size_t i = 0; i < m.latency.cycles.size(); ++i) m.latency.cycles[i] = 1 + i * 7 % 11;
        m.core.loop_depth = 2;
      }),
  };
  for (const arch::Machine& machine : machines) {
    compare(kSoftmax, {77}, {}, machine);
    compare(kPointers, {}, {}, machine);
    for (const int n : {1, 4, 9}) compare(wide(n), {}, {}, machine);
  }
}
