// SPDX-License-Identifier: Apache-2.0
// The reader of JSON-IR, one class over six files: reader.cpp (the document, signatures), fields.cpp (keys of
// objects), read_ops.cpp (blocks, ops), read_types.cpp (types, attributes, places), read_constants.cpp, and recover.cpp
// (going on behind a constant, function or op that is wrong).
//
// It streams: signatures and constants are read on the way through the document, bodies of functions are passed over
// and read after it, op by op; elements of constants go from the text into their bytes. No tree is ever made: what is
// in hand are the nodes of the op being read and of those around it. Cost: linear; a block within n blocks is passed
// over n times.
#pragma once

#include <array>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "base/json_cursor.h"
#include "ir/infer_memo.h"
#include "ir/json/json_ir.h"
#include "ir/json/text_lines.h"

namespace psmc::ir {

class JsonReader {
 public:
  JsonReader(std::string_view file, std::string_view text, Module& module, size_t max_errors)
      : file_(file), text_(text), module_(module), cursor_(file, text), lines_(text), max_errors_(max_errors) {}
  Status read();

 private:
  using Ref = json::Ref;
  using Keys = std::span<const std::string_view>;
  using KeyList = std::initializer_list<std::string_view>;
  static constexpr size_t kMaxKeys = 6;

  /// The members of an object that has just been read, in the order of the keys asked for.
  struct Fields {
    size_t begin = 0;                   ///< where the object stands
    std::array<Ref, kMaxKeys> value{};  ///< nothing: not there, or passed over
    size_t passed = 0;                  ///< where the value begins that was passed over; 0: there was none
    AttrDict extensions;
    json::Walk walk;
    size_t stop_with = kMaxKeys;  ///< if this key has been read, reading stops at the value that would be passed over,
    bool stopped = false;         ///< and the cursor stands there
    uint32_t mark = 0;            ///< of the tape, before it
  };

  /// What reading stood like before a constant, function or op.
  struct Before {
    size_t begin, scope;
    uint32_t mark;  ///< of the tape
  };

  // reader.cpp
  Status read_document();
  Status read_version(Ref header);
  Status find_header();
  using Recover = Status (JsonReader::*)(const Before&, const Diagnostic&);
  Status read_list(Status (JsonReader::*item)(), Recover recover);
  Status read_signature();
  Status read_symbols(Ref list);
  Status read_args(Ref list, std::vector<TypeId>& types, std::vector<StrId>& states, AttrDict& extensions);
  Status read_results(Ref list, Func& func, AttrDict& extensions);
  Status read_body(FuncId func);
  Status define(Ref value, ValueId id);
  Status define(int64_t number, size_t at, ValueId id);
  void leave(size_t outer);
  ValueId visible(int64_t id) const;

  // recover.cpp
  Before here() { return {cursor_.value_begin(), scope_.size(), tape_.size()}; }
  /// Tells `wrong` and goes on behind the value that began at `before`; what it should have made is poisoned: what uses
  /// that is dropped without another error. Fails if there are errors enough, or the value has no end.
  Status recover_op(const Before& before, const Diagnostic& wrong);
  Status recover_constant(const Before& before, const Diagnostic& wrong);
  Status recover_signature(const Before& before, const Diagnostic& wrong);
  Status tell(const Diagnostic& wrong);
  void go_back(const Before& before);
  Result<Ref> reread(const Before& before);
  /// The failure of what uses something poisoned.
  Status drop();
  bool uses_poisoned(OpKind kind, AttrId attrs) const;

  // fields.cpp
  Diagnostic fail(Code code, size_t offset, std::string message, std::vector<std::string> notes = {}) const {
    const TextLines::Line line = lines_.at(offset);
    return place_error(code, place_in_line(file_, text_, offset, line.number, line.begin), std::move(message),
                       std::move(notes));
  }
  Diagnostic fail(Code code, Ref at, std::string message, std::vector<std::string> notes = {}) const {
    return fail(code, at->begin, std::move(message), std::move(notes));
  }
  Diagnostic unknown_key(std::string_view key, size_t offset, Keys keys) const;
  /// The object at the cursor; the value of the key `pass` is not read but passed over.
  Status read_fields(Keys keys, std::string_view pass, Fields& fields);
  /// Goes on behind the value where reading stopped.
  Status read_more_fields(Keys keys, std::string_view pass, Fields& fields);
  /// `value` is an object with no other keys. If `extensions` is not null, x- keys are put there as those of the part
  /// `index` ("result", 1).
  Status check_keys(Ref value, KeyList keys, AttrDict* extensions = nullptr, std::string_view part = {},
                    uint32_t index = 0);
  Status take_extension(std::string_view key, Ref value, std::string_view place, AttrDict& extensions);
  /// `attrs` with the extensions of a thing and its parts.
  Result<AttrId> with_extensions(AttrId attrs, AttrDict extensions, size_t at);
  Result<Ref> member(Ref object, std::string_view key, json::Kind kind) const;
  Status check_kind(Ref value, std::string_view key, json::Kind kind) const;
  Status missing(std::string_view key, size_t at) const;
  Result<int64_t> get_int(Ref object, std::string_view key, int64_t low, int64_t high) const;
  Result<StrId> optional_name(Ref object, std::string_view key);

  // read_types.cpp
  Result<SymExpr> read_sym(Ref value);
  Result<Dim> read_dim(Ref value);
  /// Equal texts of types are read once.
  Result<TypeId> read_type(Ref value);
  Result<Type> read_new_type(Ref value);
  Result<TypeId> type_of(Ref object);
  Status read_shape(Ref value, Type& type);
  Status read_strides(Ref value, Type& type);
  Result<AttrId> read_attrs(Ref value);
  Result<AttrValue> read_attr(Ref value);
  Result<AttrValue> read_tagged_attr(Ref value);
  static std::optional<double> special_number(Ref value);
  Location place_in_text(size_t offset);
  Result<LocId> read_loc(Ref value, size_t op);

  // read_constants.cpp
  Status read_constant();
  Status read_typed_data(const Fields& fields, Constant& constant);
  Status read_data(const Type& type, Constant& constant);
  Status read_reference(Ref value, Constant& constant);
  Status read_element(Ref value, DType dtype, std::byte* out) const;
  Status read_dense(const Type& type, Constant& constant);
  Status read_splat(Ref value, const Type& type, Constant& constant);
  Status read_hex(Ref value, const Type& type, Constant& constant);
  Status take_inline_bytes(size_t at, int64_t bytes);

  // read_ops.cpp
  Status read_block(BlockId block, uint32_t depth);
  Status read_op(BlockId block, uint32_t depth);
  Status read_operands(Ref list);
  Status read_result_types(const Fields& op, OpKind kind, AttrId attrs);
  Result<bool> has_these_types(Ref results);
  Status read_written_types(Ref results, std::vector<Type>& written);
  Status read_op_block(const Fields& fields, OpId op, uint32_t depth);
  Status read_block_args(Ref list, OpId op);
  Status take_yielded_types(const Fields& fields, OpId op);
  Result<uint32_t> count_blocks(const Fields& fields);

  std::string_view file_, text_;
  Module& module_;
  json::Cursor cursor_;
  json::Tape tape_;
  InferMemo memo_;
  TextMemo types_, attrs_;       ///< of the function being read
  std::vector<Symbol> symbols_;  ///< of the function being read
  struct Body {
    size_t offset, first_arg;
  };
  std::vector<Body> bodies_;                         ///< by function
  std::vector<std::pair<int64_t, size_t>> arg_ids_;  ///< of all functions: the id and where the argument stands
  std::vector<ValueId> values_;                      ///< visible, by id of the text
  std::unordered_map<int64_t, ValueId> large_;       ///< the same for ids that are larger than the text
  std::vector<int64_t> scope_;
  std::vector<ValueId> operands_;  ///< of the op being read
  std::vector<TypeId> result_types_;
  std::unordered_set<std::string> func_names_;
  StrId own_file_;
  bool is_newer_ = false;    ///< the document's version is newer than kJsonIrVersion
  mutable TextLines lines_;  ///< only knows where it looked last
  int64_t inline_bytes_ = 0;
  size_t max_errors_;
  std::vector<Diagnostic> errors_;
  size_t dropped_ = 0;                    ///< ops that are not in the module, told or not
  bool is_silent_ = false;                ///< the error on its way up is one that follows from another
  bool is_over_ = false;                  ///< the error on its way up ends reading
  std::unordered_set<int64_t> poisoned_;  ///< ids of the function being read
  std::unordered_set<std::string> poisoned_funcs_;
  std::unordered_set<int64_t> poisoned_constants_;
};

}  // namespace psmc::ir
