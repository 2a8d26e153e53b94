// SPDX-License-Identifier: Apache-2.0
// The words of the text form. A lexer is a position in a text, so looking ahead is copying it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace psmc::ir {

enum class TokenKind : uint8_t {
  end,
  bad,         ///< a character or literal that is none; `message` says why
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
  size_t begin = 0, end = 0;  ///< byte positions in the text
  std::string text;           ///< decoded
  bool quoted = false;        ///< a %"..." or @"..."
  std::string message;        ///< of a bad token

  bool is(std::string_view punctuation) const { return kind == TokenKind::punctuation && text == punctuation; }
  bool is_name(std::string_view name) const { return kind == TokenKind::name && text == name; }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text, size_t position = 0) : text_(text), position_(position) {}
  Token next();
  size_t position() const { return position_; }

 private:
  void skip_space();
  Token word(TokenKind kind, size_t begin);
  Token number(size_t begin);
  Token string(TokenKind kind, size_t begin);
  Token sigil(TokenKind kind, size_t begin);
  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  std::string_view text_;
  size_t position_;
};

/// Letters, digits, '_', '.' and '$', not beginning with a digit or '.': what needs no quotes as a plain name.
bool is_plain_name(std::string_view text);
/// Letters, digits, '_', '.' and '$', not all digits, no '.' at the end: what needs no quotes after % or @.
bool is_plain_value_name(std::string_view text);
/// A string literal with quotes and escapes.
std::string quote_text(std::string_view text);

}  // namespace psmc::ir
