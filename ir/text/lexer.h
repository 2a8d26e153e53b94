// SPDX-License-Identifier: Apache-2.0
// The words of the text form. A lexer is a position in a text, so looking ahead is copying it. Tokens own nothing:
// what they say stands in the text, or, where escapes had to be decoded, in the lexer's table of strings.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ir/string_table.h"

namespace psmc::ir {

enum class TokenKind : uint8_t {
  end,
  bad,         ///< a character or literal that is none; `text` says why
  name,        ///< add, f32, pos
  value,       ///< %x or %"any text"; `text` without the mark
  symbol,      ///< @x or @"any text"
  integer,     ///< 12 (the sign is a token of its own)
  number,      ///< 0.5, 1e-05
  string,      ///< "text", escapes decoded
  punctuation  ///< one of ( ) { } [ ] < > , : = + - * -> <= ..
};

struct Token {
  TokenKind kind = TokenKind::end;
  bool quoted = false;        ///< a %"..." or @"..."
  size_t begin = 0, end = 0;  ///< byte positions in the text
  std::string_view text;      ///< decoded

  /// `punctuation` has one or two characters.
  bool is(std::string_view punctuation) const {
    return kind == TokenKind::punctuation && text.size() == punctuation.size() && text.front() == punctuation.front() &&
           text.back() == punctuation.back();
  }
  bool is_name(std::string_view name) const { return kind == TokenKind::name && text == name; }
};

class Lexer {
 public:
  /// Both `text` and `decoded` outlive the lexer, its copies and its tokens.
  Lexer(std::string_view text, StringTable& decoded, size_t position = 0)
      : text_(text), decoded_(&decoded), position_(position) {}
  Token next();
  /// From behind a `{` to the `}` that closes it, without reading what stands between; false if there is none.
  bool skip_braces();
  size_t position() const { return position_; }
  void move_to(size_t position) { position_ = position; }

 private:
  void skip_space();
  size_t word_end(size_t from) const;
  void skip_to_brace();
  Token word(TokenKind kind, size_t begin);
  Token number(size_t begin);
  Token string(TokenKind kind, size_t begin);
  Token decoded_string(TokenKind kind, size_t begin);
  Token bad(size_t begin, std::string_view message);
  Token make(TokenKind kind, size_t begin) const {
    return {kind, false, begin, position_, std::string_view(text_.data() + begin, position_ - begin)};
  }
  Token sigil(TokenKind kind, size_t begin);
  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  std::string_view text_;
  StringTable* decoded_;
  size_t position_;
};

constexpr std::array<bool, 256> set_of(std::string_view characters) {
  std::array<bool, 256> table{};
  for (const char c : characters) table[static_cast<unsigned char>(c)] = true;
  return table;
}
/// What a name goes on with.
inline bool is_word(char c) {
  static constexpr auto kWord = set_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$");
  return kWord[static_cast<unsigned char>(c)];
}

/// Letters, digits, '_', '.' and '$', not beginning with a digit or '.': what needs no quotes as a plain name.
bool is_plain_name(std::string_view text);
/// Letters, digits, '_', '.' and '$', not all digits, no '.' at the end: what needs no quotes after % or @.
bool is_plain_value_name(std::string_view text);
/// A string literal with quotes and escapes.
std::string quote_text(std::string_view text);

}  // namespace psmc::ir
