// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arch/image.h"
#include "base/random.h"

namespace psmc::sim::test {

/// Random words for all tiles of lab4, with descriptors, data and code in memory: it ends in a result or a trap.
arch::Image random_image(Random& random);

}  // namespace psmc::sim::test
