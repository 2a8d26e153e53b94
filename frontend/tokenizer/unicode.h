// SPDX-License-Identifier: Apache-2.0
// As much of Unicode as pre-tokenizers need: UTF-8, general categories, white space.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace psmc::frontend {

/// A set of general categories, one bit each in the order of kCategoryNames.
using CategorySet = uint32_t;
inline constexpr std::string_view kCategoryNames = "CcCfCnCoCsLlLmLoLtLuMcMeMnNdNlNoPcPdPePfPiPoPsScSkSmSoZlZpZs";

/// The categories of "L", "Lu", "N" ..., or nothing.
std::optional<CategorySet> categories_named(std::string_view name);
/// The category of a code point, as a set of one; what is no code point is Cn (unassigned).
CategorySet category_of(uint32_t code);
/// The property White_Space.
bool is_white_space(uint32_t code);

/// What stands for a byte that is not UTF-8.
inline constexpr uint32_t kNotUnicode = 0xffffffffu;

struct Character {
  uint32_t code = kNotUnicode;
  uint32_t length = 1;  ///< bytes
};

/// The character at `at` < text.size(); a byte that begins none is kNotUnicode, one byte long.
Character character_at(std::string_view text, size_t at);

}  // namespace psmc::frontend
