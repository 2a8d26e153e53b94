// SPDX-License-Identifier: Apache-2.0
#include "ir/string_table.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <string>

#include "base/check.h"

namespace psmc::ir {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A numbered name of at most eight bytes; what stands before the number and behind it, as numbers.
struct ShortName {
  uint64_t head, tail;
  uint32_t sizes, number;
};

/// The first eight bytes of `text`, as many as it has; the others are zero.
uint64_t load_short(std::string_view text) {
  const char* at = text.data();
  const size_t size = text.size();
  const auto piece = [&](size_t from, auto word) {
    std::memcpy(&word, at + from, sizeof word);
    return uint64_t{word} << (8 * from);
  };
  if (size >= 4) return piece(0, uint32_t{0}) | piece(size - 4, uint32_t{0});
  if (size >= 2) return piece(0, uint16_t{0}) | piece(size - 2, uint16_t{0});
  return static_cast<unsigned char>(*at);
}

/// What `split_number` finds, all bytes at once: this is what reading a large module does most. Digits are the bytes
/// that are 0 to 9 after their high bits were taken away; eight of them are read as in simdjson (Langdale and Lemire
/// 2019), pairs first.
bool split_short(std::string_view text, ShortName& out) {
  if (text.empty() || text.size() > 8 || std::endian::native != std::endian::little) return false;
  constexpr uint64_t kTop = 0x8080808080808080ull;
  const uint64_t bytes = load_short(text), values = bytes ^ 0x3030303030303030ull;
  const uint64_t digits = ~(((values & ~kTop) + 0x7676767676767676ull) | values) & kTop;
  if (digits == 0) return false;
  const int end = 8 - std::countl_zero(digits) / 8;
  const uint64_t below = end == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * end)) - 1;
  const uint64_t others = ~digits & kTop & below;
  const int begin = others == 0 ? 0 : 8 - std::countl_zero(others) / 8;
  uint64_t number = (values & below) >> (8 * begin) << (8 * (8 - (end - begin)));
  if (end - begin > 1 && (values >> (8 * begin) & 0xff) == 0) return false;
  number = number * 10 + (number >> 8);
  number = ((number & 0x000000ff000000ffull) * 0x000f424000000064ull +
            (number >> 16 & 0x000000ff000000ffull) * 0x0000271000000001ull) >>
           32;
  out = {bytes & ((uint64_t{1} << (8 * begin)) - 1), end == 8 ? 0 : bytes >> (8 * end),
         static_cast<uint32_t>(begin << 8 | (static_cast<int>(text.size()) - end)), static_cast<uint32_t>(number)};
  return true;
}

/// How many digits a number of at most nine has: the logarithm to base 2, times 1233/4096, is the one to base 10 or
/// one more.
size_t digits_of(uint32_t number) {
  static constexpr uint32_t kPowers[] = {0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};
  const auto guess = static_cast<size_t>(std::bit_width(number | 1) * 1233 >> 12);
  return guess + (number >= kPowers[guess] ? 1 : 0);
}

uint64_t hash_of_block(uint32_t stem, uint32_t block) {
  Hasher hasher;
  hasher.add(uint64_t{stem} << 32 | block);
  return hasher.value();
}

uint64_t hash_of_stem(std::string_view head, std::string_view tail) {
  Hasher hasher;
  hasher.add(hash_text(head));
  if (!tail.empty()) hasher.add(hash_text(tail));
  return hasher.value();
}

}  // namespace

std::optional<NumberedName> split_number(std::string_view text) {
  constexpr size_t kMostDigits = 9;
  size_t end = text.size();
  while (end > 0 && !is_digit(text[end - 1])) --end;
  size_t begin = end;
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  if (begin == end || end - begin > kMostDigits || (text[begin] == '0' && end - begin > 1)) return std::nullopt;
  NumberedName name{text.substr(0, begin), text.substr(end)};
  for (size_t i = begin; i < end; ++i) name.number = 10 * name.number + static_cast<uint32_t>(text[i] - '0');
  return name;
}

StringTable::StringTable(const StringTable& other) {
  for (uint32_t id = 0; id < other.size(); ++id) intern(other[id]);
}

void StringTable::reserve(size_t names) {
  names += names / 8;  // for what passes make
  places_.reserve(places_.size() + names);
  pages_.reserve(pages_.size() + names / (kPage / 2));
}

uint32_t StringTable::find_stem(std::string_view head, std::string_view tail, uint64_t hash) const {
  return stem_index_.find(hash, [&](uint32_t id) { return stems_[id].head == head && stems_[id].tail == tail; });
}

uint32_t StringTable::find_page(uint32_t stem, uint32_t block) const {
  const std::vector<uint32_t>& dense = stems_[stem].page_of;
  if (block < dense.size() && dense[block] != IdTable::kNone) return dense[block];
  return sparse_pages_.find(hash_of_block(stem, block),
                            [&](uint32_t id) { return pages_[id].stem == stem && pages_[id].block == block; });
}

uint32_t StringTable::find(std::string_view text) const {
  const auto name = split_number(text);
  if (!name) return index_.find(hash_text(text), [&](uint32_t id) { return (*this)[id] == text; });
  const uint32_t stem = find_stem(name->head, name->tail, hash_of_stem(name->head, name->tail));
  if (stem == IdTable::kNone) return stem;
  const uint32_t page = find_page(stem, name->number / kPage);
  return page == IdTable::kNone ? page : pages_[page].ids[name->number % kPage];
}

bool StringTable::is_claimed(std::string_view text) const {
  const auto name = split_number(text);
  if (!name) return false;
  const uint32_t stem = find_stem(name->head, name->tail, hash_of_stem(name->head, name->tail));
  return stem != IdTable::kNone && name->number < stems_[stem].next;
}

uint32_t StringTable::stem(std::string_view head, std::string_view tail) {
  const uint64_t hash = hash_of_stem(head, tail);
  const uint32_t known = find_stem(head, tail, hash);
  if (known != IdTable::kNone) return known;
  stem_index_.insert(hash, static_cast<uint32_t>(stems_.size()));
  stems_.push_back({at(keep(head)), at(keep(tail))});
  return static_cast<uint32_t>(stems_.size() - 1);
}

uint32_t& StringTable::id_of(uint32_t stem, uint32_t number) {
  Stem& known = stems_[stem];
  known.next = std::max(known.next, number + 1);
  const uint32_t block = number / kPage;
  uint32_t page = block < known.page_of.size() ? known.page_of[block] : IdTable::kNone;
  if (page == IdTable::kNone) page = page_for(known, stem, block);
  return pages_[page].ids[number % kPage];
}

// The page, made if there is none; entered by block if at least half of the blocks up to it are there, else by hash.
uint32_t StringTable::page_for(Stem& known, uint32_t stem, uint32_t block) {
  uint32_t page = find_page(stem, block);
  const bool is_new = page == IdTable::kNone;
  if (is_new) {
    page = static_cast<uint32_t>(pages_.size());
    pages_.push_back({stem, block, {}});
    pages_.back().ids.fill(IdTable::kNone);
    ++known.pages;
  }
  if (block < 2 * known.pages) {
    if (block >= known.page_of.size()) known.page_of.resize(block + size_t{1}, IdTable::kNone);
    known.page_of[block] = page;
  } else if (is_new) {
    sparse_pages_.insert(hash_of_block(stem, block), page);
  }
  return page;
}

uint32_t StringTable::intern(uint32_t stem, uint32_t number) {
  uint32_t& id = id_of(stem, number);
  if (id != IdTable::kNone) return id;
  const auto& [head, tail] = std::pair(stems_[stem].head, stems_[stem].tail);
  const size_t digits = digits_of(number);
  auto [place, out] = room(head.size() + digits + tail.size());
  // Most have a character or none: a call would cost more.
  for (const char c : head) *out++ = c;
  out = std::to_chars(out, out + digits, number).ptr;
  for (const char c : tail) *out++ = c;
  places_.push_back(place);
  return id = size() - 1;
}

uint32_t StringTable::intern(std::string_view text) {
  if (ShortName name; split_short(text, name)) {
    ShortStem& recent = recent_[((name.head ^ name.tail << 1 ^ name.sizes) * 0x9e3779b97f4a7c15ull) >> 58];
    if (recent.head == name.head && recent.tail == name.tail && recent.sizes == name.sizes) {
      uint32_t& id = id_of(recent.stem, name.number);
      return id != IdTable::kNone ? id : id = add(text);
    }
    const auto parts = split_number(text);
    recent = {name.head, name.tail, name.sizes, stem(parts->head, parts->tail)};
  }
  if (const auto name = split_number(text)) {
    uint32_t& id = id_of(stem(name->head, name->tail), name->number);
    return id != IdTable::kNone ? id : id = add(text);
  }
  const uint64_t hash = hash_text(text);
  const uint32_t known = index_.find(hash, [&](uint32_t id) { return (*this)[id] == text; });
  if (known != IdTable::kNone) return known;
  const uint32_t id = add(text);
  index_.insert(hash, id);
  return id;
}

uint32_t StringTable::add(std::string_view text) {
  places_.push_back(keep(text));
  return size() - 1;
}

uint32_t StringTable::keep(std::string_view text) {
  const auto [place, out] = room(text.size());
  std::copy(text.begin(), text.end(), out);
  return place;
}

// The characters stand behind their size.
std::pair<uint32_t, char*> StringTable::room(size_t size) {
  const size_t need = size + (size < kLong ? 1 : 5);
  if (need > left_) grow(need);
  const size_t place = chunks_.size() * kChunk - left_;
  left_ -= need;
  char* out = chunks_[place >> kChunkBits] + (place & (kChunk - 1));
  *out++ = static_cast<char>(std::min(size, kLong));
  if (size >= kLong) {
    const auto number = static_cast<uint32_t>(size);
    std::memcpy(out, &number, sizeof number);
    out += sizeof number;
  }
  return {static_cast<uint32_t>(place), out};
}

// As many chunks as there are, up to 4 MiB, so that many names are in few large blocks.
void StringTable::grow(size_t need) {
  constexpr size_t kMostAtOnce = 64;
  const size_t count = std::max((need + kChunk - 1) / kChunk, std::clamp<size_t>(chunks_.size(), 1, kMostAtOnce));
  PSMC_CHECK(chunks_.size() + count <= size_t{1} << (32 - kChunkBits), "more than 4 GiB of names");
  owned_.push_back(std::make_unique_for_overwrite<char[]>(count * kChunk));
  for (size_t i = 0; i < count; ++i) chunks_.push_back(owned_.back().get() + i * kChunk);
  left_ = count * kChunk;
}

size_t StringTable::long_size(const char*& at) {
  uint32_t size;
  std::memcpy(&size, at, sizeof size);
  at += sizeof size;
  return size;
}

}  // namespace psmc::ir
