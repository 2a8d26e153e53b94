// SPDX-License-Identifier: Apache-2.0
// The writer's one class: write_tables.cpp has the tables, writer.cpp functions and ops.
#pragma once

#include <string>
#include <vector>

#include "ir/binary/stream.h"
#include "ir/module.h"

namespace psmc::ir {

/// Numbers of a module's ids in the file.
class FileIds {
 public:
  /// Whether `index` is new; `number` is what the file calls it.
  bool add(uint32_t index, uint32_t& number) {
    if (index >= numbers_.size()) numbers_.resize(index + size_t{1}, IdTable::kNone);
    const bool is_new = numbers_[index] == IdTable::kNone;
    if (is_new) numbers_[index] = count_++;
    number = numbers_[index];
    return is_new;
  }
  uint32_t count() const { return count_; }

 private:
  std::vector<uint32_t> numbers_;
  uint32_t count_ = 0;
};

class BinaryWriter {
 public:
  explicit BinaryWriter(const Module& module) : module_(module), numbers_(module.num_values(), IdTable::kNone) {}
  std::string write();

 private:
  /// What kind of name a value has, and where the name itself is written: which string, or how far the number is.
  struct NameForm {
    uint32_t form = 0;
    int64_t detail = 0;
  };
  uint32_t string(StrId id);
  uint32_t type(TypeId id);
  uint32_t attrs(AttrId id);
  uint32_t loc(LocId id);
  uint32_t kind(OpKind kind);
  void optional_string(ByteWriter& out, StrId id) { out.number(id.valid() ? string(id) + 1 : 0); }
  void expr(ByteWriter& out, const SymExpr& expr);
  void attr_value(ByteWriter& out, const AttrValue& value);
  NameForm name_form(StrId id);
  uint32_t stem(std::string_view head, std::string_view tail);
  void name(ByteWriter& out, const NameForm& form);
  void value(ByteWriter& out, ValueId id);
  void constant(const Constant& constant);
  bool has_extensions() const;
  void optional_attrs(ByteWriter& out, AttrId id) { out.number(id.valid() ? attrs(id) + 1 : 0); }
  void signature(const Func& func);
  void block(BlockId block);
  void op(OpId op);
  uint32_t op_form(const OpData& op, uint8_t place, std::span<const NameForm> names);
  void place(LocId id, uint8_t form);
  uint8_t place_form(LocId id) const;

  const Module& module_;
  FileIds string_ids_, type_ids_, attr_ids_, loc_ids_, kind_ids_;
  ByteWriter kinds_, strings_, stems_, types_, attrs_, locs_, constants_, extensions_, forms_, signatures_, ops_;
  struct Stem {
    std::string_view head, tail;
    int64_t last = -1;  ///< the number of its last name
  };
  std::vector<Stem> known_stems_;
  IdTable stem_index_;
  struct FormPlace {
    uint32_t begin, end;  ///< in `form_words_`
  };
  std::vector<FormPlace> known_forms_;
  std::vector<uint32_t> form_words_;
  IdTable form_index_;
  std::vector<NameForm> names_;    ///< of the results of the op that is being written
  std::vector<uint32_t> numbers_;  ///< per value
  uint32_t next_value_ = 0, num_ops_ = 0;
  Location last_place_;
};

}  // namespace psmc::ir
