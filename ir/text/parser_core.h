// SPDX-License-Identifier: Apache-2.0
// The parser's one class, spread over cursor.cpp (tokens, errors), parse_type.cpp, parse_attr.cpp, parse_constant.cpp,
// parse_func.cpp, parse_op.cpp, parse_plain.cpp, parse_special.cpp and parse_help.cpp (what makes errors easy to mend).
// Recursive descent with one token in hand; functions return false when something is wrong and has been reported (or
// follows from what has been reported).
//
// An error ends its statement: reading goes on at the next line of the same block, and the names that the statement
// should have defined become *poisoned*, so that their uses are dropped without a message.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/infer_memo.h"
#include "ir/op.h"
#include "ir/text/lexer.h"

namespace psmc::ir {

/// An affine expression of index values, symbols and integers.
struct Affine {
  std::vector<std::pair<ValueId, int64_t>> values;  ///< in order of appearance, each once
  SymExpr rest;
};

class Parser {
 public:
  Parser(std::string_view file, std::string_view text, Module& module, std::vector<Diagnostic>& errors,
         size_t max_errors);
  void parse_module();

 private:
  /// Where counting of lines has come to. Statements are read in order, so each line is counted twice at most: up to
  /// the last signature, and from body to body.
  struct Line {
    uint32_t number = 1;
    size_t begin = 0, seen = 0;
  };
  struct PendingBody {
    FuncId func;
    Lexer lexer;
    Token token;
    uint32_t depth;
    std::vector<Token> args;
    Line line;
  };
  /// The statement being read: what stands left of `=` (a part of `names_`), and where the op's name stands.
  struct Statement {
    size_t first_name = 0, num_names = 0;
    size_t place = 0;
    LocId loc;  ///< the same
    OpKind kind{};
  };
  /// The same for parse_plain.cpp: its operands are in `operands_`.
  struct PlainStatement {
    size_t place = 0, end = 0;  ///< of the op's name, and of the line
    OpKind kind{};
    AttrId attrs;
    TypeId type;
    StrId name;  ///< of the result; invalid: a number
  };
  /// What a name stands for in the function `body`, if anything; an invalid value is poisoned.
  struct Binding {
    uint32_t body = 0;
    ValueId value;
  };

  // cursor.cpp
  void advance();
  bool fail(Code code, size_t offset, std::string message, std::vector<std::string> notes = {});
  bool fail(Diagnostic diagnostic);
  bool fail_here(std::string message);
  bool fail_with(const Diagnostic& diagnostic, size_t offset);
  bool expect(std::string_view punctuation);
  bool accept(std::string_view punctuation);
  bool expect_name(std::string_view name);
  bool accept_name(std::string_view name);
  std::span<const Token> names_of(const Statement& statement) const {
    return {names_.data() + statement.first_name, statement.num_names};
  }
  bool parse_string(std::string& out);
  bool parse_name(std::string& out);  ///< a plain name or a string
  bool parse_integer(int64_t& out);   ///< with an optional sign
  bool parse_natural(int64_t& out, int64_t most);
  bool at_line_start() const;
  Token token_at(size_t offset) { return Lexer(text_, decoded_, offset).next(); }
  bool gave_up() const { return errors_.size() >= max_errors_; }
  void skip_statement(uint32_t depth);
  void count_lines(size_t offset);
  LocId place_of(size_t offset);
  SourcePlace place(size_t offset);
  Diagnostic wrong_at(Code code, size_t offset, std::string message, std::vector<std::string> notes = {});
  bool at_attrs() const;  ///< `{ name =` rather than a block
  template <typename ParseItem>
  bool parse_list(std::string_view close, ParseItem item);

  // parse_help.cpp
  bool may_help() const;
  Diagnostic with_near(Diagnostic wrong, std::string_view word, std::span<const std::string_view> candidates) const;
  Diagnostic with_related(Diagnostic wrong, std::string message, size_t offset);
  Diagnostic with_previous(Diagnostic wrong, std::string_view name);
  Diagnostic with_attribute(Diagnostic wrong, const Statement& statement);
  Diagnostic with_missing(Diagnostic wrong, std::string_view punctuation);
  bool fail_unknown_op();
  bool fail_undefined(const Token& name);
  bool fail_redefined(const Token& name);
  bool fail_constant(const Token& name);
  bool fail_type(Code code, std::string message);
  bool fail_op(const Statement& statement, std::span<const ValueId> operands, const Diagnostic& why);
  bool fail_callee(const Token& callee, const Diagnostic& why);
  Token callee_of(const Statement& statement);
  std::optional<size_t> defined_later(const Token& name) const;
  void add_operands(Diagnostic& wrong, std::span<const ValueId> operands);

  // parse_memo.cpp
  void jump(size_t position);
  std::string_view type_text() const;
  std::string_view attrs_text() const;
  std::string_view constant_text() const;
  bool parse_type_id(TypeId& type);
  bool parse_attrs_id(AttrId& attrs);
  bool parse_known_constant(BlockId block, const Statement& statement, bool& known);
  void remember_constant(std::string_view text, AttrId attrs, TypeId type);

  // parse_type.cpp
  bool parse_type(Type& type);
  bool parse_shaped_type(Type& type, size_t begin);
  bool parse_dims(Type& type, size_t begin);
  bool parse_buffer_rest(Type& type);
  bool check_size(const Type& type, size_t begin);
  bool parse_sym(SymExpr& expr);
  bool parse_affine(Affine& affine, bool with_values);
  bool parse_term(Affine& affine, bool negative, bool with_values);

  // parse_attr.cpp
  bool parse_attrs(AttrDict& dict);
  bool parse_attr_value(AttrValue& value);
  bool parse_number_or_integer(AttrValue& value);
  bool parse_optional_loc(LocId& loc, LocId own);

  // parse_constant.cpp
  bool parse_constant_entry();
  bool parse_module_entry(size_t begin);
  bool parse_extensions(AttrId& attrs);
  bool parse_file_reference(Constant& constant);
  bool parse_data(const Type& type, std::vector<std::byte>& bytes);
  bool parse_element(DType dtype, std::byte* out);
  bool parse_list_data(const Type& type, std::vector<std::byte>& bytes);
  bool parse_splat_data(const Type& type, std::vector<std::byte>& bytes);
  bool parse_hex_data(const Type& type, std::vector<std::byte>& bytes);
  bool take_inline_bytes(int64_t count, size_t place);

  // parse_func.cpp
  bool parse_func_entry();
  bool parse_symbols();
  bool parse_func_args(std::vector<TypeId>& types, std::vector<StrId>& states, PendingBody& body);
  bool parse_func_results(Func& func);
  bool parse_func_result(Func& func);
  bool parse_state(StrId& state);
  bool skip_body();
  void parse_body(const PendingBody& body);
  bool parse_block(BlockId block);
  Binding& binding(const Token& name, StrId* id = nullptr);
  void forget(size_t outer);
  bool define(const Token& name, ValueId value);
  bool parse_use(ValueId& value);
  bool parse_uses(std::vector<ValueId>& values);

  // parse_plain.cpp
  bool parse_plain(BlockId block);
  bool read_plain(PlainStatement& statement);
  void create_plain(BlockId block, const PlainStatement& statement);
  void next_plain(size_t end);

  // parse_op.cpp
  bool parse_statement(BlockId block);
  bool parse_op(BlockId block, Statement& statement);
  bool finish(BlockId block, Statement& statement, std::span<const ValueId> operands, AttrDict dict);
  bool create(BlockId block, Statement& statement, std::span<const ValueId> operands, AttrDict dict,
              const std::vector<Type>& written, LocId loc);
  bool create(BlockId block, const Statement& statement, std::span<const ValueId> operands, AttrId attrs,
              const std::vector<Type>& written, LocId loc);
  bool parse_tail(AttrDict& dict, std::vector<Type>& written);
  bool parse_written_types(std::vector<Type>& types);
  bool infer(const Statement& statement, std::span<const ValueId> operands, AttrId attrs,
             const std::vector<Type>& written, std::vector<TypeId>& types);
  bool define_results(const Statement& statement, OpId op);
  bool parse_group(BlockId block, Statement& statement);
  bool parse_block_args(std::vector<Token>& names, std::vector<TypeId>& types);
  bool parse_op_block(OpId op, const std::vector<Token>& names);
  bool finish_block_op(const Statement& statement, OpId op, const std::vector<Token>& names);
  bool take_yielded_types(const Statement& statement, OpId op);

  // parse_special.cpp
  bool parse_constant_op(BlockId block, Statement& statement);
  bool parse_inline_constant(BlockId block, Statement& statement);
  bool parse_call(BlockId block, Statement& statement);
  bool parse_load(BlockId block, Statement& statement);
  bool parse_store(BlockId block, Statement& statement);
  bool parse_index(BlockId block, Statement& statement);
  bool parse_for(BlockId block, Statement& statement);
  bool parse_bound(std::string_view attr, AttrDict& dict, std::vector<ValueId>& operands);
  bool parse_carried(std::vector<Token>& names, std::vector<ValueId>& values);
  bool parse_subscripts(std::vector<ValueId>& operands, AttrDict& dict);
  void set_map(const std::vector<Affine>& rows, std::vector<ValueId>& operands, AttrDict& dict);

  std::string file_;
  std::string_view text_;
  Module& module_;
  InferMemo memo_;
  TextMemo types_, attrs_;      ///< of the function being read
  TextMemo constants_by_text_;  ///< in `inline_ops_`
  struct InlineOp {
    AttrId attrs;
    TypeId type;
  };
  std::vector<InlineOp> inline_ops_;
  std::vector<Diagnostic>& errors_;
  size_t max_errors_;
  StringTable decoded_;  ///< what tokens with escapes say
  Lexer lexer_;
  size_t plain_end_ = 0;  ///< behind the last '\n'
  Token token_;
  size_t last_end_ = 0;   ///< where the token before `token_` ends
  uint32_t depth_ = 0;    ///< open braces before `token_`
  uint32_t nesting_ = 0;  ///< blocks around the statement
  Line line_;
  std::vector<size_t> lines_;    ///< where each line begins, once there is an error
  std::vector<Symbol> symbols_;  ///< of the function being read
  std::vector<PendingBody> bodies_;
  std::vector<Token> names_;                                   ///< left of the `=` of the statements being read
  std::vector<ValueId> operands_;                              ///< of the statement being read, if its op has no blocks
  std::vector<Binding> named_;                                 ///< of %name, by StrId
  std::vector<Binding> numbered_;                              ///< of %12, by number
  std::unordered_map<std::string_view, Binding> far_numbers_;  ///< of %12 where the text is shorter than the number
  uint32_t body_ = 0;            ///< counts the bodies read so far, so that leaving one forgets all its names
  std::vector<uint32_t> scope_;  ///< where names stand that are to be forgotten before the body ends, in order
  std::unordered_map<std::string_view, ConstId> constants_;
  std::unordered_map<std::string_view, FuncId> funcs_;
  std::unordered_set<std::string_view> unread_;  ///< constants and functions that are there, but wrong
  std::map<std::pair<uint32_t, std::vector<std::byte>>, ConstId> inline_constants_;
  int64_t inline_bytes_ = 0;
};

template <typename ParseItem>
bool Parser::parse_list(std::string_view close, ParseItem item) {
  if (accept(close)) return true;
  do {
    if (!item()) return false;
  } while (accept(","));
  return expect(close);
}

}  // namespace psmc::ir
