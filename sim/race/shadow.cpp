// SPDX-License-Identifier: Apache-2.0
#include "sim/race/shadow.h"

#include <algorithm>

namespace psmc::sim {

namespace {

/// Checks `a` against an access and drops what that supersedes; true if `a` conflicts.
bool supersede(LineAccess& a, uint64_t mask, uint32_t key, const Epoch& by) {
  if ((a.mask & mask) == 0) return false;
  const bool write = (key & 1u) != 0, ordered = by.after(a.actor(), a.clock);
  // Whatever is ordered after this access is ordered after what it supersedes: a write supersedes all (what was not
  // ordered has been reported), a read the reads before it.
  if (write || (ordered && !a.write())) a.mask &= ~mask;
  return (write || a.write()) && !ordered;
}

}  // namespace

const LineAccess* LineShadow::slow_access(uint32_t line, Line& l, uint64_t mask, uint32_t key, const Epoch& by) {
  if (l.count > 2) return spilled_access(line, l, mask, key, by);
  const LineAccess* conflict = nullptr;
  std::array<LineAccess, 3> list;
  uint32_t count = 0;
  bool merged = false;
  for (uint32_t i = 0; i < l.count; ++i) {
    LineAccess a = l.first[i];
    if (supersede(a, mask, key, by)) {
      conflict_ = l.first[i];
      conflict = &conflict_;
    }
    if (a.actor_write == key && a.clock == by.clock) {
      a.mask |= mask;
      merged = true;
    }
    if (a.mask != 0) list[count++] = a;
  }
  if (!merged) list[count++] = {key, by.clock, mask};
  l.first = {list[0], list[1]};
  l.count = count;
  if (count > 2) spilled_[line] = {list[2]};
  return conflict;
}

const LineAccess* LineShadow::spilled_access(uint32_t line, Line& l, uint64_t mask, uint32_t key, const Epoch& by) {
  std::vector<LineAccess>& more = spilled_[line];
  std::vector<LineAccess> list(l.first.begin(), l.first.end());
  list.insert(list.end(), more.begin(), more.end());
  const LineAccess* conflict = nullptr;
  for (LineAccess& a : list) {
    const LineAccess before = a;
    if (!supersede(a, mask, key, by)) continue;
    conflict_ = before;
    conflict = &conflict_;
  }
  std::erase_if(list, [](const LineAccess& a) { return a.mask == 0; });
  const auto same = std::find_if(list.begin(), list.end(),
                                 [&](const LineAccess& a) { return a.actor_write == key && a.clock == by.clock; });
  if (same != list.end()) {
    same->mask |= mask;
  } else {
    list.push_back({key, by.clock, mask});
  }
  std::copy_n(list.begin(), std::min<size_t>(list.size(), 2), l.first.begin());
  if (list.size() > 2) {
    more.assign(list.begin() + 2, list.end());
  } else {
    spilled_.erase(line);
  }
  l.count = static_cast<uint32_t>(list.size());
  return conflict;
}

const PageShadow::Interval* PageShadow::access(uint64_t address, uint64_t bytes, bool write, const Epoch& by) {
  const Interval* conflict = nullptr;
  for (uint64_t done = 0; done < bytes;) {
    const uint64_t at = address + done, offset = at % kPageBytes;
    const uint64_t n = std::min(kPageBytes - offset, bytes - done);
    const Interval* found = access_page(pages_[at / kPageBytes], static_cast<uint32_t>(offset),
                                        static_cast<uint32_t>(offset + n), by.actor * 2 + (write ? 1u : 0u), by);
    if (found != nullptr) conflict = found;
    done += n;
  }
  return conflict;
}

const PageShadow::Interval* PageShadow::access_page(std::vector<Interval>& list, uint32_t begin, uint32_t end,
                                                    uint32_t key, const Epoch& by) {
  const bool write = (key & 1u) != 0;
  const Interval* conflict = nullptr;
  for (size_t i = 0; i < list.size(); ++i) {
    Interval& a = list[i];
    if (a.end <= begin || a.begin >= end) continue;
    const bool ordered = by.after(a.actor_write >> 1, a.clock), wrote = (a.actor_write & 1u) != 0;
    if ((write || wrote) && !ordered) {
      conflict_ = a;
      conflict = &conflict_;
    }
    if (!write && (wrote || !ordered)) continue;
    Interval rest = a;  // keep what the new access does not cover
    rest.begin = end;
    a.end = std::min(a.end, begin);
    if (a.begin >= a.end) {
      a = rest;
      if (a.begin >= a.end) a = {0, 0, key, 0};
    } else if (rest.begin < rest.end) {
      list.push_back(rest);
    }
  }
  std::erase_if(list, [](const Interval& a) { return a.begin >= a.end; });
  for (Interval& a : list) {
    if (a.actor_write != key || a.clock != by.clock) continue;
    if (a.end == begin || a.begin == end) {
      a.begin = std::min(a.begin, begin);
      a.end = std::max(a.end, end);
      return conflict;
    }
  }
  list.push_back({begin, end, key, by.clock});
  return conflict;
}

}  // namespace psmc::sim
