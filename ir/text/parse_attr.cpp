// SPDX-License-Identifier: Apache-2.0
// Attribute dictionaries and locations.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ir/limits.h"
#include "ir/text/elements.h"
#include "ir/text/parser_core.h"

namespace psmc::ir {

// '{' name = value, ... '}'
bool Parser::parse_attrs(AttrDict& dict) {
  if (!expect("{")) return false;
  return parse_list("}", [&] {
    const size_t begin = token_.begin;
    std::string name;
    AttrValue value;
    if (!parse_name(name) || !expect("=") || !parse_attr_value(value)) return false;
    const StrId id = module_.str(name);
    if (std::any_of(dict.begin(), dict.end(), [&](const Attr& a) { return a.name == id; })) {
      return fail(Code::redefined_name, begin, fmt::format("the attribute `{}` is given twice", name));
    }
    if (dict.size() >= kMaxAttrs) return fail(Code::bad_syntax, begin, "too many attributes");
    dict.push_back({id, std::move(value)});
    return true;
  });
}

bool Parser::parse_attr_value(AttrValue& value) {
  if (token_.kind == TokenKind::string) {
    value = std::string(token_.text);
    advance();
    return true;
  }
  if (token_.is("[")) {
    advance();
    IntList list;
    if (!parse_list("]", [&] { return parse_integer(list.emplace_back()); })) return false;
    value = std::move(list);
    return true;
  }
  if (token_.is_name("true") || token_.is_name("false")) {
    value = token_.text == "true";
    advance();
    return true;
  }
  if (accept_name("sym")) {
    SymList list;
    if (!expect("[") || !parse_list("]", [&] { return parse_sym(list.emplace_back()); })) return false;
    value = std::move(list);
    return true;
  }
  if (token_.kind == TokenKind::name) {
    if (auto dtype = dtype_from_name(token_.text)) {
      value = *dtype;
      advance();
      return true;
    }
  }
  return parse_number_or_integer(value);
}

// An optional sign, then an integer, a number, inf or nan.
bool Parser::parse_number_or_integer(AttrValue& value) {
  Lexer ahead = lexer_;
  const Token& body = token_.is("-") ? ahead.next() : token_;
  if (body.kind == TokenKind::integer) return parse_integer(value.emplace<int64_t>());
  const size_t begin = token_.begin;
  const bool negative = accept("-");
  double number = 0;
  if (token_.is_name("inf")) {
    number = std::numeric_limits<double>::infinity();
  } else if (token_.is_name("nan")) {
    number = std::numeric_limits<double>::quiet_NaN();
  } else if (token_.kind == TokenKind::number) {
    const auto read = double_from_text(token_.text);
    if (!read) return fail(Code::bad_token, begin, "this number is too large");
    number = *read;
  } else {
    return fail_here("expected a value: a number, a string, true, false, an element type, [...] or sym[...]");
  }
  advance();
  value = negative ? -number : number;
  return true;
}

// loc("label"), loc("file":3:7) or loc("label", "file":3:7); without a file position, the one in this text.
bool Parser::parse_optional_loc(LocId& loc, LocId own) {
  loc = own;
  if (!token_.is_name("loc")) return true;
  advance();
  Location location = module_.loc(loc);
  if (!expect("(")) return false;
  do {
    std::string text;
    if (!parse_string(text)) return false;
    if (!accept(":")) {
      location.label = module_.str(text);
      continue;
    }
    int64_t line = 0, column = 0;
    constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
    if (!parse_natural(line, kMost) || !expect(":") || !parse_natural(column, kMost)) return false;
    location.file = module_.str(text);
    location.line = static_cast<uint32_t>(line);
    location.column = static_cast<uint32_t>(column);
  } while (accept(","));
  if (!expect(")")) return false;
  loc = module_.loc(location);
  return true;
}

}  // namespace psmc::ir
