// SPDX-License-Identifier: Apache-2.0
// The lines of a text and of its canonical form are brought together by anchors: the line of each op (both are read,
// and ops come in the same order), and those of functions and constants (by their names). What stands on a line without
// an anchor goes by the next one that has one.
#include "ir/text/comments.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/check.h"
#include "ir/text/parser.h"
#include "ir/text/printer.h"

namespace psmc::ir {
namespace {

struct Line {
  std::string_view code;     ///< without the comment and the blanks before it
  std::string_view comment;  ///< from the // on; empty: none
};

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed_end(std::string_view text) {
  const size_t last = text.find_last_not_of(kBlanks);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Where a comment begins in a line, or its length. Strings end on their line.
size_t comment_begin(std::string_view line) {
  bool quoted = false;
  for (size_t at = 0; at < line.size(); ++at) {
    if (quoted && line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && line.substr(at, 2) == "//") {
      return at;
    }
  }
  return line.size();
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const size_t comment = comment_begin(line);
    lines.push_back({trimmed_end(line.substr(0, comment)), trimmed_end(line.substr(comment))});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view without_indent(std::string_view code) {
  return code.substr(std::min(code.find_first_not_of(kBlanks), code.size()));
}

/// "func @f" or "const @w" of a line that begins one; the module's extensions are "module". Empty for others.
std::string_view head_of(std::string_view code) {
  const std::string_view text = without_indent(code);
  if (text.starts_with("module")) return "module";
  if (!text.starts_with("func @") && !text.starts_with("const @")) return {};
  return text.substr(0, text.find_first_of("([: ", text.find('@')));
}

/// The lines of all ops in order; 0 where an op's place is not in the text.
std::vector<uint32_t> op_lines(const Module& module) {
  std::vector<uint32_t> lines;
  for (uint32_t i = 0; i < module.num_funcs(); ++i) {
    walk(module, module.func(FuncId(i)).body, [&](OpId op) {
      const LocId loc = module.op(op).loc;
      const Location location = module.loc(loc);
      lines.push_back(loc.valid() && module.text(location.file) == module.source ? location.line : 0);
    });
  }
  return lines;
}

/// From lines of `text` to lines of `canonical`, both counted from 0.
std::map<size_t, size_t> anchors(const Module& module, const std::vector<Line>& text,
                                 const std::vector<Line>& canonical, const std::string& canonical_text) {
  std::map<size_t, size_t> result;
  std::map<std::string_view, size_t> heads;
  for (size_t i = 0; i < canonical.size(); ++i)
    if (const auto head = head_of(canonical[i].code); !head.empty()) heads.emplace(head, i);
  for (size_t i = 0; i < text.size(); ++i)
    if (const auto found = heads.find(head_of(text[i].code)); found != heads.end()) result.emplace(i, found->second);
  const Result<Module> again = parse_text(module.source, canonical_text);
  PSMC_CHECK(again.ok(), "a printed module cannot be read");
  const std::vector<uint32_t> from = op_lines(module), to = op_lines(*again);
  PSMC_CHECK(from.size() == to.size(), "a printed module has other ops");
  for (size_t i = 0; i < from.size(); ++i)
    if (from[i] > 0 && to[i] > 0) result.emplace(from[i] - 1, to[i] - 1);
  return result;
}

/// Lines of comments by the canonical line that they stand before, behind or after.
struct Placed {
  std::map<size_t, std::vector<std::string_view>> before, behind, after;
};

/// For each line whether the first code from there on closes a block.
std::vector<bool> lines_before_ends(const std::vector<Line>& text) {
  std::vector<bool> result(text.size(), false);
  bool ends_block = false;
  for (size_t i = text.size(); i-- > 0;) {
    const std::string_view code = without_indent(text[i].code);
    if (!code.empty()) ends_block = code.starts_with("}");
    result[i] = ends_block;
  }
  return result;
}

Placed place(const std::vector<Line>& text, const std::map<size_t, size_t>& anchors, size_t num_lines) {
  Placed placed;
  const std::vector<bool> ends_block = lines_before_ends(text);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i].comment.empty()) continue;
    if (const auto here = anchors.find(i); here != anchors.end()) {
      placed.behind[here->second].push_back(text[i].comment);
      continue;
    }
    const auto following = anchors.upper_bound(i);
    if (ends_block[i] && following != anchors.begin()) {
      placed.after[std::prev(following)->second].push_back(text[i].comment);
    } else {
      placed.before[following == anchors.end() ? num_lines : following->second].push_back(text[i].comment);
    }
  }
  return placed;
}

std::string indent_of(std::string_view code) { return std::string(code.size() - without_indent(code).size(), ' '); }

}  // namespace

std::string without_comments(std::string_view text) {
  std::string out;
  for (const Line& line : lines_of(text)) {
    const bool blank = without_indent(line.code).empty();
    if (blank && (!line.comment.empty() || out.empty())) continue;
    out.append(line.code).append("\n");
  }
  return out;
}

std::string canonical_with_comments(const Module& module, const std::string& text) {
  const std::string canonical = print_module(module);
  if (text == canonical || without_comments(text) == canonical) return text;
  const std::vector<Line> lines = lines_of(text), printed = lines_of(canonical);
  const Placed placed = place(lines, anchors(module, lines, printed, canonical), printed.size());
  std::string out;
  const auto add = [&](const auto& map, size_t line, const std::string& indent) {
    const auto found = map.find(line);
    if (found == map.end()) return;
    for (const std::string_view comment : found->second) out.append(indent).append(comment).append("\n");
  };
  for (size_t i = 0; i < printed.size(); ++i) {
    const bool opens = printed[i].code.ends_with("{");
    const std::string indent = indent_of(printed[i].code);
    add(placed.before, i, indent);
    out += printed[i].code;
    if (const auto found = placed.behind.find(i); found != placed.behind.end())
      for (const std::string_view comment : found->second) out.append("  ").append(comment);
    out += '\n';
    add(placed.after, i, indent + (opens ? "  " : ""));
  }
  add(placed.before, printed.size(), "");
  return out;
}

}  // namespace psmc::ir
