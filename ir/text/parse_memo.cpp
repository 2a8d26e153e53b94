// SPDX-License-Identifier: Apache-2.0
// Equal texts mean the same: types, attribute dictionaries and inline constants that stand in a text a second time, as
// most do, are looked up by how they are written instead of being read again. Each function here finds where such a
// piece ends without reading it, and gives up (an empty text) where that is not plain at once: quotes, comments, nested
// braces, more than a line.
#include <algorithm>

#include "ir/text/parser_core.h"

namespace psmc::ir {

namespace {

constexpr size_t kLongest = 160;

/// From `begin` to `end` included; empty if something of `forbidden` comes first.
std::string_view up_to(std::string_view text, size_t begin, char end, std::string_view forbidden) {
  const size_t limit = std::min(text.size(), begin + kLongest);
  for (size_t at = begin; at < limit; ++at) {
    if (text[at] == end) return text.substr(begin, at + 1 - begin);
    if (forbidden.find(text[at]) != std::string_view::npos) return {};
  }
  return {};
}

}  // namespace

// Reading goes on at `position`, which is at the depth of `token_`.
void Parser::jump(size_t position) {
  lexer_.move_to(position);
  last_end_ = position;
  token_ = lexer_.next();
}

std::string_view Parser::type_text() const {
  return token_.is_name("tensor") || token_.is_name("buffer") ? up_to(text_, token_.begin, '>', "\n/\"")
                                                              : std::string_view();
}

std::string_view Parser::attrs_text() const {
  const std::string_view text = up_to(text_, token_.begin + 1, '}', "\n/\"{");
  return text.empty() ? text : text_.substr(token_.begin, text.size() + 1);
}

std::string_view Parser::constant_text() const {
  const std::string_view text = up_to(text_, token_.begin, '\n', "/\"{(");
  return text.empty() ? text : text.substr(0, text.size() - 1);
}

bool Parser::parse_type_id(TypeId& type) {
  const std::string_view text = type_text();
  if (!text.empty()) {
    if (const uint32_t known = types_.find(text); known != IdTable::kNone) {
      type = TypeId(known);
      jump(token_.begin + text.size());
      return true;
    }
  }
  const size_t end = token_.begin + text.size();
  Type read;
  if (!parse_type(read)) return false;
  type = module_.type(read);
  if (!text.empty() && last_end_ == end) types_.remember(text, type.index);
  return true;
}

// At a `{`.
bool Parser::parse_attrs_id(AttrId& attrs) {
  const std::string_view text = attrs_text();
  if (!text.empty()) {
    if (const uint32_t known = attrs_.find(text); known != IdTable::kNone) {
      attrs = AttrId(known);
      jump(token_.begin + text.size());
      return true;
    }
  }
  const size_t end = token_.begin + text.size();
  AttrDict dict;
  if (!parse_attrs(dict)) return false;
  attrs = module_.attrs(std::move(dict));
  if (!text.empty() && attrs.valid() && last_end_ == end) attrs_.remember(text, attrs.index);
  return true;
}

bool Parser::parse_known_constant(BlockId block, const Statement& statement, bool& known) {
  const std::string_view text = constant_text();
  const uint32_t found = text.empty() ? IdTable::kNone : constants_by_text_.find(text);
  known = found != IdTable::kNone && statement.num_names == 1;
  if (!known) return true;
  jump(token_.begin + text.size());
  const InlineOp& op = inline_ops_[found];
  const OpId made = module_.create(OpKind::constant, {}, {&op.type, 1}, op.attrs, statement.loc);
  module_.append(block, made);
  return define_results(statement, made);
}

void Parser::remember_constant(std::string_view text, AttrId attrs, TypeId type) {
  if (text.empty()) return;
  constants_by_text_.remember(text, static_cast<uint32_t>(inline_ops_.size()));
  inline_ops_.push_back({attrs, type});
}

}  // namespace psmc::ir
