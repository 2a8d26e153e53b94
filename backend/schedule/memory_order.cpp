// SPDX-License-Identifier: Apache-2.0
#include "backend/schedule/memory_order.h"

#include <algorithm>

#include "arch/isa.h"

namespace psmc::backend {
namespace {

constexpr int64_t kLine = arch::kLineBytes;

/// Bytes from its start that an access may touch lines of: whole lines if it begins with one, a line if it lies in one.
int64_t reach(const MemAccess& a) {
  if (a.bytes <= kLine && a.alignment >= a.bytes) return kLine;
  return (a.bytes + kLine - 1) / kLine * kLine + (a.alignment >= kLine ? 0 : kLine);
}

}  // namespace

bool separate_lines(const MemAccess& a, const MemAccess& b) {
  if (a.base != b.base || a.version != b.version || a.bytes == 0 || b.bytes == 0) return false;
  return b.offset - a.offset >= reach(a) || a.offset - b.offset >= reach(b);
}

uint32_t first_meeting(const MemAccess& a, const MemAccess& b, int64_t step) {
  if (a.base != b.base || a.bytes == 0 || b.bytes == 0 || step == 0) return 1;
  // They meet while -reach(b) < b.offset + d * step - a.offset < reach(a): for an interval of d.
  const int64_t gap = b.offset - a.offset, size = step > 0 ? step : -step;
  const int64_t low = step > 0 ? -reach(b) - gap : gap - reach(a), high = step > 0 ? reach(a) - gap : gap + reach(b);
  // The least d with d * size > low, at least 1.
  const int64_t d = low < 0 ? 1 : low / size + 1;
  if (d * size >= high) return 0;
  return static_cast<uint32_t>(std::min<int64_t>(d, 1 << 20));
}

}  // namespace psmc::backend
