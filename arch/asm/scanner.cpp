// SPDX-License-Identifier: Apache-2.0
#include "arch/asm/scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"

namespace psmc::arch {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

std::optional<int64_t> parse_number(std::string_view token) {
  const bool negative = !token.empty() && token[0] == '-';
  if (!token.empty() && (token[0] == '-' || token[0] == '+')) token.remove_prefix(1);
  const bool hex = token.size() > 2 && token[0] == '0' && token[1] == 'x';
  if (hex) token.remove_prefix(2);
  uint64_t magnitude = 0;
  const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), magnitude, hex ? 16 : 10);
  if (token.empty() || problem != std::errc{} || end != token.data() + token.size()) return std::nullopt;
  const uint64_t limit = negative ? uint64_t{1} << 63 : hex ? UINT64_MAX : INT64_MAX;
  if (magnitude > limit) return std::nullopt;
  return static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
}

std::optional<std::string_view> Scanner::raw_line() {
  if (next_ >= text_.size()) return std::nullopt;
  at_ = next_;
  line_end_ = std::min(text_.find('\n', at_), text_.size());
  next_ = line_end_ + 1;
  return text_.substr(at_, line_end_ - at_);
}

bool Scanner::next_line() {
  while (raw_line()) {
    if (!at_end()) return true;
  }
  at_ = line_end_ = text_.size();
  return false;
}

void Scanner::skip_spaces() {
  while (at_ < line_end_ && is_space(text_[at_])) ++at_;
}

bool Scanner::at_end() {
  skip_spaces();
  return at_ >= line_end_ || text_[at_] == ';';
}

char Scanner::peek() { return at_end() ? '\0' : text_[at_]; }

bool Scanner::eat(std::string_view token) {
  skip_spaces();
  if (text_.substr(at_, line_end_ - at_).substr(0, token.size()) != token) return false;
  at_ += token.size();
  return true;
}

std::string_view Scanner::peek_word() {
  skip_spaces();
  size_t end = at_;
  while (end < line_end_ && is_word(text_[end])) ++end;
  return text_.substr(at_, end - at_);
}

std::string_view Scanner::word() {
  const std::string_view found = peek_word();
  at_ += found.size();
  return found;
}

std::string_view Scanner::blob() {
  skip_spaces();
  const size_t begin = at_;
  while (at_ < line_end_ && !is_space(text_[at_]) &&
         std::string_view(",|];").find(text_[at_]) == std::string_view::npos)
    ++at_;
  return text_.substr(begin, at_ - begin);
}

Result<int64_t> Scanner::number(int64_t low, int64_t high) {
  skip_spaces();
  const size_t begin = at_;
  const std::string_view token = blob();
  const std::optional<int64_t> value = parse_number(token);
  if (!value) return error_at(Code::asm_operand, begin, fmt::format("expected a number, found {}", json::quote(token)));
  if (*value >= low && *value <= high) return *value;
  return error_at(Code::asm_operand, begin, fmt::format("{} is not from {} to {}", token, low, high));
}

Result<std::string> Scanner::quoted() {
  skip_spaces();
  const size_t begin = at_;
  if (!eat("\"")) return error(Code::asm_syntax, "expected a text in quotes");
  while (at_ < line_end_ && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  if (at_ >= line_end_) {
    at_ = begin;
    return error(Code::asm_syntax, "the text in quotes does not end on its line");
  }
  ++at_;
  Result<json::Document> document = json::parse(file_, std::string(text_.substr(begin, at_ - begin)));
  if (!document || !document->root.is_string()) return error_at(Code::asm_syntax, begin, "malformed text in quotes");
  return std::move(document->root.string);
}

Status Scanner::expect(std::string_view token) {
  if (eat(token)) return {};
  return error(Code::asm_syntax, fmt::format("expected \"{}\"", token));
}

Status Scanner::expect_end() {
  if (at_end()) return {};
  return error(Code::asm_syntax, "unexpected text");
}

}  // namespace psmc::arch
