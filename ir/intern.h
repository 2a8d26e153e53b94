// SPDX-License-Identifier: Apache-2.0
// Hash tables of ids: what interning (strings: ir/string_table.h, types, attributes) and value numbering
// share.
//
// A table holds 32-bit ids under hashes; the items stand elsewhere, in flat arrays, and only their owner can compare
// them. One slot is 8 bytes, an id and 32 bits of its hash, in open addressing with linear probing: a look-up is one
// line of the cache and, nearly always, one comparison; growing reads no item.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace psmc::ir {

/// Mixes numbers into a hash, in a way that is not undone word by word: texts with equal hashes are not made at will.
/// The fold of a 128-bit product is that of wyhash (Wang Yi 2019); the constants are fractional bits of the golden
/// ratio and of pi.
class Hasher {
 public:
  void add(uint64_t value) {
    hash_ = fold(hash_ ^ value, 0x9e3779b97f4a7c15ull) + fold(value ^ 0xa4093822299f31d0ull, hash_ | 1);
  }
  uint64_t value() const { return hash_; }

 private:
  static uint64_t fold(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  uint64_t hash_ = 0x243f6a8885a308d3ull;
};

/// Of a text, eight bytes at a time.
inline uint64_t hash_text(std::string_view text) {
  Hasher hasher;
  hasher.add(text.size());
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    hasher.add(word);
  }
  if (at < text.size()) {
    uint64_t word = 0;
    for (size_t shift = 0; at < text.size(); ++at, shift += 8)
      word |= uint64_t{static_cast<unsigned char>(text[at])} << shift;
    hasher.add(word);
  }
  return hasher.value();
}

class IdTable {
 public:
  static constexpr uint32_t kNone = 0xffffffffu;

  /// The id under `hash` for which `same(id)` holds, or kNone.
  template <typename Same>
  uint32_t find(uint64_t hash, Same&& same) const {
    if (slots_.empty()) return kNone;
    const uint32_t tag = tag_of(hash);
    for (size_t at = tag & mask();; at = (at + 1) & mask()) {
      const Slot slot = slots_[at];
      if (slot.id == kNone) return kNone;
      if (slot.tag == tag && slot.id != kGone && same(slot.id)) return slot.id;
    }
  }

  /// The same, but `id` is entered if there is none, and returned.
  template <typename Same>
  uint32_t find_or_insert(uint64_t hash, uint32_t id, Same&& same) {
    const uint32_t known = find(hash, same);
    if (known != kNone) return known;
    insert(hash, id);
    return id;
  }

  void insert(uint64_t hash, uint32_t id) {
    if (4 * (used_ + 1) > 3 * slots_.size()) grow();
    place({tag_of(hash), id});
    ++used_;
  }

  /// Takes back an id that was inserted under `hash`.
  void erase(uint64_t hash, uint32_t id) {
    if (slots_.empty()) return;
    for (size_t at = tag_of(hash) & mask(); slots_[at].id != kNone; at = (at + 1) & mask()) {
      if (slots_[at].id == id) slots_[at].id = kGone;
    }
  }

  size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  static constexpr uint32_t kGone = 0xfffffffeu;
  struct Slot {
    uint32_t tag = 0, id = kNone;
  };

  static uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash ^ hash >> 32); }
  size_t mask() const { return slots_.size() - 1; }
  void place(Slot slot) {
    size_t at = slot.tag & mask();
    while (slots_[at].id != kNone) at = (at + 1) & mask();
    slots_[at] = slot;
  }
  void grow() {
    size_t alive = 0;
    for (const Slot& slot : slots_) alive += slot.id != kNone && slot.id != kGone;
    // Many slots of erased ids: the same size is enough once they are free again.
    std::vector<Slot> old(slots_.empty() ? 16 : (2 * alive > slots_.size() ? 2 : 1) * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.id != kNone && slot.id != kGone) place(slot);
    }
    used_ = alive;
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;  ///< slots that are not kNone
};

/// What a piece of text was found to mean, by number. The texts stand elsewhere and stay there.
class TextMemo {
 public:
  uint32_t find(std::string_view text) const {  ///< or IdTable::kNone
    const uint32_t known = index_.find(hash_text(text), [&](uint32_t id) { return known_[id].text == text; });
    return known == IdTable::kNone ? known : known_[known].meaning;
  }
  void remember(std::string_view text, uint32_t meaning) {
    index_.insert(hash_text(text), static_cast<uint32_t>(known_.size()));
    known_.push_back({text, meaning});
  }
  void clear() {
    if (!known_.empty()) *this = TextMemo();
  }

 private:
  struct Known {
    std::string_view text;
    uint32_t meaning;
  };
  std::vector<Known> known_;
  IdTable index_;
};

}  // namespace psmc::ir
