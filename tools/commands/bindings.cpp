// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/bindings.h"

#include "base/nearest.h"
#include "ir/external/npy.h"
#include "ir/text/elements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

/// The shortest decimal number that the element type reads as the same value.
std::string element_text(const ir::Array& array, int64_t at) {
  if (is_integer(array.dtype)) return fmt::format("{}", array.get_int(at));
  const double value = array.get(at);
  if (!std::isfinite(value)) return fmt::format("{}", value);
  ir::Array one(array.dtype, {});
  for (int digits = 1; digits < 17; ++digits) {
    const std::optional<double> shorter = ir::double_from_text(fmt::format("{:.{}g}", value, digits));
    one.set(0, shorter.value_or(0));
    if (shorter && one.get(0) == value) return fmt::format("{}", *shorter);
  }
  return fmt::format("{}", value);
}

/// `number` as the only element; "nan" and "inf" are numbers of floating-point types.
Result<ir::Array> one_element(const std::string& text, std::optional<double> number, const Place& place) {
  ir::Array array(place.dtype, place.shape);
  if (array.elements() != 1)
    return error(Code::bad_option,
                 fmt::format("{} is {}: a number is one element", place.what, type_text(place.dtype, place.shape)),
                 {"give a .npy file"});
  if (!is_integer(place.dtype)) {
    if (!number) return error(Code::bad_option, fmt::format("{}: '{}' is not a number", place.what, text));
    array.set(0, *number);
    return array;
  }
  PSMC_ASSIGN(const int64_t integer, parse_integer(text, place.what));
  array.set_int(0, integer);
  if (array.get_int(0) != integer)
    return error(Code::bad_option, fmt::format("{}: {} does not hold {}", place.what, dtype_name(place.dtype), text));
  return array;
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

Result<ir::Array> bound_array(const std::string& value, const Place& place) {
  const std::optional<double> number = ir::double_from_text(value);
  if (number || looks_like_integer(value)) return one_element(value, number, place);
  std::error_code ignored;
  if (!std::filesystem::exists(value, ignored))
    return error(Code::bad_option, fmt::format("{}: '{}' is neither a number nor a file", place.what, value));
  PSMC_ASSIGN(ir::Array array, read_array(value));
  if (array.dtype == DType::i64 && place.dtype == DType::index) array.dtype = place.dtype;
  if (array.dtype != place.dtype || array.shape != place.shape)
    return file_error(place.misfit, value,
                      fmt::format("this file holds {}, but {} is {}", type_text(array.dtype, array.shape), place.what,
                                  type_text(place.dtype, place.shape)));
  return array;
}

Status check_names(const Bindings& bindings, std::string_view option, const std::vector<std::string>& names,
                   std::string_view there_are) {
  for (const auto& [name, value] : bindings) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::vector<std::string_view> views(names.begin(), names.end());
    return error(Code::unknown_binding, fmt::format("{}: there is no '{}'", option, name),
                 names_there_are(name, views, there_are));
  }
  return {};
}

Status check_array_name(std::string_view name) {
  if (is_plain(name)) return {};
  return error(Code::cannot_write, fmt::format("'{}' cannot be the name of a file", name),
               {"rename the result in the model, or leave out --output"});
}

Status write_array(const std::string& folder, const std::string& name, const ir::Array& array) {
  PSMC_TRY(check_array_name(name));
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
    out += (i == 0 ? " " : ", ") + element_text(array, i);
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
