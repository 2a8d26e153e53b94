// SPDX-License-Identifier: Apache-2.0
// The `psmc` binary.
#include "tools/cli/cli.h"

#include "base/check_context.h"

int main(int argc, char** argv) {
  psmc::report_crashes();
  return psmc::tools::command_line(argc, argv);
}
