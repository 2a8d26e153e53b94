// SPDX-License-Identifier: Apache-2.0
// The reader's one class: read_tables.cpp has the tables, reader.cpp functions and ops.
#pragma once

#include <string>
#include <vector>

#include "ir/binary/stream.h"
#include "ir/module.h"

namespace psmc::ir {

class BinaryReader {
 public:
  BinaryReader(const std::string& file, std::string_view payload, uint8_t minor);
  Result<Module> read();

 private:
  /// A failed read keeps its first reason; what follows reads zeros.
  void fail(std::string_view why);
  template <typename Item>
  const Item& at(const std::vector<Item>& table, uint64_t index, std::string_view what);

  // read_tables.cpp
  void read_tables();
  StrId read_optional_string();
  std::string read_text(std::string_view what);
  SymExpr read_expr();
  Type read_type();
  void check_type(const Type& type);
  AttrValue read_attr_value();
  AttrId read_attrs();
  AttrId read_optional_attrs();
  Location read_location();
  Constant read_constant();
  void read_data(Constant& constant);
  void read_form();

  // reader.cpp
  uint32_t read_name_form();
  StrId read_name(uint32_t form);
  void read_value(uint32_t owner);
  void read_signature();
  void read_ops(BlockId block, uint32_t nesting);
  void read_operands(uint32_t count);
  void get_pages_ahead();
  void read_blocks(OpId op, uint32_t nesting);

  // What most ops have, read from a copy of `in_` that is in registers.
  [[gnu::always_inline]] OpId read_op(ByteReader& in, BlockId block, OpId prev);
  [[gnu::always_inline]] void read_few_operands(ByteReader& in, uint32_t count);
  [[gnu::always_inline]] StrId read_numbered_name(ByteReader& in, uint32_t form);
  [[gnu::always_inline]] LocId read_place(ByteReader& in, uint8_t form);
  /// Reads on with `in_`: what is rarer, or wrong.
  template <typename Read>
  [[gnu::always_inline]] auto in_full(ByteReader& in, Read&& read) {
    struct Back {
      ByteReader &from, &to;
      ~Back() { to = from; }
    } back{in_, in};
    in_ = in;
    return read();
  }

  std::string file_;
  ByteReader in_;
  uint8_t minor_;
  Module module_;
  std::string why_;
  std::vector<OpKind> kinds_;
  std::vector<StrId> strings_;
  struct Stem {
    uint32_t id, bytes;  ///< bytes: of a name without its number
    int64_t last = -1;
  };
  std::vector<Stem> stems_;
  std::vector<TypeId> types_;
  std::vector<AttrId> attrs_;
  std::vector<LocId> locs_;
  struct OpForm {
    OpData op;  ///< what all ops of this form have in common; the others of its members are empty
    uint32_t first_result = 0;
    uint8_t place = 0;
  };
  std::vector<OpForm> forms_;
  struct ResultForm {
    TypeId type;
    uint32_t name;
  };
  std::vector<ResultForm> results_;  ///< of all forms
  uint32_t line_ = 0, column_ = 0;   ///< of the last op with a place in the source
  int64_t inline_bytes_ = 0, name_bytes_ = 0;
};

template <typename Item>
const Item& BinaryReader::at(const std::vector<Item>& table, uint64_t index, std::string_view what) {
  static const Item kNothing{};
  if (index < table.size()) return table[index];
  fail(what);
  return kNothing;
}

}  // namespace psmc::ir
