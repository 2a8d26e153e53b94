// SPDX-License-Identifier: Apache-2.0
// Reads the text form (docs/ir.md). Types of results are inferred on the way, so a module that parses has the types
// that its ops' definitions give; everything else that must hold is the verifier's (ir/verify.h).
//
// An op without a written file position gets the one in this text; the printer leaves such positions out again.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ir/module.h"

namespace psmc::ir {

/// Appends what is wrong to `errors` (`max_errors` at most, in order of the text) and gives no module then. `file` is
/// for messages and becomes Module::source; the module's folder is the file's.
std::optional<Module> parse_text(std::string_view file, std::string_view text, std::vector<Diagnostic>& errors,
                                 size_t max_errors = kMaxErrors);
/// The same with all errors in one diagnostic.
Result<Module> parse_text(std::string_view file, std::string_view text);

}  // namespace psmc::ir
