// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "arch/hash.h"
#include "arch/image_format.h"

namespace psmc::test {

/// Recomputes an image's checksums, so that damage reaches what lies behind them.
inline void reseal(std::string& bytes) {
  namespace format = arch::format;
  if (bytes.size() < format::kHeaderBytes + format::kSections * format::kRowBytes) return;
  for (uint32_t i = 0; i < format::kSections; ++i) {
    char* row = bytes.data() + format::kHeaderBytes + i * format::kRowBytes;
    uint64_t place[2];
    std::memcpy(place, row + 8, 16);
    if (place[0] > bytes.size() || place[1] > bytes.size() - place[0]) continue;
    const uint64_t hash = arch::hash64(std::string_view(bytes).substr(place[0], place[1]));
    std::memcpy(row + 24, &hash, 8);
  }
  const uint64_t hash =
      arch::hash64(std::string_view(bytes).substr(format::kHeaderBytes, format::kSections * format::kRowBytes));
  std::memcpy(bytes.data() + 24, &hash, 8);
}

}  // namespace psmc::test
