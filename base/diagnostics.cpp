// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace psmc {
namespace {

constexpr size_t kShownBefore = 80;  // bytes of a long source line that are shown before and after the column
constexpr size_t kShownAfter = 60;

constexpr bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; }

/// `text` for a terminal: control characters and what is no UTF-8 as \xNN, tabs as one blank (so that the caret stands
/// right).
std::string printable(std::string_view text, bool keep_newlines) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    const size_t length = byte < 0x80 ? 1 : utf8_length(text.substr(at));
    if (length > 1) {
      out += text.substr(at, length);
      at += length - 1;
      continue;
    }
    if (c == '\t') {
      out += ' ';
    } else if ((byte < 0x20 && !(keep_newlines && c == '\n')) || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

/// The source line, cut around the column when it is long, and the caret below it.
std::string source_excerpt(const SourcePlace& place) {
  const std::string_view line = place.text;
  const size_t column = std::min<size_t>(place.column == 0 ? 0 : place.column - 1, line.size());
  size_t begin = column > kShownBefore ? column - kShownBefore : 0;
  size_t end = std::min(line.size(), column + kShownAfter);
  while (begin > 0 && begin < column && is_continuation(line[begin])) ++begin;
  while (end < line.size() && is_continuation(line[end])) ++end;
  const std::string before = (begin > 0 ? "..." : "") + printable(line.substr(begin, column - begin), false);
  const std::string after = printable(line.substr(column, end - column), false) + (end < line.size() ? "..." : "");
  const std::string number = fmt::format("{}", place.line);
  std::string out = fmt::format("  {} | {}{}\n", number, before, after);
  if (place.column == 0) return out;
  const auto width = before.size() - static_cast<size_t>(std::count_if(before.begin(), before.end(), is_continuation));
  return out + fmt::format("  {:{}} | {:{}}^\n", "", number.size(), "", width);
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: break;
  }
  return "error";
}

}  // namespace

std::string Diagnostic::render() const {
  std::string out;
  if (!place.file.empty()) {
    out += printable(place.file, false);
    if (place.line != 0) out += fmt::format(":{}", place.line);
    if (place.line != 0 && place.column != 0) out += fmt::format(":{}", place.column);
    out += ": ";
  }
  out += fmt::format("{}[{}]: {}\n", severity_name(severity), code_name(code), printable(message, true));
  if (place.line != 0 && !place.text.empty()) out += source_excerpt(place);
  for (const std::string& note : notes) out += fmt::format("  note: {}\n", printable(note, true));
  return out;
}

std::string code_name(Code code) { return fmt::format("PSM{:04}", static_cast<uint16_t>(code)); }

std::string_view code_summary(Code code) {
  switch (code) {
#define PSMC_CODE(name, number, summary) \
  case Code::name: return summary;
#include "base/diagnostic_codes.def"
#undef PSMC_CODE
  }
  return "";
}

Diagnostic error(Code code, std::string message, std::vector<std::string> notes) {
  return Diagnostic{Severity::error, code, {}, std::move(message), std::move(notes)};
}

Diagnostic file_error(Code code, std::string_view file, std::string message, std::vector<std::string> notes) {
  Diagnostic diagnostic = error(code, std::move(message), std::move(notes));
  diagnostic.place.file = file;
  return diagnostic;
}

Diagnostic text_error(Code code, std::string_view file, std::string_view text, size_t offset, std::string message,
                      std::vector<std::string> notes) {
  offset = std::min(offset, text.size());
  const std::string_view head = text.substr(0, offset);
  const size_t last_newline = head.rfind('\n');
  const size_t begin = last_newline == std::string_view::npos ? 0 : last_newline + 1;
  std::string_view line = text.substr(begin, text.find('\n', offset) - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  Diagnostic diagnostic = file_error(code, file, std::move(message), std::move(notes));
  diagnostic.place.line = static_cast<uint32_t>(std::count(head.begin(), head.end(), '\n') + 1);
  diagnostic.place.column = static_cast<uint32_t>(std::min<size_t>(offset - begin + 1, 0xffffffffu));
  diagnostic.place.text = line;
  return diagnostic;
}

}  // namespace psmc
