// SPDX-License-Identifier: Apache-2.0
// XXH64 (Y. Collet, xxHash specification 0.1.1): checksums of image sections and hashes of machines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace psmc::arch {

uint64_t hash64(std::span<const std::byte> bytes, uint64_t seed = 0);
inline uint64_t hash64(std::string_view text, uint64_t seed = 0) {
  return hash64(std::as_bytes(std::span(text)), seed);
}

}  // namespace psmc::arch
