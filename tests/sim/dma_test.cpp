// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "arch/dma.h"
#include "base/random.h"
#include "tests/sim/simulation.h"

namespace psmc::sim {
namespace {

using arch::Descriptor;
using arch::DmaKind;
using test::Simulation;

std::string hex(const Descriptor& d) {
  std::string text = "hex";
  for (const std::byte b : arch::encode(d)) text += fmt::format(" {:02x}", std::to_integer<int>(b));
  return text + "\n";
}

/// A program of lab4 that starts `d` on tile 0 and waits for `semaphore` on each of `waiters`.
std::string program(const Descriptor& d, const std::string& engine, uint32_t semaphore,
                    const std::vector<uint32_t>& waiters) {
  std::string text = ".machine \"lab4\"\n.code \"a\"\ndma.start " + engine + ",s1\nwait #" + std::to_string(semaphore) +
                     ",1\nhalt\nwait #" + std::to_string(semaphore) + ",1\nhalt\ndma.start " + engine +
                     ",s1\nhalt\n.end\n";
  text += ".tile 0 \"a\"\n.zero 0x0 0x3ff80\n.data 0x3ff80\n" + hex(d) + ".end\n";
  for (uint32_t t = 1; t < 4; ++t) text += fmt::format(".tile {} \"a\"\n.zero 0x0 0x3ff80\n.end\n", t);
  text += ".entry \"go\"\n";
  const bool self = std::find(waiters.begin(), waiters.end(), 0u) != waiters.end();
  text += fmt::format(".start 0 {} s1=0x3ff80\n", self ? 0 : 5);
  for (const uint32_t t : waiters)
    if (t != 0) text += fmt::format(".start {} 3\n", t);
  return text + ".end\n";
}

/// Runs and strides such that neither side overlaps itself.
Descriptor random_shape(Random& random, uint64_t source_space, uint64_t destination_space) {
  for (;;) {
    Descriptor d;
    d.run = static_cast<uint32_t>(1 + random.below(random.chance(0.3) ? 2000 : 150));
    uint64_t s = d.run, t = d.run;
    for (size_t i = 0; i < 3; ++i) {
      d.count[i] = static_cast<uint32_t>(1 + random.below(random.chance(0.5) ? 6 : 1));
      s += random.chance(0.5) ? 0 : random.below(90);
      t += random.chance(0.5) ? 0 : random.below(90);
      d.source_stride[i] = static_cast<int64_t>(s);
      d.destination_stride[i] = static_cast<int64_t>(t);
      s *= d.count[i];
      t *= d.count[i];
    }
    if (s > source_space || t > destination_space) continue;
    d.source = random.below(source_space - s + 1);
    d.destination = random.below(destination_space - t + 1);
    return d;
  }
}

template <typename F>
void for_each_byte(const Descriptor& d, const F& f) {
  for (uint32_t i2 = 0; i2 < d.count[2]; ++i2)
    for (uint32_t i1 = 0; i1 < d.count[1]; ++i1)
      for (uint32_t i0 = 0; i0 < d.count[0]; ++i0)
        for (uint32_t b = 0; b < d.run; ++b)
          f(d.source + i0 * d.source_stride[0] + i1 * d.source_stride[1] + i2 * d.source_stride[2] + b,
            d.destination + i0 * d.destination_stride[0] + i1 * d.destination_stride[1] + i2 * d.destination_stride[2] +
                b);
}

std::vector<uint8_t> random_bytes(Random& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random.below(256));
  return bytes;
}

SCENARIO("random strided reads of memory equal memcpy") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    Descriptor d = random_shape(random, 60000, 60000);
    d.kind = DmaKind::memory_to_scratchpad;
    d.local_semaphore = 5;
    d.local_amount = 1;
    Simulation s(program(d, "in1", 5, {0}));
    const std::vector<uint8_t> memory = random_bytes(random, 60000);
    s.put_memory(0, memory);
    s.run();
    std::vector<uint8_t> expected(60000, 0), actual(60000);
    for_each_byte(d, [&](uint64_t from, uint64_t to) { expected[to] = memory[from]; });
    std::memcpy(actual.data(), s.chip->scratchpad(0).at(0), actual.size());
    INFO("seed " << seed);
    REQUIRE(actual == expected);
  }
}

SCENARIO("random strided writes to memory equal memcpy") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed + 100);
    Descriptor d = random_shape(random, 60000, 60000);
    d.kind = DmaKind::to_memory;
    d.remote_semaphore = 6;
    d.remote_amount = 1;
    Simulation s(program(d, "out0", 6, {0}));
    const std::vector<uint8_t> scratch = random_bytes(random, 60000);
    std::memcpy(s.chip->scratchpad(0).at(0), scratch.data(), scratch.size());
    s.run();
    std::vector<uint8_t> expected(60000, 0), actual(60000);
    for_each_byte(d, [&](uint64_t from, uint64_t to) { expected[to] = scratch[from]; });
    REQUIRE(s.chip->read_memory(0, std::as_writable_bytes(std::span(actual))).ok());
    INFO("seed " << seed);
    REQUIRE(actual == expected);
  }
}

SCENARIO("random strided writes to a rectangle of tiles equal memcpy at each") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed + 200);
    Descriptor d = random_shape(random, 60000, 60000);
    d.destination += 100000;  // a tile may be its own destination
    d.kind = DmaKind::to_tiles;
    d.x0 = static_cast<uint8_t>(random.below(2));
    d.y0 = static_cast<uint8_t>(random.below(2));
    d.x1 = static_cast<uint8_t>(d.x0 + random.below(2 - d.x0));
    d.y1 = static_cast<uint8_t>(d.y0 + random.below(2 - d.y0));
    d.remote_semaphore = 7;
    d.remote_amount = 1;
    std::vector<uint32_t> targets;
    for (uint32_t y = d.y0; y <= d.y1; ++y)
      for (uint32_t x = d.x0; x <= d.x1; ++x) targets.push_back(2 * y + x);
    Simulation s(program(d, "out1", 7, targets));
    const std::vector<uint8_t> scratch = random_bytes(random, 60000);
    std::memcpy(s.chip->scratchpad(0).at(0), scratch.data(), scratch.size());
    s.run();
    std::vector<uint8_t> expected(160000, 0), actual(160000);
    for_each_byte(d, [&](uint64_t from, uint64_t to) { expected[to] = scratch[from]; });
    INFO("seed " << seed);
    for (const uint32_t t : targets) {
      if (t == 0) std::memcpy(expected.data(), scratch.data(), scratch.size());
      std::memcpy(actual.data(), s.chip->scratchpad(t).at(0), actual.size());
      REQUIRE(actual == expected);
      if (t == 0) std::fill(expected.begin(), expected.begin() + 60000, 0);
    }
  }
}

}  // namespace
}  // namespace psmc::sim
