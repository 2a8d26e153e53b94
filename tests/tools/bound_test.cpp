// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/bound.h"

#include <catch2/catch.hpp>

using namespace psmc;
using namespace psmc::tools;

namespace {
arch::Machine psm1() { return arch::preset("psm1").value(); }
}  // namespace

SCENARIO("The peak of the matrix units follows from the occupancies", "[tools]") {
  const arch::Machine machine = psm1();
  CHECK(peak_macs(machine, DType::bf16) == machine.bf16_macs_per_cycle());
  CHECK(peak_macs(machine, DType::bf16) == 64 * 256);
  CHECK(peak_macs(machine, DType::i8) == 64 * 512);
  CHECK(peak_macs(machine, DType::f32) == 64 * 64);
}

SCENARIO("The bound is the largest of what binds", "[tools]") {
  const arch::Machine machine = psm1();
  GIVEN("a square product of 512") {
    Work work;
    work.add_macs(DType::bf16, 512.0 * 512 * 512);
    work.bytes_in = 2.0 * 2 * 512 * 512;
    work.bytes_out = 4.0 * 512 * 512;
    THEN("the multiply-adds take 8192 cycles and the bytes as long") {
      CHECK(lower_bound(machine, work).cycles == 8192);
      work.bytes_out = 0;
      CHECK(lower_bound(machine, work).binding == "matrix");
      work.bytes_out = 8.0 * 512 * 512;
      CHECK(lower_bound(machine, work).binding == "memory");
    }
  }
  GIVEN("one element") {
    Work work;
    work.add_macs(DType::f32, 1);
    work.bytes_in = 8;
    work.bytes_out = 4;
    const Bound bound = lower_bound(machine, work);
    THEN("the chain of one read, one operation and one write binds") {
      CHECK(bound.binding == "latency");
      const double read = machine.dma.start_cycles + 2 * machine.network.hop_cycles + machine.memory.miss_cycles;
      const double write = machine.dma.start_cycles + machine.network.hop_cycles;
      CHECK(bound.cycles == read + machine.latency.of(arch::LatencyClass::vector_alu) + write);
    }
  }
  GIVEN("nothing") { CHECK(lower_bound(machine, {}).cycles == 0); }
}

SCENARIO("Work adds up", "[tools]") {
  Work sum, part;
  part.add_macs(DType::bf16, 3);
  part.add_macs(DType::i8, 4);
  part.add_macs(DType::f16, 5);
  part.vector_elements = 6;
  sum.add(part);
  sum.add(part);
  CHECK(sum.macs() == 24);
  CHECK(sum.macs_f32 == 10);
  CHECK(sum.vector_elements == 12);
}
