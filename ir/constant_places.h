// SPDX-License-Identifier: Apache-2.0
// Where the text of a module names the files of its constants. Constants keep no places: these are looked for once more
// in the text when something is wrong with a file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "ir/module.h"

namespace psmc::ir {

/// For each of `ids`, in their order, which is ascending, where `text` (of the text form or JSON-IR) names its file;
/// unknown places for a text that is empty or binary.
std::vector<SourcePlace> places_of_files(const Module& module, std::span<const ConstId> ids, std::string_view text);

/// "constant @w"; "constant 3" of one without a name.
std::string constant_title(const Module& module, ConstId id);

}  // namespace psmc::ir
