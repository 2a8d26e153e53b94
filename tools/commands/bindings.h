// SPDX-License-Identifier: Apache-2.0
// `--input name=file.npy` and `--symbol name=3`: values that the user binds to names, and what goes back to files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ir/array.h"

namespace psmc::tools {

/// Bindings in the order of the command line.
using Bindings = std::vector<std::pair<std::string, std::string>>;

/// Splits "name=value" at the first '='. Errors: bad_option (no '=', an empty side, a name given twice).
Result<Bindings> parse_bindings(const std::vector<std::string>& texts, std::string_view option);

/// The value of `name`, or null.
const std::string* find_binding(const Bindings& bindings, std::string_view name);

/// A decimal integer of at most 18 digits. Errors: bad_option.
Result<int64_t> parse_integer(std::string_view text, std::string_view what);

/// Token ids with commas: "1,403,407". Errors: bad_option.
Result<std::vector<int32_t>> parse_ids(const std::string& text);

/// What a value is bound to.
struct Place {
  std::string what;  ///< "input 'x'"
  DType dtype{};
  std::vector<int64_t> shape;
  Code misfit = Code::bad_launch;  ///< of a file with another element type or shape
};

/// The value bound to a tensor of that type: a .npy file, or a plain number for one element. Errors: those of .npy
/// files, `misfit`; bad_option if the value is neither a number that the element type holds nor a file.
Result<ir::Array> bound_array(const std::string& value, const Place& place);

/// Each binding must be of one of `names`. Errors: unknown_binding, which lists them as `there_are`.
Status check_names(const Bindings& bindings, std::string_view option, const std::vector<std::string>& names,
                   std::string_view there_are);

/// The array of a .npy file.
Result<ir::Array> read_array(const std::string& path);
/// Errors: cannot_write if write_array would refuse the name.
Status check_array_name(std::string_view name);
/// Writes `<folder>/<name>.npy`; makes the folder. Errors: cannot_write.
Status write_array(const std::string& folder, const std::string& name, const ir::Array& array);

/// "logits: 1x512 f32 = 0.1, 0.2, ..." with at most eight elements, each with as many digits as its type needs.
std::string array_text(std::string_view name, const ir::Array& array);

}  // namespace psmc::tools
