// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace psmc {
namespace {

constexpr size_t kKeptBefore = 80;  // bytes of a long source line that are kept before and after the column
constexpr size_t kKeptAfter = 100;
constexpr size_t kRestOfLine = 4096;  // of a line behind an error this much is looked at

constexpr CodeInfo kCodes[] = {
#define PSMC_CODE(name, number, summary) {Code::name, #name, summary},
#include "base/diagnostic_codes.def"
#undef PSMC_CODE
};

constexpr bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; }

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '$' || (static_cast<unsigned char>(c) & 0x80u) != 0;
}

/// Bytes of the word, number, name or quoted text at the head of `line`; of anything else, 1; of nothing, 0.
size_t word_length(std::string_view line) {
  if (line.empty()) return 0;
  size_t at = line[0] == '%' || line[0] == '@' || line[0] == '-' ? 1 : 0;
  if (at < line.size() && line[at] == '"') {
    for (++at; at < line.size() && line[at] != '"'; ++at) at += line[at] == '\\';
    return std::min(at + 1, line.size());
  }
  while (at < line.size() && is_word(line[at])) ++at;
  return std::max<size_t>(at, 1);
}

/// The part of `line` around `column` (from 0), into `place`.
void keep_line(std::string_view line, size_t column, SourcePlace& place) {
  size_t begin = column > kKeptBefore ? column - kKeptBefore : 0;
  size_t end = std::min(line.size(), column + kKeptAfter);
  while (begin > 0 && begin < column && is_continuation(line[begin])) ++begin;
  while (end < line.size() && is_continuation(line[end])) ++end;
  place.text = line.substr(begin, end - begin);
  place.skipped = static_cast<uint32_t>(std::min<size_t>(begin, 0xffffffffu));
  place.cut = end < line.size();
}

}  // namespace

std::span<const CodeInfo> all_codes() { return kCodes; }

std::string code_name(Code code) { return fmt::format("PSM{:04}", static_cast<uint16_t>(code)); }

std::string_view code_summary(Code code) {
  const auto known =
      std::find_if(std::begin(kCodes), std::end(kCodes), [&](const CodeInfo& c) { return c.code == code; });
  return known == std::end(kCodes) ? std::string_view() : known->summary;
}

Diagnostic error(Code code, std::string message, std::vector<std::string> notes) {
  return place_error(code, {}, std::move(message), std::move(notes));
}

Diagnostic file_error(Code code, std::string_view file, std::string message, std::vector<std::string> notes) {
  SourcePlace place;
  place.file = file;
  return place_error(code, std::move(place), std::move(message), std::move(notes));
}

Diagnostic place_error(Code code, SourcePlace place, std::string message, std::vector<std::string> notes) {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.place = std::move(place);
  diagnostic.message = std::move(message);
  diagnostic.notes = std::move(notes);
  return diagnostic;
}

Diagnostic text_error(Code code, std::string_view file, std::string_view text, size_t offset, std::string message,
                      std::vector<std::string> notes) {
  return place_error(code, place_in_text(file, text, offset), std::move(message), std::move(notes));
}

SourcePlace place_in_text(std::string_view file, std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view head = text.substr(0, offset);
  const size_t last_newline = head.rfind('\n');
  const auto line = static_cast<size_t>(std::count(head.begin(), head.end(), '\n')) + 1;
  return place_in_line(file, text, offset, line, last_newline == std::string_view::npos ? 0 : last_newline + 1);
}

SourcePlace place_in_line(std::string_view file, std::string_view text, size_t offset, size_t line, size_t line_begin) {
  offset = std::min(offset, text.size());
  // Of the rest of a line that is long no more than can be of use: a text in one line may have many errors.
  std::string_view whole = text.substr(line_begin, offset - line_begin + kRestOfLine);
  whole = whole.substr(0, whole.find('\n', offset - line_begin));
  if (whole.ends_with('\r')) whole.remove_suffix(1);
  const size_t column = std::min(offset - line_begin, whole.size());
  SourcePlace place;
  place.file = file;
  place.line = static_cast<uint32_t>(line);
  place.column = static_cast<uint32_t>(std::min<size_t>(offset - line_begin + 1, 0xffffffffu));
  place.length = static_cast<uint32_t>(std::min<size_t>(word_length(whole.substr(column)), 0xffffffffu));
  keep_line(whole, column, place);
  return place;
}

void add_source_lines(std::string_view file, std::string_view text, std::vector<Diagnostic>& diagnostics) {
  std::vector<SourcePlace*> places;
  for (Diagnostic& diagnostic : diagnostics) {
    places.push_back(&diagnostic.place);
    for (RelatedPlace& related : diagnostic.related) places.push_back(&related.place);
  }
  std::erase_if(places, [&](const SourcePlace* p) { return p->line == 0 || !p->text.empty() || p->file != file; });
  std::stable_sort(places.begin(), places.end(), [](auto* a, auto* b) { return a->line < b->line; });
  size_t line = 1, begin = 0;
  for (SourcePlace* place : places) {
    for (; line < place->line && begin != std::string_view::npos; ++line) {
      begin = text.find('\n', begin);
      if (begin != std::string_view::npos) ++begin;
    }
    if (begin == std::string_view::npos) return;
    const size_t end = std::min(text.find('\n', begin), text.size());
    const size_t column = place->column == 0 ? 0 : place->column - 1;
    if (column > end - begin) continue;  // this is not the text that was meant
    const bool whole_line = place->column == 0;
    *place = place_in_line(file, text, begin + column, line, begin);
    if (whole_line) place->column = 0;
  }
}

Diagnostic combined(std::vector<Diagnostic> errors) {
  PSMC_CHECK(!errors.empty(), "no errors to combine");
  Diagnostic first = std::move(errors[0]);
  first.more.assign(std::make_move_iterator(errors.begin() + 1), std::make_move_iterator(errors.end()));
  return first;
}

}  // namespace psmc
