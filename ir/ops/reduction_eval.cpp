// SPDX-License-Identifier: Apache-2.0
// Contraction walks the output row by row. For each row it takes one of two kernels, whichever reads the second operand
// along its memory: `dot` (the innermost loop sums) or `axpy` (the innermost loop runs along the row).
#include "ir/ops/reduction_eval.h"

#include <algorithm>

#include "ir/array_convert.h"
#include "ir/ops/contract_spec.h"
#include "ir/ops/monoid.h"
#include "ir/ops/strided.h"

namespace psmc::ir {
namespace {

struct BFloat {
  uint16_t bits;
  explicit operator double() const { return bf16_to_f32(bits); }
};
struct Half {
  uint16_t bits;
  explicit operator double() const { return f16_to_f32(bits); }
};

/// Strides of `labels` (a row-major tensor of `shape`) along each letter of `along`; 0 where it lacks the letter.
Strides strides_along(const std::string& labels, std::span<const int64_t> shape, std::string_view along) {
  const Strides own = row_major(shape);
  Strides strides;
  for (const char c : along) {
    const size_t d = labels.find(c);
    strides.push_back(d == std::string::npos ? 0 : own[d]);
  }
  return strides;
}

struct Contraction {
  std::vector<int64_t> out_shape, sum_shape;
  Strides a_out, b_out, a_sum, b_sum;
};

Contraction plan(const ContractSpec& spec, const Array& a, const Array& b) {
  Contraction c;
  const auto extent = [&](char letter) {
    const size_t d = spec.a.find(letter);
    return d != std::string::npos ? a.shape[d] : b.shape[spec.b.find(letter)];
  };
  for (const char letter : spec.out) c.out_shape.push_back(extent(letter));
  for (const char letter : spec.summed) c.sum_shape.push_back(extent(letter));
  c.a_out = strides_along(spec.a, a.shape, spec.out);
  c.b_out = strides_along(spec.b, b.shape, spec.out);
  c.a_sum = strides_along(spec.a, a.shape, spec.summed);
  c.b_sum = strides_along(spec.b, b.shape, spec.summed);
  return c;
}

template <typename Acc, typename T>
Acc dot(const T* a, int64_t a_step, const T* b, int64_t b_step, int64_t length) {
  Acc sums[4] = {};
  int64_t i = 0;
  for (; i + 4 <= length; i += 4) {
    for (int64_t u = 0; u < 4; ++u) {
      sums[u] += static_cast<Acc>(a[(i + u) * a_step]) * static_cast<Acc>(b[(i + u) * b_step]);
    }
  }
  for (; i < length; ++i) sums[0] += static_cast<Acc>(a[i * a_step]) * static_cast<Acc>(b[i * b_step]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// One row of the output: row[j] = sum over the summed letters of a * b.
template <typename Acc, typename T>
void contract_row(const Contraction& c, const T* a, const T* b, int64_t a_step, int64_t b_step, std::span<Acc> row) {
  const auto length = static_cast<int64_t>(row.size());
  const int64_t inner = c.b_sum.empty() ? 0 : c.b_sum.back();
  if (b_step == 1 && inner != 1) {  // axpy
    for_each_row<2>(c.sum_shape, {c.a_sum, c.b_sum}, [&](auto offsets, int64_t count, const auto& steps) {
      for (int64_t k = 0; k < count; ++k) {
        const T* from = b + offsets[1] + k * steps[1];
        for (int64_t j = 0; j < length; ++j) {
          row[j] += static_cast<Acc>(a[offsets[0] + k * steps[0] + j * a_step]) * static_cast<Acc>(from[j]);
        }
      }
    });
    return;
  }
  for_each_row<2>(c.sum_shape, {c.a_sum, c.b_sum}, [&](auto offsets, int64_t count, const auto& steps) {
    for (int64_t j = 0; j < length; ++j) {
      row[j] += dot<Acc>(a + offsets[0] + j * a_step, steps[0], b + offsets[1] + j * b_step, steps[1], count);
    }
  });
}

template <typename Acc, typename T>
std::vector<Acc> contract_all(const Contraction& c, const Array& a, const Array& b) {
  const T* x = reinterpret_cast<const T*>(a.bytes.data());
  const T* y = reinterpret_cast<const T*>(b.bytes.data());
  std::vector<Acc> out(static_cast<size_t>(count_of(c.out_shape)));
  size_t at = 0;
  for_each_row<2>(c.out_shape, {c.a_out, c.b_out}, [&](auto offsets, int64_t length, const auto& steps) {
    const std::span<Acc> row(out.data() + at, static_cast<size_t>(length));
    contract_row<Acc, T>(c, x + offsets[0], y + offsets[1], steps[0], steps[1], row);
    at += static_cast<size_t>(length);
  });
  return out;
}

}  // namespace

Result<Array> eval_contract(const EvalInput& in) {
  PSMC_ASSIGN(const ContractSpec spec, parse_contract_spec(in.module.str_attr(in.op, "spec")));
  const Array &a = *in.operands[0], &b = *in.operands[1];
  const Contraction c = plan(spec, a, b);
  const DType to = in.module.value_type(in.module.result(in.op)).dtype;
  switch (a.dtype) {
    case DType::f32: return from_doubles(to, c.out_shape, contract_all<double, float>(c, a, b));
    case DType::bf16: return from_doubles(to, c.out_shape, contract_all<double, BFloat>(c, a, b));
    case DType::f16: return from_doubles(to, c.out_shape, contract_all<double, Half>(c, a, b));
    case DType::f64: return from_doubles(to, c.out_shape, contract_all<double, double>(c, a, b));
    default: break;
  }
  // Unsigned accumulation wraps without undefined behaviour.
  std::vector<uint64_t> sums;
  if (a.dtype == DType::i8) sums = contract_all<uint64_t, int8_t>(c, a, b);
  if (a.dtype == DType::i32) sums = contract_all<uint64_t, int32_t>(c, a, b);
  if (a.dtype == DType::i64) sums = contract_all<uint64_t, int64_t>(c, a, b);
  PSMC_CHECK(sums.size() == static_cast<size_t>(count_of(c.out_shape)), "element type of a contraction");
  return from_integers(to, c.out_shape, std::vector<int64_t>(sums.begin(), sums.end()));
}

namespace {

template <typename T, typename Combine>
std::vector<T> reduce_all(const Array& x, const std::vector<T>& values, const IntList& axes, int64_t results,
                          T identity, Combine&& combine) {
  Strides to(x.shape.size(), 0);
  int64_t stride = 1;
  for (size_t d = x.shape.size(); d-- > 0;) {
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end()) continue;
    to[d] = stride;
    stride *= x.shape[d];
  }
  std::vector<T> out(static_cast<size_t>(results), identity);
  size_t at = 0;
  for_each_row<1>(x.shape, {to}, [&](auto offsets, int64_t length, const auto& steps) {
    for (int64_t j = 0; j < length; ++j) {
      T& slot = out[static_cast<size_t>(offsets[0] + j * steps[0])];
      slot = combine(slot, values[at++]);
    }
  });
  return out;
}

}  // namespace

Result<Array> eval_reduce(const EvalInput& in) {
  const Array& x = *in.operands[0];
  const auto monoid = monoid_from_name(in.module.str_attr(in.op, "monoid"));
  PSMC_CHECK(monoid.has_value(), "monoid of a reduce");
  const IntList& axes = in.module.ints_attr(in.op, "axes");
  const bool keep = in.module.bool_attr(in.op, "keep");
  std::vector<int64_t> shape;
  for (size_t d = 0; d < x.shape.size(); ++d) {
    const bool reduced = std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end();
    if (!reduced || keep) shape.push_back(reduced ? 1 : x.shape[d]);
  }
  const int64_t results = count_of(shape);
  if (is_float(x.dtype)) {
    const auto combine = [&](double a, double b) { return combine_float(*monoid, a, b); };
    const auto out = reduce_all<double>(x, to_doubles(x), axes, results, identity_float(*monoid), combine);
    return from_doubles(x.dtype, std::move(shape), out);
  }
  const auto combine = [&](int64_t a, int64_t b) { return combine_integer(*monoid, a, b); };
  const auto out = reduce_all<int64_t>(x, to_integers(x), axes, results, identity_integer(*monoid, x.dtype), combine);
  return from_integers(x.dtype, std::move(shape), out);
}

}  // namespace psmc::ir
