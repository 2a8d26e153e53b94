// SPDX-License-Identifier: Apache-2.0
// Comments of the text form, which reading drops, put into the canonical form of the same module.
#pragma once

#include <string>
#include <string_view>

#include "ir/module.h"

namespace psmc::ir {

/// `text` without comments, without the lines that held nothing else, and without blank lines before the first.
std::string without_comments(std::string_view text);

/// The canonical form of `module`, which was read from `text`, with the comments of `text`: one that stood behind an
/// op, a constant or a function's head stands behind it again; others stand in lines of their own before what they
/// preceded (at the end of a block: after what they followed). If `text` differs from the canonical form by comments
/// alone, it is given back as it is.
std::string canonical_with_comments(const Module& module, const std::string& text);

}  // namespace psmc::ir
