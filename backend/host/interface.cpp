// SPDX-License-Identifier: Apache-2.0
#include "backend/host/interface.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace psmc::host {
namespace {

constexpr std::array kKeywords = {"auto",    "break",    "case",    "char",     "class",    "const",    "continue",
                                  "default", "delete",   "do",      "double",   "else",     "enum",     "extern",
                                  "float",   "for",      "goto",    "if",       "inline",   "int",      "long",
                                  "new",     "operator", "private", "public",   "register", "restrict", "return",
                                  "short",   "signed",   "sizeof",  "static",   "struct",   "switch",   "template",
                                  "this",    "typedef",  "union",   "unsigned", "void",     "volatile", "while"};

DType user_type(DType device) {
  switch (device) {
    case DType::f32:
    case DType::f16:
    case DType::bf16: return DType::f32;
    case DType::f64: return DType::f64;
    case DType::i8:
    case DType::boolean:
    case DType::i32: return DType::i32;
    case DType::i64:
    case DType::index: return DType::i64;
  }
  PSMC_CHECK(false, "unknown dtype");
  return DType::f32;
}

/// Drops dimensions of one element and merges those that lie one behind the other.
std::vector<Dim> merged_dims(const arch::Symbol& symbol) {
  std::vector<Dim> dims;
  for (size_t d = 0; d < symbol.shape.size(); ++d) {
    const Dim dim{static_cast<uint64_t>(symbol.shape[d]), static_cast<uint64_t>(symbol.strides[d])};
    if (dim.extent == 1) continue;
    if (!dims.empty() && dims.back().stride == dim.stride * dim.extent)
      dims.back() = {dims.back().extent * dim.extent, dim.stride};
    else
      dims.push_back(dim);
  }
  return dims;
}

/// Extent of a tensor on the host and the device; both below 2^40 or it is not taken.
Status measure(const arch::Symbol& symbol, Argument& out) {
  constexpr uint64_t kLimit = uint64_t{1} << 40;
  const auto refuse = [&] {
    return error(Code::host_unsupported, fmt::format("'{}' has a layout that host code cannot address", symbol.name));
  };
  out.elements = 1;
  out.span = dtype_bytes(symbol.dtype);
  for (size_t d = 0; d < symbol.shape.size(); ++d) {
    if (symbol.shape[d] < 0 || symbol.strides[d] < 0) return refuse();
    const auto extent = static_cast<uint64_t>(symbol.shape[d]), stride = static_cast<uint64_t>(symbol.strides[d]);
    if (extent > kLimit || stride > kLimit || (extent != 0 && out.elements > kLimit / extent)) return refuse();
    out.elements *= extent;
    if (extent > 1 && stride > (kLimit - std::min(kLimit, out.span)) / (extent - 1)) return refuse();
    if (extent > 1) out.span += (extent - 1) * stride;
  }
  if (out.elements == 0) out.span = 0;
  return {};
}

Result<Argument> argument_of(const arch::Symbol& symbol) {
  Argument out;
  out.name = c_identifier(symbol.name);
  out.input = symbol.kind == arch::SymbolKind::input;
  out.device = symbol.dtype;
  out.user = user_type(symbol.dtype);
  out.shape = symbol.shape;
  out.address = symbol.address;
  out.by_value = out.input && symbol.shape.empty() && is_integer(symbol.dtype);
  PSMC_TRY(measure(symbol, out));
  out.dims = merged_dims(symbol);
  return out;
}

/// Names of one struct, with those that it always has.
Status add_fields(const arch::Entry& entry, Function& out) {
  std::set<std::string> fields = {"struct_size", "version", "cycles"};
  const auto claim = [&](const std::string& field) -> Status {
    if (fields.insert(field).second) return {};
    return error(
        Code::host_unsupported,
        fmt::format("two arguments of entry '{}' would both be the field '{}' of a C struct", entry.name, field),
        {"rename inputs and outputs so that they differ in letters, digits or '_'"});
  };
  uint32_t at = kArgsHeadBytes;
  for (const arch::Symbol& symbol : entry.symbols) {
    if (symbol.kind == arch::SymbolKind::state) continue;
    PSMC_ASSIGN(Argument argument, argument_of(symbol));
    PSMC_TRY(claim(argument.name));
    if (!argument.by_value) PSMC_TRY(claim(argument.name + "_count"));
    argument.offset = at;
    at += argument.by_value ? 8 : 16;
    out.arguments.push_back(std::move(argument));
  }
  out.args_bytes = at;
  return {};
}

}  // namespace

std::string c_identifier(const std::string& name) {
  std::string out;
  for (char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    out += good ? c : '_';
  }
  if (out.empty() || (out[0] >= '0' && out[0] <= '9')) out.insert(out.begin(), 'm');
  if (std::find(kKeywords.begin(), kKeywords.end(), out) != kKeywords.end()) out += '_';
  return out;
}

Result<Interface> interface_of(const arch::Image& image, const std::string& name) {
  Interface out;
  out.prefix = c_identifier(name);
  std::set<std::string> names = {"open", "close", "last_error", "interface", "model", "options"};
  for (size_t i = 0; i < image.entries.size(); ++i) {
    Function function;
    function.name = c_identifier(image.entries[i].name);
    function.entry = static_cast<uint32_t>(i);
    if (!names.insert(function.name).second)
      return error(Code::host_unsupported,
                   fmt::format("entry '{}' has no name of its own in C: {}_{} is taken", image.entries[i].name,
                               out.prefix, function.name),
                   {"rename the function in the model"});
    PSMC_TRY(add_fields(image.entries[i], function));
    out.functions.push_back(std::move(function));
  }
  return out;
}

}  // namespace psmc::host
