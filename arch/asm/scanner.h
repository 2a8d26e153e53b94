// SPDX-License-Identifier: Apache-2.0
// Reads assembly line by line: words, numbers, quoted texts, punctuation, each error with its place. Spaces separate,
// `;` begins a comment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace psmc::arch {

class Scanner {
 public:
  Scanner(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}

  /// Goes to the next line that holds more than spaces and comment; false at the end of the text.
  bool next_line();
  /// The whole next line without its newline, whatever it holds; nothing at the end of the text.
  std::optional<std::string_view> raw_line();

  /// True when only spaces or a comment are left on the line.
  bool at_end();
  /// The next character after spaces, 0 at the end of the line.
  char peek();
  /// Takes `token` if it comes next.
  bool eat(std::string_view token);
  /// Letters, digits, '_' and '.'; empty if none comes next.
  std::string_view word();
  /// A word without taking it.
  std::string_view peek_word();
  /// Everything up to a space, comma, '|', ']' or ';': numbers with sign and point.
  std::string_view blob();

  /// Decimal or 0x, with sign, within [low, high]. Errors: asm_operand.
  Result<int64_t> number(int64_t low, int64_t high);
  /// A JSON string literal. Errors: asm_syntax.
  Result<std::string> quoted();
  /// An error unless `token` comes next (asm_syntax).
  Status expect(std::string_view token);
  /// An error unless the line is over (asm_syntax).
  Status expect_end();

  size_t position() const { return at_; }
  Diagnostic error(Code code, std::string message) const { return error_at(code, at_, std::move(message)); }
  Diagnostic error_at(Code code, size_t position, std::string message) const {
    return text_error(code, file_, text_, position, std::move(message));
  }
  const std::string& file() const { return file_; }

 private:
  void skip_spaces();
  std::string file_;
  std::string_view text_;
  size_t at_ = 0;
  size_t line_end_ = 0;
  size_t next_ = 0;  ///< begin of the next line
};

/// A whole token as a number, decimal or 0x, with sign; nothing if it is none or leaves 64 bits (hex: 64 unsigned
/// bits).
std::optional<int64_t> parse_number(std::string_view token);

}  // namespace psmc::arch
