// SPDX-License-Identifier: Apache-2.0
// A module and the command that runs one pass on it again.
#pragma once

#include <string>

#include "ir/pass.h"

namespace psmc::ir {

/// `psmc opt FILE --passes='cse' --verify-each`
std::string replay_command(const std::string& file, const PassStep& step, const PipelineOptions& options);

/// Writes the module to `path`, with the command in a comment. Errors: those of write_dump.
Status write_reproducer(Module& module, const std::string& path, const PassStep& step);

/// For a check that failed in the last step of `pipeline`: makes the module again as it was before that step, in a new
/// folder for temporary files, and gives a line that says how to replay it, or why that cannot be done.
std::string reproduce(const Pipeline& pipeline, const PipelineOptions& options);

}  // namespace psmc::ir
