// SPDX-License-Identifier: Apache-2.0
#include "midend/global/equal_constants.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace psmc::midend {
namespace {

constexpr size_t kSampledWords = 16;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

uint32_t EqualConstants::first(uint32_t id) {
  if (id >= first_.size()) {
    first_.resize(module_.num_constants(), ir::IdTable::kNone);
    sample_.resize(module_.num_constants());
    is_in_whole_.resize(module_.num_constants());
  }
  if (first_[id] != ir::IdTable::kNone) return first_[id];
  sample_[id] = sample_of(id);
  const uint32_t like = samples_.find_or_insert(sample_[id], id, [&](uint32_t other) { return are_alike(other, id); });
  if (like == id) return first_[id] = id;
  if (!is_in_whole_[like]) first_whole(like);
  return first_[id] = first_whole(id);
}

// Type, place if there are no bytes, and words spread over the bytes that are there.
uint64_t EqualConstants::sample_of(uint32_t id) const {
  const ir::Constant& constant = module_.constant(ir::ConstId(id));
  const auto bytes = constant.bytes();
  ir::Hasher hasher;
  hasher.add(constant.type.index);
  hasher.add(bytes.size());
  if (bytes.empty()) {
    hasher.add(ir::hash_text(constant.file));
    hasher.add(ir::hash_text(constant.entry));
  }
  if (bytes.size() <= kSampledWords * sizeof(uint64_t)) {
    hasher.add(ir::hash_text(text_of(bytes)));
    return hasher.value();
  }
  for (size_t i = 0; i < kSampledWords; ++i) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + (bytes.size() - sizeof(word)) / (kSampledWords - 1) * i, sizeof(word));
    hasher.add(word);
  }
  return hasher.value();
}

bool EqualConstants::are_alike(uint32_t a, uint32_t b) const {
  return sample_[a] == sample_[b] && module_.constant(ir::ConstId(a)).type == module_.constant(ir::ConstId(b)).type;
}

uint32_t EqualConstants::first_whole(uint32_t id) {
  const ir::Constant& mine = module_.constant(ir::ConstId(id));
  const uint32_t known = whole_.find_or_insert(ir::hash_text(text_of(mine.bytes())), id, [&](uint32_t other) {
    const ir::Constant& theirs = module_.constant(ir::ConstId(other));
    if (mine.type != theirs.type || mine.bytes().size() != theirs.bytes().size()) return false;
    if (mine.bytes().empty()) return mine.file == theirs.file && mine.entry == theirs.entry;
    return mine.bytes().data() == theirs.bytes().data() || std::ranges::equal(mine.bytes(), theirs.bytes());
  });
  is_in_whole_[id] = true;
  return known;
}

}  // namespace psmc::midend
