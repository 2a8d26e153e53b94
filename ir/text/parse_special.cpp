// SPDX-License-Identifier: Apache-2.0
// Ops with a syntax of their own: constant, call, load, store, index, for.
#include <fmt/format.h>

#include <algorithm>

#include "ir/limits.h"
#include "ir/text/elements.h"
#include "ir/text/parser_core.h"

namespace psmc::ir {

// constant @name | constant dense[...] : type | constant 0.5 : f32
bool Parser::parse_constant_op(BlockId block, Statement& statement) {
  AttrDict dict;
  if (token_.kind == TokenKind::symbol) {
    const auto known = constants_.find(token_.text);
    if (known == constants_.end()) return fail_constant(token_);
    advance();
    dict.push_back({module_.str("id"), static_cast<int64_t>(known->second.index)});
    return finish(block, statement, {}, std::move(dict));
  }
  const bool truth = token_.is_name("true") || token_.is_name("false");
  if (token_.kind == TokenKind::name && !truth && !token_.is_name("inf") && !token_.is_name("nan")) {
    return parse_inline_constant(block, statement);
  }
  if (token_.is("{") || token_.is(":")) return fail_here("expected the constant: @name, a number or dense[...]");
  AttrValue value;
  if (truth) {
    value = int64_t{token_.is_name("true")};
    advance();
  } else if (!parse_number_or_integer(value)) {
    return false;
  }
  const DType usual = std::holds_alternative<int64_t>(value) ? DType::index : DType::f32;
  dict.push_back({module_.str("value"), std::move(value)});
  std::vector<Type> written;
  LocId loc;
  if (!parse_tail(dict, written) || !parse_optional_loc(loc, statement.loc)) return false;
  if (written.size() == 1 && written[0].is_scalar() && written[0].dtype != usual) {
    dict.push_back({module_.str("dtype"), written[0].dtype});
  } else if (truth && written.empty()) {
    dict.push_back({module_.str("dtype"), DType::boolean});
  }
  return create(block, statement, {}, std::move(dict), written, loc);
}

// The data stand before the type that says how to read them, so they are skipped first and read last.
bool Parser::parse_inline_constant(BlockId block, Statement& statement) {
  bool seen = false;
  if (!parse_known_constant(block, statement, seen) || seen) return seen;
  const std::string_view whole = constant_text();
  const Lexer data_lexer = lexer_;
  const Token data_token = token_;
  advance();
  if (token_.is("[")) {
    while (!token_.is("]") && token_.kind != TokenKind::end) advance();
  }
  advance();
  AttrDict dict;
  std::vector<Type> written;
  LocId loc;
  if (!parse_tail(dict, written) || !parse_optional_loc(loc, statement.loc)) return false;
  if (written.size() != 1 || !written[0].is_tensor() || !written[0].has_static_shape()) {
    return fail(Code::bad_type, data_token.begin, "expected the constant's type behind it, as in `: tensor<4xf32>`");
  }
  const Lexer after_lexer = lexer_;
  const Token after = token_;
  lexer_ = data_lexer;
  token_ = data_token;
  Constant constant;
  constant.type = module_.type(written[0]);
  const bool read = parse_data(written[0], constant.owned);
  lexer_ = after_lexer;
  token_ = after;
  if (!read) return false;
  const auto [known, is_new] = inline_constants_.try_emplace({constant.type.index, constant.owned});
  if (is_new) known->second = module_.add_constant(std::move(constant));
  dict.push_back({module_.str("id"), static_cast<int64_t>(known->second.index)});
  const AttrId attrs = module_.attrs(std::move(dict));
  if (!create(block, statement, {}, attrs, written, loc)) return false;
  if (statement.num_names == 1 && token_.begin >= data_token.begin + whole.size())
    remember_constant(whole, attrs, module_.type(written[0]));
  return true;
}

// call @callee(%a, %b) {parameters}
bool Parser::parse_call(BlockId block, Statement& statement) {
  if (token_.kind != TokenKind::symbol) return fail_here("expected the callee, as in `call @softmax(%x)`");
  AttrDict dict;
  dict.push_back({module_.str("callee"), std::string(token_.text)});
  advance();
  std::vector<ValueId> operands;
  if (!expect("(") || !parse_uses(operands) || !expect(")")) return false;
  return finish(block, statement, operands, std::move(dict));
}

// load %b[subscripts]
bool Parser::parse_load(BlockId block, Statement& statement) {
  std::vector<ValueId> operands(1);
  AttrDict dict;
  if (!parse_use(operands[0])) return false;
  if (token_.is("[")) {
    if (!parse_subscripts(operands, dict)) return false;
  } else if (accept(",") && !parse_uses(operands)) {
    return false;
  }
  return finish(block, statement, operands, std::move(dict));
}

// store %v, %b[subscripts]
bool Parser::parse_store(BlockId block, Statement& statement) {
  std::vector<ValueId> operands(2);
  AttrDict dict;
  if (!parse_use(operands[0]) || !expect(",") || !parse_use(operands[1])) return false;
  if (token_.is("[")) {
    if (!parse_subscripts(operands, dict)) return false;
  } else if (accept(",") && !parse_uses(operands)) {
    return false;
  }
  return finish(block, statement, operands, std::move(dict));
}

// index %i * 16 + %j, or operands with the map as an attribute.
bool Parser::parse_index(BlockId block, Statement& statement) {
  const Lexer lexer = lexer_;
  const Token token = token_;
  const uint32_t depth = depth_;
  std::vector<ValueId> operands;
  AttrDict dict;
  if (!parse_uses(operands)) return false;
  if (at_attrs() && !parse_attrs(dict)) return false;
  const StrId map = module_.str("map");
  const bool has_map = std::any_of(dict.begin(), dict.end(), [&](const Attr& a) { return a.name == map; });
  if (has_map) return finish(block, statement, operands, std::move(dict));
  lexer_ = lexer;
  token_ = token;
  depth_ = depth;
  std::vector<Affine> row(1);
  operands.clear();
  dict.clear();
  if (!parse_affine(row[0], true)) return false;
  set_map(row, operands, dict);
  return finish(block, statement, operands, std::move(dict));
}

bool Parser::parse_subscripts(std::vector<ValueId>& operands, AttrDict& dict) {
  std::vector<Affine> rows;
  const size_t begin = token_.begin;
  if (!expect("[") || !parse_list("]", [&] { return parse_affine(rows.emplace_back(), true); })) return false;
  if (rows.size() > kMaxRank) return fail(Code::bad_syntax, begin, "too many subscripts");
  set_map(rows, operands, dict);
  return true;
}

// Appends the index values of `rows` to the operands, in order of appearance, and gives the matrix.
void Parser::set_map(const std::vector<Affine>& rows, std::vector<ValueId>& operands, AttrDict& dict) {
  std::vector<ValueId> values;
  bool with_syms = false;
  for (const Affine& row : rows) {
    with_syms = with_syms || !row.rest.is_constant();
    for (const auto& [value, factor] : row.values) {
      if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
    }
  }
  IntList map;
  SymList syms;
  for (const Affine& row : rows) {
    for (ValueId value : values) {
      auto term = std::find_if(row.values.begin(), row.values.end(), [&](const auto& v) { return v.first == value; });
      map.push_back(term == row.values.end() ? 0 : term->second);
    }
    map.push_back(row.rest.constant);
    syms.push_back(row.rest - SymExpr(row.rest.constant));
  }
  operands.insert(operands.end(), values.begin(), values.end());
  dict.push_back({module_.str("map"), std::move(map)});
  if (with_syms) dict.push_back({module_.str("map_syms"), std::move(syms)});
}

// An integer or sym(expression) goes into the dictionary, an index value to the operands.
bool Parser::parse_bound(std::string_view attr, AttrDict& dict, std::vector<ValueId>& operands) {
  if (token_.kind == TokenKind::value) return parse_use(operands.emplace_back());
  SymExpr bound;
  if (accept_name("sym")) {
    if (!expect("(") || !parse_sym(bound) || !expect(")")) return false;
  } else if (!parse_integer(bound.constant)) {
    return false;
  }
  dict.push_back({module_.str(attr), SymList{bound}});
  return true;
}

// iter(%a = %init, ...)
bool Parser::parse_carried(std::vector<Token>& names, std::vector<ValueId>& values) {
  if (!accept_name("iter")) return true;
  if (!expect("(")) return false;
  return parse_list(")", [&] {
    names.push_back(token_);
    if (token_.kind != TokenKind::value) return fail_here("expected a carried value, as in `%sum = %zero`");
    advance();
    return expect("=") && parse_use(values.emplace_back());
  });
}

// for %i = LOW to HIGH [step S] [iter(...)] [{attributes}] { ... }
bool Parser::parse_for(BlockId block, Statement& statement) {
  std::vector<Token> names{token_};
  if (token_.kind != TokenKind::value) return fail_here("expected the counter, as in `for %i = 0 to 16`");
  advance();
  std::vector<ValueId> operands;
  AttrDict dict;
  if (!expect("=") || !parse_bound("low", dict, operands)) return false;
  if (!expect_name("to") || !parse_bound("high", dict, operands)) return false;
  if (accept_name("step")) {
    int64_t step = 0;
    if (!parse_integer(step)) return false;
    dict.push_back({module_.str("step"), step});
  }
  const size_t bounds = operands.size();
  if (!parse_carried(names, operands)) return false;
  if (operands.size() > kMaxOperands) return fail_here("too many carried values");
  AttrDict more;
  if (at_attrs() && !parse_attrs(more)) return false;
  for (Attr& attr : more) {
    if (std::any_of(dict.begin(), dict.end(), [&](const Attr& a) { return a.name == attr.name; })) {
      return fail(Code::redefined_name, statement.place, "an attribute repeats what the loop says");
    }
    dict.push_back(std::move(attr));
  }
  std::vector<TypeId> results, args{module_.type(index_type())};
  const AttrId attrs = module_.attrs(std::move(dict));
  if (!infer(statement, operands, attrs, {}, results)) return false;
  for (size_t i = bounds; i < operands.size(); ++i) args.push_back(module_.value(operands[i]).type);
  const OpId op = module_.create(statement.kind, operands, results, attrs, {}, 1);
  module_.append(block, op);
  module_.add_block_args(module_.block(op), args);
  return finish_block_op(statement, op, names);
}

}  // namespace psmc::ir
