// SPDX-License-Identifier: Apache-2.0
#include "ir/text/lexer.h"

#include <fmt/format.h>

#include <algorithm>

namespace psmc::ir {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '$'; }

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
  for (;;) {
    const char c = at(position_);
    if (position_ < text_.size() && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      ++position_;
    } else if (c == '/' && at(position_ + 1) == '/') {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  skip_space();
  const size_t begin = position_;
  if (begin >= text_.size()) return {TokenKind::end, begin, begin, "", false, ""};
  const char c = text_[begin];
  if (is_letter(c) || c == '$') return word(TokenKind::name, begin);
  if (is_digit(c)) return number(begin);
  if (c == '"') return string(TokenKind::string, begin);
  if (c == '%') return sigil(TokenKind::value, begin);
  if (c == '@') return sigil(TokenKind::symbol, begin);
  for (std::string_view two : {"->", "<=", ".."}) {
    if (text_.substr(begin, 2) == two) {
      position_ += 2;
      return {TokenKind::punctuation, begin, position_, std::string(two), false, ""};
    }
  }
  ++position_;
  if (std::string_view("(){}[]<>,:=+-*").find(c) != std::string_view::npos) {
    return {TokenKind::punctuation, begin, position_, std::string(1, c), false, ""};
  }
  const auto byte = static_cast<unsigned char>(c);
  const bool printable = byte >= 0x20 && byte < 0x7f;
  return {
      TokenKind::bad,
      begin,
      position_,
      "",
      false,
      printable ? fmt::format("'{}' has no meaning here", c) : fmt::format("byte 0x{:02x} has no meaning here", byte)};
}

Token Lexer::word(TokenKind kind, size_t begin) {
  while (position_ < text_.size() && is_word(text_[position_])) ++position_;
  return {kind, begin, position_, std::string(text_.substr(begin, position_ - begin)), false, ""};
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
  return {kind, begin, position_, std::string(text_.substr(begin, position_ - begin)), false, ""};
}

Token Lexer::string(TokenKind kind, size_t begin) {
  Token token{kind, begin, 0, "", false, ""};
  ++position_;
  auto bad = [&](std::string message) {
    token.kind = TokenKind::bad;
    token.end = position_;
    token.message = std::move(message);
    return token;
  };
  for (;;) {
    if (position_ >= text_.size() || text_[position_] == '\n') return bad("a string does not end on its line");
    const char c = text_[position_++];
    if (c == '"') break;
    if (c != '\\') {
      token.text += c;
      continue;
    }
    const char escape = at(position_++);
    const int high = hex_digit(at(position_)), low = hex_digit(at(position_ + 1));
    if (escape == 'n')
      token.text += '\n';
    else if (escape == 't')
      token.text += '\t';
    else if (escape == '"' || escape == '\\')
      token.text += escape;
    else if (escape == 'x' && high >= 0 && low >= 0) {
      token.text += static_cast<char>(high * 16 + low);
      position_ += 2;
    } else {
      while (position_ < text_.size() && text_[position_] != '"' && text_[position_] != '\n') ++position_;
      position_ = std::min(position_ + (at(position_) == '"' ? 1 : 0), text_.size());
      return bad("unknown escape in a string; there are \\n \\t \\\" \\\\ and \\xHH");
    }
  }
  token.end = position_;
  return token;
}

Token Lexer::sigil(TokenKind kind, size_t begin) {
  ++position_;
  if (at(position_) == '"') {
    Token token = string(kind, position_);
    token.begin = begin;
    token.quoted = true;
    return token;
  }
  while (position_ < text_.size() && is_word(text_[position_])) ++position_;
  Token token{kind, begin, position_, std::string(text_.substr(begin + 1, position_ - begin - 1)), false, ""};
  while (!token.text.empty() && token.text.back() == '.') {  // a full stop is not of the name
    token.text.pop_back();
    --position_;
    --token.end;
  }
  if (token.text.empty()) {
    token.kind = TokenKind::bad;
    token.message = "a name is missing";
  }
  return token;
}

}  // namespace psmc::ir
