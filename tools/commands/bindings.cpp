// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/bindings.h"

#include "base/json.h"
#include "ir/external/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace psmc::tools {
namespace {

constexpr int64_t kShownElements = 8;

/// A name that is one file in a folder.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 200 && name[0] != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

bool looks_like_integer(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string type_text(DType dtype, const std::vector<int64_t>& shape) {
  return fmt::format("{} {}", ir::shape_text(shape), dtype_name(dtype));
}

}  // namespace

Result<Bindings> parse_bindings(const std::vector<std::string>& texts, std::string_view option) {
  Bindings bindings;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      return error(Code::bad_option, fmt::format("{} '{}' is not name=value", option, text));
    const std::string name = text.substr(0, equals);
    if (find_binding(bindings, name)) return error(Code::bad_option, fmt::format("{} gives '{}' twice", option, name));
    bindings.emplace_back(name, text.substr(equals + 1));
  }
  return bindings;
}

const std::string* find_binding(const Bindings& bindings, std::string_view name) {
  for (const auto& [key, value] : bindings)
    if (key == name) return &value;
  return nullptr;
}

Result<int64_t> parse_integer(std::string_view text, std::string_view what) {
  if (!looks_like_integer(text) || text.size() > 18)
    return error(Code::bad_option, fmt::format("{}: '{}' is not an integer", what, text));
  return static_cast<int64_t>(std::stoll(std::string(text)));
}

Result<ir::Array> read_array(const std::string& path) {
  PSMC_ASSIGN(const ir::NpyFile file, ir::NpyFile::open(path));
  const ir::TensorView& tensor = file.tensor();
  ir::Array array;
  array.dtype = tensor.dtype;
  array.shape = tensor.shape;
  array.bytes.assign(tensor.bytes.begin(), tensor.bytes.end());
  return array;
}

Result<ir::Array> bound_array(const std::string& value, std::string_view name, DType dtype,
                              const std::vector<int64_t>& shape) {
  if (looks_like_integer(value)) {
    ir::Array array(dtype, shape);
    if (array.elements() != 1)
      return error(Code::bad_option,
                   fmt::format("input '{}' is {}: a number is one element", name, type_text(dtype, shape)),
                   {"give a .npy file"});
    PSMC_ASSIGN(const int64_t number, parse_integer(value, fmt::format("input '{}'", name)));
    if (is_integer(dtype))
      array.set_int(0, number);
    else
      array.set(0, static_cast<double>(number));
    return array;
  }
  PSMC_ASSIGN(ir::Array array, read_array(value));
  if (array.dtype == DType::i64 && dtype == DType::index) array.dtype = dtype;
  if (array.dtype != dtype || array.shape != shape)
    return error(Code::bad_option, fmt::format("input '{}' is {}, but {} holds {}", name, type_text(dtype, shape),
                                               value, type_text(array.dtype, array.shape)));
  return array;
}

Status write_array(const std::string& folder, const std::string& name, const ir::Array& array) {
  if (!is_plain(name)) return error(Code::cannot_write, fmt::format("'{}' cannot be the name of a file", name));
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return file_error(Code::cannot_write, folder, "the folder cannot be made: " + failed.message());
  return ir::write_npy((std::filesystem::path(folder) / (name + ".npy")).string(),
                       {"", array.dtype, array.shape, array.bytes});
}

std::string array_text(std::string_view name, const ir::Array& array) {
  std::string out = fmt::format("{}: {} =", name, type_text(array.dtype, array.shape));
  const int64_t count = array.elements(), shown = std::min(count, kShownElements);
  for (int64_t i = 0; i < shown; ++i) {
    const std::string element =
        is_integer(array.dtype) ? fmt::format("{}", array.get_int(i)) : json::number_text(array.get(i));
    out += (i == 0 ? " " : ", ") + element;
  }
  return out + (shown < count ? ", ...\n" : "\n");
}

Result<std::vector<int32_t>> parse_ids(const std::string& text) {
  std::vector<int32_t> ids;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, comma - at);
    if (part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != std::string::npos)
      return error(Code::bad_option, fmt::format("'{}' is not a token id", part),
                   {"token ids are numbers with commas: 1,403,407"});
    ids.push_back(std::stoi(part));
    at = comma + 1;
  }
  return ids;
}

}  // namespace psmc::tools
