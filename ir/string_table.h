// SPDX-License-Identifier: Apache-2.0
// Distinct strings by number: what interns the names of a module.
//
// Most names of a large module are numbered (`v17`, `layer.3.w`), and a value is used near its definition. So those are
// found by stem and number: sixteen numbers in a row share a page, which is one or two lines of the cache, and the
// table of pages is small. All others go through a table of hashes.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/intern.h"

namespace psmc::ir {

/// `head`, the number in decimal, `tail`.
struct NumberedName {
  std::string_view head, tail;
  uint32_t number = 0;
};
/// The last digits of the text, if they are a number as it is printed, of at most nine digits.
std::optional<NumberedName> split_number(std::string_view text);

class StringTable {
 public:
  StringTable() = default;
  StringTable(StringTable&&) = default;
  StringTable& operator=(StringTable&&) = default;
  StringTable(const StringTable& other);
  StringTable& operator=(const StringTable& other) { return *this = StringTable(other); }

  /// Makes room for about so many numbered names. Unused room is untouched.
  void reserve(size_t names);
  uint32_t intern(std::string_view text);
  uint32_t find(std::string_view text) const;  ///< or IdTable::kNone
  /// For many names of one stem: its number here, and the name with `number` (of at most nine digits).
  uint32_t stem(std::string_view head, std::string_view tail);
  uint32_t intern(uint32_t stem, uint32_t number);
  /// Whether no name of the stem with this number or a higher one was interned or claimed; then it is claimed now: it
  /// will be interned before any other name.
  bool claim(uint32_t stem, uint32_t number) {
    if (number < stems_[stem].next) return false;
    stems_[stem].next = number + 1;
    return true;
  }
  /// True of every claimed name, false where the stem or the number is out of question.
  bool is_claimed(std::string_view text) const;
  /// The characters never move.
  std::string_view operator[](uint32_t id) const { return at(places_[id]); }
  uint32_t size() const { return static_cast<uint32_t>(places_.size()); }

 private:
  static constexpr uint32_t kChunkBits = 16, kChunk = 1u << kChunkBits;
  static constexpr size_t kLong = 255;  ///< as the first byte: four bytes with the size follow
  static constexpr uint32_t kPage = 16;
  struct Page {
    uint32_t stem, block;  ///< numbers from kPage * block on
    std::array<uint32_t, kPage> ids;
  };
  struct Stem {
    std::string_view head, tail;  ///< in the chunks
    uint32_t pages = 0;
    uint32_t next = 0;              ///< one more than the highest number
    std::vector<uint32_t> page_of;  ///< by block, where numbers are dense; kNone: see `sparse_pages_`
  };
  /// A stem with at most eight bytes before its number and behind it, as numbers.
  struct ShortStem {
    uint64_t head = 0, tail = 0;
    uint32_t sizes = IdTable::kNone, stem = 0;
  };

  static size_t long_size(const char*& at);
  uint32_t find_stem(std::string_view head, std::string_view tail, uint64_t hash) const;
  uint32_t find_page(uint32_t stem, uint32_t block) const;
  /// Where the id stands of the name with that stem and number: kNone there if it is new.
  uint32_t& id_of(uint32_t stem, uint32_t number);
  uint32_t page_for(Stem& known, uint32_t stem, uint32_t block);
  uint32_t add(std::string_view text);
  uint32_t keep(std::string_view text);
  /// Where a string of that size goes, and where its characters are to be written.
  std::pair<uint32_t, char*> room(size_t size);
  void grow(size_t need);
  std::string_view at(uint32_t place) const {
    const char* begin = chunks_[place >> kChunkBits] + (place & (kChunk - 1));
    size_t size = static_cast<unsigned char>(*begin++);
    if (size == kLong) size = long_size(begin);
    return {begin, size};
  }

  std::vector<uint32_t> places_;  ///< per string: chunk and place in it
  std::vector<char*> chunks_;     ///< a string longer than a chunk goes on in the next ones
  std::vector<std::unique_ptr<char[]>> owned_;
  size_t left_ = 0;  ///< bytes not used at the end of the last chunk
  IdTable index_;    ///< of strings without number
  std::vector<Stem> stems_;
  IdTable stem_index_;
  std::array<ShortStem, 64> recent_;  ///< stems seen lately, by hash
  std::vector<Page> pages_;
  IdTable sparse_pages_;  ///< those that were in no `page_of` when they were made
};

}  // namespace psmc::ir
