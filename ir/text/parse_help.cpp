// SPDX-License-Identifier: Apache-2.0
// What makes a diagnostic more than a complaint: the edit that mends it, the other places that it is about. All of this
// runs only after an error, and not after the first kMostHelped of a text: it may look at many names.
#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "ir/composites/composite.h"
#include "ir/text/parser_core.h"
#include "ir/text/print_type.h"

namespace psmc::ir {
namespace {

constexpr size_t kMostHelped = 100, kMostNames = 1000, kMostAhead = 1 << 16;

/// A use as it is written, so that a name with quotes gives none as a fix.
bool is_plain(const Token& token) { return !token.quoted && token.kind != TokenKind::bad; }

}  // namespace

bool Parser::may_help() const { return errors_.size() < std::min(max_errors_, kMostHelped); }

// Offers the candidate that is nearest to the word at `offset`.
Diagnostic Parser::with_near(Diagnostic diagnostic, std::string_view word,
                             std::span<const std::string_view> candidates) const {
  const std::string_view near = may_help() ? nearest(word, candidates) : std::string_view();
  if (near.empty() || diagnostic.place.length < word.size()) return diagnostic;
  FixIt fix{diagnostic.place, std::string(near)};
  const auto sigil = static_cast<uint32_t>(diagnostic.place.length - word.size());  // of %x and @x
  fix.place.column += sigil;
  fix.place.length -= sigil;
  diagnostic.fixes.push_back(std::move(fix));
  return diagnostic;
}

Diagnostic Parser::with_related(Diagnostic diagnostic, std::string message, size_t offset) {
  if (may_help()) diagnostic.related.push_back({std::move(message), place(offset)});
  return diagnostic;
}

// `name`: a piece of the text, unless it had to be decoded.
Diagnostic Parser::with_previous(Diagnostic diagnostic, std::string_view name) {
  const std::less<> before;
  const bool inside = !before(name.data(), text_.data()) && before(name.data(), text_.data() + text_.size());
  if (!inside) return diagnostic;
  const auto at = static_cast<size_t>(name.data() - text_.data());
  return with_related(std::move(diagnostic), "it is defined here", at > 0 ? at - 1 : at);  // the % or @
}

// `word` at `token_` is no op.
bool Parser::fail_unknown_op() {
  std::vector<std::string_view> names;
  for (const OpDef& def : all_op_defs()) names.push_back(def.name);
  const std::string_view word = token_.text;
  Diagnostic wrong = wrong_at(Code::unknown_op, token_.begin, fmt::format("there is no op `{}`", word));
  if (find_composite(word) != nullptr) {
    wrong.notes.push_back(fmt::format("`{}` is a composite op: `call @{}(...)`", word, word));
    return fail(std::move(wrong));
  }
  return fail(with_near(std::move(wrong), word, names));
}

// `%name` has no value here.
bool Parser::fail_undefined(const Token& name) {
  Diagnostic wrong = wrong_at(Code::undefined_name, name.begin, fmt::format("`%{}` is not defined here", name.text));
  if (!may_help()) return fail(std::move(wrong));
  if (const auto later = defined_later(name))
    return fail(with_related(std::move(wrong), "it is defined here, after its use", *later));
  std::vector<std::string_view> names;
  for (size_t i = scope_.size(); i > 0 && names.size() < kMostNames; --i) {
    const Token known = token_at(scope_[i - 1]);
    if (is_plain(known)) names.push_back(known.text);
  }
  return fail(is_plain(name) ? with_near(std::move(wrong), name.text, names) : std::move(wrong));
}

// Where the rest of the function defines `%name`: left of a `=`.
std::optional<size_t> Parser::defined_later(const Token& name) const {
  Lexer ahead = lexer_;
  uint32_t depth = depth_;
  Token last = token_;
  for (size_t i = 0; i < kMostAhead && last.kind != TokenKind::end; ++i) {
    if (last.is("{")) ++depth;
    if (last.is("}") && --depth == 0) break;  // at a statement it is 1 at least
    const Token next = ahead.next();
    if (next.is("=") && last.kind == TokenKind::value && last.text == name.text && last.quoted == name.quoted)
      return last.begin;
    last = next;
  }
  return std::nullopt;
}

bool Parser::fail_redefined(const Token& name) {
  Diagnostic wrong = wrong_at(Code::redefined_name, name.begin, fmt::format("`%{}` is defined already", name.text));
  for (size_t i = scope_.size(); i > 0 && may_help(); --i) {
    const Token known = token_at(scope_[i - 1]);
    if (known.text == name.text && known.quoted == name.quoted)
      return fail(with_related(std::move(wrong), "it is defined here", known.begin));
  }
  return fail(std::move(wrong));
}

// `token_` is neither an element type nor, with Code::bad_type, a type.
bool Parser::fail_type(Code code, std::string message) {
  if (token_.kind != TokenKind::name) return fail_here(std::move(message));
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(DType::index); ++i) names.push_back(dtype_name(static_cast<DType>(i)));
  if (code == Code::bad_type) {
    for (TypeKind kind : {TypeKind::tensor, TypeKind::buffer}) names.push_back(type_kind_name(kind));
  }
  return fail(with_near(wrong_at(code, token_.begin, std::move(message)), token_.text, names));
}

// `@name` is no constant.
bool Parser::fail_constant(const Token& name) {
  if (unread_.contains(name.text)) return false;  // what is wrong with it has been told
  std::vector<std::string_view> names;
  for (uint32_t i = 0; i < module_.num_constants() && names.size() < kMostNames; ++i)
    names.push_back(module_.text(module_.constant(ConstId(i)).name));
  Diagnostic wrong = wrong_at(Code::undefined_name, name.begin, fmt::format("there is no constant `@{}`", name.text));
  return fail(is_plain(name) ? with_near(std::move(wrong), name.text, names) : std::move(wrong));
}

// What the definition of the op has against it: where the operands come from, and what was probably meant.
bool Parser::fail_op(const Statement& statement, std::span<const ValueId> operands, const Diagnostic& why) {
  const Token callee = statement.kind == OpKind::call ? callee_of(statement) : Token();
  if (why.code == Code::unknown_callee && callee.kind == TokenKind::symbol) return fail_callee(callee, why);
  Diagnostic wrong = wrong_at(why.code, statement.place, why.message, why.notes);
  if (!may_help()) return fail(std::move(wrong));
  if (const auto known = funcs_.find(callee.text); callee.kind == TokenKind::symbol && known != funcs_.end())
    wrong = with_previous(std::move(wrong), known->first);
  if (why.code == Code::ir_attribute) return fail(with_attribute(std::move(wrong), statement));
  if (why.code == Code::bad_operand_type || why.code == Code::shape_mismatch) add_operands(wrong, operands);
  return fail(std::move(wrong));
}

// Up to three operands, with their types.
void Parser::add_operands(Diagnostic& wrong, std::span<const ValueId> operands) {
  constexpr size_t kMost = 3;
  for (size_t i = 0; i < operands.size() && i < kMost; ++i) {
    if (std::find(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(i), operands[i]) !=
        operands.begin() + static_cast<std::ptrdiff_t>(i))
      continue;
    for (size_t n = scope_.size(); n > 0; --n) {
      const Token name = token_at(scope_[n - 1]);
      if (binding(name).value != operands[i]) continue;
      const std::string type = print_type(module_, module_.value_type(operands[i]));
      wrong.related.push_back({fmt::format("`%{}` is {}", name.text, type), place(name.begin)});
      break;
    }
  }
}

// Finds the attribute that the op does not have.
Diagnostic Parser::with_attribute(Diagnostic wrong, const Statement& statement) {
  std::vector<std::string_view> names;
  for (const AttrSpec& spec : op_def(statement.kind).attrs) names.push_back(spec.name);
  Lexer ahead(text_, decoded_, statement.place);
  Token last = ahead.next();
  for (size_t i = 0; i < kMostAhead && last.kind != TokenKind::end && last.begin < token_.begin; ++i) {
    const Token next = ahead.next();
    const bool known = std::find(names.begin(), names.end(), last.text) != names.end();
    if (next.is("=") && last.kind == TokenKind::name && last.text.find('.') == std::string_view::npos && !known) {
      wrong.place = place(last.begin);
      return with_near(std::move(wrong), last.text, names);
    }
    last = next;
  }
  return wrong;
}

// The name behind `call`.
Token Parser::callee_of(const Statement& statement) {
  Lexer ahead(text_, decoded_, statement.place);
  ahead.next();
  return ahead.next();
}

bool Parser::fail_callee(const Token& callee, const Diagnostic& why) {
  if (unread_.contains(callee.text)) return false;  // what is wrong with it has been told
  std::vector<std::string_view> names;
  for (const Composite& composite : all_composites()) names.push_back(composite.name);
  for (uint32_t i = 0; i < module_.num_funcs() && names.size() < kMostNames; ++i)
    names.push_back(module_.text(module_.func(FuncId(i)).name));
  Diagnostic wrong = wrong_at(why.code, callee.begin, why.message, why.notes);
  return fail(is_plain(callee) ? with_near(std::move(wrong), callee.text, names) : std::move(wrong));
}

// `punctuation` was expected at `token_`: whether nothing else can have been meant.
Diagnostic Parser::with_missing(Diagnostic wrong, std::string_view punctuation) {
  const bool closes = punctuation == ")" || punctuation == "]" || punctuation == ">";
  const bool outer = token_.kind == TokenKind::end || token_.is("{") || token_.is("}") || token_.is("=") ||
                     (at_line_start() && last_end_ < token_.begin);
  const bool op_follows = token_.kind == TokenKind::name && find_op_def(token_.text) != nullptr;
  const bool type_follows = token_.is_name("tensor") || token_.is_name("buffer") || dtype_from_name(token_.text);
  const bool certain = (closes && outer) || (punctuation == "=" && op_follows) || (punctuation == ":" && type_follows);
  if (!certain || !may_help()) return wrong;
  FixIt fix{place(last_end_), std::string(punctuation)};
  fix.place.length = 0;
  wrong.fixes.push_back(std::move(fix));
  return wrong;
}

}  // namespace psmc::ir
