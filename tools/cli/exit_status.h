// SPDX-License-Identifier: Apache-2.0
// What the process ends with: 0 ok, 1 input rejected, 2 usage, 3 result wrong, 4 trap or deadlock, 70 internal. A
// failed internal check ends the process itself, also with 70 (base/check.h).
#pragma once

#include <functional>

#include "base/result.h"
#include "tools/cli/diagnostic_output.h"

namespace psmc::tools {

/// What is wrong with the command line itself, also with a name on it that the given files do not know, is usage; what
/// is wrong with a file is rejected input.
///
/// A command's own status, or that of its diagnostic, which goes to `output`.
int status_of(const Result<int>& result, DiagnosticOutput& output);

/// The status of `command`; 70 and a line on standard error if anything was thrown.
int guarded(const std::function<int()>& command);

/// Call once, at the end: 1 and a diagnostic instead of 0 if standard output was lost on the way (a full disk), then
/// `output` is finished.
int finish_output(int status, DiagnosticOutput& output);

}  // namespace psmc::tools
