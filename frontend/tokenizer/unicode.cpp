// SPDX-License-Identifier: Apache-2.0
#include "frontend/tokenizer/unicode.h"

#include "base/utf8.h"

#include <algorithm>
#include <iterator>

namespace psmc::frontend {
namespace {

constexpr uint32_t kTable[] = {
#include "frontend/tokenizer/unicode_categories.inc"
};

}  // namespace

std::optional<CategorySet> categories_named(std::string_view name) {
  if (name.empty() || name.size() > 2) return std::nullopt;
  CategorySet set = 0;
  for (size_t i = 0; i < kCategoryNames.size() / 2; ++i)
    if (kCategoryNames.substr(2 * i, 2).starts_with(name)) set |= 1u << i;
  return set ? std::optional(set) : std::nullopt;
}

CategorySet category_of(uint32_t code) {
  if (code > 0x10ffff) return 1u << 2;
  const uint32_t* after = std::upper_bound(std::begin(kTable), std::end(kTable), code << 5 | 31);
  return 1u << (after[-1] & 31);
}

bool is_white_space(uint32_t code) {
  if (code < 0x80) return code == ' ' || (code >= 9 && code <= 13);
  return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
         code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

Character character_at(std::string_view text, size_t at) {
  const size_t length = utf8_length(text.substr(at));
  if (length == 0) return {};
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[at + i])); };
  uint32_t code = length == 1 ? byte(0) : byte(0) & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3f);
  return {code, static_cast<uint32_t>(length)};
}

}  // namespace psmc::frontend
