// SPDX-License-Identifier: Apache-2.0
// When two accesses of one object may change their order or share a word: when they are in different lines for certain.
#pragma once

#include <cstdint>

namespace psmc::backend {

/// An access relative to a base register; accesses with one base and version can be compared.
struct MemAccess {
  uint32_t node = 0;
  uint32_t base = 0, version = 0;
  int64_t offset = 0;
  uint32_t bytes = 0;  ///< 0: unknown extent
  uint32_t alignment = 1;
};

bool separate_lines(const MemAccess& a, const MemAccess& b);

/// The least d > 0 such that `b`, d iterations later with its base d * step further on, may touch a line of `a`; 0:
/// never.
uint32_t first_meeting(const MemAccess& a, const MemAccess& b, int64_t step);

}  // namespace psmc::backend
