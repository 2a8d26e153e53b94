// SPDX-License-Identifier: Apache-2.0
// The heart of byte-pair encoding: merge the adjacent pair of lowest rank, the leftmost of equals, until none is left.
//
// Candidates wait in a heap and symbols in a linked list, so n symbols cost O(n log n). A candidate whose symbols have
// been merged with others meanwhile is recognised when it comes up, because it names the ids it was made for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace psmc::frontend {

struct Merge {
  uint32_t rank = 0;
  int32_t id = 0;  ///< of the merged token
};

class MergeTable {
 public:
  /// If the pair is there already, the later merge replaces it.
  void set(int32_t left, int32_t right, Merge merge) { merges_.insert_or_assign(key(left, right), merge); }
  /// Null if the pair does not merge.
  const Merge* find(int32_t left, int32_t right) const {
    const auto at = merges_.find(key(left, right));
    return at == merges_.end() ? nullptr : &at->second;
  }
  void reserve(size_t count) { merges_.reserve(count); }

 private:
  static uint64_t key(int32_t left, int32_t right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  struct Hash {
    size_t operator()(uint64_t k) const { return static_cast<size_t>((k ^ k >> 29) * 0x9e3779b97f4a7c15ull >> 7); }
  };
  std::unordered_map<uint64_t, Merge, Hash> merges_;
};

/// Merges within symbols[begin..] as far as it goes, in place.
void merge_symbols(const MergeTable& table, std::vector<int32_t>& symbols, size_t begin);

}  // namespace psmc::frontend
