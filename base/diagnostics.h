// SPDX-License-Identifier: Apache-2.0
// Errors that a user can cause: a stable code, a position, the source line with a caret, and what to do.
// The registry of codes is base/diagnostic_codes.def; a test sees that each code is exercised. docs/diagnostics.md
// shows all forms in which they are told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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

/// A place in an input. `line` and `column` (bytes) count from 1; 0 means unknown.
struct SourcePlace {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
  std::string text;      ///< the source line if known; of a long one, the part around `column`
  uint32_t length = 0;   ///< bytes from `column` on that are meant; 0: unknown
  uint32_t skipped = 0;  ///< bytes of the line before `text`
  bool cut = false;      ///< whether the line goes on after `text`
};

/// Another place that has to do with an error: "`%x` is defined here".
struct RelatedPlace {
  std::string message;
  SourcePlace place;
};

/// An edit that mends an error, sure enough to be offered: `with` instead of the `place.length` bytes at `place`.
struct FixIt {
  SourcePlace place;
  std::string with;
};

struct Diagnostic {
  Severity severity = Severity::error;
  Code code{};
  SourcePlace place;
  std::string message;                ///< what is wrong, in one sentence
  std::vector<std::string> notes;     ///< what to do, or more context
  std::vector<RelatedPlace> related;  ///< shown with their source lines
  std::vector<FixIt> fixes;           ///< alternatives
  std::vector<Diagnostic> more;       ///< further errors of the same input: a Result carries them all

  /// `file:line:col: error[PSM0101]: message`, the source line, a caret, fixes, related places, notes; without `more`
  /// and without colours (base/render.h).
  std::string render() const;
};

/// How many errors of one input are worth reading, unless the user says otherwise.
constexpr size_t kMaxErrors = 20;

/// A line of the registry.
struct CodeInfo {
  Code code;
  std::string_view name, summary;
};
std::span<const CodeInfo> all_codes();

/// "PSM0101" of a code.
std::string code_name(Code code);
/// One sentence on what the code means (`psmc explain`).
std::string_view code_summary(Code code);

/// A diagnostic without a place in a text (a binary file, an option).
Diagnostic error(Code code, std::string message, std::vector<std::string> notes = {});
/// A diagnostic that concerns a whole file.
Diagnostic file_error(Code code, std::string_view file, std::string message, std::vector<std::string> notes = {});
/// A diagnostic at byte `offset` of `text`; works out line, column, source line and the length of the word there.
Diagnostic text_error(Code code, std::string_view file, std::string_view text, size_t offset, std::string message,
                      std::vector<std::string> notes = {});
/// A diagnostic at a place that is known.
Diagnostic place_error(Code code, SourcePlace place, std::string message, std::vector<std::string> notes = {});

/// The place at byte `offset` of `text`; counts lines from the head of the text.
SourcePlace place_in_text(std::string_view file, std::string_view text, size_t offset);
/// The same where the line is known: number `line`, which begins at `line_begin`.
SourcePlace place_in_line(std::string_view file, std::string_view text, size_t offset, size_t line, size_t line_begin);
/// Gives the places in `file` that have no source line the one of `text`, which is the file's.
void add_source_lines(std::string_view file, std::string_view text, std::vector<Diagnostic>& diagnostics);

/// The first of `errors`, carrying the others. Needs: one.
Diagnostic combined(std::vector<Diagnostic> errors);

}  // namespace psmc
