// SPDX-License-Identifier: Apache-2.0
//   m.psm:3:8: error[PSM0208]: there is no op `ad`
//     3 |   %a = ad %x, %x
//       |        ^~
//     fix: replace `ad` by `add`
//     m.psm:2:10: `%x` is defined here
//     2 | ...
//     note: what to do
#include "base/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace psmc {
namespace {

constexpr std::string_view kBold = "\x1b[1m", kRed = "\x1b[1;31m", kMagenta = "\x1b[1;35m", kCyan = "\x1b[1;36m",
                           kGreen = "\x1b[1;32m", kPlain = "\x1b[0m";

/// The character at the head of `text`, which has `length` bytes.
uint32_t decode(std::string_view text, size_t length) {
  auto code = static_cast<unsigned char>(text[0]);
  if (length == 1) return code;
  uint32_t out = code & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) out = out << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return out;
}

/// Controls beyond ASCII, marks that reorder or hide text, line separators.
bool is_unsafe(uint32_t c) {
  return (c >= 0x80 && c < 0xa0) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0x061c || (c >= 0xe0000 && c <= 0xe0fff);
}

/// Columns of a character that is_unsafe does not name: 0 for marks set upon another one, 2 for wide ones.
size_t width_of(uint32_t c) {
  if ((c >= 0x300 && c < 0x370) || (c >= 0x20d0 && c < 0x2100) || (c >= 0xfe00 && c < 0xfe10)) return 0;
  const bool wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xa4d0 && c != 0x303f) ||
                    (c >= 0xac00 && c < 0xd7a4) || (c >= 0xf900 && c < 0xfb00) || (c >= 0xfe30 && c < 0xfe70) ||
                    (c >= 0xff00 && c < 0xff61) || (c >= 0xffe0 && c < 0xffe7) || (c >= 0x1f300 && c < 0x1f650) ||
                    (c >= 0x1f900 && c < 0x1fa00) || (c >= 0x20000 && c < 0x40000);
  return wide ? 2 : 1;
}

/// Appends what stands for the character at the head of `text` and takes it off; gives its columns.
size_t take_printable(std::string_view& text, bool keep_newlines, std::string& out) {
  const size_t length = utf8_length(text);
  const uint32_t c = decode(text, std::max<size_t>(length, 1));
  const std::string_view bytes = text.substr(0, std::max<size_t>(length, 1));
  text.remove_prefix(bytes.size());
  const size_t before = out.size();
  if (c == '\t') {
    out += ' ';
  } else if (length == 0 || (c < 0x20 && !(keep_newlines && c == '\n')) || c == 0x7f) {
    out += fmt::format("\\x{:02x}", c);
  } else if (is_unsafe(c)) {
    out += fmt::format("\\u{{{:x}}}", c);
  } else {
    out += bytes;
    return width_of(c);
  }
  return out.size() - before;
}

class Renderer {
 public:
  explicit Renderer(const RenderStyle& style) : style_(style) {}
  std::string run(const Diagnostic& diagnostic);

 private:
  void paint(std::string_view color, std::string_view text);
  void add_place(const SourcePlace& place);
  void add_excerpt(const SourcePlace& place);
  void add_fix(const FixIt& fix, const SourcePlace& error);
  void add_note(std::string_view text);

  RenderStyle style_;
  std::string out_;
};

void Renderer::paint(std::string_view color, std::string_view text) {
  if (style_.color) out_ += color;
  out_ += text;
  if (style_.color) out_ += kPlain;
}

// `file:line:col: `, as far as it is known.
void Renderer::add_place(const SourcePlace& place) {
  if (place.file.empty()) return;
  std::string text = printable(place.file);
  if (place.line != 0) text += fmt::format(":{}", place.line);
  if (place.line != 0 && place.column != 0) text += fmt::format(":{}", place.column);
  paint(kBold, text + ":");
  out_ += ' ';
}

// The source line, and below it a caret and as many tildes as the word is long.
void Renderer::add_excerpt(const SourcePlace& place) {
  if (place.line == 0 || place.text.empty()) return;
  const std::string_view line = place.text;
  const std::string number = fmt::format("{}", place.line);
  const std::string_view before_cut = place.skipped > 0 ? "..." : "";
  out_ += fmt::format("  {} | {}{}{}\n", number, before_cut, printable(line), place.cut ? "..." : "");
  if (place.column == 0) return;
  const size_t column = std::min<size_t>(std::max(place.column - 1, place.skipped) - place.skipped, line.size());
  const size_t width = before_cut.size() + display_width(line.substr(0, column));
  const size_t marked = std::max<size_t>(display_width(line.substr(column, place.length)), 1);
  out_ += fmt::format("  {:{}} | {:{}}", "", number.size(), "", width);
  paint(kGreen, "^" + std::string(marked - 1, '~'));
  out_ += '\n';
}

void Renderer::add_fix(const FixIt& fix, const SourcePlace& error) {
  const SourcePlace& at = fix.place;
  const size_t begin = std::min<size_t>(std::max(at.column, at.skipped + 1) - 1 - at.skipped, at.text.size());
  const std::string old = printable(std::string_view(at.text).substr(begin, at.length));
  out_ += "  ";
  paint(kGreen, "fix:");
  if (old.empty())
    out_ += fmt::format(" insert `{}`", printable(fix.with));
  else if (fix.with.empty())
    out_ += fmt::format(" remove `{}`", old);
  else
    out_ += fmt::format(" replace `{}` by `{}`", old, printable(fix.with));
  if (at.line != error.line || at.column != error.column) out_ += fmt::format(" at {}:{}", at.line, at.column);
  out_ += '\n';
}

void Renderer::add_note(std::string_view text) {
  out_ += "  ";
  paint(kCyan, "note:");
  out_ += fmt::format(" {}\n", printable(text, true));
}

std::string Renderer::run(const Diagnostic& diagnostic) {
  constexpr std::string_view kNames[] = {"note", "warning", "error"};
  constexpr std::string_view kColors[] = {kCyan, kMagenta, kRed};
  const auto severity = static_cast<size_t>(diagnostic.severity);
  add_place(diagnostic.place);
  paint(kColors[severity], fmt::format("{}[{}]:", kNames[severity], code_name(diagnostic.code)));
  out_ += ' ';
  paint(kBold, printable(diagnostic.message, true));
  out_ += '\n';
  add_excerpt(diagnostic.place);
  for (const FixIt& f : diagnostic.fixes) add_fix(f, diagnostic.place);
  for (const RelatedPlace& related : diagnostic.related) {
    out_ += "  ";
    add_place(related.place);
    paint(kCyan, "note:");
    out_ += fmt::format(" {}\n", printable(related.message, true));
    add_excerpt(related.place);
  }
  for (const std::string& text : diagnostic.notes) add_note(text);
  return std::move(out_);
}

}  // namespace

std::string printable(std::string_view text, bool keep_newlines) {
  std::string out;
  while (!text.empty()) take_printable(text, keep_newlines, out);
  return out;
}

size_t display_width(std::string_view text) {
  std::string ignored;
  size_t width = 0;
  while (!text.empty()) width += take_printable(text, false, ignored);
  return width;
}

std::string render(const Diagnostic& diagnostic, const RenderStyle& style) { return Renderer(style).run(diagnostic); }

std::string Diagnostic::render() const { return psmc::render(*this, {}); }

}  // namespace psmc
