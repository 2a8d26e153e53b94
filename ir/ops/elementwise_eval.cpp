// SPDX-License-Identifier: Apache-2.0
#include "ir/ops/elementwise_eval.h"

#include <fmt/format.h>

#include "ir/array_convert.h"
#include "ir/ops/elementwise.h"
#include "ir/ops/strided.h"

namespace psmc::ir {
namespace {

constexpr size_t kMaxOperands = 3;

Result<std::vector<int64_t>> stretch(std::span<const Array* const> operands) {
  std::vector<int64_t> shape;
  for (const Array* operand : operands) {
    const auto& dims = operand->shape;
    if (dims.size() > shape.size()) shape.insert(shape.begin(), dims.size() - shape.size(), 1);
    const size_t skip = shape.size() - dims.size();
    for (size_t d = 0; d < dims.size(); ++d) {
      int64_t& to = shape[skip + d];
      if (to == 1) to = dims[d];
      if (dims[d] != to && dims[d] != 1) {
        return error(Code::interp_arguments, fmt::format("extents {} and {} do not broadcast", to, dims[d]));
      }
    }
  }
  return shape;
}

/// `out[point] = apply(operands at point)`, where operands are whole arrays in T.
template <typename T, typename Apply>
std::vector<T> map_rows(std::span<const Array* const> operands, std::span<const std::vector<T>> values,
                        std::span<const int64_t> shape, Apply&& apply) {
  std::array<Strides, kMaxOperands> strides;
  for (size_t i = 0; i < kMaxOperands; ++i) {
    strides[i] = i < operands.size() ? broadcast_strides(operands[i]->shape, shape) : Strides(shape.size(), 0);
  }
  std::vector<T> out(static_cast<size_t>(count_of(shape)));
  const size_t count = operands.size();
  size_t at = 0;
  for_each_row<kMaxOperands>(shape, strides, [&](auto offsets, int64_t length, const auto& steps) {
    std::array<T, kMaxOperands> args{};
    for (int64_t j = 0; j < length; ++j) {
      for (size_t i = 0; i < count; ++i) args[i] = values[i][static_cast<size_t>(offsets[i] + j * steps[i])];
      out[at++] = apply(std::span<const T>(args.data(), count));
    }
  });
  return out;
}

Array cast_array(const Array& x, DType to) {
  Array out(to, x.shape);
  const int64_t count = x.elements();
  if (is_float(x.dtype)) {
    for (int64_t i = 0; i < count; ++i) out.set(i, x.get(i));
  } else {
    for (int64_t i = 0; i < count; ++i) out.set_int(i, x.get_int(i));
  }
  return out;
}

}  // namespace

Result<Array> eval_elementwise(const EvalInput& in) {
  const OpKind kind = in.module.kind(in.op);
  const DType to = in.module.value_type(in.module.result(in.op)).dtype;
  PSMC_CHECK(!in.operands.empty() && in.operands.size() <= kMaxOperands, "operand count of an elementwise op");
  if (kind == OpKind::cast) return cast_array(*in.operands[0], to);
  PSMC_ASSIGN(std::vector<int64_t> shape, stretch(in.operands));
  const DType from = in.operands.back()->dtype;
  if (computes_in_integers(from)) {
    std::vector<std::vector<int64_t>> values;
    for (const Array* operand : in.operands) values.push_back(to_integers(*operand));
    const auto apply = [&](std::span<const int64_t> x) { return apply_integer(kind, from, x); };
    const auto out = map_rows<int64_t>(in.operands, values, shape, apply);
    return from_integers(to, std::move(shape), out);
  }
  std::vector<std::vector<double>> values;
  for (const Array* operand : in.operands) values.push_back(to_doubles(*operand));
  const auto scalar = op_def(kind).scalar;
  PSMC_CHECK(scalar != nullptr, "an op on integers applied to floats");
  const auto out = map_rows<double>(in.operands, values, shape, scalar);
  return from_doubles(to, std::move(shape), out);
}

}  // namespace psmc::ir
