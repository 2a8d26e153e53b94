// SPDX-License-Identifier: Apache-2.0
// The command line: options in, exit status out. cli.cpp is the only file that sees CLI11.
#pragma once

namespace psmc::tools {

/// 0 ok, 1 input rejected, 2 usage, 3 result wrong, 4 trap or deadlock, 70 internal.
int command_line(int argc, char** argv);

}  // namespace psmc::tools
