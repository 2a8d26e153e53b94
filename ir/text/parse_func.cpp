// SPDX-License-Identifier: Apache-2.0
// The module, functions and blocks. Signatures are read before all bodies, so that a call may come before its callee.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ir/limits.h"
#include "ir/text/parser.h"
#include "ir/text/parser_core.h"

namespace psmc::ir {

std::optional<Module> parse_text(std::string_view file, std::string_view text, std::vector<Diagnostic>& errors,
                                 size_t max_errors) {
  Module module;
  module.source = file;
  const size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) module.folder = file.substr(0, slash + 1);
  const size_t before = errors.size();
  std::vector<Diagnostic> found;
  Parser(file, text, module, found, max_errors).parse_module();
  errors.insert(errors.end(), found.begin(), found.end());
  if (errors.size() != before) return std::nullopt;
  return module;
}

Result<Module> parse_text(std::string_view file, std::string_view text) {
  std::vector<Diagnostic> errors;
  auto module = parse_text(file, text, errors);
  if (module) return std::move(*module);
  return combined(std::move(errors));
}

// ('const' ... | 'func' ... | 'module' ...)*, then the bodies.
void Parser::parse_module() {
  while (token_.kind != TokenKind::end && !gave_up()) {
    bool good = false;
    const size_t before = token_.begin;
    const bool constant = accept_name("const");
    const bool known = constant || accept_name("func");
    const Token name = token_;
    if (known)
      good = constant ? parse_constant_entry() : parse_func_entry();
    else if (accept_name("module"))
      good = parse_module_entry(before);
    else
      fail_here("expected `func` or `const`");
    if (good) continue;
    if (known && name.kind == TokenKind::symbol) unread_.insert(name.text);
    symbols_.clear();
    if (token_.begin == before) advance();
    while (token_.kind != TokenKind::end && !(depth_ == 0 && at_line_start())) advance();
  }
  for (const PendingBody& body : bodies_) {
    if (!gave_up()) parse_body(body);
  }
  std::stable_sort(errors_.begin(), errors_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
}

// func @name[symbols](args) -> (results) {attributes} { body }
bool Parser::parse_func_entry() {
  const Token name = token_;
  types_.clear();
  attrs_.clear();
  if (name.kind != TokenKind::symbol) return fail_here("expected the function's name, as in `func @main`");
  advance();
  PendingBody body{FuncId(), lexer_, token_, 0, {}, {}};
  std::vector<TypeId> types;
  std::vector<StrId> states;
  Func signature;
  AttrDict dict;
  if (!parse_symbols() || !parse_func_args(types, states, body) || !parse_func_results(signature)) return false;
  if (at_attrs() && !parse_attrs(dict)) return false;
  if (!token_.is("{")) return fail_here("expected the body of the function: `{`");
  if (const auto known = funcs_.find(name.text); known != funcs_.end()) {
    return fail(with_previous(
        wrong_at(Code::redefined_name, name.begin, fmt::format("a function `@{}` exists already", name.text)),
        known->first));
  }
  body.func = module_.create_func(name.text, types);
  funcs_.emplace(name.text, body.func);
  Func& func = module_.func(body.func);
  func.symbols = symbols_;
  func.loc = place_of(name.begin);
  func.arg_state = std::move(states);
  func.results = std::move(signature.results);
  func.result_state = std::move(signature.result_state);
  func.result_names = std::move(signature.result_names);
  func.attrs = module_.attrs(std::move(dict));
  count_lines(token_.begin);
  body.line = line_;
  body.lexer = lexer_;
  body.token = token_;
  body.depth = depth_;
  if (!skip_body()) return false;
  bodies_.push_back(std::move(body));
  return true;
}

bool Parser::parse_symbols() {
  symbols_.clear();
  if (!accept("[")) return true;
  return parse_list("]", [&] {
    const size_t begin = token_.begin;
    std::string name;
    Symbol symbol;
    if (!parse_name(name) || !expect(":") || !parse_integer(symbol.low) || !expect("..")) return false;
    if (!parse_integer(symbol.high)) return false;
    symbol.name = module_.str(name);
    if (symbol.low > symbol.high || symbol.low < -kMaxSymbol || symbol.high > kMaxSymbol) {
      return fail(Code::bad_syntax, begin, "the range of a symbol is empty or too large");
    }
    if (std::any_of(symbols_.begin(), symbols_.end(), [&](const Symbol& s) { return s.name == symbol.name; })) {
      return fail(Code::redefined_name, begin, fmt::format("the symbol `{}` is declared twice", name));
    }
    if (symbols_.size() >= kMaxSymbols) return fail(Code::bad_syntax, begin, "too many symbols");
    symbols_.push_back(symbol);
    return true;
  });
}

// (%a: type state @s, ...)
bool Parser::parse_func_args(std::vector<TypeId>& types, std::vector<StrId>& states, PendingBody& body) {
  if (!expect("(")) return false;
  return parse_list(")", [&] {
    const Token name = token_;
    if (name.kind != TokenKind::value) return fail_here("expected an argument, as in `%x: tensor<4xf32>`");
    advance();
    TypeId type;
    StrId state;
    if (!expect(":") || !parse_type_id(type) || !parse_state(state)) return false;
    body.args.push_back(name);
    types.push_back(type);
    states.push_back(state);
    return true;
  });
}

bool Parser::parse_state(StrId& state) {
  if (!accept_name("state")) return true;
  if (token_.kind != TokenKind::symbol) return fail_here("expected the name of the state, as in `state @cache`");
  state = module_.str(token_.text);
  advance();
  return true;
}

// -> type | -> (%name: type state @s, type, ...)
bool Parser::parse_func_results(Func& func) {
  if (!accept("->")) return true;
  if (accept("(")) return parse_list(")", [&] { return parse_func_result(func); });
  return parse_func_result(func);
}

bool Parser::parse_func_result(Func& func) {
  StrId name, state;
  if (token_.kind == TokenKind::value) {
    name = module_.str(token_.text);
    advance();
    if (!expect(":")) return false;
  }
  TypeId type;
  if (!parse_type_id(type) || !parse_state(state)) return false;
  func.results.push_back(type);
  func.result_state.push_back(state);
  func.result_names.push_back(name);
  return true;
}

// Over `{ ... }` without reading it.
bool Parser::skip_body() {
  const size_t begin = token_.begin;
  if (!lexer_.skip_braces()) {
    token_ = lexer_.next();
    return fail(Code::bad_syntax, begin, "this `{` is never closed");
  }
  token_ = lexer_.next();
  return true;
}

void Parser::parse_body(const PendingBody& body) {
  lexer_ = body.lexer;
  token_ = body.token;
  depth_ = body.depth;
  line_ = body.line;
  scope_.clear();
  ++body_;
  types_.clear();
  attrs_.clear();
  const Func& func = module_.func(body.func);
  symbols_ = func.symbols;
  for (uint32_t i = 0; i < body.args.size(); ++i) define(body.args[i], module_.block_arg(func.body, i));
  parse_block(func.body);
}

// '{' statements '}'; names defined inside are forgotten after it.
bool Parser::parse_block(BlockId block) {
  if (nesting_ >= kMaxNesting) return fail(Code::too_deep, token_.begin, "blocks are nested too deeply");
  if (!expect("{")) return false;
  const uint32_t depth = depth_;
  const size_t outer = scope_.size();
  const size_t errors = errors_.size();
  bool good = true;
  ++nesting_;
  while (!token_.is("}") && token_.kind != TokenKind::end && !gave_up()) {
    const size_t before = token_.begin;
    if (parse_statement(block)) continue;
    good = false;
    if (token_.begin == before) advance();
    skip_statement(depth);
    if (depth_ < depth) break;
  }
  --nesting_;
  if (nesting_ > 0) forget(outer);
  if (!good || depth_ < depth) return accept("}") && good && errors == errors_.size();
  return expect("}");
}

namespace {

// %0 is what the printer calls an unnamed value; %"0" is a name.
bool is_number(const Token& name) {
  return !name.quoted && std::all_of(name.text.begin(), name.text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

// A text defines fewer values than it has bytes, so tables by number need not be longer.
// `id` gets the name, unless it is a number.
Parser::Binding& Parser::binding(const Token& name, StrId* id) {
  const bool number = is_number(name);
  size_t index = 0;
  if (!number) {
    const StrId text = module_.str(name.text);
    if (id) *id = text;
    index = text.index;
  } else if (std::from_chars(name.text.data(), name.text.data() + name.text.size(), index).ec != std::errc() ||
             index > text_.size() || (name.text.size() > 1 && name.text[0] == '0')) {
    return far_numbers_[name.text];
  }
  std::vector<Binding>& table = number ? numbered_ : named_;
  if (index >= table.size()) table.resize(index + 1);
  return table[index];
}

// Takes back what was defined after the first `outer` names.
void Parser::forget(size_t outer) {
  for (; scope_.size() > outer; scope_.pop_back()) binding(token_at(scope_.back())) = {};
}

// An invalid `value` poisons the name.
bool Parser::define(const Token& name, ValueId value) {
  StrId id;
  Binding& known = binding(name, &id);
  if (known.body == body_) {
    if (!value.valid()) return true;
    return fail_redefined(name);
  }
  known = {body_, value};
  scope_.push_back(static_cast<uint32_t>(name.begin));
  if (value.valid()) module_.set_name(value, id);
  return true;
}

bool Parser::parse_use(ValueId& value) {
  if (token_.kind != TokenKind::value) return fail_here("expected a value, as in `%x`");
  const Token name = token_;
  advance();
  const Binding known = binding(name);
  if (known.body != body_) return fail_undefined(name);
  value = known.value;
  return value.valid();
}

// [%a, %b, ...]: as long as values follow.
bool Parser::parse_uses(std::vector<ValueId>& values) {
  if (token_.kind != TokenKind::value) return true;
  const size_t begin = token_.begin;
  do {
    if (!parse_use(values.emplace_back())) return false;
  } while (accept(","));
  return values.size() <= kMaxOperands || fail(Code::bad_syntax, begin, "too many operands");
}

}  // namespace psmc::ir
