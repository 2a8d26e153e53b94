// SPDX-License-Identifier: Apache-2.0
// Writes the text form (docs/ir.md): one line an op, stable, and such that reading it gives the same module.
#pragma once

#include <string>

#include "ir/module.h"

namespace psmc::ir {

struct PrintOptions {
  bool locations = true;    ///< loc(...) at the end of lines
  bool own_places = false;  ///< positions in the module's own source, too
};

std::string print_module(const Module& module, const PrintOptions& options = {});
std::string print_func(const Module& module, FuncId func, const PrintOptions& options = {});
/// One op (with its blocks) as it stands in its function, without a newline at the end; for messages.
std::string print_op(const Module& module, OpId op, const PrintOptions& options = {});

}  // namespace psmc::ir
