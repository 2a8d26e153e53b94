// SPDX-License-Identifier: Apache-2.0
// The constant table and the data of constants.
#include <fmt/format.h>

#include <limits>

#include "ir/json/extensions.h"
#include "ir/limits.h"
#include "ir/text/elements.h"
#include "ir/text/parser_core.h"

namespace psmc::ir {

// const @name : type = data | file("m.safetensors", "entry" [, "sha256"]) [{extensions}]
bool Parser::parse_constant_entry() {
  const Token name = token_;
  if (name.kind != TokenKind::symbol) return fail_here("expected the constant's name, as in `const @weight`");
  advance();
  Type type;
  if (!expect(":") || !parse_type(type) || !expect("=")) return false;
  if (!type.is_tensor() || !type.has_static_shape()) {
    return fail(Code::bad_type, name.begin, "a constant is a tensor of a static shape");
  }
  Constant constant;
  constant.name = module_.str(name.text);
  constant.type = module_.type(type);
  const bool read = token_.is_name("file") ? parse_file_reference(constant) : parse_data(type, constant.owned);
  if (!read || !parse_extensions(constant.attrs)) return false;
  if (const auto known = constants_.find(name.text); known != constants_.end()) {
    return fail(with_previous(
        wrong_at(Code::redefined_name, name.begin, fmt::format("a constant `@{}` exists already", name.text)),
        known->first));
  }
  constants_.emplace(name.text, module_.add_constant(std::move(constant)));
  return true;
}

// module {extensions}
bool Parser::parse_module_entry(size_t begin) {
  if (!token_.is("{")) return fail_here("expected the module's extensions, as in `module {x.tool = \"1\"}`");
  AttrId attrs;
  if (!parse_extensions(attrs)) return false;
  if (module_.own_attrs.valid()) return fail(Code::redefined_name, begin, "the module has its extensions already");
  module_.own_attrs = attrs;
  return true;
}

// Attributes of a constant or the module, if there are any here.
bool Parser::parse_extensions(AttrId& attrs) {
  const size_t begin = token_.begin;
  if (!token_.is("{")) return true;
  AttrDict dict;
  if (!parse_attrs(dict)) return false;
  const std::string_view ordinary = first_ordinary(module_, dict);
  if (!ordinary.empty()) return fail(Code::bad_attribute, begin, ordinary_message(ordinary));
  attrs = module_.attrs(std::move(dict));
  return true;
}

bool Parser::parse_file_reference(Constant& constant) {
  advance();
  if (!expect("(") || !parse_string(constant.file) || !expect(",") || !parse_string(constant.entry)) return false;
  if (accept(",")) {
    const size_t begin = token_.begin;
    if (!parse_string(constant.hash)) return false;
    if (constant.hash.size() != 64 || !bytes_from_hex(constant.hash)) {
      return fail(Code::bad_constant, begin, "a hash is the SHA-256 of the data, 64 hexadecimal digits");
    }
  }
  return expect(")");
}

bool Parser::parse_data(const Type& type, std::vector<std::byte>& bytes) {
  if (accept_name("dense")) return parse_list_data(type, bytes);
  if (accept_name("splat")) return parse_splat_data(type, bytes);
  if (accept_name("hex")) return parse_hex_data(type, bytes);
  return fail_here("expected the data: dense[...], splat[...], hex \"...\" or file(...)");
}

bool Parser::take_inline_bytes(int64_t count, size_t place) {
  if (count <= kMaxInlineBytes - inline_bytes_) {
    inline_bytes_ += count;
    return true;
  }
  return fail(Code::too_large, place, "the constants in this text take too much memory",
              {"put large constants into a .safetensors file and refer to it with file(...)"});
}

bool Parser::parse_element(DType dtype, std::byte* out) {
  const size_t begin = token_.begin;
  if (dtype == DType::boolean && (token_.is_name("true") || token_.is_name("false"))) {
    store_integer(dtype, token_.text == "true", out);
    advance();
    return true;
  }
  AttrValue value;
  if (!parse_number_or_integer(value)) return false;
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    if (store_integer(dtype, *integer, out)) return true;
    return fail(Code::bad_constant, begin, fmt::format("{} does not fit in {}", *integer, dtype_name(dtype)));
  }
  if (!is_float(dtype))
    return fail(Code::bad_constant, begin,
                fmt::format("an element of {} is no number with a point", dtype_name(dtype)));
  store_number(dtype, std::get<double>(value), out);
  return true;
}

bool Parser::parse_list_data(const Type& type, std::vector<std::byte>& bytes) {
  const size_t begin = token_.begin;
  const size_t size = dtype_bytes(type.dtype);
  int64_t count = 0;
  auto element = [&] {
    if (++count > type.max_elements()) return fail(Code::bad_constant, token_.begin, "more elements than the type has");
    bytes.resize(bytes.size() + size);
    return parse_element(type.dtype, bytes.data() + bytes.size() - size);
  };
  if (!expect("[") || !parse_list("]", element)) return false;
  if (count != type.max_elements()) {
    return fail(Code::bad_constant, begin, fmt::format("{} elements, but the type has {}", count, type.max_elements()));
  }
  return take_inline_bytes(static_cast<int64_t>(bytes.size()), begin);
}

bool Parser::parse_splat_data(const Type& type, std::vector<std::byte>& bytes) {
  const size_t begin = token_.begin;
  const size_t size = dtype_bytes(type.dtype);
  std::byte element[8];
  if (!expect("[") || !parse_element(type.dtype, element) || !expect("]")) return false;
  if (!take_inline_bytes(type.max_elements() * static_cast<int64_t>(size), begin)) return false;
  bytes.reserve(static_cast<size_t>(type.max_elements()) * size);
  for (int64_t i = 0; i < type.max_elements(); ++i) bytes.insert(bytes.end(), element, element + size);
  return true;
}

bool Parser::parse_hex_data(const Type& type, std::vector<std::byte>& bytes) {
  const size_t begin = token_.begin;
  std::string text;
  if (!parse_string(text)) return false;
  auto read = bytes_from_hex(text);
  if (!read) return fail(Code::bad_constant, begin, "expected an even number of hexadecimal digits");
  if (static_cast<int64_t>(read->size()) != type.max_elements() * static_cast<int64_t>(dtype_bytes(type.dtype))) {
    return fail(Code::bad_constant, begin, fmt::format("{} bytes do not fit the type", read->size()));
  }
  bytes = std::move(*read);
  return take_inline_bytes(static_cast<int64_t>(bytes.size()), begin);
}

}  // namespace psmc::ir
