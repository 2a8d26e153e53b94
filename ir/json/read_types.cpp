// SPDX-License-Identifier: Apache-2.0
// Types, symbol expressions, attributes and locations of JSON-IR.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "ir/json/reader.h"
#include "ir/limits.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

using json::Kind;

// 3 or {"pos": 1, "": 3}
Result<SymExpr> JsonReader::read_sym(Ref value) {
  auto in_range = [](Ref v) { return v.is_integer() && v->integer >= -kMaxSymbol && v->integer <= kMaxSymbol; };
  if (in_range(value)) return SymExpr(value->integer);
  if (!value.is_object())
    return fail(Code::json_type, value, "expected an integer or an object of symbols and factors");
  SymExpr expr;
  for (const Ref::Member& term : value.members()) {
    if (!in_range(term.value)) return fail(Code::json_type, term.value, "expected an integer of at most 2^40");
    if (term.key.empty()) {
      expr.constant = term.value->integer;
      continue;
    }
    const StrId symbol = module_.str(term.key);
    if (std::none_of(symbols_.begin(), symbols_.end(), [&](const Symbol& s) { return s.name == symbol; })) {
      return fail(Code::unknown_symbol, term.value,
                  fmt::format("the function declares no symbol {}", json::quote(term.key)));
    }
    expr = expr + SymExpr::symbol(symbol) * term.value->integer;
  }
  return expr;
}

Result<Dim> JsonReader::read_dim(Ref value) {
  if (value.is_integer() && value->integer >= 0 && value->integer <= kMaxDim) return Dim(value->integer);
  if (!value.is_object()) return fail(Code::bad_type, value, "an extent is an integer from 0 to 2^40, or an object");
  PSMC_TRY(check_keys(value, {"size", "bound"}));
  const Ref size = value.find("size");
  if (!size) return missing("size", value->begin).diagnostic();
  PSMC_ASSIGN(SymExpr expr, read_sym(size));
  PSMC_ASSIGN(const int64_t bound, get_int(value, "bound", 0, kMaxDim));
  if (!expr.is_constant()) return Dim(std::move(expr), bound);
  if (expr.constant < 0) return fail(Code::bad_type, value, "an extent is negative");
  return Dim(expr.constant);
}

Status JsonReader::read_shape(Ref value, Type& type) {
  PSMC_ASSIGN(const Ref shape, member(value, "shape", Kind::array));
  if (shape->count > kMaxRank) return fail(Code::bad_type, shape, "too many dimensions");
  for (const Ref item : shape.items()) {
    PSMC_ASSIGN(Dim dim, read_dim(item));
    type.dims.push_back(std::move(dim));
  }
  if (type.max_elements() > kMaxElements) return fail(Code::bad_type, shape, "this type has too many elements");
  return {};
}

Status JsonReader::read_strides(Ref value, Type& type) {
  if (value.find("space")) {
    PSMC_ASSIGN(const Ref name, member(value, "space", Kind::string));
    for (Space space : {Space::scratchpad, Space::memory, Space::accumulator}) {
      if (name->string == space_name(space)) type.space = space;
    }
    if (type.space == Space::none) return fail(Code::bad_type, name, "there is no such memory space");
  }
  std::vector<int64_t> strides;
  if (const Ref list = value.find("strides")) {
    if (!list.is_array() || list->count != type.dims.size())
      return fail(Code::bad_type, list, "expected one stride for each dimension");
    for (const Ref item : list.items()) {
      if (!item.is_integer() || item->integer < 0 || item->integer > kMaxElements)
        return fail(Code::bad_type, item, "a stride is an integer from 0 to 2^48");
      strides.push_back(item->integer);
    }
  }
  type = buffer_type(type.dtype, std::move(type.dims), type.space, std::move(strides));
  return {};
}

Result<TypeId> JsonReader::type_of(Ref object) {
  const Ref value = object.find("type");
  if (!value) return missing("type", object->begin).diagnostic();
  return read_type(value);
}

Result<TypeId> JsonReader::read_type(Ref value) {
  const std::string_view text = text_.substr(value->begin, value->end - value->begin);
  if (const uint32_t known = types_.find(text); known != IdTable::kNone) return TypeId(known);
  if (value.is_object() && value->flag) {
    PSMC_ASSIGN(value, cursor_.reread(tape_, value));
  }
  PSMC_ASSIGN(const Type type, read_new_type(value));
  const TypeId id = module_.type(type);
  types_.remember(text, id.index);
  return id;
}

Result<Type> JsonReader::read_new_type(Ref value) {
  PSMC_TRY(check_kind(value, "type", Kind::object));
  PSMC_TRY(check_keys(value, {"kind", "dtype", "shape", "space", "strides"}));
  PSMC_ASSIGN(const Ref kind, member(value, "kind", Kind::string));
  Type type;
  for (TypeKind candidate : {TypeKind::tensor, TypeKind::scalar, TypeKind::buffer, TypeKind::token, TypeKind::vreg,
                             TypeKind::mreg, TypeKind::treg, TypeKind::areg, TypeKind::sreg}) {
    if (kind->string == type_kind_name(candidate)) type.kind = candidate;
  }
  if (type.kind == TypeKind::none) return fail(Code::bad_type, kind, "there is no such kind of type");
  if (!type.is_tensor() && !type.is_buffer() && !type.is_scalar()) return type;
  PSMC_ASSIGN(const Ref name, member(value, "dtype", Kind::string));
  const auto dtype = dtype_from_name(name->string);
  if (!dtype) return fail(Code::bad_type, name, "there is no such element type");
  type.dtype = *dtype;
  if (type.is_scalar()) return type;
  PSMC_TRY(read_shape(value, type));
  if (type.is_buffer()) PSMC_TRY(read_strides(value, type));
  return type;
}

// Equal texts of attributes are read once.
Result<AttrId> JsonReader::read_attrs(Ref value) {
  if (!value) return AttrId();
  PSMC_TRY(check_kind(value, "attrs", Kind::object));
  const std::string_view text = text_.substr(value->begin, value->end - value->begin);
  if (const uint32_t known = attrs_.find(text); known != IdTable::kNone) return AttrId(known);
  if (value->count > kMaxAttrs) return fail(Code::bad_syntax, value, "too many attributes");
  AttrDict dict;
  for (const Ref::Member& entry : value.members()) {
    PSMC_ASSIGN(AttrValue attr, read_attr(entry.value));
    dict.push_back({module_.str(entry.key), std::move(attr)});
  }
  const AttrId id = module_.attrs(std::move(dict));
  if (id.valid()) attrs_.remember(text, id.index);
  return id;
}

Result<AttrValue> JsonReader::read_attr(Ref value) {
  switch (value->kind) {
    case Kind::boolean: return AttrValue(value->flag);
    case Kind::integer: return AttrValue(value->integer);
    case Kind::number:
      if (value->flag) return fail(Code::json_type, value, "this integer does not fit in 64 bits");
      return AttrValue(value->number);
    case Kind::string: return AttrValue(std::string(value->string));
    case Kind::object: return read_tagged_attr(value);
    case Kind::null: return fail(Code::json_type, value, "an attribute is not null");
    case Kind::array: break;
  }
  IntList list;
  list.reserve(value->count);
  for (const Ref item : value.items()) {
    if (!item.is_integer())
      return fail(Code::json_type, item, "expected an integer of 64 bits; symbols go into {\"syms\": [...]}");
    list.push_back(item->integer);
  }
  return AttrValue(std::move(list));
}

// {"dtype": "f32"}, {"syms": [...]}, {"number": "nan"}
Result<AttrValue> JsonReader::read_tagged_attr(Ref value) {
  if (value->flag) {  // of the key "type"
    PSMC_ASSIGN(value, cursor_.reread(tape_, value));
  }
  PSMC_TRY(check_keys(value, {"dtype", "syms", "number"}));
  if (value->count != 1) return fail(Code::json_type, value, "expected one of the keys dtype, syms, number");
  const auto [key, key_ref, body] = *value.members().begin();
  if (key == "syms") {
    if (!body.is_array()) return fail(Code::json_type, body, "expected a list");
    SymList list;
    for (const Ref item : body.items()) {
      PSMC_ASSIGN(SymExpr expr, read_sym(item));
      list.push_back(std::move(expr));
    }
    return AttrValue(std::move(list));
  }
  if (key == "number") {
    if (body->kind == Kind::number || body.is_integer()) return AttrValue(body->number);
    const auto number = special_number(body);
    if (!number) return fail(Code::json_type, body, "\"number\" must be a number, \"nan\", \"inf\" or \"-inf\"");
    return AttrValue(*number);
  }
  const auto dtype = body.is_string() ? dtype_from_name(body->string) : std::nullopt;
  if (!dtype) return fail(Code::json_type, body, "there is no such element type");
  return AttrValue(*dtype);
}

// "nan", "inf", "-inf"
std::optional<double> JsonReader::special_number(Ref value) {
  if (!value.is_string()) return std::nullopt;
  if (value->string == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value->string == "inf") return std::numeric_limits<double>::infinity();
  if (value->string == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// Where an op stands in the JSON text: its place if it names no other. Ops are mostly asked for in order.
Location JsonReader::place_in_text(size_t offset) {
  const TextLines::Line line = lines_.at(offset);
  Location location;
  location.file = own_file_;
  location.line = static_cast<uint32_t>(line.number);
  location.column = static_cast<uint32_t>(offset - line.begin) + 1;
  return location;
}

Result<LocId> JsonReader::read_loc(Ref value, size_t op) {
  Location location = place_in_text(op);
  if (!value) return module_.loc(location);
  PSMC_TRY(check_kind(value, "loc", Kind::object));
  PSMC_TRY(check_keys(value, {"label", "file", "line", "column"}));
  PSMC_ASSIGN(location.label, optional_name(value, "label"));
  if (value.find("file")) {
    PSMC_ASSIGN(location.file, optional_name(value, "file"));
    constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
    PSMC_ASSIGN(const int64_t line, get_int(value, "line", 0, kMost));
    PSMC_ASSIGN(const int64_t column, get_int(value, "column", 0, kMost));
    location.line = static_cast<uint32_t>(line);
    location.column = static_cast<uint32_t>(column);
  }
  return module_.loc(location);
}

}  // namespace psmc::ir
