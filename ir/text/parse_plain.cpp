// SPDX-License-Identifier: Apache-2.0
// `%r = op %a, %b {attributes}` on a line of its own, spaced as the printer spaces it: nearly all statements of a large
// module stand so, and are read here without making tokens. Everything else (another spacing, quotes, comments, types,
// what was not read before, and all that is wrong) is left to parse_op.cpp, as if nothing had been looked at.
#include <algorithm>

#include "ir/limits.h"
#include "ir/text/parser_core.h"

namespace psmc::ir {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

bool has_syntax_of_its_own(OpKind kind) {
  switch (kind) {
    case OpKind::constant:
    case OpKind::call:
    case OpKind::load:
    case OpKind::store:
    case OpKind::index:
    case OpKind::for_:
    case OpKind::group: return true;
    default: return false;
  }
}

/// A place on a line. The line ends with '\n', which no loop passes.
struct Reader {
  const char* at;

  bool skip(std::string_view text) {
    for (const char c : text)
      if (*at++ != c) return false;
    return true;
  }
  std::string_view op_name() {
    const char* const begin = at;
    while (is_letter(*at)) ++at;
    return {begin, static_cast<size_t>(at - begin)};
  }
};

}  // namespace

// From the `%` at `reader` on; the text is empty if it is not a plain name.
Token Parser::plain_value(const char*& at) const {
  const auto begin = static_cast<size_t>(at - text_.data());
  const size_t end = lexer_.word_end(begin + 1);
  at = text_.data() + end;
  if (at[-1] == '.') return {};
  return {TokenKind::value, false, begin, end, text_.substr(begin + 1, end - begin - 1)};
}

// At a value. False: not of that form, and nothing was read.
bool Parser::parse_plain(BlockId block) {
  const size_t line_end = text_.find('\n', token_.end);
  if (token_.quoted || line_end == std::string_view::npos) return false;
  Reader line{text_.data() + token_.end};
  if (!line.skip(" = ")) return false;
  const auto place = static_cast<size_t>(line.at - text_.data());
  const OpDef* def = find_op_def(line.op_name());
  if (!def || has_syntax_of_its_own(def->kind)) return false;
  operands_.clear();
  while (line.at[0] == ' ' && line.at[1] == '%') {
    ++line.at;
    const Token name = plain_value(line.at);
    if (name.text.empty()) return false;
    const Binding known = binding(name);
    if (known.body != body_ || !known.value.valid()) return false;
    operands_.push_back(known.value);
    if (*line.at != ',') break;
    ++line.at;
  }
  AttrId attrs;
  if (line.at[0] == ' ' && line.at[1] == '{') {
    const auto begin = static_cast<size_t>(line.at + 1 - text_.data());
    const std::string_view written = text_.substr(begin, line_end - begin);
    const uint32_t known = attrs_.find(written);
    if (known == IdTable::kNone) return false;
    attrs = AttrId(known);
    line.at += 1 + written.size();
  }
  if (line.at != text_.data() + line_end || operands_.size() > kMaxOperands) return false;
  const auto types = memo_.find(module_, def->kind, operands_, attrs);
  if (!types || types->size() != 1) return false;
  StrId id;
  Binding& result = binding(token_, &id);
  if (result.body == body_) return false;
  const OpId op = module_.create(def->kind, operands_, *types, attrs, place_of(place));
  module_.append(block, op);
  bind(result, token_, id, module_.result(op));
  line_ = {line_.number + 1, line_end + 1, line_end + 1};
  jump(line_end);
  return true;
}

}  // namespace psmc::ir
