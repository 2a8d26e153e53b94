// SPDX-License-Identifier: Apache-2.0
#include "arch/dma.h"

#include <catch2/catch.hpp>

#include "base/random.h"

namespace psmc::arch {
namespace {

Descriptor sample() {
  Descriptor d;
  d.kind = DmaKind::to_tiles;
  d.run = 64;
  d.count = {4, 2, 1};
  d.source = 1024;
  d.destination = 2048;
  d.source_stride = {64, -512, 0};
  d.destination_stride = {64, 256, 0};
  d.x1 = 1;
  d.y1 = 1;
  d.local_semaphore = 3;
  d.local_amount = 1;
  d.remote_semaphore = 63;
  d.remote_amount = 512;
  return d;
}

TEST_CASE("descriptors survive encoding, and unused bytes must be zero") {
  const DescriptorBytes bytes = encode(sample());
  CHECK(decode_descriptor(bytes).value() == sample());
  for (const size_t unused : {1, 20, 23, 100, 127}) {
    DescriptorBytes damaged = bytes;
    damaged[unused] = std::byte{1};
    CHECK(decode_descriptor(damaged).diagnostic().code == Code::bad_descriptor);
  }
  for (const int kind : {0, 5, 255}) {
    DescriptorBytes damaged = bytes;
    damaged[0] = static_cast<std::byte>(kind);
    CHECK(decode_descriptor(damaged).diagnostic().code == Code::bad_descriptor);
  }
}

TEST_CASE("random bytes decode to what they encode, or to an error") {
  Random random(9);
  for (int n = 0; n < 5000; ++n) {
    DescriptorBytes bytes = encode(sample());
    for (int k = 0; k < 4; ++k) bytes[random.below(bytes.size())] = static_cast<std::byte>(random.below(256));
    const Result<Descriptor> d = decode_descriptor(bytes);
    if (!d) continue;
    CHECK(encode(*d) == bytes);
    for (const bool in : {false, true}) (void)problem(preset("lab4").value(), *d, in);
  }
}

TEST_CASE("validity of descriptors") {
  const Machine machine = preset("lab4").value();  // 2x2, 256 KiB
  const auto valid = [&](auto change, bool in = false) {
    Descriptor d = sample();
    change(d);
    return problem(machine, d, in).empty();
  };
  CHECK(valid([](Descriptor&) {}));
  CHECK(!valid([](Descriptor&) {}, true));
  CHECK(!valid([](Descriptor& d) { d.chip = 1; }));
  CHECK(!valid([](Descriptor& d) { d.run = 0; }));
  CHECK(!valid([](Descriptor& d) { d.count[2] = 0; }));
  CHECK(!valid([](Descriptor& d) { d.count = {UINT32_MAX, UINT32_MAX, UINT32_MAX}; }));
  CHECK(!valid([](Descriptor& d) { d.source_stride[1] = -1088; }));
  CHECK(valid([](Descriptor& d) { d.source_stride[1] = -1024; }));
  CHECK(!valid([](Descriptor& d) { d.source_stride[1] = INT64_MIN; }));
  CHECK(!valid([](Descriptor& d) { d.destination_stride[0] = INT64_MAX; }));
  CHECK(valid([](Descriptor& d) { d.destination = (1 << 18) - 3 * 64 - 256 - 64; }));
  CHECK(!valid([](Descriptor& d) { d.destination = (1 << 18) - 3 * 64 - 256 - 63; }));
  CHECK(!valid([](Descriptor& d) { d.destination = UINT64_MAX; }));
  CHECK(!valid([](Descriptor& d) { d.x1 = 2; }));
  CHECK(!valid([](Descriptor& d) { d.y0 = 2; }));
  CHECK(!valid([](Descriptor& d) { d.remote_semaphore = 64; }));
  CHECK(valid([](Descriptor& d) { d.remote_semaphore = 64, d.remote_amount = 0; }));
  CHECK(!valid([](Descriptor& d) { d.kind = DmaKind::to_memory; }));
  CHECK(valid([](Descriptor& d) { d.kind = DmaKind::to_memory, d.x1 = d.y1 = 0, d.destination = (1 << 28) - 64 * 8; }));
  CHECK(
      valid([](Descriptor& d) { d.kind = DmaKind::memory_to_scratchpad, d.x1 = d.y1 = 0, d.remote_amount = 0; }, true));
  CHECK(!valid([](Descriptor& d) { d.kind = DmaKind::memory_to_scratchpad, d.x1 = d.y1 = 0; }, true));
  CHECK(valid([](Descriptor& d) { d.kind = DmaKind::memory_to_code, d.x1 = d.y1 = 0, d.remote_amount = 0; }, true));
  CHECK(!valid(
      [](Descriptor& d) { d.kind = DmaKind::memory_to_code, d.x1 = d.y1 = 0, d.remote_amount = 0, d.run = 48; }, true));
}

TEST_CASE("multicast needs a network that has it") {
  Machine machine = preset("lab4").value();
  machine.network.multicast = false;
  Descriptor d = sample();
  CHECK(!problem(machine, d, false).empty());
  d.x1 = d.y1 = 0;
  CHECK(problem(machine, d, false).empty());
}

}  // namespace
}  // namespace psmc::arch
