// SPDX-License-Identifier: Apache-2.0
#include "ir/intern.h"

#include <algorithm>

namespace psmc::ir {

uint32_t StringTable::find(std::string_view text) const {
  return index_.find(hash_text(text), [&](uint32_t id) { return strings_[id] == text; });
}

uint32_t StringTable::intern(std::string_view text) {
  const uint64_t hash = hash_text(text);
  const uint32_t known = index_.find(hash, [&](uint32_t id) { return strings_[id] == text; });
  if (known != IdTable::kNone) return known;
  strings_.emplace_back(keep(text), text.size());
  index_.insert(hash, size() - 1);
  return size() - 1;
}

const char* StringTable::keep(std::string_view text) {
  if (text.size() > left_) {
    left_ = std::max(kChunk, text.size());
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    next_ = chunks_.back().get();
  }
  char* const at = next_;
  std::copy(text.begin(), text.end(), at);
  next_ += text.size();
  left_ -= text.size();
  return at;
}

}  // namespace psmc::ir
