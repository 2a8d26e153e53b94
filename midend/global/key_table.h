// SPDX-License-Identifier: Apache-2.0
// Numbers for lists of words: equal lists have the same number. What value numbering, the comparison of functions and
// the search for repeats have in common.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "ir/intern.h"

namespace psmc::midend {

class KeyTable {
 public:
  /// Numbers count from 0 in the order of the first time.
  uint32_t number(std::span<const uint32_t> key) {
    ir::Hasher hasher;
    hasher.add(key.size());
    for (const uint32_t word : key) hasher.add(word);
    steps_ += static_cast<int64_t>(key.size());
    const uint32_t known =
        index_.find(hasher.value(), [&](uint32_t id) { return std::ranges::equal(key_of(id), key); });
    if (known != ir::IdTable::kNone) return known;
    words_.insert(words_.end(), key.begin(), key.end());
    first_.push_back(words_.size());
    index_.insert(hasher.value(), size() - 1);
    return size() - 1;
  }
  uint32_t size() const { return static_cast<uint32_t>(first_.size() - 1); }
  /// Words looked at.
  int64_t steps() const { return steps_; }
  void clear() {
    words_.clear();
    first_.resize(1);
    index_ = {};
  }

 private:
  std::span<const uint32_t> key_of(uint32_t id) const {
    return std::span(words_).subspan(first_[id], first_[id + 1] - first_[id]);
  }

  std::vector<uint32_t> words_;
  std::vector<size_t> first_{0};  ///< per number where its words begin, and the end
  ir::IdTable index_;
  int64_t steps_ = 0;
};

}  // namespace psmc::midend
