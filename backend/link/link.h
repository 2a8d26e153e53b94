// SPDX-License-Identifier: Apache-2.0
// link: a plan and its compiled kernels become a program image.
//
//   code       one blob for all tiles: the runtime kernels (wait, start, fetch, halt), then the compiled kernels
//   tables     for each entry and tile a list of records in the scratchpad: code address of a kernel, its arguments;
//              behind them the tile's DMA descriptors, 128-byte aligned
//   steps      which records serve which op, so that a kernel's cycles count for the op that runs it
//   entries    a tile starts at its first record's kernel with s1 = that record; the host sets s2.. to the symbols
//
// Needs: kernels in the order of Plan::kernels. Errors: code_too_large, scratchpad_full.
#pragma once

#include <vector>

#include "arch/plan.h"
#include "backend/kernel.h"
#include "base/result.h"

namespace psmc::backend {

Result<arch::Image> link(arch::Plan plan, const std::vector<KernelCode>& kernels);

}  // namespace psmc::backend
