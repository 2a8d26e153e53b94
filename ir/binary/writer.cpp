// SPDX-License-Identifier: Apache-2.0
// Tables are numbered in the order in which what they hold is met first, so equal modules give equal bytes.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/check.h"
#include "ir/binary/binary.h"
#include "ir/binary/format.h"
#include "ir/binary/stream.h"
#include "ir/op.h"
#include "ir/text/elements.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

namespace {

constexpr uint32_t kNone = IdTable::kNone;

/// Numbers of a module's ids in the file.
class FileIds {
 public:
  /// Whether `index` is new; `number` is what the file calls it.
  bool add(uint32_t index, uint32_t& number) {
    if (index >= numbers_.size()) numbers_.resize(index + size_t{1}, kNone);
    const bool is_new = numbers_[index] == kNone;
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
  explicit BinaryWriter(const Module& module) : module_(module), numbers_(module.num_values(), kNone) {}
  std::string write();

 private:
  uint32_t string(StrId id);
  uint32_t type(TypeId id);
  uint32_t attrs(AttrId id);
  uint32_t loc(LocId id);
  uint32_t kind(OpKind kind);
  void optional_string(ByteWriter& out, StrId id) { out.number(id.valid() ? string(id) + 1 : 0); }
  void expr(ByteWriter& out, const SymExpr& expr);
  void attr_value(ByteWriter& out, const AttrValue& value);
  void name(ByteWriter& out, StrId id);
  void value(ByteWriter& out, ValueId id);
  void constant(const Constant& constant);
  void signature(const Func& func);
  void block(BlockId block);
  void op(OpId op);
  void place(LocId id, uint8_t form);
  uint8_t place_form(LocId id) const;

  const Module& module_;
  FileIds string_ids_, type_ids_, attr_ids_, loc_ids_, kind_ids_;
  ByteWriter kinds_, strings_, stems_, types_, attrs_, locs_, constants_, signatures_, ops_;
  struct Stem {
    uint32_t id;
    int64_t last = -1;  ///< the number of its last name
  };
  std::unordered_map<std::string, Stem> stem_ids_;
  std::vector<uint32_t> numbers_;  ///< per value
  uint32_t next_value_ = 0, num_ops_ = 0;
  Location last_place_;
};

uint32_t BinaryWriter::string(StrId id) {
  uint32_t number;
  if (string_ids_.add(id.index, number)) strings_.text(module_.text(id));
  return number;
}

void BinaryWriter::expr(ByteWriter& out, const SymExpr& expr) {
  out.integer(expr.constant);
  out.number(expr.terms.size());
  for (const auto& [symbol, factor] : expr.terms) {
    out.number(string(symbol));
    out.integer(factor);
  }
}

uint32_t BinaryWriter::type(TypeId id) {
  uint32_t number;
  if (!type_ids_.add(id.index, number)) return number;
  const Type& type = module_.type(id);
  types_.text(type_kind_name(type.kind));
  types_.text(dtype_name(type.dtype));
  types_.text(type.space == Space::none ? "" : space_name(type.space));
  types_.number(type.dims.size());
  for (const Dim& dim : type.dims) {
    types_.integer(dim.bound);
    expr(types_, dim.size);
  }
  types_.number(type.strides.size());
  for (int64_t stride : type.strides) types_.integer(stride);
  return number;
}

void BinaryWriter::attr_value(ByteWriter& out, const AttrValue& value) {
  out.byte(static_cast<uint8_t>(value.index()));
  if (auto* i = std::get_if<int64_t>(&value)) out.integer(*i);
  if (auto* d = std::get_if<double>(&value)) out.real(*d);
  if (auto* b = std::get_if<bool>(&value)) out.byte(*b ? 1 : 0);
  if (auto* s = std::get_if<std::string>(&value)) out.text(*s);
  if (auto* t = std::get_if<DType>(&value)) out.text(dtype_name(*t));
  if (auto* list = std::get_if<IntList>(&value)) {
    out.number(list->size());
    for (int64_t i : *list) out.integer(i);
  }
  if (auto* list = std::get_if<SymList>(&value)) {
    out.number(list->size());
    for (const SymExpr& e : *list) expr(out, e);
  }
}

uint32_t BinaryWriter::attrs(AttrId id) {
  uint32_t number;
  if (!attr_ids_.add(id.index, number)) return number;
  const AttrDict& dict = module_.attrs(id);
  attrs_.number(dict.size());
  for (const Attr& attr : dict) {
    attrs_.number(string(attr.name));
    attr_value(attrs_, attr.value);
  }
  return number;
}

uint32_t BinaryWriter::loc(LocId id) {
  uint32_t number;
  if (!loc_ids_.add(id.index, number)) return number;
  const Location location = module_.loc(id);
  optional_string(locs_, location.file);
  locs_.number(location.line);
  locs_.number(location.column);
  optional_string(locs_, location.label);
  return number;
}

uint32_t BinaryWriter::kind(OpKind kind) {
  uint32_t number;
  if (kind_ids_.add(static_cast<uint32_t>(kind), number)) kinds_.text(op_def(kind).name);
  return number;
}

// A name with a number is its stem and how far the number is from the last one of that stem.
void BinaryWriter::name(ByteWriter& out, StrId id) {
  if (!id.valid()) return out.number(kNameNone);
  const auto parts = split_number(module_.text(id));
  if (!parts) {
    out.number(kNameString);
    return out.number(string(id));
  }
  const auto key = std::string(parts->head) + '\0' + std::string(parts->tail);
  const auto [stem, is_new] = stem_ids_.try_emplace(key, Stem{static_cast<uint32_t>(stem_ids_.size())});
  if (is_new) {
    stems_.text(parts->head);
    stems_.text(parts->tail);
  }
  out.number(kNameStem + stem->second.id);
  out.integer(int64_t{parts->number} - stem->second.last - 1);
  stem->second.last = parts->number;
}

// A value where it is defined.
void BinaryWriter::value(ByteWriter& out, ValueId id) {
  numbers_[id.index] = next_value_++;
  out.number(type(module_.value(id).type));
  name(out, module_.value(id).name);
}

void BinaryWriter::constant(const Constant& constant) {
  optional_string(constants_, constant.name);
  constants_.number(type(constant.type));
  if (!constant.file.empty()) {
    constants_.byte(kDataFile);
    constants_.text(constant.file);
    constants_.text(constant.entry);
    return constants_.text(constant.hash);
  }
  const DType dtype = module_.type(constant.type).dtype;
  const auto bytes = constant.bytes();
  const bool splat = data_form(dtype, bytes) == DataForm::splat;
  constants_.byte(splat ? kDataSplat : kDataDense);
  constants_.text({reinterpret_cast<const char*>(bytes.data()), splat ? dtype_bytes(dtype) : bytes.size()});
}

void BinaryWriter::signature(const Func& func) {
  const BlockData& body = module_.block_data(func.body);
  signatures_.number(string(func.name));
  signatures_.number(func.symbols.size());
  for (const Symbol& symbol : func.symbols) {
    signatures_.number(string(symbol.name));
    signatures_.integer(symbol.low);
    signatures_.integer(symbol.high);
  }
  signatures_.number(body.num_args);
  for (uint32_t i = 0; i < body.num_args; ++i) {
    value(signatures_, module_.block_arg(func.body, i));
    optional_string(signatures_, func.arg_state[i]);
  }
  signatures_.number(func.results.size());
  for (size_t i = 0; i < func.results.size(); ++i) {
    signatures_.number(type(func.results[i]));
    optional_string(signatures_, func.result_state[i]);
    optional_string(signatures_, func.result_names[i]);
  }
  signatures_.number(func.attrs.valid() ? attrs(func.attrs) + 1 : 0);
  const bool own = func.loc.valid() && module_.is_own_place(func.loc);
  signatures_.number(own ? kPlaceOwn : func.loc.valid() ? kPlaceTable : kPlaceNone);
  if (own) {
    signatures_.number(module_.loc(func.loc).line);
    signatures_.number(module_.loc(func.loc).column);
  } else if (func.loc.valid()) {
    signatures_.number(loc(func.loc));
  }
}

uint8_t BinaryWriter::place_form(LocId id) const {
  if (!id.valid()) return kPlaceNone;
  if (!module_.is_own_place(id)) return kPlaceTable;
  const Location place = module_.loc(id);
  return place.line == last_place_.line + 1 && place.column == last_place_.column ? kPlaceNextLine : kPlaceOwn;
}

void BinaryWriter::place(LocId id, uint8_t form) {
  if (form == kPlaceTable) return ops_.number(loc(id));
  if (form == kPlaceNone) return;
  const Location place = module_.loc(id);
  if (form == kPlaceOwn) {
    ops_.integer(int64_t{place.line} - last_place_.line);
    ops_.number(place.column);
  }
  last_place_ = place;
}

void BinaryWriter::op(OpId op) {
  const OpData& data = module_.op(op);
  const uint8_t form = place_form(data.loc);
  const uint32_t operands = std::min<uint32_t>(data.num_operands, kManyOperands);
  const uint32_t results = std::min<uint32_t>(data.num_results, kManyResults);
  ++num_ops_;
  ops_.number(kind(data.kind));
  ops_.byte(static_cast<uint8_t>(operands | results << kResultShift | (data.attrs.valid() ? kHasAttrs : 0) |
                                 (data.num_blocks > 0 ? kHasBlocks : 0) | form << kPlaceShift));
  if (operands == kManyOperands) ops_.number(data.num_operands);
  for (ValueId operand : module_.operands(op)) {
    PSMC_CHECK(numbers_[operand.index] != kNone, "an op to be written uses a value that is not defined before it");
    ops_.number(next_value_ - numbers_[operand.index]);
  }
  if (results == kManyResults) ops_.number(data.num_results);
  for (uint32_t i = 0; i < data.num_results; ++i) value(ops_, module_.result(op, i));
  if (data.attrs.valid()) ops_.number(attrs(data.attrs));
  place(data.loc, form);
  if (data.num_blocks == 0) return;
  ops_.number(data.num_blocks);
  for (uint32_t i = 0; i < data.num_blocks; ++i) block(module_.block(op, i));
}

// The arguments of a function's body stand in its signature.
void BinaryWriter::block(BlockId block) {
  const BlockData& data = module_.block_data(block);
  if (!data.parent_func.valid()) {
    ops_.number(data.num_args);
    for (uint32_t i = 0; i < data.num_args; ++i) value(ops_, module_.block_arg(block, i));
  }
  uint32_t count = 0;
  for (OpId inner = data.first; inner.valid(); inner = module_.op(inner).next) ++count;
  ops_.number(count);
  for (OpId inner = data.first; inner.valid(); inner = module_.op(inner).next) op(inner);
}

std::string BinaryWriter::write() {
  for (uint32_t i = 0; i < module_.num_constants(); ++i) constant(module_.constant(ConstId(i)));
  uint32_t funcs = 0;
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (module_.func(FuncId(i)).erased) continue;
    ++funcs;
    signature(module_.func(FuncId(i)));
  }
  for (uint32_t i = 0; i < module_.num_funcs(); ++i) {
    if (!module_.func(FuncId(i)).erased) block(module_.func(FuncId(i)).body);
  }
  ByteWriter all;
  const auto table = [&](size_t count, const ByteWriter& items) {
    all.number(count);
    all.append(items);
  };
  all.text(module_.source);
  table(kind_ids_.count(), kinds_);
  table(string_ids_.count(), strings_);
  table(stem_ids_.size(), stems_);
  table(type_ids_.count(), types_);
  table(attr_ids_.count(), attrs_);
  table(loc_ids_.count(), locs_);
  table(module_.num_constants(), constants_);
  table(funcs, signatures_);
  all.number(num_ops_);
  all.number(next_value_);
  all.append(ops_);
  return with_header(all.take());
}

}  // namespace

std::string write_binary(const Module& module) { return BinaryWriter(module).write(); }

}  // namespace psmc::ir
