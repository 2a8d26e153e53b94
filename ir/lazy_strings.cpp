// SPDX-License-Identifier: Apache-2.0
#include "ir/lazy_strings.h"

namespace psmc::ir {

LazyStrings& LazyStrings::operator=(LazyStrings&& other) noexcept {
  table_ = std::move(other.table_);
  runs_ = std::move(other.runs_);
  next_ = other.next_;
  pending_ = other.pending_.exchange(false);
  return *this;
}

// Or what there is for a name that cannot be part of any.
uint32_t LazyStrings::begin_run(uint32_t stem, uint32_t number) {
  if (!table_.claim(stem, number)) {
    write();
    return table_.intern(stem, number);
  }
  if (runs_.empty()) next_ = table_.size();
  runs_.push_back({stem, number, 1});
  pending_.store(true, std::memory_order_release);
  return next_++;
}

void LazyStrings::write() const {
  for (const Run& run : std::exchange(runs_, {}))
    for (uint32_t i = 0; i < run.count; ++i) table_.intern(run.stem, run.number + i);
  pending_.store(false, std::memory_order_release);
}

const StringTable& LazyStrings::written() const {
  const std::lock_guard guard(lock_);
  write();
  return table_;
}

uint32_t LazyStrings::find_pending(std::string_view text) const {
  const std::lock_guard guard(lock_);
  const uint32_t id = table_.find(text);
  if (id != IdTable::kNone || !table_.is_claimed(text)) return id;
  write();
  return table_.find(text);
}

std::string_view LazyStrings::text_of(uint32_t id) const {
  const std::lock_guard guard(lock_);
  if (id >= table_.size()) write();
  return table_[id];
}

}  // namespace psmc::ir
