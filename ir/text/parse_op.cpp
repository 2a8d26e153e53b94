// SPDX-License-Identifier: Apache-2.0
// Statements: `%r, %s = op operands {attributes} : types { blocks } loc("...")`.
#include <fmt/format.h>

#include "ir/infer_checked.h"
#include "ir/text/parser_core.h"

namespace psmc::ir {

bool Parser::parse_statement(BlockId block) {
  if (token_.kind == TokenKind::value && parse_plain(block)) return true;
  Statement statement;
  statement.first_name = names_.size();
  bool good = true;
  if (token_.kind == TokenKind::value) {
    do {
      if (token_.kind != TokenKind::value) {
        good = fail_here("expected a value");
        break;
      }
      names_.push_back(token_);
      ++statement.num_names;
      advance();
    } while (accept(","));
    good = good && expect("=");
  }
  good = good && parse_op(block, statement);
  if (!good) {
    for (const Token& name : names_of(statement)) define(name, ValueId());
  }
  names_.resize(statement.first_name);
  return good;
}

bool Parser::parse_op(BlockId block, Statement& statement) {
  statement.place = token_.begin;
  statement.loc = place_of(token_.begin);
  if (token_.kind != TokenKind::name) return fail_here("expected the name of an op");
  const OpDef* def = find_op_def(token_.text);
  if (!def) return fail_unknown_op();
  statement.kind = def->kind;
  advance();
  switch (def->kind) {
    case OpKind::constant: return parse_constant_op(block, statement);
    case OpKind::call: return parse_call(block, statement);
    case OpKind::load: return parse_load(block, statement);
    case OpKind::store: return parse_store(block, statement);
    case OpKind::index: return parse_index(block, statement);
    case OpKind::for_: return parse_for(block, statement);
    case OpKind::group: return parse_group(block, statement);
    default: break;
  }
  operands_.clear();
  return parse_uses(operands_) && finish(block, statement, operands_, {});
}

// What follows the operands of an op without blocks. `dict`: attributes that the operands' syntax has given.
bool Parser::finish(BlockId block, Statement& statement, std::span<const ValueId> operands, AttrDict dict) {
  if (dict.empty() && token_.is("{")) {
    AttrId attrs;
    if (!parse_attrs_id(attrs)) return false;
    std::vector<Type> types;
    LocId loc;
    if ((token_.is(":") && !parse_written_types(types)) || !parse_optional_loc(loc, statement.loc)) return false;
    return create(block, statement, operands, attrs, types, loc);
  }
  std::vector<Type> written;
  LocId loc;
  if (!parse_tail(dict, written) || !parse_optional_loc(loc, statement.loc)) return false;
  return create(block, statement, operands, std::move(dict), written, loc);
}

bool Parser::create(BlockId block, Statement& statement, std::span<const ValueId> operands, AttrDict dict,
                    const std::vector<Type>& written, LocId loc) {
  return create(block, statement, operands, module_.attrs(std::move(dict)), written, loc);
}

bool Parser::create(BlockId block, const Statement& statement, std::span<const ValueId> operands, AttrId attrs,
                    const std::vector<Type>& written, LocId loc) {
  OpId op;
  const auto known = memo_.find(module_, statement.kind, operands, attrs);
  if (known && written.empty() && known->size() == statement.num_names) {
    op = module_.create(statement.kind, operands, *known, attrs, loc);
  } else {
    std::vector<TypeId> types;
    if (!infer(statement, operands, attrs, written, types)) return false;
    if (!known) memo_.remember(module_, statement.kind, operands, attrs, types);
    op = module_.create(statement.kind, operands, types, attrs, loc);
  }
  module_.append(block, op);
  return define_results(statement, op);
}

// [{attributes}] [: types]
bool Parser::parse_tail(AttrDict& dict, std::vector<Type>& written) {
  const size_t begin = token_.begin;
  const size_t given = dict.size();
  if (token_.is("{") && !parse_attrs(dict)) return false;
  for (size_t i = 0; i < given; ++i) {
    for (size_t j = given; j < dict.size(); ++j) {
      if (dict[i].name != dict[j].name) continue;
      return fail(Code::redefined_name, begin,
                  fmt::format("the attribute `{}` is given twice", module_.text(dict[i].name)));
    }
  }
  return !token_.is(":") || parse_written_types(written);
}

bool Parser::parse_written_types(std::vector<Type>& types) {
  advance();
  do {
    if (!parse_type(types.emplace_back())) return false;
  } while (accept(","));
  return true;
}

bool Parser::infer(const Statement& statement, std::span<const ValueId> operands, AttrId attrs,
                   const std::vector<Type>& written, std::vector<TypeId>& types) {
  const std::vector<Type>* given = written.empty() ? nullptr : &written;
  auto inferred = infer_checked(module_, statement.kind, operands, attrs, given, statement.num_names);
  if (!inferred.ok()) return fail_op(statement, operands, inferred.diagnostic());
  types = std::move(*inferred);
  return true;
}

bool Parser::define_results(const Statement& statement, OpId op) {
  bool good = true;
  for (uint32_t i = 0; i < statement.num_names; ++i) {
    good = define(names_[statement.first_name + i], module_.result(op, i)) && good;
  }
  return good;
}

// group [{attributes}] [(%a: type, ...)] { ... yield ... } [: types]: results are what is yielded.
bool Parser::parse_group(BlockId block, Statement& statement) {
  std::vector<ValueId> operands;
  AttrDict dict;
  if (!parse_uses(operands)) return false;
  if (at_attrs() && !parse_attrs(dict)) return false;
  const AttrId attrs = module_.attrs(std::move(dict));
  if (Status fits = check_op_attrs(module_, statement.kind, operands, attrs); !fits.ok()) {
    return fail_op(statement, operands, fits.diagnostic());
  }
  std::vector<Token> names;
  std::vector<TypeId> arg_types;
  if (accept("(") && !parse_block_args(names, arg_types)) return false;
  const std::vector<TypeId> unknown(statement.num_names, module_.type(Type()));
  const OpId op = module_.create(statement.kind, operands, unknown, attrs, {}, 1);
  module_.append(block, op);
  module_.add_block_args(module_.block(op), arg_types);
  return finish_block_op(statement, op, names);
}

// The block of `op`, whose arguments are called `names` inside, and what may stand behind it.
bool Parser::finish_block_op(const Statement& statement, OpId op, const std::vector<Token>& names) {
  if (!parse_op_block(op, names)) return false;
  std::vector<Type> written, types;
  if (token_.is(":") && !parse_written_types(written)) return false;
  LocId loc;
  if (!parse_optional_loc(loc, statement.loc)) return false;
  module_.set_loc(op, loc);
  if (statement.kind == OpKind::group && !take_yielded_types(statement, op)) return false;
  for (uint32_t i = 0; i < statement.num_names; ++i) types.push_back(module_.value_type(module_.result(op, i)));
  if (!written.empty() && written != types) {
    return fail_with(types_differ(module_, statement.kind, types), statement.place);
  }
  return define_results(statement, op);
}

bool Parser::parse_block_args(std::vector<Token>& names, std::vector<TypeId>& types) {
  return parse_list(")", [&] {
    names.push_back(token_);
    if (token_.kind != TokenKind::value) return fail_here("expected a block argument, as in `%x: f32`");
    advance();
    Type type;
    if (!expect(":") || !parse_type(type)) return false;
    types.push_back(module_.type(type));
    return true;
  });
}

// The only block of `op`, whose arguments are called `names` inside.
bool Parser::parse_op_block(OpId op, const std::vector<Token>& names) {
  const BlockId block = module_.block(op);
  const size_t outer = scope_.size();
  bool good = true;
  for (uint32_t i = 0; i < names.size(); ++i) good = define(names[i], module_.block_arg(block, i)) && good;
  good = parse_block(block) && good;
  forget(outer);
  return good;
}

bool Parser::take_yielded_types(const Statement& statement, OpId op) {
  const OpId last = module_.terminator(module_.block(op));
  if (!last.valid() || module_.kind(last) != OpKind::yield) {
    return fail(Code::bad_syntax, statement.place, "the block must end with `yield`");
  }
  const auto yielded = module_.operands(last);
  if (yielded.size() != statement.num_names) {
    return fail(
        Code::bad_syntax, statement.place,
        fmt::format("{} values are yielded, but {} names stand left of `=`", yielded.size(), statement.num_names));
  }
  for (uint32_t i = 0; i < yielded.size(); ++i) {
    module_.set_value_type(module_.result(op, i), module_.value(yielded[i]).type);
  }
  return true;
}

}  // namespace psmc::ir
