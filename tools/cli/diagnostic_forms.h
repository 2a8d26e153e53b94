// SPDX-License-Identifier: Apache-2.0
// Diagnostics for other programs: JSON and SARIF 2.1.0 (docs/diagnostics.md has the keys). `more` of a diagnostic is
// the caller's to tell.
#pragma once

#include <span>
#include <string>

#include "base/diagnostics.h"

namespace psmc::tools {

/// One JSON object in one line.
std::string diagnostic_json(const Diagnostic& diagnostic);

/// A whole SARIF log of one run, with all codes as its rules. `status`: what the process ends with.
std::string diagnostics_sarif(std::span<const Diagnostic> diagnostics, int status);

}  // namespace psmc::tools
