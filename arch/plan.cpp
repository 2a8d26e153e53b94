// SPDX-License-Identifier: Apache-2.0
#include "arch/plan.h"

namespace psmc::arch {

uint64_t table_bytes(const TileProgram& program) {
  uint64_t bytes = 256;
  for (const Command& command : program.commands) bytes += 8 * (uint64_t{command.num_args} + 4);
  return bytes + kDescriptorBytes * (program.descriptors.size() + 1);
}

}  // namespace psmc::arch
