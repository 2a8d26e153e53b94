// SPDX-License-Identifier: Apache-2.0
// The name that was probably meant by one that does not exist.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace psmc {

/// The candidate that is the fewest edits (a character more, less, another, or two neighbours swapped; case does not
/// count) from `word`, the first of several; empty if more than a third of the longer one would have to change. Cost:
/// the product of the lengths, which are cut at 64.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// Notes for a diagnostic about `word`: "did you mean `...`?" if there is something near, then "there are: ...".
std::vector<std::string> names_there_are(std::string_view word, std::span<const std::string_view> candidates,
                                         std::string_view there_are = "there are");

}  // namespace psmc
