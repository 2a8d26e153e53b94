// SPDX-License-Identifier: Apache-2.0
// Loop-level ops: for, alloc, load, store, index, fma.
#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/infer.h"
#include "ir/ops/loops.h"

namespace psmc::ir {
namespace {

Inferred infer_for(const InferInput& in) {
  size_t first = 0;
  for (const std::string_view bound : {"low", "high"}) {
    if (in.attr(bound) != nullptr) {
      if (syms_of(in, bound).size() != 1) return attr_error(in, bound, "must have one entry");
      continue;
    }
    if (first >= in.operands.size()) return attr_error(in, bound, "must be there, or an index operand");
    if (!in.operand(first).is_index()) return operand_error(in, first, "must be an index: it is a bound of the loop");
    ++first;
  }
  if (int_of(in, "step", 1) < 1) return attr_error(in, "step", "must be positive");
  if (int_of(in, "max_trip", 0) < 0) return attr_error(in, "max_trip", "must not be negative");
  std::vector<Type> carried;
  for (size_t i = first; i < in.operands.size(); ++i) {
    if (!in.operand(i).is_scalar()) return operand_error(in, i, "must be a scalar");
    carried.push_back(in.operand(i));
  }
  return carried;
}

/// Index values from operand `first` on, and a `map` with `rows` rows over them.
Status check_map(const InferInput& in, size_t first, size_t rows) {
  for (size_t i = first; i < in.operands.size(); ++i) {
    if (!in.operand(i).is_index()) return operand_error(in, i, "must be an index");
  }
  const size_t width = in.operands.size() - first + 1;
  if (ints_of(in, "map").size() != rows * width) {
    return attr_error(in, "map", fmt::format("must have {} rows of {} numbers", rows, width));
  }
  const SymList syms = syms_of(in, "map_syms");
  if (!syms.empty() && syms.size() != rows)
    return attr_error(in, "map_syms", fmt::format("must have {} entries", rows));
  return {};
}

Inferred infer_load(const InferInput& in) {
  if (!in.operand(0).is_buffer()) return operand_error(in, 0, "must be a buffer");
  PSMC_TRY(check_map(in, 1, in.operand(0).rank()));
  return std::vector<Type>{scalar_type(compute_dtype(in.operand(0).dtype))};
}

Inferred infer_store(const InferInput& in) {
  if (!in.operand(1).is_buffer()) return operand_error(in, 1, "must be a buffer");
  const DType dtype = compute_dtype(in.operand(1).dtype);
  if (!in.operand(0).is_scalar() || in.operand(0).dtype != dtype) {
    return operand_error(in, 0, fmt::format("must be a scalar of type {}", dtype_name(dtype)));
  }
  PSMC_TRY(check_map(in, 2, in.operand(1).rank()));
  return std::vector<Type>{};
}

Inferred infer_index(const InferInput& in) {
  PSMC_TRY(check_map(in, 0, 1));
  return std::vector<Type>{index_type()};
}

Inferred infer_fma(const InferInput& in) {
  for (size_t i = 0; i < 3; ++i) {
    if (!in.operand(i).is_scalar() || in.operand(i).dtype != DType::f32)
      return operand_error(in, i, "must be a scalar of type f32");
  }
  return std::vector<Type>{scalar_type(DType::f32)};
}

OpDef loop_def(OpKind kind, std::string_view manual, int low, int high, Inferred (*infer)(const InferInput&)) {
  OpDef def;
  def.kind = kind;
  def.level = Level::loop;
  def.manual = manual;
  def.min_operands = low;
  def.max_operands = high;
  def.infer = infer;
  return def;
}

std::vector<AttrSpec> map_attrs() {
  return {
      {"map", AttrKind::ints, true, "a row for each dimension: a coefficient for each index value, then the constant"},
      {"map_syms", AttrKind::syms, false, "a symbol expression for each row, added to it"}};
}

}  // namespace

std::vector<OpDef> loop_ops() {
  std::vector<OpDef> defs;
  defs.push_back(
      loop_def(OpKind::for_,
               "Runs its block for the counter from low to below high in steps; carried values go from yield to "
               "the next iteration and out. `%s = for %i = 0 to 64 step 1 iter(%acc = %z) { ... yield %t }`",
               0, -1, checked<infer_for>));
  defs.back().pure = false;
  defs.back().attrs = {
      {"high", AttrKind::syms, false, "the bound that the counter stays below; absent: an operand"},
      {"jam", AttrKind::integer, false, "how many groups of lanes are processed together"},
      {"kind", AttrKind::string, false, "\"parallel\" or \"reduce\""},
      {"low", AttrKind::syms, false, "the first value of the counter; absent: an operand"},
      {"max_trip", AttrKind::integer, false, "the most iterations a run-time bound can give"},
      {"step", AttrKind::integer, false, "what the counter grows by; default 1"},
      {"unit", AttrKind::string, false, "what executes it: \"vector\", \"matrix\", \"unroll\"; default scalar"},
      {"unroll", AttrKind::integer, false, "how often the body may be unrolled"}};
  defs.push_back(loop_def(OpKind::alloc,
                          "A local buffer, its contents undefined. `%b = alloc : buffer<16x16xf32, scratchpad>`", 0, 0,
                          nullptr));
  defs.back().pure = false;
  defs.push_back(loop_def(
      OpKind::load, "One element of a buffer, converted to its compute type. `%a = load %x[%i * 16 + %j + pos, 3]`", 1,
      -1, checked<infer_load>));
  defs.back().pure = false;
  defs.back().attrs = map_attrs();
  defs.push_back(loop_def(OpKind::store, "Writes one element of a buffer, rounded to its type. `store %v, %y[%n + 1]`",
                          2, -1, checked<infer_store>));
  defs.back().pure = false;
  defs.back().attrs = map_attrs();
  defs.push_back(loop_def(OpKind::index, "An affine expression of index values and symbols. `%k = index %i * 16 + %j`",
                          0, -1, checked<infer_index>));
  defs.back().attrs = map_attrs();
  defs.push_back(loop_def(OpKind::fma, "a * b + c, rounded once, on f32 scalars. `%r = fma %a, %b, %c`", 3, 3,
                          checked<infer_fma>));
  return defs;
}

LoopParts loop_parts(const Module& module, OpId op) {
  LoopParts parts;
  const auto operands = module.operands(op);
  uint32_t next = 0;
  const auto bound = [&](std::string_view name, std::optional<SymExpr>& expr, ValueId& value) {
    const SymList list = module.find_attr(op, name) != nullptr ? module.syms_attr(op, name) : SymList();
    if (list.size() == 1) {
      expr = list[0];
    } else if (next < operands.size()) {
      value = operands[next++];
    }
  };
  bound("low", parts.low, parts.low_value);
  bound("high", parts.high, parts.high_value);
  parts.step = module.int_attr(op, "step", 1);
  parts.first_init = next;
  parts.num_carried = static_cast<uint32_t>(operands.size()) - next;
  return parts;
}

SymExpr SubscriptRows::offset(uint32_t row) const {
  const SymExpr constant = coefficient(row, num_index);
  return syms.empty() ? constant : syms[row] + constant;
}

SubscriptRows subscript_rows(const Module& module, OpId op) {
  SubscriptRows rows;
  const OpKind kind = module.kind(op);
  rows.first_index = kind == OpKind::load ? 1 : kind == OpKind::store ? 2 : 0;
  rows.num_index = static_cast<uint32_t>(module.operands(op).size()) - rows.first_index;
  rows.map = &module.ints_attr(op, "map");
  rows.rows = static_cast<uint32_t>(rows.map->size() / (rows.num_index + 1));
  if (module.find_attr(op, "map_syms") != nullptr) rows.syms = module.syms_attr(op, "map_syms");
  return rows;
}

DType compute_dtype(DType element) {
  switch (element) {
    case DType::f16:
    case DType::bf16: return DType::f32;
    case DType::i8: return DType::i32;
    default: return element;
  }
}

}  // namespace psmc::ir
