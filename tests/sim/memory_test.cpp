// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/random.h"
#include "sim/memory/store.h"

namespace psmc::sim {
namespace {

SCENARIO("device memory keeps bytes and which of them were written") {
  DeviceMemory m(1 << 20);
  std::vector<std::byte> page(3 * 4096, std::byte{7});
  m.map(4096 - 100, page.size(), page);
  std::vector<std::byte> out(300);
  std::vector<uint64_t> written(5);
  m.read(4096 - 200, out, written);
  for (uint32_t i = 0; i < 300; ++i) {
    CHECK(out[i] == (i < 100 ? std::byte{0} : std::byte{7}));
    CHECK(get_bit(written, i) == (i >= 100));
  }
  Random random(3);
  std::vector<std::byte> image(1 << 14);
  std::vector<bool> known(1 << 14, false);
  DeviceMemory other(1 << 14);
  for (int i = 0; i < 500; ++i) {
    const uint64_t size = 1 + random.below(700), at = random.below(image.size() - size + 1);
    std::vector<std::byte> bytes(size);
    std::vector<uint64_t> mask(size / 64 + 1);
    for (uint64_t k = 0; k < size; ++k) {
      bytes[k] = static_cast<std::byte>(random.below(256));
      if (random.chance(0.9)) set_bits(mask, k, 1, true);
    }
    other.write(at, bytes, mask);
    for (uint64_t k = 0; k < size; ++k) {
      image[at + k] = bytes[k];
      known[at + k] = get_bit(mask, k);
    }
  }
  std::vector<std::byte> all(image.size());
  std::vector<uint64_t> bits(image.size() / 64);
  other.read(0, all, bits);
  CHECK(all == image);
  for (uint64_t k = 0; k < image.size(); ++k) REQUIRE(get_bit(bits, k) == known[k]);
}

}  // namespace
}  // namespace psmc::sim
