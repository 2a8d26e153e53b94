// SPDX-License-Identifier: Apache-2.0
// Tokens, errors and recovery of the parser.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ir/text/parser_core.h"

namespace psmc::ir {

namespace {

/// About so many: those of a large text are as long as the first ones.
size_t number_of_lines(std::string_view text) {
  constexpr size_t kLook = size_t{1} << 16;
  const auto seen = static_cast<size_t>(std::count(text.begin(), text.begin() + std::min(kLook, text.size()), '\n'));
  return text.size() <= kLook ? seen + 1 : seen * (text.size() / kLook + 1) + 1;
}

}  // namespace

Parser::Parser(std::string_view file, std::string_view text, Module& module, std::vector<Diagnostic>& errors,
               size_t max_errors)
    : file_(file), text_(text), module_(module), errors_(errors), max_errors_(max_errors), lexer_(text, decoded_) {
  module.str(file);
  const size_t lines = number_of_lines(text);
  module_.reserve(lines);  // nearly every line is an op
  named_.reserve(lines);
  plain_end_ = text.rfind('\n') + 1;
  advance();
}

void Parser::advance() {
  if (token_.is("{")) ++depth_;
  if (token_.is("}") && depth_ > 0) --depth_;
  last_end_ = token_.end;
  token_ = lexer_.next();
}

bool Parser::fail(Code code, size_t offset, std::string message, std::vector<std::string> notes) {
  return gave_up() ? false : fail(wrong_at(code, offset, std::move(message), std::move(notes)));
}

bool Parser::fail(Diagnostic diagnostic) {
  if (!gave_up()) errors_.push_back(std::move(diagnostic));
  return false;
}

Diagnostic Parser::wrong_at(Code code, size_t offset, std::string message, std::vector<std::string> notes) {
  return place_error(code, place(offset), std::move(message), std::move(notes));
}

SourcePlace Parser::place(size_t offset) {
  if (lines_.empty()) {
    lines_.push_back(0);
    for (size_t at = text_.find('\n'); at != std::string_view::npos; at = text_.find('\n', at + 1))
      lines_.push_back(at + 1);
  }
  const auto line = static_cast<size_t>(std::upper_bound(lines_.begin(), lines_.end(), offset) - lines_.begin());
  return place_in_line(file_, text_, offset, line, lines_[line - 1]);
}

bool Parser::fail_here(std::string message) {
  if (token_.kind == TokenKind::bad) return fail(Code::bad_token, token_.begin, std::string(token_.text));
  if (token_.kind == TokenKind::end) return fail(Code::bad_syntax, token_.begin, message + ", but the text ends");
  return fail(Code::bad_syntax, token_.begin, std::move(message));
}

bool Parser::fail_with(const Diagnostic& diagnostic, size_t offset) {
  return fail(diagnostic.code, offset, diagnostic.message, diagnostic.notes);
}

bool Parser::accept(std::string_view punctuation) {
  if (!token_.is(punctuation)) return false;
  advance();
  return true;
}

bool Parser::expect(std::string_view punctuation) {
  if (accept(punctuation)) return true;
  const size_t before = errors_.size();
  fail_here(fmt::format("expected `{}`", punctuation));
  if (errors_.size() > before) errors_.back() = with_missing(std::move(errors_.back()), punctuation);
  return false;
}

bool Parser::accept_name(std::string_view name) {
  if (!token_.is_name(name)) return false;
  advance();
  return true;
}

bool Parser::expect_name(std::string_view name) {
  return accept_name(name) || fail_here(fmt::format("expected `{}`", name));
}

bool Parser::parse_string(std::string& out) {
  if (token_.kind != TokenKind::string) return fail_here("expected a string");
  out = token_.text;
  advance();
  return true;
}

bool Parser::parse_name(std::string& out) {
  if (token_.kind != TokenKind::name && token_.kind != TokenKind::string) return fail_here("expected a name");
  out = token_.text;
  advance();
  return true;
}

bool Parser::parse_integer(int64_t& out) {
  const size_t begin = token_.begin;
  const bool negative = accept("-");
  if (token_.kind != TokenKind::integer) return fail_here("expected an integer");
  const std::string digits = (negative ? "-" : "") + std::string(token_.text);
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (failure != std::errc()) return fail(Code::bad_token, begin, "this integer does not fit in 64 bits");
  advance();
  return true;
}

bool Parser::parse_natural(int64_t& out, int64_t most) {
  const size_t begin = token_.begin;
  if (!parse_integer(out)) return false;
  if (out >= 0 && out <= most) return true;
  return fail(Code::bad_token, begin, fmt::format("expected an integer from 0 to {}", most));
}

bool Parser::at_line_start() const {
  const size_t before = text_.substr(0, token_.begin).find_last_not_of(" \t\r");
  return before == std::string_view::npos || text_[before] == '\n';
}

// To the next line at the brace depth `depth`, or to the brace that closes it.
void Parser::skip_statement(uint32_t depth) {
  while (token_.kind != TokenKind::end) {
    if (depth_ < depth || (depth_ == depth && (token_.is("}") || (at_line_start() && !token_.is("{"))))) return;
    advance();
  }
}

// Goes on counting lines, from the last place to `offset`: a few characters for most statements.
void Parser::count_lines(size_t offset) {
  constexpr size_t kFew = 24;
  if (offset < line_.seen) line_ = {};
  const auto next_line = [&](size_t from) {
    if (offset - from > kFew) return from + std::min(text_.substr(from, offset - from).find('\n'), offset - from);
    while (from < offset && text_[from] != '\n') ++from;
    return from;
  };
  for (size_t at = next_line(line_.seen); at < offset; at = next_line(at + 1)) {
    ++line_.number;
    line_.begin = at + 1;
  }
  line_.seen = offset;
}

LocId Parser::place_of(size_t offset) {
  count_lines(offset);
  const auto column = static_cast<uint32_t>(offset - line_.begin) + 1;
  return module_.own_place(line_.number, column);
}

bool Parser::at_attrs() const {
  if (!token_.is("{")) return false;
  Lexer ahead = lexer_;
  const Token name = ahead.next();
  return (name.kind == TokenKind::name || name.kind == TokenKind::string) && ahead.next().is("=");
}

}  // namespace psmc::ir
