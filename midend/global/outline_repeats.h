// SPDX-License-Identifier: Apache-2.0
// outline-repeats: layers that repeat become calls of one private function.
#pragma once

#include "ir/pass.h"

namespace psmc::midend {

///   %a = contract %x, %w0; %b = exp %a; %c = contract %b, %w1; %d = exp %c
///   =>   %b = call @f.repeat(%x, %w0); %d = call @f.repeat(%b, %w1)
/// Option `least`: fewest ops of a layer, default 8.
bool outline_repeats(ir::Module& module, ir::PassContext& context);
std::span<const ir::PassOption> outline_repeats_options();

}  // namespace psmc::midend
