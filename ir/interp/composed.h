// SPDX-License-Identifier: Apache-2.0
// A composite's definition for concrete shapes: a module of its own with one function, for the interpreter.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "ir/array.h"
#include "ir/module.h"

namespace psmc::ir {

struct ComposeRequest {
  const Module& module;
  OpId call;  ///< of a composite
  std::span<const Array* const> args;
  std::function<int64_t(const SymExpr&)> value_of;

  /// Equal for requests with equal definitions: callee, parameters, types and shapes.
  std::string key() const;
};

struct ComposedModule {
  Module module;
  FuncId func;
};

/// Errors: unknown_callee, and those of the composite's inference.
Result<ComposedModule> compose_concrete(const ComposeRequest& request);

}  // namespace psmc::ir
