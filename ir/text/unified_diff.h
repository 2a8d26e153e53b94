// SPDX-License-Identifier: Apache-2.0
// Two texts compared line by line.
#pragma once

#include <string>
#include <string_view>

namespace psmc::ir {

/// What `diff -u` prints, from its first `---` line on: three lines of context; after `@@` the line of the function
/// that a hunk begins in. Empty if the texts are equal. Shortest if they differ in few lines; always right.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name_before,
                         std::string_view name_after);

}  // namespace psmc::ir
