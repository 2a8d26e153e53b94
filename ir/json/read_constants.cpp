// SPDX-License-Identifier: Apache-2.0
// The table of constants. Elements go one by one from the text into their bytes, so that a large constant takes the
// memory of its bytes and no more; how many there may be is known from the type before.
#include <fmt/format.h>

#include <algorithm>

#include "ir/json/reader.h"
#include "ir/limits.h"
#include "ir/text/elements.h"

namespace psmc::ir {

using json::Kind;

namespace {

constexpr size_t kTypeField = 2;  ///< among the keys of a constant

}  // namespace

// Data are read where they stand if the type stands before them, else once it is known.
Status JsonReader::read_constant() {
  static constexpr std::string_view kKeys[] = {"id", "name", "type", "data"};
  Fields fields;
  Constant constant;
  fields.stop_with = kTypeField;
  PSMC_TRY(read_fields(kKeys, "data", fields));
  const bool in_place = fields.stopped;
  if (in_place) {
    PSMC_TRY(read_typed_data(fields, constant));
    PSMC_TRY(read_more_fields(kKeys, "data", fields));
  }
  const Ref id = fields.value[0], name = fields.value[1];
  if (!id) return missing("id", fields.begin);
  if (!fields.value[kTypeField]) return missing("type", fields.begin);
  if (fields.passed == 0) return missing("data", fields.begin);
  const int64_t next = module_.num_constants();
  if (!id.is_integer() || id->integer != next)
    return fail(Code::json_type, id, fmt::format("the constants are numbered from 0, so this is {}", next));
  if (name) {
    PSMC_TRY(check_kind(name, "name", Kind::string));
    constant.name = module_.str(name->string);
  }
  if (!in_place) {
    const size_t end = cursor_.at();
    cursor_.move_to(fields.passed);
    PSMC_TRY(read_typed_data(fields, constant));
    cursor_.move_to(end);
  }
  PSMC_ASSIGN(constant.attrs, with_extensions({}, std::move(fields.extensions), fields.begin));
  tape_.cut(fields.mark);
  module_.add_constant(std::move(constant));
  return {};
}

// At the data.
Status JsonReader::read_typed_data(const Fields& fields, Constant& constant) {
  if (!symbols_.empty()) types_.clear();
  symbols_.clear();
  PSMC_ASSIGN(constant.type, read_type(fields.value[kTypeField]));
  const Type type = module_.type(constant.type);
  if (!type.is_tensor() || !type.has_static_shape())
    return fail(Code::bad_type, fields.begin, "a constant is a tensor of a static shape");
  return read_data(type, constant);
}

// {"dense": [...]}, {"splat": x}, {"hex": "..."} or {"file": ..., "entry": ..., "sha256": ...}
Status JsonReader::read_data(const Type& type, Constant& constant) {
  static constexpr std::string_view kKeys[] = {"dense", "splat", "hex", "file", "entry", "sha256"};
  const size_t begin = cursor_.value_begin();
  if (!cursor_.is('{')) return fail(Code::json_type, begin, "\"data\" has the wrong type");
  PSMC_ASSIGN(json::Walk walk, cursor_.enter('{'));
  PSMC_ASSIGN(const bool any, cursor_.next(walk));
  if (!any) return fail(Code::json_type, begin, "expected one of the keys dense, splat, hex, file");
  const uint32_t mark = tape_.size();
  PSMC_ASSIGN(const Ref key_ref, cursor_.key(tape_));
  const std::string_view key = key_ref->string;
  if (key == "dense") {
    PSMC_TRY(read_dense(type, constant));
  } else if (key == "splat" || key == "hex") {
    PSMC_ASSIGN(const Ref value, cursor_.read(tape_));
    PSMC_TRY(key == "splat" ? read_splat(value, type, constant) : read_hex(value, type, constant));
  } else if (key == "file" || key == "entry" || key == "sha256") {
    cursor_.move_to(begin);
    PSMC_ASSIGN(const Ref value, cursor_.read(tape_));
    PSMC_TRY(read_reference(value, constant));
    tape_.cut(mark);
    return {};
  } else {
    return unknown_key(key, key_ref->begin, kKeys);
  }
  tape_.cut(mark);
  PSMC_ASSIGN(const bool more, cursor_.next(walk));
  if (!more) return {};
  return fail(Code::json_type, cursor_.value_begin(), "\"data\" has one of the keys dense, splat, hex, file");
}

Status JsonReader::read_reference(Ref value, Constant& constant) {
  PSMC_TRY(check_keys(value, {"file", "entry", "sha256"}));
  PSMC_ASSIGN(const Ref file, member(value, "file", Kind::string));
  PSMC_ASSIGN(const Ref entry, member(value, "entry", Kind::string));
  constant.file = file->string;
  constant.entry = entry->string;
  if (constant.file.empty()) return fail(Code::json_type, file, "the name of the file is empty");
  if (!value.find("sha256")) return {};
  PSMC_ASSIGN(const Ref hash, member(value, "sha256", Kind::string));
  constant.hash = hash->string;
  if (constant.hash.size() == 64 && bytes_from_hex(constant.hash)) return {};
  return fail(Code::bad_constant, hash, "a hash is 64 hexadecimal digits");
}

Status JsonReader::take_inline_bytes(size_t at, int64_t bytes) {
  if (bytes > kMaxInlineBytes - inline_bytes_)
    return fail(Code::too_large, at, "the constants in this text take too much memory");
  inline_bytes_ += bytes;
  return {};
}

Status JsonReader::read_element(Ref value, DType dtype, std::byte* out) const {
  if (value->kind == Kind::boolean && dtype == DType::boolean) {
    store_integer(dtype, value->flag, out);
    return {};
  }
  if (value.is_integer() && !(value->integer == 0 && is_float(dtype))) {  // -0 is not 0
    if (store_integer(dtype, value->integer, out)) return {};
    return fail(Code::bad_constant, value, fmt::format("{} does not fit in {}", value->integer, dtype_name(dtype)));
  }
  double number = value->number;
  if (value->kind != Kind::number && !value.is_integer()) {
    const auto special = special_number(value);
    if (!special) return fail(Code::bad_constant, value, "expected a number");
    number = *special;
  }
  if (!is_float(dtype))
    return fail(Code::bad_constant, value, fmt::format("expected an integer of {}", dtype_name(dtype)));
  store_number(dtype, number, out);
  return {};
}

Status JsonReader::read_dense(const Type& type, Constant& constant) {
  const size_t begin = cursor_.value_begin();
  const int64_t count = type.max_elements();
  const auto wrong_count = [&] {
    return fail(Code::bad_constant, begin, fmt::format("expected a list of {} elements", count));
  };
  if (!cursor_.is('[')) return wrong_count();
  if (count > static_cast<int64_t>(text_.size() - begin)) return wrong_count();  // an element takes a character
  const size_t size = dtype_bytes(type.dtype);
  PSMC_TRY(take_inline_bytes(begin, count * static_cast<int64_t>(size)));
  constant.owned.resize(static_cast<size_t>(count) * size);
  PSMC_ASSIGN(json::Walk walk, cursor_.enter('['));
  const uint32_t mark = tape_.size();
  for (int64_t i = 0;; ++i) {
    PSMC_ASSIGN(const bool more, cursor_.next(walk));
    if (more != (i < count)) return wrong_count();
    if (!more) return {};
    PSMC_ASSIGN(const Ref value, cursor_.read(tape_));
    PSMC_TRY(read_element(value, type.dtype, constant.owned.data() + static_cast<size_t>(i) * size));
    tape_.cut(mark);
  }
}

Status JsonReader::read_splat(Ref value, const Type& type, Constant& constant) {
  const size_t size = dtype_bytes(type.dtype);
  std::byte element[8];
  PSMC_TRY(read_element(value, type.dtype, element));
  PSMC_TRY(take_inline_bytes(value->begin, type.max_elements() * static_cast<int64_t>(size)));
  constant.owned.reserve(static_cast<size_t>(type.max_elements()) * size);
  for (int64_t i = 0; i < type.max_elements(); ++i)
    constant.owned.insert(constant.owned.end(), element, element + size);
  return {};
}

Status JsonReader::read_hex(Ref value, const Type& type, Constant& constant) {
  const int64_t wanted = type.max_elements() * static_cast<int64_t>(dtype_bytes(type.dtype));
  const auto wrong = [&] {
    return fail(Code::bad_constant, value, fmt::format("expected {} bytes in hexadecimal", wanted));
  };
  if (!value.is_string() || static_cast<int64_t>(value->string.size()) != 2 * wanted) return wrong();
  PSMC_TRY(take_inline_bytes(value->begin, wanted));
  auto bytes = bytes_from_hex(value->string);
  if (!bytes) return wrong();
  constant.owned = std::move(*bytes);
  return {};
}

}  // namespace psmc::ir
