// SPDX-License-Identifier: Apache-2.0
// For tests of checkpoints: damage that their checksums do not show.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "arch/hash.h"

namespace psmc::sim::test {

/// Recomputes a checkpoint's checksums and its size, as far as its sections can be found.
inline void reseal_checkpoint(std::string& bytes) {
  constexpr size_t kHeader = 40, kRow = 24;
  const auto put = [&](size_t at, uint64_t value) { std::memcpy(bytes.data() + at, &value, sizeof value); };
  if (bytes.size() < kHeader) return;
  put(8, bytes.size());
  put(16, arch::hash64(std::string_view(bytes).substr(24, 16)));
  for (size_t at = kHeader; at + kRow <= bytes.size();) {
    uint64_t size = 0;
    std::memcpy(&size, bytes.data() + at + 8, sizeof size);
    if (size > bytes.size() - at - kRow) return;
    put(at + 16, arch::hash64(std::string_view(bytes).substr(at + kRow, size)));
    at += kRow + size;
  }
}

}  // namespace psmc::sim::test
