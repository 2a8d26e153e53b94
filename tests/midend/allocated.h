// SPDX-License-Identifier: Apache-2.0
// What a test asks the heap for: a measure of cost that does not depend on the clock. Arrays that are as long as the
// module and made anew for each function show in it.
#pragma once

#include <cstdint>

namespace psmc {

/// Bytes that this process has asked `new` for so far; 0 where a sanitizer has operators of its own.
uint64_t allocated_bytes();

}  // namespace psmc
