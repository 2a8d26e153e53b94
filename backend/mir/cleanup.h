// SPDX-License-Identifier: Apache-2.0
// remove_dead: instructions whose results nobody reads and that do nothing else are removed, with what they alone
// needed:
//   %1 = vli 0; %2 = vadd %1,%3        =>    (nothing, if %2 is not read)
// A register that is only read to step itself (an address that no access uses) is not read. Linear time.
#pragma once

#include "backend/mir/mir.h"

namespace psmc::backend {

void remove_dead(MFunc& func);

}  // namespace psmc::backend
