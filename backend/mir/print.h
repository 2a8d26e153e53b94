// SPDX-License-Identifier: Apache-2.0
// Text of the backend's form: one instruction a line, blocks and loops named, for people and for golden tests.
#pragma once

#include <string>

#include "backend/mir/mir.h"

namespace psmc::backend {

std::string print(const MFunc& func, const MInst& inst);
std::string print(const MFunc& func);

}  // namespace psmc::backend
