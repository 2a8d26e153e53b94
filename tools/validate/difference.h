// SPDX-License-Identifier: Apache-2.0
// Where two runs differ: the element of a result, and the first op that computes something else than before.
#pragma once

#include <optional>
#include <string>

#include "ir/interp/interpreter.h"

namespace psmc::tools {

/// One run of a function in two modules.
struct TwoRuns {
  const ir::Module& before;
  ir::FuncId func;
  const ir::Module& after;
  ir::FuncId other;
  const std::vector<ir::Array>& args;
  const ir::SymbolValues& symbols;        ///< by the names of `before`
  const ir::SymbolValues& other_symbols;  ///< by those of `after`
};

/// The first element that differs, or -1 (of another type or shape: -2). Equal are the same bits, and any two NaN.
int64_t first_difference(const ir::Array& a, const ir::Array& b);
/// "is 1 (0x3f800000) at [0, 2], but was 2 (0x40000000)".
std::string difference_text(const ir::Array& before, const ir::Array& after);

/// The first op of `after` whose value differs from that of the same name (or, without a name, of the same place and
/// type) before: its text, place and difference. Nothing if no value that differs has a counterpart.
std::optional<Diagnostic> first_wrong_op(const TwoRuns& runs, const ir::InterpOptions& limits);

}  // namespace psmc::tools
