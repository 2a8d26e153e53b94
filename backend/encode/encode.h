// SPDX-License-Identifier: Apache-2.0
// A scheduled and allocated kernel becomes words: instructions with physical registers in their slots, loops and
// branches with their distances.
#pragma once

#include <vector>

#include "arch/program.h"
#include "backend/schedule/schedule.h"

namespace psmc::backend {

struct EncodedKernel {
  std::vector<arch::Word> words;
  std::vector<uint32_t> op_of_word;  ///< index of the ir::LocId that the word was made for
};

EncodedKernel encode_kernel(const MFunc& func, const Schedule& schedule, const std::vector<uint8_t>& physical);

}  // namespace psmc::backend
