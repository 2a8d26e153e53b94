// SPDX-License-Identifier: Apache-2.0
// Whether a module is one that passes may work on. verify.cpp lists every invariant.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ir/module.h"

namespace psmc::ir {

struct VerifyOptions {
  size_t max_errors = kMaxErrors;
};

/// All violations, in order of functions and ops, each with the op's source place if it has one; empty: none.
std::vector<Diagnostic> verify(const Module& module, const VerifyOptions& options = {});
/// The first violation.
Status verify_status(const Module& module);

/// What to say of calls that lead back to `func`, or deeper than psmc follows: `chain` are those on the way to it.
std::string recursion_message(const Module& module, FuncId func, std::span<const OpId> chain);

/// The place of `op` for a message, without its source line; empty if unknown.
SourcePlace place_of(const Module& module, OpId op);
SourcePlace place_of(const Module& module, LocId loc);

}  // namespace psmc::ir
