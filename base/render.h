// SPDX-License-Identifier: Apache-2.0
// Diagnostics as text for people.
#pragma once

#include <string>
#include <string_view>

#include "base/diagnostics.h"

namespace psmc {

struct RenderStyle {
  bool color = false;  ///< with the escape sequences of a terminal; none come from the diagnostic itself
};

/// The form of Diagnostic::render.
std::string render(const Diagnostic& diagnostic, const RenderStyle& style);

/// `text` so that no terminal takes it for more than text: control characters, marks that reorder a line, and what is
/// no UTF-8 are written as escapes, a tab as one blank.
std::string printable(std::string_view text, bool keep_newlines = false);

/// Columns of a terminal that `printable(text)` takes.
size_t display_width(std::string_view text);

}  // namespace psmc
