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
  GIVEN("a vector times a matrix") {
    Work work;
    work.add_macs(DType::bf16, 512.0 * 512, 1, 512);
    THEN("one row of sixteen is all that the matrix unit can use, besides the vector unit") {
      const Bound bound = tile_bound(machine, work);
      CHECK(bound.binding == "arithmetic");
      CHECK(bound.cycles == 512.0 * 512 / (64 * (16 + 16)));
      CHECK(bound.cycles > work.macs() / peak_macs(machine, DType::bf16));
    }
    THEN("beside a product of many rows it may hide") {
      work.add_macs(DType::bf16, 1, 16, 16);
      CHECK(tile_bound(machine, work).binding == "matrix");
      CHECK(tile_bound(machine, work).cycles == (512.0 * 512 + 1) / (64 * 256));
    }
    THEN("its bytes from memory bind the launch, not the op: they may come while other ops run") {
      work.bytes_in = 1e9;
      CHECK(tile_bound(machine, work).binding == "arithmetic");
      CHECK(memory_cycles(machine, work) == 1e9 / 256);
      CHECK(lower_bound(machine, work).binding == "memory");
    }
    THEN("the bytes of the scratchpads can take longer") {
      work.scratchpad_bytes = 10.0 * 512 * 512;
      CHECK(tile_bound(machine, work).binding == "scratchpad");
      CHECK(tile_bound(machine, work).cycles == 10.0 * 512 * 512 / (64 * 128));
    }
    THEN("the chain of latencies binds a launch, not an op's share of the tiles") {
      Work small;
      small.vector_elements = 1;
      CHECK(lower_bound(machine, small).binding == "latency");
      CHECK(tile_bound(machine, small).cycles == 1.0 / (64 * 16));
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
  part.scratchpad_bytes = 7;
  sum.add(part);
  sum.add(part);
  CHECK(sum.macs() == 24);
  CHECK(sum.macs_f32 == 10);
  CHECK(sum.vector_elements == 12);
  CHECK(sum.scratchpad_bytes == 14);
  CHECK(sum.widest == 16);
}
