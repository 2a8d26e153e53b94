// SPDX-License-Identifier: Apache-2.0
// Printing of instructions and words with labels; arch/isa.h and arch/program.h have the forms without.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "arch/program.h"

namespace psmc::arch {

/// The text of a target that many words after the instruction's own word (may be negative).
using LabelText = std::function<std::string(int64_t offset)>;

std::string print(const Inst& inst, const LabelText& label);
std::string print(const Word& word, const LabelText& label);

}  // namespace psmc::arch
