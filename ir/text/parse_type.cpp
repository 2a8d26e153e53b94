// SPDX-License-Identifier: Apache-2.0
// Types, symbol expressions and affine expressions.
#include <fmt/format.h>

#include <algorithm>

#include "ir/limits.h"
#include "ir/text/parser_core.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

bool Parser::parse_type(Type& type) {
  type = Type();
  const Token name = token_;
  if (name.kind != TokenKind::name) return fail_here("expected a type");
  if (auto dtype = dtype_from_name(name.text)) {
    advance();
    type = scalar_type(*dtype);
    return true;
  }
  for (TypeKind kind : {TypeKind::tensor, TypeKind::buffer, TypeKind::token, TypeKind::vreg, TypeKind::mreg,
                        TypeKind::treg, TypeKind::areg, TypeKind::sreg}) {
    if (name.text != type_kind_name(kind)) continue;
    type.kind = kind;
    advance();
    return kind == TypeKind::tensor || kind == TypeKind::buffer ? parse_shaped_type(type, name.begin) : true;
  }
  return fail_type(Code::bad_type, fmt::format("`{}` is not a type", name.text));
}

bool Parser::parse_shaped_type(Type& type, size_t begin) {
  if (!expect("<") || !parse_dims(type, begin)) return false;
  if (type.is_buffer() && !parse_buffer_rest(type)) return false;
  return expect(">") && check_size(type, begin);
}

// `4x(pos + 1 <= 8)xf32`: the lexer sees "4", "xf32"; after each extent we step over the x by hand.
bool Parser::parse_dims(Type& type, size_t begin) {
  while (token_.kind == TokenKind::integer || token_.is("(")) {
    Dim dim;
    if (accept("(")) {
      SymExpr size;
      int64_t bound = 0;
      if (!parse_sym(size) || !expect("<=") || !parse_natural(bound, kMaxDim) || !expect(")")) return false;
      dim = Dim(std::move(size), bound);
      if (dim.is_static()) dim = Dim(dim.size.constant);
    } else {
      int64_t extent = 0;
      if (!parse_natural(extent, kMaxDim)) return false;
      dim = Dim(extent);
    }
    type.dims.push_back(std::move(dim));
    if (type.dims.size() > kMaxRank) return check_size(type, begin);
    if (token_.kind != TokenKind::name || token_.text[0] != 'x') return fail_here("expected `x` after an extent");
    lexer_ = Lexer(text_, decoded_, token_.begin + 1);
    token_ = lexer_.next();
  }
  const auto dtype = token_.kind == TokenKind::name ? dtype_from_name(token_.text) : std::nullopt;
  if (!dtype) return fail_type(Code::bad_syntax, "expected an extent or an element type (f32, bf16, i32 ...)");
  type.dtype = *dtype;
  advance();
  return true;
}

bool Parser::parse_buffer_rest(Type& type) {
  std::vector<int64_t> strides;
  bool written = false;
  while (accept(",")) {
    if (accept_name("strides")) {
      written = true;
      auto stride = [&] { return parse_natural(strides.emplace_back(), kMaxElements); };
      if (!expect("[") || !parse_list("]", stride)) return false;
      continue;
    }
    const auto spaces = {Space::scratchpad, Space::memory, Space::accumulator};
    const auto space =
        std::find_if(spaces.begin(), spaces.end(), [&](Space s) { return token_.is_name(space_name(s)); });
    if (space == spaces.end()) return fail_here("expected `scratchpad`, `memory`, `accumulator` or `strides [...]`");
    type.space = *space;
    advance();
  }
  if (written && strides.size() != type.dims.size()) return fail_here("expected one stride for each dimension");
  type = buffer_type(type.dtype, std::move(type.dims), type.space, std::move(strides));
  return true;
}

bool Parser::check_size(const Type& type, size_t begin) {
  if (type.dims.size() > kMaxRank) {
    return fail(Code::bad_type, begin, fmt::format("at most {} dimensions are possible", kMaxRank));
  }
  if (type.max_elements() > kMaxElements) return fail(Code::bad_type, begin, "this type has too many elements");
  for (const Dim& dim : type.dims) {
    if (dim.bound < 0) return fail(Code::bad_type, begin, "an extent is negative");
  }
  return true;
}

bool Parser::parse_sym(SymExpr& expr) {
  Affine affine;
  if (!parse_affine(affine, false)) return false;
  expr = std::move(affine.rest);
  return true;
}

// term (('+' | '-') term)*
bool Parser::parse_affine(Affine& affine, bool with_values) {
  bool negative = accept("-");
  for (;;) {
    if (!parse_term(affine, negative, with_values)) return false;
    if (accept("+"))
      negative = false;
    else if (accept("-"))
      negative = true;
    else
      return true;
  }
}

// integer ['*' name] | name ['*' integer], where a name is a symbol or, `with_values`, an index value.
bool Parser::parse_term(Affine& affine, bool negative, bool with_values) {
  const size_t begin = token_.begin;
  int64_t factor = 1;
  const bool number_first = token_.kind == TokenKind::integer;
  if (number_first && !parse_natural(factor, kMaxSymbol)) return false;
  if (number_first && !accept("*")) {
    affine.rest = affine.rest + SymExpr(negative ? -factor : factor);
    return true;
  }
  const Token name = token_;
  ValueId value;
  if (with_values && name.kind == TokenKind::value) {
    if (!parse_use(value)) return false;
  } else if (name.kind == TokenKind::name || name.kind == TokenKind::string) {
    advance();
  } else {
    return fail_here(with_values ? "expected an integer, a symbol or an index value"
                                 : "expected an integer or a symbol");
  }
  if (!number_first && accept("*") && !parse_integer(factor)) return false;
  if (factor < -kMaxSymbol || factor > kMaxSymbol) return fail(Code::bad_token, begin, "this factor is too large");
  if (negative) factor = -factor;
  if (!value.valid()) {
    const StrId symbol = module_.str(name.text);
    const bool known = std::any_of(symbols_.begin(), symbols_.end(), [&](const Symbol& s) { return s.name == symbol; });
    if (!known) {
      return fail(Code::unknown_symbol, name.begin, fmt::format("the function declares no symbol `{}`", name.text));
    }
    affine.rest = affine.rest + SymExpr::symbol(symbol) * factor;
    return true;
  }
  if (!module_.value_type(value).is_index()) {
    return fail(Code::bad_operand_type, name.begin, "a subscript is made of values of type index");
  }
  auto known = std::find_if(affine.values.begin(), affine.values.end(), [&](auto& v) { return v.first == value; });
  if (known == affine.values.end())
    affine.values.emplace_back(value, factor);
  else
    known->second = std::clamp(known->second + factor, -kMaxSymbol, kMaxSymbol);
  if (affine.values.size() <= kMaxSymbols) return true;
  return fail(Code::bad_syntax, begin, fmt::format("an expression has at most {} index values", kMaxSymbols));
}

}  // namespace psmc::ir
