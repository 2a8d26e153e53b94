// SPDX-License-Identifier: Apache-2.0
// Which functions of a module its users may call: all but those marked `{private = true}`. What is private exists for
// its callers alone; passes may change or remove it.
#pragma once

#include "ir/module.h"

namespace psmc::ir {

inline constexpr std::string_view kPrivate = "private";

/// False of an erased function, too.
bool is_entry(const Module& module, FuncId func);
/// The attributes of a function but `private`.
AttrId attrs_but_private(Module& module, FuncId func);

}  // namespace psmc::ir
