// SPDX-License-Identifier: Apache-2.0
// The definition of an op: everything that psmc knows about it stands in one OpDef. Definitions are plain constant
// records in ir/ops/<family>.cpp; `op_def(kind)` finds them, `psmc --list-ops` prints them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ir/access.h"
#include "ir/array.h"
#include "ir/module.h"

namespace psmc::ir {

enum class Level : uint8_t { graph, loop, tile, any };

enum class AttrKind : uint8_t { integer, number, boolean, string, dtype, ints, syms };

struct AttrSpec {
  std::string_view name;
  AttrKind kind;
  bool required;
  std::string_view meaning;
};

/// What inference sees: operand types and attributes of an op that does not exist yet.
struct InferInput {
  Module& module;
  OpKind kind;
  std::span<const ValueId> operands;
  AttrId attrs;
  const Type& operand(size_t i) const { return module.value_type(operands[i]); }
  const AttrValue* attr(std::string_view name) const;
};

/// What reference evaluation sees. Symbols have their run-time values; result shapes are concrete.
struct EvalInput {
  const Module& module;
  OpId op;
  std::span<const Array* const> operands;
  const std::vector<std::pair<StrId, int64_t>>& symbols;
  int64_t value_of(const SymExpr& expr) const;
};

struct OpDef {
  OpKind kind;
  std::string_view name;  ///< in text: "add"
  Level level;
  std::string_view manual;  ///< meaning, operand types and shapes, edge cases, one line of text form
  int min_operands;
  int max_operands;  ///< -1: any number
  std::vector<AttrSpec> attrs;
  bool pure = true;  ///< no effect: may be removed when unused, merged when equal
  bool terminator = false;
  bool commutative = false;
  /// Result types, or why operands and attributes do not fit (Code::bad_operand_type, Code::bad_attribute ...; no
  /// place: the caller adds it). Null: the types must be written (control and loop ops that say so).
  Result<std::vector<Type>> (*infer)(const InferInput&) = nullptr;
  /// Pieces of the iteration; null: none (control).
  std::vector<Piece> (*access)(const Module&, OpId) = nullptr;
  /// Reference semantics on concrete arrays, one result; null: the interpreter handles it (control, loops).
  Result<Array> (*eval)(const EvalInput&) = nullptr;
  /// Elementwise only: the scalar function in double precision.
  double (*scalar)(std::span<const double>) = nullptr;
};

const OpDef& op_def(OpKind kind);
/// By text name; null if there is none.
const OpDef* find_op_def(std::string_view name);
/// All definitions, by kind: what a loop over many ops takes once.
std::span<const OpDef> all_op_defs();

}  // namespace psmc::ir
