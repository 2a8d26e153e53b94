// SPDX-License-Identifier: Apache-2.0
// The manual of the instruction set, printed from the tables: docs/isa.md is this text for psm1.
#pragma once

#include <string>

#include "arch/machine.h"

namespace psmc::arch {

std::string isa_manual(const Machine& machine);

}  // namespace psmc::arch
