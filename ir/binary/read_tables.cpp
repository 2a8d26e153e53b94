// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/utf8.h"
#include "ir/binary/format.h"
#include "ir/binary/reader.h"
#include "ir/limits.h"
#include "ir/op.h"
#include "ir/text/print_type.h"

namespace psmc::ir {

BinaryReader::BinaryReader(const std::string& file, std::string_view payload, uint8_t minor)
    : file_(file), in_(payload), minor_(minor) {
  const size_t slash = file.rfind('/');
  if (slash != std::string::npos) module_.folder = file.substr(0, slash + 1);
}

// `what` it is a text of.
std::string BinaryReader::read_text(std::string_view what) {
  const std::string_view text = in_.text();
  if (!is_utf8(text)) fail(fmt::format("{} is not UTF-8", what));
  return std::string(text);
}

StrId BinaryReader::read_optional_string() {
  const uint64_t number = in_.number();
  return number == 0 ? StrId() : at(strings_, number - 1, "a string is not in the table");
}

SymExpr BinaryReader::read_expr() {
  SymExpr expr(in_.integer());
  for (size_t i = in_.number(kMaxSymbols); i > 0; --i) {
    const StrId symbol = at(strings_, in_.number(), "a symbol has no name");
    const int64_t factor = in_.integer();
    if (std::max(factor, -kMaxSymbol) > kMaxSymbol || factor < -kMaxSymbol) fail("a factor of a symbol is too large");
    if (!in_.failed()) expr = expr + SymExpr::symbol(symbol) * factor;
  }
  if (expr.constant < -kMaxSymbol || expr.constant > kMaxSymbol) fail("a size is too large");
  return expr;
}

Type BinaryReader::read_type() {
  Type type;
  const std::string_view kind = in_.text(), dtype = in_.text(), space = in_.text();
  for (TypeKind candidate : {TypeKind::tensor, TypeKind::scalar, TypeKind::buffer, TypeKind::token, TypeKind::vreg,
                             TypeKind::mreg, TypeKind::treg, TypeKind::areg, TypeKind::sreg}) {
    if (kind == type_kind_name(candidate)) type.kind = candidate;
  }
  for (Space candidate : {Space::scratchpad, Space::memory, Space::accumulator}) {
    if (space == space_name(candidate)) type.space = candidate;
  }
  const auto element = dtype_from_name(dtype);
  if (type.kind == TypeKind::none || !element || space.empty() != (type.space == Space::none)) fail("a type is none");
  if (element) type.dtype = *element;
  for (size_t i = in_.number(kMaxRank); i > 0; --i) {
    const int64_t bound = in_.integer();
    type.dims.emplace_back(read_expr(), bound);
  }
  for (size_t i = in_.number(kMaxRank); i > 0; --i) type.strides.push_back(in_.integer());
  check_type(type);
  return type;
}

// What the readers of text and JSON see to as they go.
void BinaryReader::check_type(const Type& type) {
  if (in_.failed()) return;
  const bool shaped = type.is_tensor() || type.is_buffer();
  if ((!shaped && !type.dims.empty()) || type.strides.size() != (type.is_buffer() ? type.rank() : 0) ||
      (type.space != Space::none && !type.is_buffer()))
    return fail("a type has parts that its kind does not have");
  if (!shaped && !type.is_scalar() && type.dtype != DType::f32)
    return fail("a type has parts that its kind does not have");
  for (const Dim& dim : type.dims) {
    if (dim.bound < 0 || dim.bound > kMaxDim || (dim.is_static() && dim.size.constant != dim.bound))
      return fail("an extent is negative or too large");
  }
  if (type.max_elements() > kMaxElements) return fail("a type has too many elements");
  for (int64_t stride : type.strides)
    if (stride < 0 || stride > kMaxElements) return fail("a stride is negative or too large");
}

AttrValue BinaryReader::read_attr_value() {
  switch (in_.byte()) {
    case 0: return in_.integer();
    case 1: return in_.real();
    case 2: return in_.byte() != 0;
    case 3: return read_text("an attribute");
    case 4: {
      const auto dtype = dtype_from_name(in_.text());
      if (!dtype) fail("there is no such element type");
      return dtype.value_or(DType::f32);
    }
    case 5: {
      IntList list(in_.count(1));
      for (int64_t& value : list) value = in_.integer();
      return list;
    }
    case 6: {
      SymList list(in_.count(2));
      for (SymExpr& value : list) value = read_expr();
      return list;
    }
    default: fail("an attribute is of no kind"); return int64_t{0};
  }
}

AttrId BinaryReader::read_attrs() {
  AttrDict dict;
  for (size_t i = in_.number(kMaxSymbols); i > 0; --i) {
    const StrId name = at(strings_, in_.number(), "an attribute has no name");
    if (std::any_of(dict.begin(), dict.end(), [&](const Attr& a) { return a.name == name; }))
      fail("an attribute is given twice");
    AttrValue value = read_attr_value();
    if (!in_.failed()) dict.push_back({name, std::move(value)});
  }
  return in_.failed() ? AttrId() : module_.attrs(std::move(dict));
}

AttrId BinaryReader::read_optional_attrs() {
  const uint64_t number = in_.number();
  return number == 0 ? AttrId() : at(attrs_, number - 1, "attributes are not in the table");
}

Location BinaryReader::read_location() {
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  Location location;
  location.file = read_optional_string();
  location.line = static_cast<uint32_t>(in_.number(kMost));
  location.column = static_cast<uint32_t>(in_.number(kMost));
  location.label = read_optional_string();
  return location;
}

void BinaryReader::read_data(Constant& constant) {
  const uint8_t form = in_.byte();
  if (form == kDataFile) {
    constant.file = read_text("the file of a constant");
    constant.entry = read_text("the entry of a constant");
    constant.hash = read_text("the hash of a constant");
    if (constant.file.empty()) fail("a constant has no file");
    return;
  }
  const Type& type = module_.type(constant.type);
  const std::string_view data = in_.text();
  const auto size = static_cast<int64_t>(dtype_bytes(type.dtype));
  if (!type.is_tensor() || !type.has_static_shape() ||
      type.max_elements() > kMaxInlineBytes / size - inline_bytes_ / size)
    return fail("a constant is too large, or no tensor of a fixed size");
  const int64_t bytes = type.max_elements() * size;
  if (form > kDataSplat || static_cast<int64_t>(data.size()) != (form == kDataSplat ? size : bytes))
    return fail("a constant has too few bytes or too many");
  inline_bytes_ += bytes;
  constant.owned.resize(static_cast<size_t>(bytes));
  auto* out = reinterpret_cast<char*>(constant.owned.data());
  for (int64_t at = 0; at < bytes; at += static_cast<int64_t>(data.size())) data.copy(out + at, data.size());
  const auto not_boolean = [](std::byte b) { return static_cast<uint8_t>(b) > 1; };
  if (type.dtype == DType::boolean && std::any_of(constant.owned.begin(), constant.owned.end(), not_boolean))
    fail("a truth value is neither 0 nor 1");
}

Constant BinaryReader::read_constant() {
  Constant constant;
  constant.name = read_optional_string();
  constant.type = at(types_, in_.number(), "a type is not in the table");
  if (!in_.failed()) read_data(constant);
  return constant;
}

// Each result and block costs bytes in every op of the form, so none can ask for much memory with few bytes.
void BinaryReader::read_form() {
  OpForm form;
  form.op.kind = at(kinds_, in_.number(), "an op is of no kind");
  form.op.num_operands = static_cast<uint16_t>(in_.number(kMaxOperands));
  form.op.num_blocks = static_cast<uint8_t>(in_.number(std::numeric_limits<uint8_t>::max()));
  form.op.attrs = read_optional_attrs();
  form.place = static_cast<uint8_t>(in_.number(kPlaceTable));
  form.op.num_results = static_cast<uint16_t>(in_.number(kMaxOperands));
  form.first_result = static_cast<uint32_t>(results_.size());
  for (uint32_t i = 0; i < form.op.num_results && !in_.failed(); ++i) {
    const TypeId type = at(types_, in_.number(), "a type is not in the table");
    results_.push_back({type, read_name_form()});
  }
  forms_.push_back(form);
}

void BinaryReader::read_tables() {
  const auto each = [&](size_t item_size, auto&& read) {
    for (size_t i = in_.count(item_size); i > 0 && !in_.failed(); --i) read();
  };
  module_.source = read_text("the name of the source");
  module_.str(module_.source);
  each(1, [&] {
    const OpDef* def = find_op_def(in_.text());
    if (!def) return fail("an op is not one of this psmc's");
    kinds_.push_back(def->kind);
  });
  each(1, [&] { strings_.push_back(module_.str(read_text("a string"))); });
  each(2, [&] {
    const std::string head = read_text("a name"), tail = read_text("a name");
    const std::string sample = head + '0' + tail;
    const auto parts = split_number(sample);
    if (!parts || parts->head != head) return fail("a name has digits beside its number");
    stems_.push_back({module_.strings_.stem(head, tail), static_cast<uint32_t>(head.size() + tail.size())});
  });
  each(5, [&] {
    const Type type = read_type();
    if (!in_.failed()) types_.push_back(module_.type(type));
  });
  each(1, [&] { attrs_.push_back(read_attrs()); });
  each(4, [&] { locs_.push_back(module_.loc(read_location())); });
  each(3, [&] {
    Constant constant = read_constant();
    if (!in_.failed()) module_.add_constant(std::move(constant));
  });
  if (minor_ >= kMinorWithExtensions) {
    module_.own_attrs = read_optional_attrs();
    for (uint32_t i = 0; i < module_.num_constants() && !in_.failed(); ++i)
      module_.constant(ConstId(i)).attrs = read_optional_attrs();
  }
  each(6, [&] { read_form(); });
}

}  // namespace psmc::ir
