// SPDX-License-Identifier: Apache-2.0
// `psmc sim --diff A B`: where two runs first differ.
#pragma once

#include "tools/commands/sim_command.h"

namespace psmc::tools {

/// Runs `command.diff`, then `command.image`, with the same inputs. 0: alike in every word, cycle and counter; 1: not,
/// and standard output says where, with both contexts.
Result<int> diff_runs(const SimCommand& command);

}  // namespace psmc::tools
