// SPDX-License-Identifier: Apache-2.0
// A string table in which numbered names are written out when the first of them is asked for.
//
// A reader that knows a name by stem and number (ir/binary) need not write it: most names of a module read for the
// verifier or for its types are never looked at, and their texts and index are a quarter of its memory. Such names are
// counted in runs of consecutive numbers. A name that is higher than all others of its stem is new without a look-up,
// so runs are all that is kept; any other one is found as usual, after the pending ones were written out.
//
// Why not ids that say stem and number: whoever has an id wants characters that stay, and asks many times.
//
// Threads: what is const may be called by several at once, as with a StringTable.
#pragma once

#include <atomic>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/string_table.h"

namespace psmc::ir {

class LazyStrings {
 public:
  LazyStrings() = default;
  LazyStrings(LazyStrings&& other) noexcept { *this = std::move(other); }
  LazyStrings& operator=(LazyStrings&& other) noexcept;
  LazyStrings(const LazyStrings& other) : table_(other.written()) {}
  LazyStrings& operator=(const LazyStrings& other) { return *this = LazyStrings(other); }

  /// Makes room for about so many numbered names. Unused room is untouched.
  void reserve(size_t names) {
    table_.reserve(names);
    runs_.reserve(names / 4);
  }
  uint32_t intern(std::string_view text) {
    if (pending()) write();
    return table_.intern(text);
  }
  uint32_t find(std::string_view text) const { return pending() ? find_pending(text) : table_.find(text); }
  uint32_t stem(std::string_view head, std::string_view tail) { return table_.stem(head, tail); }
  /// The name is not written now if it is higher than all of its stem.
  uint32_t intern(uint32_t stem, uint32_t number);
  std::string_view operator[](uint32_t id) const { return pending() ? text_of(id) : table_[id]; }

 private:
  /// Names of one stem with consecutive numbers and ids.
  struct Run {
    uint32_t stem, number, count;
  };

  uint32_t begin_run(uint32_t stem, uint32_t number);
  bool pending() const { return pending_.load(std::memory_order_acquire); }
  void write() const;  ///< with the lock, or where no other thread is
  const StringTable& written() const;
  uint32_t find_pending(std::string_view text) const;
  std::string_view text_of(uint32_t id) const;

  // While names are pending, the others are only looked at with the lock; when none are, nothing here changes.
  mutable std::atomic<bool> pending_ = false;
  mutable std::mutex lock_;
  mutable StringTable table_;
  mutable std::vector<Run> runs_;  ///< ids from the table's size on
  uint32_t next_ = 0;              ///< the id behind the last run
};

inline uint32_t LazyStrings::intern(uint32_t stem, uint32_t number) {
  if (runs_.empty() || runs_.back().stem != stem || runs_.back().number + runs_.back().count != number ||
      !table_.claim(stem, number))
    return begin_run(stem, number);
  ++runs_.back().count;
  return next_++;
}

}  // namespace psmc::ir
