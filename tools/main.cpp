// SPDX-License-Identifier: Apache-2.0
// The `psmc` binary.
#include "tools/cli/cli.h"

#include <malloc.h>

#include <climits>

#include "base/check_context.h"

namespace {

/// What one phase frees the next one gets. By itself malloc gives large blocks back to the kernel at once, which then
/// clears new pages for the next phase: a tenth of the time of `psmc opt` on a large module.
void keep_freed_memory() {
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, INT_MAX);
  ::mallopt(M_TOP_PAD, 16 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  psmc::report_crashes();
  return psmc::tools::command_line(argc, argv);
}
