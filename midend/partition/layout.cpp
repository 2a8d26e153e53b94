// SPDX-License-Identifier: Apache-2.0
#include "midend/partition/layout.h"

#include <algorithm>

namespace psmc::midend {
namespace {

uint64_t mix(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
  return hash * 0xff51afd7ed558ccdu;
}

uint64_t hash_of(const Layout& layout) {
  uint64_t hash = layout.size();
  for (const Box& box : layout) {
    hash = mix(hash, box.empty());
    if (box.empty()) continue;
    for (const Range& r : box.dims) hash = mix(mix(hash, static_cast<uint64_t>(r.lo)), static_cast<uint64_t>(r.hi));
  }
  return hash;
}

}  // namespace

LayoutId LayoutTable::intern(Layout layout) {
  const uint64_t hash = hash_of(layout);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at)
    if (layouts_[at->second] == layout) return LayoutId(at->second);
  const auto id = static_cast<uint32_t>(layouts_.size());
  int64_t total = 0, largest = 0;
  for (const Box& box : layout) {
    total += box.elements();
    largest = std::max(largest, box.elements());
  }
  totals_.push_back(total);
  largest_.push_back(largest);
  layouts_.push_back(std::move(layout));
  by_hash_.emplace(hash, id);
  return LayoutId(id);
}

bool LayoutTable::covers(LayoutId have, LayoutId need) {
  if (have == need) return true;
  const uint64_t key = uint64_t{have.index} << 32 | need.index;
  const auto [at, is_new] = covers_.try_emplace(key, true);
  if (!is_new) return at->second;
  const Layout &held = layouts_[have.index], &wanted = layouts_[need.index];
  for (size_t t = 0; t < held.size() && at->second; ++t) at->second = held[t].contains(wanted[t]);
  return at->second;
}

LayoutListId LayoutLists::with(LayoutListId list, LayoutId last) {
  const uint64_t key = uint64_t{list.index} << 32 | last.index;
  const auto [at, is_new] = longer_.try_emplace(key, static_cast<uint32_t>(lists_.size()));
  if (is_new) {
    std::vector<LayoutId> longer = lists_[list.index];
    longer.push_back(last);
    lists_.push_back(std::move(longer));
  }
  return LayoutListId(at->second);
}

}  // namespace psmc::midend
