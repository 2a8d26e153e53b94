// SPDX-License-Identifier: Apache-2.0
// The names of all ops. ir/ops/ holds their definitions, one file a family; ir/ops.def lists them.
#pragma once

#include <cstdint>

namespace psmc::ir {

enum class OpKind : uint16_t {
#define PSMC_OP(name, family) name,
#include "ir/ops.def"
#undef PSMC_OP
};

constexpr uint32_t kNumOpKinds = 0
#define PSMC_OP(name, family) +1
#include "ir/ops.def"
#undef PSMC_OP
    ;

}  // namespace psmc::ir
