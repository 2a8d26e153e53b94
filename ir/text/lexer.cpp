// SPDX-License-Identifier: Apache-2.0
#include "ir/text/lexer.h"

#include <emmintrin.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/utf8.h"

namespace psmc::ir {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

constexpr auto kBrace = set_of("{}\"/");  // what matters to `skip_braces`
constexpr auto kPunctuation = set_of("(){}[]<>,:=+-*");

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool is_plain_name(std::string_view text) {
  return !text.empty() && (is_letter(text[0]) || text[0] == '$') && std::all_of(text.begin(), text.end(), is_word);
}

bool is_plain_value_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word) && text.back() != '.' &&
         !std::all_of(text.begin(), text.end(), is_digit);
}

std::string quote_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

void Lexer::skip_space() {
  const size_t size = text_.size();
  for (; position_ < size; ++position_) {
    const char c = text_[position_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    if (c != '/' || at(position_ + 1) != '/') return;
    position_ = std::min(text_.find('\n', position_), size);
    if (position_ == size) return;
  }
}

Token Lexer::next() {
  skip_space();
  const size_t begin = position_;
  if (begin >= text_.size()) return make(TokenKind::end, begin);
  const char c = text_[begin];
  if (c == '%') return sigil(TokenKind::value, begin);
  if (is_letter(c) || c == '$') return word(TokenKind::name, begin);
  if (is_digit(c)) return number(begin);
  if (c == '"') return string(TokenKind::string, begin);
  if (c == '@') return sigil(TokenKind::symbol, begin);
  const char second = at(begin + 1);
  const bool two = (c == '-' && second == '>') || (c == '<' && second == '=') || (c == '.' && second == '.');
  position_ += two ? 2 : 1;
  if (two || kPunctuation[static_cast<unsigned char>(c)]) return make(TokenKind::punctuation, begin);
  const auto byte = static_cast<unsigned char>(c);
  const bool printable = byte >= 0x20 && byte < 0x7f;
  return bad(begin, printable ? fmt::format("'{}' has no meaning here", c)
                              : fmt::format("byte 0x{:02x} has no meaning here", byte));
}

size_t Lexer::word_end(size_t from) const {
  const char *at = text_.data() + from, *end = text_.data() + text_.size();
  while (at != end && is_word(*at)) ++at;
  return static_cast<size_t>(at - text_.data());
}

namespace {

/// JSON-IR could not say another string.
constexpr std::string_view kNotUtf8 = "a string is not UTF-8";

}  // namespace

Token Lexer::bad(size_t begin, std::string_view message) {
  return {TokenKind::bad, false, begin, position_, (*decoded_)[decoded_->intern(message)]};
}

Token Lexer::word(TokenKind kind, size_t begin) {
  position_ = word_end(begin);
  return make(kind, begin);
}

Token Lexer::number(size_t begin) {
  TokenKind kind = TokenKind::integer;
  auto digits = [&] {
    while (is_digit(at(position_))) ++position_;
  };
  digits();
  if (at(position_) == '.' && is_digit(at(position_ + 1))) {
    kind = TokenKind::number;
    ++position_;
    digits();
  }
  const size_t sign = at(position_ + 1) == '-' || at(position_ + 1) == '+' ? 1 : 0;
  if ((at(position_) == 'e' || at(position_) == 'E') && is_digit(at(position_ + 1 + sign))) {
    kind = TokenKind::number;
    position_ += 1 + sign;
    digits();
  }
  return make(kind, begin);
}

// Strings without escapes, nearly all, are read where they stand.
Token Lexer::string(TokenKind kind, size_t begin) {
  size_t end = begin + 1;
  unsigned char bits = 0;
  for (; end < text_.size() && text_[end] != '"' && text_[end] != '\\' && text_[end] != '\n'; ++end)
    bits |= static_cast<unsigned char>(text_[end]);
  if (at(end) != '"') return decoded_string(kind, begin);
  position_ = end + 1;
  if (bits >= 0x80 && !is_utf8(text_.substr(begin + 1, end - begin - 1))) return bad(begin, kNotUtf8);
  return {kind, false, begin, position_, text_.substr(begin + 1, end - begin - 1)};
}

Token Lexer::decoded_string(TokenKind kind, size_t begin) {
  std::string text;
  ++position_;
  for (;;) {
    if (position_ >= text_.size() || text_[position_] == '\n') return bad(begin, "a string does not end on its line");
    const char c = text_[position_++];
    if (c == '"') break;
    if (c != '\\') {
      text += c;
      continue;
    }
    const char escape = at(position_++);
    const int high = hex_digit(at(position_)), low = hex_digit(at(position_ + 1));
    if (escape == 'n')
      text += '\n';
    else if (escape == 't')
      text += '\t';
    else if (escape == '"' || escape == '\\')
      text += escape;
    else if (escape == 'x' && high >= 0 && low >= 0) {
      text += static_cast<char>(high * 16 + low);
      position_ += 2;
    } else {
      while (position_ < text_.size() && text_[position_] != '"' && text_[position_] != '\n') ++position_;
      position_ = std::min(position_ + (at(position_) == '"' ? 1 : 0), text_.size());
      return bad(begin, "unknown escape in a string; there are \\n \\t \\\" \\\\ and \\xHH");
    }
  }
  if (!is_utf8(text)) return bad(begin, kNotUtf8);
  return {kind, false, begin, position_, (*decoded_)[decoded_->intern(text)]};
}

Token Lexer::sigil(TokenKind kind, size_t begin) {
  ++position_;
  if (at(position_) == '"') {
    Token token = string(kind, position_);
    token.begin = begin;
    token.quoted = true;
    return token;
  }
  position_ = word_end(position_);
  while (position_ > begin + 1 && text_[position_ - 1] == '.') --position_;  // a full stop is not of the name
  if (position_ == begin + 1) return bad(begin, "a name is missing");
  return {kind, false, begin, position_, std::string_view(text_.data() + begin + 1, position_ - begin - 1)};
}

// To the next character of kBrace, sixteen at a time.
void Lexer::skip_to_brace() {
  for (; position_ + 16 <= text_.size(); position_ += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text_.data() + position_));
    const auto equals = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    const __m128i found = _mm_or_si128(_mm_or_si128(equals('{'), equals('}')), _mm_or_si128(equals('"'), equals('/')));
    if (const int bits = _mm_movemask_epi8(found); bits != 0) {
      position_ += static_cast<size_t>(std::countr_zero(static_cast<unsigned>(bits)));
      return;
    }
  }
  while (position_ < text_.size() && !kBrace[static_cast<unsigned char>(text_[position_])]) ++position_;
}

bool Lexer::skip_braces() {
  for (size_t open = 1; open > 0;) {
    skip_to_brace();
    if (position_ >= text_.size()) return false;
    const char c = text_[position_++];
    if (c == '{') ++open;
    if (c == '}') --open;
    if (c == '/' && at(position_) == '/') position_ = std::min(text_.find('\n', position_), text_.size());
    if (c == '"') string(TokenKind::string, --position_);
  }
  return true;
}

}  // namespace psmc::ir
