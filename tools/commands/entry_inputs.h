// SPDX-License-Identifier: Apache-2.0
// Which entry of an image runs, and what the host gives it: common to the commands that run images.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/image.h"
#include "ir/array.h"
#include "tools/driver/device.h"

namespace psmc::tools {

/// The entry of that name; without a name the only one. Errors: unknown_binding, bad_option.
Result<size_t> choose_entry(const arch::Image& image, const std::string& wanted);

/// By the order of the entry's symbols; without an array where nothing is bound.
using Arrays = std::vector<std::optional<ir::Array>>;

/// What `texts` bind; never to symbols of the kind `but`. Errors: those of bindings and arrays.
Result<Arrays> read_arrays(const arch::Entry& entry, const std::vector<std::string>& texts, std::string_view option,
                           arch::SymbolKind but);

struct InputRules {
  bool timing_only = false;      ///< only control inputs must be given
  std::optional<uint64_t> seed;  ///< of those that are not given
};

/// Writes the inputs of entry `at`. Errors: unknown_binding if one that is needed is not given.
Status write_inputs(Device& device, size_t at, const Arrays& arrays, const InputRules& rules);

}  // namespace psmc::tools
