// SPDX-License-Identifier: Apache-2.0
#include "midend/simplify/value_facts.h"

#include <algorithm>
#include <cmath>

#include "ir/ops/in_function.h"
#include "ir/ops/reshape.h"

namespace psmc::midend {
namespace {

using ir::OpId;
using ir::OpKind;
using ir::ValueId;

struct Format {
  bool is_float;
  int significand;  ///< bits; of an integer: its width without the sign
  int exponent;     ///< largest, of a float
};

std::optional<Format> format_of(DType dtype) {
  switch (dtype) {
    case DType::boolean: return Format{false, 1, 0};
    case DType::i8: return Format{false, 7, 0};
    case DType::i32: return Format{false, 31, 0};
    case DType::i64: return Format{false, 63, 0};
    case DType::bf16: return Format{true, 8, 127};
    case DType::f16: return Format{true, 11, 15};
    case DType::f32: return Format{true, 24, 127};
    case DType::f64: return Format{true, 53, 1023};
    default: return std::nullopt;
  }
}

constexpr int kLookBack = 4;  ///< defining ops that never_minus_zero looks through

// -0 as a result of add or sub needs two zeros: sums of two floats of one type never underflow.
bool never_minus_zero(ir::Rewriter& rewriter, ValueId value, int left) {
  const DType dtype = rewriter.module().value_type(rewriter.resolve(value)).dtype;
  if (!is_float(dtype)) return true;
  if (const auto number = ir::uniform_constant(rewriter.module(), rewriter.resolve(value)))
    return !(*number == 0 && std::signbit(*number));
  const OpId op = rewriter.def(value);
  if (!op.valid() || left == 0) return false;
  const auto operand_is = [&](uint32_t i) { return never_minus_zero(rewriter, rewriter.operand(op, i), left - 1); };
  switch (rewriter.module().kind(op)) {
    case OpKind::exp:
    case OpKind::exp2:
    case OpKind::abs:
    case OpKind::sigmoid:
    case OpKind::iota:
    case OpKind::symbol: return true;
    case OpKind::mul: return rewriter.operand(op, 0) == rewriter.operand(op, 1);
    case OpKind::add: return operand_is(0) || operand_is(1);
    case OpKind::max: return operand_is(0) && operand_is(1);
    case OpKind::select: return operand_is(1) && operand_is(2);
    case OpKind::reshape:
    case OpKind::transpose:
    case OpKind::slice:
    case OpKind::broadcast: return operand_is(0);
    case OpKind::reduce: return rewriter.module().str_attr(op, "monoid") == "sum";  // begins at +0
    case OpKind::cast: return !is_float(rewriter.module().value_type(rewriter.operand(op, 0)).dtype);
    default: return false;
  }
}

ir::FuncId function_of(const ir::Module& module, OpId op) {
  ir::BlockId block = module.op(op).parent;
  while (module.block_data(block).parent_op.valid()) block = module.op(module.block_data(block).parent_op).parent;
  return module.block_data(block).parent_func;
}

}  // namespace

const std::vector<ir::Dim>& dims_of(ir::Rewriter& rewriter, ValueId value) {
  return rewriter.module().value_type(rewriter.resolve(value)).dims;
}

ValueId result_of(ir::Rewriter& rewriter, OpId op) { return rewriter.module().result(op); }

bool holds_all(DType to, DType from) {
  const auto a = format_of(from), b = format_of(to);
  if (!a || !b) return false;
  if (from == to) return true;
  if (a->is_float && !b->is_float) return false;
  if (!a->is_float) return a->significand <= b->significand && to != DType::boolean;
  return a->significand <= b->significand && a->exponent <= b->exponent;
}

bool never_minus_zero(ir::Rewriter& rewriter, ValueId value) { return never_minus_zero(rewriter, value, kLookBack); }

std::optional<double> exact_reciprocal(DType dtype, double divisor) {
  const auto format = format_of(dtype);
  int exponent = 0;
  if (!format || !format->is_float || std::fabs(std::frexp(divisor, &exponent)) != 0.5) return std::nullopt;
  // |divisor| = 2^(exponent - 1); both it and its reciprocal are within the normal range.
  if (std::abs(exponent - 1) > format->exponent - 1) return std::nullopt;
  return 1 / divisor;
}

bool only_splits(std::span<const ir::Dim> from, std::span<const ir::Dim> to) {
  if (!ir::reshape_is_affine(from, to)) return false;
  const std::vector<ir::Subscript> subscripts = ir::reshape_maps(from, to).to.subscripts;
  return std::all_of(subscripts.begin(), subscripts.end(), [](const ir::Subscript& s) { return s.terms.size() <= 1; });
}

bool replace_by(ir::Rewriter& rewriter, OpId op, OpKind kind, std::span<const ValueId> operands, ir::AttrDict attrs) {
  ir::Module& module = rewriter.module();
  const auto made = rewriter.build().try_create(kind, operands, module.attrs(std::move(attrs)), module.op(op).loc);
  if (!made.ok() || module.value(module.result(*made)).type != module.value(module.result(op)).type) return false;
  if (!ir::check_in_function(module, function_of(module, op), *made).ok()) return false;
  rewriter.build().insert(*made);
  rewriter.replace(op, module.result(*made));
  return true;
}

void add_shape(ir::Builder& builder, ir::AttrDict& attrs, std::string_view name, const std::vector<ir::Dim>& sizes) {
  ir::SymList extents;
  ir::IntList bounds;
  for (const ir::Dim& dim : sizes) {
    extents.push_back(dim.size);
    bounds.push_back(dim.bound);
  }
  attrs.push_back(builder.attr(name, std::move(extents)));
  const bool run_time = std::any_of(sizes.begin(), sizes.end(), [](const ir::Dim& dim) { return !dim.is_static(); });
  if (run_time) attrs.push_back(builder.attr("bound", std::move(bounds)));
}

}  // namespace psmc::midend
