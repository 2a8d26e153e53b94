// SPDX-License-Identifier: Apache-2.0
// The reader of JSON-IR, one class over two files: read_types.cpp (types, attributes, constants) and reader.cpp
// (functions, blocks, ops). The first error ends it.
#pragma once

#include <initializer_list>
#include <unordered_map>
#include <unordered_set>

#include "base/json.h"
#include "ir/json/json_ir.h"

namespace psmc::ir {

class JsonReader {
 public:
  JsonReader(const json::Document& document, Module& module) : document_(document), module_(module) {}
  Status read();

 private:
  using Object = json::Value;

  // read_types.cpp
  Diagnostic fail(Code code, const json::Value& at, std::string message) const {
    return document_.error_at(code, at, std::move(message));
  }
  /// An object with no other keys than these.
  Status check_keys(const json::Value& value, std::initializer_list<std::string_view> keys) const;
  Result<const json::Value*> member(const Object& object, std::string_view key, json::Kind kind) const;
  Result<StrId> optional_name(const Object& object, std::string_view key);
  Result<SymExpr> read_sym(const json::Value& value);
  Result<Dim> read_dim(const json::Value& value);
  Result<Type> read_type(const Object& object, std::string_view key);
  Status read_shape(const Object& value, Type& type);
  Status read_strides(const Object& value, Type& type);
  Result<AttrId> read_attrs(const Object& object);
  Result<AttrValue> read_attr(const json::Value& value);
  Result<AttrValue> read_tagged_attr(const Object& value);
  Location place_in_text(const json::Value& value);
  Result<LocId> read_loc(const Object& op);
  Status read_constant(const json::Value& value);
  Status read_data(const Object& value, const Type& type, Constant& constant);
  Status read_dense(const json::Value& list, const Type& type, Constant& constant);
  Status read_splat(const json::Value& value, const Type& type, Constant& constant);
  Status read_hex(const json::Value& value, const Type& type, Constant& constant);
  Status read_element(const json::Value& value, DType dtype, std::byte* out) const;
  Status take_inline_bytes(const json::Value& at, int64_t bytes);

  // reader.cpp
  Status check_version(const Object& root) const;
  Status read_signature(const Object& value);
  Status read_symbols(const Object& value);
  Status read_results(const Object& value, Func& func);
  Status read_body(const Object& value, FuncId func);
  Status define(const Object& value, ValueId id);
  Status read_block(const json::Value& list, BlockId block, uint32_t depth);
  Status read_op(const json::Value& value, BlockId block, uint32_t depth);
  Status read_operands(const Object& value, std::vector<ValueId>& operands) const;
  Result<std::vector<TypeId>> result_types(const Object& value, OpKind kind, std::span<const ValueId> operands,
                                           AttrId attrs);
  Status read_op_blocks(const Object& value, OpId op, uint32_t depth);
  Status take_yielded_types(const Object& value, OpId op);

  const json::Document& document_;
  Module& module_;
  std::vector<Symbol> symbols_;                  ///< of the function being read
  std::unordered_map<int64_t, ValueId> values_;  ///< by id of the text, visible
  std::vector<int64_t> scope_;
  std::unordered_set<std::string> func_names_;
  std::vector<size_t> lines_;  ///< where each line of the text begins
  int64_t inline_bytes_ = 0;
};

}  // namespace psmc::ir
