// SPDX-License-Identifier: Apache-2.0
#include "ir/binary/format.h"
#include "ir/binary/writer.h"
#include "ir/op.h"
#include "ir/text/elements.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

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

bool BinaryWriter::has_extensions() const {
  bool has = module_.own_attrs.valid();
  for (uint32_t i = 0; i < module_.num_constants() && !has; ++i) has = module_.constant(ConstId(i)).attrs.valid();
  return has;
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
  optional_attrs(signatures_, func.attrs);
  const bool own = func.loc.valid() && module_.is_own_place(func.loc);
  signatures_.number(own ? kPlaceOwn : func.loc.valid() ? kPlaceTable : kPlaceNone);
  if (own) {
    signatures_.number(module_.loc(func.loc).line);
    signatures_.number(module_.loc(func.loc).column);
  } else if (func.loc.valid()) {
    signatures_.number(loc(func.loc));
  }
}

}  // namespace psmc::ir
