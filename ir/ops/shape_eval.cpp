// SPDX-License-Identifier: Apache-2.0
#include "ir/ops/shape_eval.h"

#include <cmath>

#include <fmt/format.h>

#include "ir/ops/strided.h"

namespace psmc::ir {
namespace {

int64_t dot_of(std::span<const int64_t> a, std::span<const int64_t> b) {
  int64_t sum = 0;
  for (size_t d = 0; d < a.size(); ++d) sum += a[d] * b[d];
  return sum;
}

/// A row-major result of `shape` read from `x` with an offset and strides.
Array gather_strided(const Array& x, int64_t offset, std::span<const int64_t> strides, std::vector<int64_t> shape) {
  Array out(x.dtype, std::move(shape));
  copy_strided(x, offset, strides, out, 0, row_major(out.shape), out.shape);
  return out;
}

}  // namespace

Result<std::vector<int64_t>> concrete_result(const EvalInput& in) {
  std::vector<int64_t> shape;
  for (const Dim& dim : in.module.value_type(in.module.result(in.op)).dims) {
    const int64_t size = in.value_of(dim.size);
    if (size < 0 || size > dim.bound) {
      return error(Code::interp_arguments,
                   fmt::format("a dimension has {} elements, but its range is 0 to {}", size, dim.bound));
    }
    shape.push_back(size);
  }
  return shape;
}

void copy_strided(const Array& from, int64_t from_offset, std::span<const int64_t> from_strides, Array& to,
                  int64_t to_offset, std::span<const int64_t> to_strides, std::span<const int64_t> shape) {
  const auto size = static_cast<int64_t>(dtype_bytes(from.dtype));
  const std::array<Strides, 2> strides = {Strides(from_strides.begin(), from_strides.end()),
                                          Strides(to_strides.begin(), to_strides.end())};
  const std::byte* source = from.bytes.data() + from_offset * size;
  std::byte* target = to.bytes.data() + to_offset * size;
  for_each_row<2>(shape, strides, [&](auto offsets, int64_t length, const auto& steps) {
    if (steps[0] == 1 && steps[1] == 1) {
      std::memcpy(target + offsets[1] * size, source + offsets[0] * size, static_cast<size_t>(length * size));
      return;
    }
    for (int64_t j = 0; j < length; ++j) {
      std::memcpy(target + (offsets[1] + j * steps[1]) * size, source + (offsets[0] + j * steps[0]) * size,
                  static_cast<size_t>(size));
    }
  });
}

std::vector<int64_t> values_of(const EvalInput& in, const SymList& list) {
  std::vector<int64_t> values;
  for (const SymExpr& expr : list) values.push_back(in.value_of(expr));
  return values;
}

Status check_box(std::span<const int64_t> shape, std::span<const int64_t> start, std::span<const int64_t> size,
                 std::span<const int64_t> step) {
  for (size_t d = 0; d < shape.size(); ++d) {
    const __int128 last = size[d] == 0 ? start[d] - 1 : start[d] + static_cast<__int128>(size[d] - 1) * step[d];
    if (start[d] >= 0 && size[d] >= 0 && last < shape[d]) continue;
    return error(Code::interp_bounds,
                 fmt::format("{} elements from {} in steps of {} leave dimension {} of {} elements", size[d], start[d],
                             step[d], d, shape[d]));
  }
  return {};
}

Result<Array> eval_reshape(const EvalInput& in) {
  PSMC_ASSIGN(std::vector<int64_t> shape, concrete_result(in));
  if (count_of(shape) != in.operands[0]->elements())
    return error(Code::interp_arguments, "a reshape changes the number of elements");
  Array out = *in.operands[0];
  out.shape = std::move(shape);
  return out;
}

Result<Array> eval_transpose(const EvalInput& in) {
  const Array& x = *in.operands[0];
  const Strides own = row_major(x.shape);
  Strides strides;
  std::vector<int64_t> shape;
  for (const int64_t d : in.module.ints_attr(in.op, "permutation")) {
    strides.push_back(own[static_cast<size_t>(d)]);
    shape.push_back(x.shape[static_cast<size_t>(d)]);
  }
  return gather_strided(x, 0, strides, std::move(shape));
}

Result<Array> eval_slice(const EvalInput& in) {
  const Array& x = *in.operands[0];
  const std::vector<int64_t> start = values_of(in, in.module.syms_attr(in.op, "start"));
  std::vector<int64_t> step = in.module.ints_attr(in.op, "step");
  step.resize(x.shape.size(), 1);
  PSMC_ASSIGN(std::vector<int64_t> shape, concrete_result(in));
  PSMC_TRY(check_box(x.shape, start, shape, step));
  Strides strides = row_major(x.shape);
  const int64_t offset = dot_of(start, strides);
  for (size_t d = 0; d < strides.size(); ++d) strides[d] *= step[d];
  return gather_strided(x, offset, strides, std::move(shape));
}

Result<Array> eval_concat(const EvalInput& in) {
  const auto axis = static_cast<size_t>(in.module.int_attr(in.op, "axis"));
  PSMC_ASSIGN(std::vector<int64_t> shape, concrete_result(in));
  Array out(in.operands[0]->dtype, std::move(shape));
  const Strides strides = row_major(out.shape);
  int64_t at = 0;
  for (const Array* operand : in.operands) {
    if (at + operand->shape[axis] > out.shape[axis])
      return error(Code::interp_arguments, "the operands of a concat do not fit");
    copy_strided(*operand, 0, row_major(operand->shape), out, at * strides[axis], strides, operand->shape);
    at += operand->shape[axis];
  }
  return out;
}

Result<Array> eval_pad(const EvalInput& in) {
  const Array& x = *in.operands[0];
  PSMC_ASSIGN(std::vector<int64_t> shape, concrete_result(in));
  Array out(x.dtype, std::move(shape));
  const double value = in.module.float_attr(in.op, "value");
  if (value != 0 || std::signbit(value)) {
    for (int64_t i = 0, count = out.elements(); i < count; ++i) out.set(i, value);
  }
  const IntList& low = in.module.ints_attr(in.op, "low");
  const Strides strides = row_major(out.shape);
  PSMC_TRY(check_box(out.shape, low, x.shape, Strides(low.size(), 1)));
  copy_strided(x, 0, row_major(x.shape), out, dot_of(low, strides), strides, x.shape);
  return out;
}

Result<Array> eval_broadcast(const EvalInput& in) {
  const Array& x = *in.operands[0];
  PSMC_ASSIGN(std::vector<int64_t> shape, concrete_result(in));
  const Strides strides = broadcast_strides(x.shape, shape);
  return gather_strided(x, 0, strides, std::move(shape));
}

}  // namespace psmc::ir
