// SPDX-License-Identifier: Apache-2.0
// Several files that appear together or not at all.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace psmc {

/// Whether a file can be written there, as far as can be told without writing. Errors: cannot_write.
Status check_writable(const std::string& path);

/// Paths and bytes: all are written beside their places, and take them when the last one is complete. Those that are
/// new are removed if a later one cannot take its place. "-" is standard output. Errors: cannot_write.
Status write_files(std::span<const std::pair<std::string, std::string>> files);

}  // namespace psmc
