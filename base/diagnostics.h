// SPDX-License-Identifier: Apache-2.0
// Errors that a user can cause: a stable code, a position, the source line with a caret, and what to do.
// The registry of codes is base/diagnostic_codes.def; a test sees that each code is exercised.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace psmc {

enum class Severity : uint8_t { note, warning, error };

/// Stable codes: `Code::bad_magic` prints as PSM0101. One line each in diagnostic_codes.def.
enum class Code : uint16_t {
#define PSMC_CODE(name, number, summary) name = number,
#include "base/diagnostic_codes.def"
#undef PSMC_CODE
};

/// A place in an input. `line` and `column` count from 1; 0 means unknown. `text` is the source line if known.
struct SourcePlace {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
  std::string text;
};

struct Diagnostic {
  Severity severity = Severity::error;
  Code code{};
  SourcePlace place;
  std::string message;             ///< what is wrong, in one sentence
  std::vector<std::string> notes;  ///< what to do, or more context

  /// `file:line:col: error[PSM0101]: message`, the source line, a caret, the notes.
  std::string render() const;
};

/// "PSM0101" of a code.
std::string code_name(Code code);
/// One sentence on what the code means (`psmc explain`).
std::string_view code_summary(Code code);

/// A diagnostic without a place in a text (a binary file, an option).
Diagnostic error(Code code, std::string message, std::vector<std::string> notes = {});
/// A diagnostic that concerns a whole file.
Diagnostic file_error(Code code, std::string_view file, std::string message, std::vector<std::string> notes = {});
/// A diagnostic at byte `offset` of `text`; works out line, column and source line.
Diagnostic text_error(Code code, std::string_view file, std::string_view text, size_t offset, std::string message,
                      std::vector<std::string> notes = {});

}  // namespace psmc
