// SPDX-License-Identifier: Apache-2.0
#include "ir/interp/scalar_op.h"

#include <cmath>

#include "ir/array_convert.h"
#include "ir/ops/elementwise.h"

namespace psmc::ir {
namespace {

Scalar cast_scalar(DType from, DType to, Scalar value) {
  Scalar result{};
  const bool float_in = is_float(from), float_out = is_float(to);
  if (float_in && float_out) result.number = round_to_dtype(to, value.number);
  if (float_in && !float_out) result.integer = double_to_integer(to, value.number);
  if (!float_in && float_out) result.number = round_to_dtype(to, static_cast<double>(value.integer));
  if (!float_in && !float_out) result.integer = wrap_to_dtype(to, value.integer);
  return result;
}

}  // namespace

Scalar scalar_constant(const Module& module, OpId op) {
  const DType dtype = module.value_type(module.result(op)).dtype;
  Scalar scalar{};
  if (is_float(dtype)) {
    scalar.number = round_to_dtype(dtype, module.float_attr(op, "value"));
    return scalar;
  }
  const AttrValue* value = module.find_attr(op, "value");
  const auto* exact = value != nullptr ? std::get_if<int64_t>(value) : nullptr;
  scalar.integer =
      exact != nullptr ? wrap_to_dtype(dtype, *exact) : double_to_integer(dtype, module.float_attr(op, "value"));
  return scalar;
}

Scalar apply_scalar(OpKind kind, DType from, DType to, std::span<const Scalar> operands) {
  if (kind == OpKind::cast) return cast_scalar(from, to, operands[0]);
  if (kind == OpKind::select) return operands[operands[0].integer != 0 ? 1 : 2];
  Scalar result{};
  if (kind == OpKind::fma) {
    result.number = std::fma(static_cast<float>(operands[0].number), static_cast<float>(operands[1].number),
                             static_cast<float>(operands[2].number));
    return result;
  }
  if (computes_in_integers(from)) {
    int64_t args[3] = {};
    for (size_t i = 0; i < operands.size(); ++i) args[i] = operands[i].integer;
    result.integer = apply_integer(kind, from, {args, operands.size()});
    return result;
  }
  double args[3] = {};
  for (size_t i = 0; i < operands.size(); ++i) args[i] = operands[i].number;
  const double value = apply_float(kind, {args, operands.size()});
  if (is_float(to))
    result.number = round_to_dtype(to, value);
  else
    result.integer = value != 0;
  return result;
}

}  // namespace psmc::ir
