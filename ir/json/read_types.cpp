// SPDX-License-Identifier: Apache-2.0
// Types, symbol expressions, attributes, locations and constants of JSON-IR.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/json/reader.h"
#include "ir/limits.h"
#include "ir/text/elements.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

using json::Kind;

Status JsonReader::check_keys(const json::Value& value, std::initializer_list<std::string_view> keys) const {
  if (!value.is_object()) return fail(Code::json_type, value, "expected an object");
  for (const auto& member : value.members) {
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    return fail(Code::json_type, member.value,
                fmt::format("{} is not a key here; there are: {}", json::quote(member.key), fmt::join(keys, ", ")));
  }
  return {};
}

Result<const json::Value*> JsonReader::member(const Object& object, std::string_view key, Kind kind) const {
  const json::Value* found = object.find(key);
  if (!found) return fail(Code::json_type, object, fmt::format("this object has no key {}", json::quote(key)));
  if (found->kind != kind) return fail(Code::json_type, *found, fmt::format("{} has the wrong type", json::quote(key)));
  return found;
}

Result<StrId> JsonReader::optional_name(const Object& object, std::string_view key) {
  if (!object.find(key)) return StrId();
  PSMC_ASSIGN(const json::Value* text, member(object, key, Kind::string));
  return module_.str(text->string);
}

// 3 or {"pos": 1, "": 3}
Result<SymExpr> JsonReader::read_sym(const json::Value& value) {
  auto in_range = [](const json::Value& v) {
    return v.kind == Kind::integer && v.integer >= -kMaxSymbol && v.integer <= kMaxSymbol;
  };
  if (in_range(value)) return SymExpr(value.integer);
  if (!value.is_object())
    return fail(Code::json_type, value, "expected an integer or an object of symbols and factors");
  SymExpr expr;
  for (const auto& term : value.members) {
    if (!in_range(term.value)) return fail(Code::json_type, term.value, "expected an integer of at most 2^40");
    if (term.key.empty()) {
      expr.constant = term.value.integer;
      continue;
    }
    const StrId symbol = module_.str(term.key);
    if (std::none_of(symbols_.begin(), symbols_.end(), [&](const Symbol& s) { return s.name == symbol; })) {
      return fail(Code::unknown_symbol, term.value,
                  fmt::format("the function declares no symbol {}", json::quote(term.key)));
    }
    expr = expr + SymExpr::symbol(symbol) * term.value.integer;
  }
  return expr;
}

Result<Dim> JsonReader::read_dim(const json::Value& value) {
  if (value.kind == Kind::integer && value.integer >= 0 && value.integer <= kMaxDim) return Dim(value.integer);
  if (!value.is_object()) return fail(Code::bad_type, value, "an extent is an integer from 0 to 2^40, or an object");
  PSMC_TRY(check_keys(value, {"size", "bound"}));
  const json::Value* size = value.find("size");
  if (!size) return fail(Code::json_type, value, "this object has no key \"size\"");
  PSMC_ASSIGN(SymExpr expr, read_sym(*size));
  PSMC_ASSIGN(const int64_t bound, document_.get_int(value, "bound", 0, kMaxDim));
  if (!expr.is_constant()) return Dim(std::move(expr), bound);
  if (expr.constant < 0) return fail(Code::bad_type, value, "an extent is negative");
  return Dim(expr.constant);
}

Status JsonReader::read_shape(const Object& value, Type& type) {
  PSMC_ASSIGN(const json::Value* shape, member(value, "shape", Kind::array));
  if (shape->items.size() > kMaxRank) return fail(Code::bad_type, *shape, "too many dimensions");
  for (const json::Value& item : shape->items) {
    PSMC_ASSIGN(Dim dim, read_dim(item));
    type.dims.push_back(std::move(dim));
  }
  if (type.max_elements() > kMaxElements) return fail(Code::bad_type, *shape, "this type has too many elements");
  return {};
}

Status JsonReader::read_strides(const Object& value, Type& type) {
  if (value.find("space")) {
    PSMC_ASSIGN(const json::Value* name, member(value, "space", Kind::string));
    for (Space space : {Space::scratchpad, Space::memory, Space::accumulator}) {
      if (name->string == space_name(space)) type.space = space;
    }
    if (type.space == Space::none) return fail(Code::bad_type, *name, "there is no such memory space");
  }
  std::vector<int64_t> strides;
  if (const json::Value* list = value.find("strides")) {
    if (!list->is_array() || list->items.size() != type.dims.size()) {
      return fail(Code::bad_type, *list, "expected one stride for each dimension");
    }
    for (const json::Value& item : list->items) {
      if (item.kind != Kind::integer || item.integer < 0 || item.integer > kMaxElements) {
        return fail(Code::bad_type, item, "a stride is an integer from 0 to 2^48");
      }
      strides.push_back(item.integer);
    }
  }
  type = buffer_type(type.dtype, std::move(type.dims), type.space, std::move(strides));
  return {};
}

Result<Type> JsonReader::read_type(const Object& object, std::string_view key) {
  PSMC_ASSIGN(const json::Value* value, member(object, key, Kind::object));
  PSMC_TRY(check_keys(*value, {"kind", "dtype", "shape", "space", "strides"}));
  PSMC_ASSIGN(const json::Value* kind, member(*value, "kind", Kind::string));
  Type type;
  for (TypeKind candidate : {TypeKind::tensor, TypeKind::scalar, TypeKind::buffer, TypeKind::token, TypeKind::vreg,
                             TypeKind::mreg, TypeKind::treg, TypeKind::areg, TypeKind::sreg}) {
    if (kind->string == type_kind_name(candidate)) type.kind = candidate;
  }
  if (type.kind == TypeKind::none) return fail(Code::bad_type, *kind, "there is no such kind of type");
  if (!type.is_tensor() && !type.is_buffer() && !type.is_scalar()) return type;
  PSMC_ASSIGN(const json::Value* name, member(*value, "dtype", Kind::string));
  const auto dtype = dtype_from_name(name->string);
  if (!dtype) return fail(Code::bad_type, *name, "there is no such element type");
  type.dtype = *dtype;
  if (type.is_scalar()) return type;
  PSMC_TRY(read_shape(*value, type));
  if (type.is_buffer()) PSMC_TRY(read_strides(*value, type));
  return type;
}

Result<AttrId> JsonReader::read_attrs(const Object& object) {
  if (!object.find("attrs")) return AttrId();
  PSMC_ASSIGN(const json::Value* value, member(object, "attrs", Kind::object));
  if (value->members.size() > kMaxSymbols) return fail(Code::bad_syntax, *value, "too many attributes");
  AttrDict dict;
  for (const auto& entry : value->members) {
    PSMC_ASSIGN(AttrValue attr, read_attr(entry.value));
    dict.push_back({module_.str(entry.key), std::move(attr)});
  }
  return module_.attrs(std::move(dict));
}

Result<AttrValue> JsonReader::read_attr(const json::Value& value) {
  switch (value.kind) {
    case Kind::boolean: return AttrValue(value.boolean);
    case Kind::integer: return AttrValue(value.integer);
    case Kind::number: return AttrValue(value.number);
    case Kind::string: return AttrValue(value.string);
    case Kind::object: return read_tagged_attr(value);
    case Kind::null: return fail(Code::json_type, value, "an attribute is not null");
    case Kind::array: break;
  }
  IntList list;
  for (const json::Value& item : value.items) {
    if (item.kind != Kind::integer)
      return fail(Code::json_type, item, "expected an integer; symbols go into {\"syms\": [...]}");
    list.push_back(item.integer);
  }
  return AttrValue(std::move(list));
}

// {"dtype": "f32"}, {"syms": [...]}, {"number": "nan"}
Result<AttrValue> JsonReader::read_tagged_attr(const Object& value) {
  PSMC_TRY(check_keys(value, {"dtype", "syms", "number"}));
  if (value.members.size() != 1) return fail(Code::json_type, value, "expected one of the keys dtype, syms, number");
  const auto& [key, body] = value.members[0];
  if (key == "syms") {
    if (!body.is_array()) return fail(Code::json_type, body, "expected a list");
    SymList list;
    for (const json::Value& item : body.items) {
      PSMC_ASSIGN(SymExpr expr, read_sym(item));
      list.push_back(std::move(expr));
    }
    return AttrValue(std::move(list));
  }
  if (key == "number") {
    PSMC_ASSIGN(const double number, document_.get_number(value, "number"));
    return AttrValue(number);
  }
  const auto dtype = body.is_string() ? dtype_from_name(body.string) : std::nullopt;
  if (!dtype) return fail(Code::json_type, body, "there is no such element type");
  return AttrValue(*dtype);
}

// Where an op stands in the JSON text: its place if it names no other.
Location JsonReader::place_in_text(const json::Value& value) {
  if (lines_.empty()) {
    lines_.push_back(0);
    for (size_t i = 0; i < document_.text.size(); ++i) {
      if (document_.text[i] == '\n') lines_.push_back(i + 1);
    }
  }
  const auto line = std::upper_bound(lines_.begin(), lines_.end(), value.offset) - 1;
  Location location;
  location.file = module_.str(document_.file);
  location.line = static_cast<uint32_t>(line - lines_.begin()) + 1;
  location.column = static_cast<uint32_t>(value.offset - *line) + 1;
  return location;
}

Result<LocId> JsonReader::read_loc(const Object& op) {
  Location location = place_in_text(op);
  if (!op.find("loc")) return module_.loc(location);
  PSMC_ASSIGN(const json::Value* value, member(op, "loc", Kind::object));
  PSMC_TRY(check_keys(*value, {"label", "file", "line", "column"}));
  PSMC_ASSIGN(location.label, optional_name(*value, "label"));
  if (value->find("file")) {
    PSMC_ASSIGN(location.file, optional_name(*value, "file"));
    constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
    PSMC_ASSIGN(const int64_t line, document_.get_int(*value, "line", 0, kMost));
    PSMC_ASSIGN(const int64_t column, document_.get_int(*value, "column", 0, kMost));
    location.line = static_cast<uint32_t>(line);
    location.column = static_cast<uint32_t>(column);
  }
  return module_.loc(location);
}

Status JsonReader::read_constant(const json::Value& value) {
  PSMC_TRY(check_keys(value, {"id", "name", "type", "data"}));
  const int64_t next = module_.num_constants();
  PSMC_TRY(document_.get_int(value, "id", next, next));
  Constant constant;
  PSMC_ASSIGN(constant.name, optional_name(value, "name"));
  PSMC_ASSIGN(const Type type, read_type(value, "type"));
  if (!type.is_tensor() || !type.has_static_shape())
    return fail(Code::bad_type, value, "a constant is a tensor of a static shape");
  constant.type = module_.type(type);
  PSMC_ASSIGN(const json::Value* data, member(value, "data", Kind::object));
  PSMC_TRY(read_data(*data, type, constant));
  module_.add_constant(std::move(constant));
  return {};
}

Status JsonReader::read_data(const Object& value, const Type& type, Constant& constant) {
  PSMC_TRY(check_keys(value, {"dense", "splat", "hex", "file", "entry", "sha256"}));
  if (value.find("file")) {
    PSMC_ASSIGN(constant.file, document_.get_string(value, "file"));
    PSMC_ASSIGN(constant.entry, document_.get_string(value, "entry"));
    if (!value.find("sha256")) return {};
    PSMC_ASSIGN(constant.hash, document_.get_string(value, "sha256"));
    if (constant.hash.size() == 64 && bytes_from_hex(constant.hash)) return {};
    return fail(Code::bad_constant, *value.find("sha256"), "a hash is 64 hexadecimal digits");
  }
  if (const json::Value* dense = value.find("dense")) return read_dense(*dense, type, constant);
  if (const json::Value* splat = value.find("splat")) return read_splat(*splat, type, constant);
  if (const json::Value* hex = value.find("hex")) return read_hex(*hex, type, constant);
  return fail(Code::json_type, value, "expected one of the keys dense, splat, hex, file");
}

Status JsonReader::take_inline_bytes(const json::Value& at, int64_t bytes) {
  if (bytes > kMaxInlineBytes - inline_bytes_)
    return fail(Code::too_large, at, "the constants in this text take too much memory");
  inline_bytes_ += bytes;
  return {};
}

Status JsonReader::read_element(const json::Value& value, DType dtype, std::byte* out) const {
  if (value.kind == Kind::boolean && dtype == DType::boolean) {
    store_integer(dtype, value.boolean, out);
    return {};
  }
  if (value.kind == Kind::integer) {
    if (store_integer(dtype, value.integer, out)) return {};
    return fail(Code::bad_constant, value, fmt::format("{} does not fit in {}", value.integer, dtype_name(dtype)));
  }
  double number = value.number;
  if (value.string == "nan")
    number = std::numeric_limits<double>::quiet_NaN();
  else if (value.string == "inf")
    number = std::numeric_limits<double>::infinity();
  else if (value.string == "-inf")
    number = -std::numeric_limits<double>::infinity();
  else if (value.kind != Kind::number)
    return fail(Code::bad_constant, value, "expected a number");
  if (!is_float(dtype))
    return fail(Code::bad_constant, value, fmt::format("expected an integer of {}", dtype_name(dtype)));
  store_number(dtype, number, out);
  return {};
}

Status JsonReader::read_dense(const json::Value& list, const Type& type, Constant& constant) {
  if (!list.is_array() || static_cast<int64_t>(list.items.size()) != type.max_elements()) {
    return fail(Code::bad_constant, list, fmt::format("expected a list of {} elements", type.max_elements()));
  }
  const size_t size = dtype_bytes(type.dtype);
  PSMC_TRY(take_inline_bytes(list, static_cast<int64_t>(list.items.size() * size)));
  constant.owned.resize(list.items.size() * size);
  for (size_t i = 0; i < list.items.size(); ++i) {
    PSMC_TRY(read_element(list.items[i], type.dtype, constant.owned.data() + i * size));
  }
  return {};
}

Status JsonReader::read_splat(const json::Value& value, const Type& type, Constant& constant) {
  const size_t size = dtype_bytes(type.dtype);
  std::byte element[8];
  PSMC_TRY(read_element(value, type.dtype, element));
  PSMC_TRY(take_inline_bytes(value, type.max_elements() * static_cast<int64_t>(size)));
  constant.owned.reserve(static_cast<size_t>(type.max_elements()) * size);
  for (int64_t i = 0; i < type.max_elements(); ++i)
    constant.owned.insert(constant.owned.end(), element, element + size);
  return {};
}

Status JsonReader::read_hex(const json::Value& value, const Type& type, Constant& constant) {
  auto bytes = bytes_from_hex(value.string);
  const int64_t wanted = type.max_elements() * static_cast<int64_t>(dtype_bytes(type.dtype));
  if (!value.is_string() || !bytes || static_cast<int64_t>(bytes->size()) != wanted) {
    return fail(Code::bad_constant, value, fmt::format("expected {} bytes in hexadecimal", wanted));
  }
  PSMC_TRY(take_inline_bytes(value, wanted));
  constant.owned = std::move(*bytes);
  return {};
}

}  // namespace psmc::ir
