// SPDX-License-Identifier: Apache-2.0
// Regular expressions of pre-tokenizers: matched in time linear in text times pattern, with the choices that a
// backtracking engine would make (first alternative first, greedy before less).
//
//   a|b  ab  (a) (?:a) (?i:a)   a* a+ a? a{2} a{2,} a{2,3}, each also lazy (a+?)   . [..] [^..] with ranges
//   \p{L} \P{Lu} \s \S \d \D \w \W \r \n \t \f \v \xHH \x{H..} \uHHHH, \ before punctuation
//   (?=c) (?!c) where c is one character or class
// Everything else (anchors, back references, other look-around, possessive quantifiers) is refused by name.
// (?i:..) folds ASCII letters, and U+017F and U+212A with s and k.
//
// Matching is Thompson's simulation with ordered threads (R. Cox, "Regular Expression Matching: the Virtual Machine
// Approach", 2009): the threads in order of preference; one that matches cuts off those after it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/tokenizer/unicode.h"

#include "base/result.h"

namespace psmc::frontend {

/// A set of characters: any of the items, or none of them.
struct CharacterClass {
  struct Item {
    uint32_t low = 1;  ///< a range of codes; empty if low > high
    uint32_t high = 0;
    CategorySet categories = 0;
    bool space = false;    ///< white space
    bool negated = false;  ///< the item is what is not in it
  };
  std::vector<Item> items;
  bool negated = false;
  std::array<bool, 128> ascii{};  ///< the answers for ASCII, set by finish()

  void finish();
  bool contains(uint32_t code) const { return code < 128 ? ascii[code] : slow_contains(code); }
  bool slow_contains(uint32_t code) const;
};

/// One step of a compiled pattern.
struct RegexStep {
  enum class Kind : uint8_t { character, split, jump, look_ahead, look_ahead_not, match };
  Kind kind = Kind::match;
  uint32_t first = 0;   ///< split: the preferred step; jump: the step; character, look_ahead: the class
  uint32_t second = 0;  ///< split: the other step
};

class Regex {
 public:
  /// Errors: bad_tokenizer (malformed), unsupported_tokenizer.
  static Result<Regex> compile(std::string_view pattern);

  /// What matching needs besides the pattern; may be used again, not by two threads at once.
  struct Scratch {
    std::vector<uint32_t> now, next, stack, seen;
    uint32_t generation = 0;
    uint64_t steps_left = 0;  ///< counts down; at 0 nothing matches any more
  };

  /// The end of the match that begins at `at`, or nothing.
  std::optional<size_t> match_at(std::string_view text, size_t at, Scratch& scratch) const;

 private:
  friend class RegexParser;
  bool follow(uint32_t step, Character next, std::vector<uint32_t>& threads, Scratch& scratch) const;

  std::vector<CharacterClass> classes_;
  std::vector<RegexStep> steps_;
};

}  // namespace psmc::frontend
