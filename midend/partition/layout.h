// SPDX-License-Identifier: Apache-2.0
// A layout says which box each tile holds, computes or needs. Layouts are interned: equal ones have one id, so that the
// search over partitions compares, hashes and memoises ids instead of lists of boxes.
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "midend/shard/box.h"

namespace psmc::midend {

using Layout = std::vector<Box>;  ///< one box a tile number
using LayoutId = Id<struct LayoutTag>;

class LayoutTable {
 public:
  LayoutId intern(Layout layout);
  const Layout& operator[](LayoutId id) const { return layouts_[id.index]; }
  /// Whether every tile that holds `have` holds what it needs of `need`. Memoised.
  bool covers(LayoutId have, LayoutId need);
  /// Elements of all boxes, and of the largest.
  int64_t total(LayoutId id) const { return totals_[id.index]; }
  int64_t largest(LayoutId id) const { return largest_[id.index]; }

 private:
  std::deque<Layout> layouts_;
  std::vector<int64_t> totals_, largest_;
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;
  std::unordered_map<uint64_t, bool> covers_;  ///< key: have << 32 | need
};

using LayoutListId = Id<struct LayoutListTag>;

/// Lists of layouts, each made by adding one to another. Equal lists have one id: what holds lists is copied as
/// numbers.
class LayoutLists {
 public:
  LayoutListId none() const { return LayoutListId(0); }
  LayoutListId with(LayoutListId list, LayoutId last);
  const std::vector<LayoutId>& operator[](LayoutListId id) const { return lists_[id.index]; }

 private:
  std::deque<std::vector<LayoutId>> lists_{1};
  std::unordered_map<uint64_t, uint32_t> longer_;  ///< key: list << 32 | last
};

}  // namespace psmc::midend
