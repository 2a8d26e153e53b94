// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/merge.h"

#include <queue>
#include <tuple>

namespace psmc::frontend {
namespace {

constexpr uint32_t kNone = 0xffffffffu;

struct Candidate {
  uint32_t rank = 0;
  uint32_t position = 0;  ///< of the left symbol
  int32_t left = 0;
  int32_t right = 0;
  int32_t merged = 0;
  /// A heap has its largest on top: the lowest rank, then the leftmost.
  bool operator<(const Candidate& other) const {
    return std::tie(rank, position) > std::tie(other.rank, other.position);
  }
};

/// A symbol in the list; a dead one has been merged into its left neighbour.
struct Node {
  int32_t id = 0;
  uint32_t previous = kNone;
  uint32_t next = kNone;
  bool dead = false;
};

class Merger {
 public:
  Merger(const MergeTable& table, const int32_t* symbols, size_t count) : table_(table), nodes_(count) {
    for (uint32_t i = 0; i < count; ++i)
      nodes_[i] = {symbols[i], i == 0 ? kNone : i - 1, i + 1 == count ? kNone : i + 1, false};
    for (uint32_t i = 0; i + 1 < count; ++i) offer(i);
  }

  void run() {
    while (!heap_.empty()) {
      const Candidate best = heap_.top();
      heap_.pop();
      Node& left = nodes_[best.position];
      if (left.dead || left.id != best.left || left.next == kNone || nodes_[left.next].id != best.right) continue;
      Node& right = nodes_[left.next];
      right.dead = true;
      left.id = best.merged;
      left.next = right.next;
      if (left.next != kNone) nodes_[left.next].previous = best.position;
      if (left.previous != kNone) offer(left.previous);
      if (left.next != kNone) offer(best.position);
    }
  }

  size_t write(int32_t* out) const {
    size_t count = 0;
    for (const Node& node : nodes_)
      if (!node.dead) out[count++] = node.id;
    return count;
  }

 private:
  void offer(uint32_t position) {
    const int32_t left = nodes_[position].id;
    const int32_t right = nodes_[nodes_[position].next].id;
    if (const Merge* merge = table_.find(left, right)) heap_.push({merge->rank, position, left, right, merge->id});
  }

  const MergeTable& table_;
  std::vector<Node> nodes_;
  std::priority_queue<Candidate> heap_;
};

}  // namespace

void merge_symbols(const MergeTable& table, std::vector<int32_t>& symbols, size_t begin) {
  const size_t count = symbols.size() - begin;
  if (count < 2) return;
  Merger merger(table, symbols.data() + begin, count);
  merger.run();
  symbols.resize(begin + merger.write(symbols.data() + begin));
}

}  // namespace psmc::frontend
