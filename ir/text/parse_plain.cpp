// SPDX-License-Identifier: Apache-2.0
// `%r = op %a, %b {attributes}` on a line of its own, spaced as the printer spaces it: nearly all statements of a large
// module stand so, and are read here without making tokens. Everything else (another spacing, quotes, comments, types,
// what was not read before, and all that is wrong) is left to parse_op.cpp, as if nothing had been looked at.
#include <algorithm>

#include "ir/limits.h"
#include "ir/text/parser_core.h"

namespace psmc::ir {

namespace {

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

/// A place in a line of a text. No loop goes beyond the line's '\n', which is there.
struct PlainLine {
  const char* at;

  bool skip(std::string_view wanted) {
    for (const char c : wanted)
      if (*at++ != c) return false;
    return true;
  }
  /// Name characters; of an op, a value or nothing.
  std::string_view word() {
    const char* const begin = at;
    while (is_word(*at)) ++at;
    return {begin, static_cast<size_t>(at - begin)};
  }
  /// From the `{` to the first `}`; empty if that does not end the line.
  std::string_view braces() {
    const char* const begin = at;
    while (*at != '}' && *at != '\n') ++at;
    if (*at != '}' || *++at != '\n') return {};
    return {begin, static_cast<size_t>(at - begin)};
  }
};

}  // namespace

// At a value: it and the plain statements behind it. False: the first is not of that form, and nothing was read.
bool Parser::parse_plain(BlockId block) {
  bool any = false;
  while (token_.kind == TokenKind::value && !token_.quoted && token_.end < plain_end_) {
    PlainStatement statement;
    if (!read_plain(statement)) break;
    create_plain(block, statement);
    next_plain(statement.end);
    any = true;
  }
  return any;
}

bool Parser::read_plain(PlainStatement& statement) {
  PlainLine line{text_.data() + token_.end};
  const auto position = [&] { return static_cast<size_t>(line.at - text_.data()); };
  if (!line.skip(" = ")) return false;
  statement.place = position();
  const OpDef* def = find_op_def(line.word());
  if (!def || has_syntax_of_its_own(def->kind)) return false;
  statement.kind = def->kind;
  operands_.clear();
  while (line.at[0] == ' ' && line.at[1] == '%') {
    line.at += 2;
    Token name{TokenKind::value, false, position() - 1};
    name.text = line.word();
    name.end = position();
    if (name.text.empty() || name.text.back() == '.') return false;
    const Binding known = binding(name);
    if (known.body != body_ || !known.value.valid()) return false;
    operands_.push_back(known.value);
    if (*line.at != ',') break;
    ++line.at;
  }
  if (line.at[0] == ' ' && line.at[1] == '{') {
    ++line.at;
    const uint32_t known = attrs_.find(line.braces());
    if (known == IdTable::kNone) return false;
    statement.attrs = AttrId(known);
  }
  statement.end = position();
  if (*line.at != '\n' || operands_.size() > kMaxOperands) return false;
  const auto types = memo_.find(module_, statement.kind, operands_, statement.attrs);
  if (!types || types->size() != 1) return false;
  statement.type = types->front();
  return binding(token_, &statement.name).body != body_;
}

void Parser::create_plain(BlockId block, const PlainStatement& statement) {
  const LocId loc = place_of(statement.place);
  const OpId op = module_.create(statement.kind, operands_, {&statement.type, 1}, statement.attrs, loc);
  module_.append(block, op);
  const ValueId value = module_.result(op);
  module_.set_name(value, statement.name);
  (statement.name.valid() ? named_[statement.name.index] : binding(token_)) = {body_, value};
  if (nesting_ > 1) scope_.push_back(static_cast<uint32_t>(token_.begin));
  line_ = {line_.number + 1, statement.end + 1, statement.end + 1};
}

// To the token behind the '\n' at `end`, which mostly is the plain name of the next value.
void Parser::next_plain(size_t end) {
  if (end + 1 >= plain_end_) return jump(end);
  PlainLine line{text_.data() + end + 1};
  while (*line.at == ' ') ++line.at;
  const auto begin = static_cast<size_t>(line.at - text_.data());
  if (*line.at++ != '%') return jump(end);
  const std::string_view name = line.word();
  if (name.empty() || name.back() == '.') return jump(end);
  token_ = {TokenKind::value, false, begin, begin + 1 + name.size(), name};
  last_end_ = end;
  lexer_.move_to(token_.end);
}

}  // namespace psmc::ir
