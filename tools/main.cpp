// SPDX-License-Identifier: Apache-2.0
// The `psmc` binary.
#include "tools/cli/cli.h"

int main(int argc, char** argv) { return psmc::tools::command_line(argc, argv); }
