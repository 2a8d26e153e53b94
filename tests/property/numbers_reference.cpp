// SPDX-License-Identifier: Apache-2.0
#include "tests/property/numbers_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "ir/ops/contract_spec.h"

namespace psmc::test {
namespace {

using ir::Array;
using ir::OpKind;
using Real = long double;

constexpr Real kUnit = 0x1p-24L;
constexpr Real kHalfSmallest = 0x1p-150L;

/// An exact value, and by how much the device may miss it before its result is rounded to the result's type.
struct Range {
  Real value = 0, slack = 0;
};

Real ulp(Real value) {
  int exponent = -126;
  if (value != 0) std::frexp(value, &exponent);
  return std::ldexp(Real{1}, std::max(exponent - 1, -126) - 23);
}

Real bound_of(int64_t terms, Real magnitude) {
  const Real k = static_cast<Real>(terms) * kUnit;
  return k / (1 - k) * magnitude + static_cast<Real>(terms) * kHalfSmallest;
}

Real larger(Real a, Real b) { return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b); }
Real smaller(Real a, Real b) { return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b); }

Real exact_value(OpKind kind, const std::array<Real, 3>& x) {
  switch (kind) {
    case OpKind::neg: return -x[0];
    case OpKind::abs: return std::fabs(x[0]);
    case OpKind::exp: return std::exp(x[0]);
    case OpKind::exp2: return std::exp2(x[0]);
    case OpKind::log: return std::log(x[0]);
    case OpKind::sqrt: return std::sqrt(x[0]);
    case OpKind::rsqrt: return 1 / std::sqrt(x[0]);
    case OpKind::recip: return 1 / x[0];
    case OpKind::tanh: return std::tanh(x[0]);
    case OpKind::sigmoid: return 1 / (1 + std::exp(-x[0]));
    case OpKind::floor: return std::floor(x[0]);
    case OpKind::round: return std::nearbyint(x[0]);
    case OpKind::add: return x[0] + x[1];
    case OpKind::sub: return x[0] - x[1];
    case OpKind::mul: return x[0] * x[1];
    case OpKind::div: return x[0] / x[1];
    case OpKind::max: return larger(x[0], x[1]);
    case OpKind::min: return smaller(x[0], x[1]);
    default: return std::numeric_limits<Real>::quiet_NaN();
  }
}

/// A float rounded outwards, then to the type: no rounding of a value in the range can lie beyond.
double edge(DType dtype, Real value, float towards) {
  return round_to(dtype, std::nextafter(static_cast<float>(value), towards));
}

bool accepted(DType dtype, double got, const Range& range) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  if (std::isnan(range.value)) return std::isnan(got);
  if (std::isinf(range.value)) return static_cast<Real>(got) == range.value;
  if (std::isnan(got)) return false;
  if (dtype != DType::f32)
    return got >= edge(dtype, range.value - range.slack, -kInf) && got <= edge(dtype, range.value + range.slack, kInf);
  if (std::isinf(got))
    return (got > 0) == (range.value > 0) && std::fabs(range.value) + range.slack >= std::ldexp(Real{2} - kUnit, 127);
  return std::fabs(static_cast<Real>(got) - range.value) <= range.slack;
}

/// Calls `visit` with the index of every point of `extents`, the last one fastest.
void for_each(const std::vector<int64_t>& extents, const std::function<void(const std::vector<int64_t>&)>& visit) {
  std::vector<int64_t> at(extents.size(), 0);
  for (int64_t extent : extents)
    if (extent == 0) return;
  while (true) {
    visit(at);
    size_t d = extents.size();
    while (d > 0 && ++at[d - 1] == extents[d - 1]) at[--d] = 0;
    if (d == 0) return;
  }
}

/// Flat index into an operand that is broadcast to the result's shape.
int64_t broadcast_index(const std::vector<int64_t>& shape, const std::vector<int64_t>& at) {
  int64_t index = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    const int64_t i = at[at.size() - shape.size() + d];
    index = index * shape[d] + (shape[d] == 1 ? 0 : i);
  }
  return index;
}

std::vector<Range> elementwise(const ir::EvalInput& in, const std::vector<int64_t>& shape) {
  const OpKind kind = in.module.kind(in.op);
  std::vector<Range> ranges;
  for_each(shape, [&](const std::vector<int64_t>& at) {
    std::array<Real, 3> x{};
    for (size_t i = 0; i < in.operands.size(); ++i)
      x[i] = static_cast<Real>(in.operands[i]->get(broadcast_index(in.operands[i]->shape, at)));
    const Real value = exact_value(kind, x);
    ranges.push_back({value, std::isfinite(value) ? allowed_ulps(kind) * ulp(value) : 0});
  });
  return ranges;
}

std::vector<Range> contraction(const ir::EvalInput& in) {
  const auto spec = *ir::parse_contract_spec(in.module.str_attr(in.op, "spec"));
  const std::string space = spec.space();
  const std::string* letters[] = {&spec.a, &spec.b};
  std::vector<int64_t> extents(space.size(), 1), step[2];
  for (size_t o = 0; o < 2; ++o) {
    step[o].assign(space.size(), 0);
    int64_t stride = 1;
    for (size_t d = letters[o]->size(); d-- > 0;) {
      const size_t at = space.find((*letters[o])[d]);
      extents[at] = in.operands[o]->shape[d];
      step[o][at] = stride;
      stride *= extents[at];
    }
  }
  const size_t outer = spec.out.size();
  const std::vector<int64_t> parallel(extents.begin(), extents.begin() + static_cast<std::ptrdiff_t>(outer)),
      summed(extents.begin() + static_cast<std::ptrdiff_t>(outer), extents.end());
  std::vector<Range> ranges;
  for_each(parallel, [&](const std::vector<int64_t>& at) {
    int64_t a = 0, b = 0, terms = 0;
    for (size_t d = 0; d < outer; ++d) {
      a += at[d] * step[0][d];
      b += at[d] * step[1][d];
    }
    Real sum = 0, magnitude = 0;
    for_each(summed, [&](const std::vector<int64_t>& k) {
      int64_t i = a, j = b;
      for (size_t d = 0; d < k.size(); ++d) {
        i += k[d] * step[0][outer + d];
        j += k[d] * step[1][outer + d];
      }
      const Real product = static_cast<Real>(in.operands[0]->get(i)) * static_cast<Real>(in.operands[1]->get(j));
      sum += product;
      magnitude += std::fabs(product);
      ++terms;
    });
    ranges.push_back({sum, bound_of(terms, magnitude)});
  });
  return ranges;
}

/// The running value of a reduction.
struct Reduced {
  Real value = 0, magnitude = 0;
  int64_t terms = 0;

  void take(std::string_view monoid, Real x) {
    ++terms;
    magnitude += std::fabs(x);
    if (terms == 1) {
      value = x;
    } else if (monoid == "sum") {
      value += x;
    } else if (monoid == "prod") {
      value *= x;
    } else {
      value = monoid == "max" ? larger(value, x) : smaller(value, x);
    }
  }
  Range range(std::string_view monoid) const {
    if (monoid == "sum") return {value, bound_of(terms, magnitude)};
    if (monoid == "prod") return {value, bound_of(terms, std::fabs(value))};
    return {value, 0};
  }
};

std::vector<Range> reduction(const ir::EvalInput& in) {
  const Array& x = *in.operands[0];
  const std::string_view monoid = in.module.str_attr(in.op, "monoid");
  const ir::IntList& axes = in.module.ints_attr(in.op, "axes");
  const auto reduced = [&](size_t d) {
    return std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end();
  };
  int64_t count = 1;
  for (size_t d = 0; d < x.shape.size(); ++d) count *= reduced(d) ? 1 : x.shape[d];
  std::vector<Reduced> running(static_cast<size_t>(count));
  int64_t element = 0;
  for_each(x.shape, [&](const std::vector<int64_t>& at) {
    size_t to = 0;
    for (size_t d = 0; d < at.size(); ++d)
      if (!reduced(d)) to = to * static_cast<size_t>(x.shape[d]) + static_cast<size_t>(at[d]);
    running[to].take(monoid, static_cast<Real>(x.get(element++)));
  });
  std::vector<Range> ranges;
  for (const Reduced& r : running) ranges.push_back(r.range(monoid));
  return ranges;
}

std::optional<std::vector<Range>> ranges_of(const ir::EvalInput& in, const Array& got) {
  const OpKind kind = in.module.kind(in.op);
  if (!is_float(got.dtype) || !is_float(in.operands.empty() ? DType::i32 : in.operands[0]->dtype)) return std::nullopt;
  if (allowed_ulps(kind) > 0) return elementwise(in, got.shape);
  if (kind == OpKind::contract) return contraction(in);
  if (kind == OpKind::reduce) return reduction(in);
  return std::nullopt;
}

std::string wrong(int64_t element, double got, Real expected, Real slack) {
  return fmt::format("element {}: {} instead of {} within {}", element, got, static_cast<double>(expected),
                     static_cast<double>(slack));
}

std::string check_exact(const ir::EvalInput& in, const Array& got) {
  const Result<Array> expected = ir::op_def(in.module.kind(in.op)).eval(in);
  if (!expected.ok()) return expected.diagnostic().render();
  if (expected->shape != got.shape) return "another shape";
  for (int64_t i = 0; i < got.elements(); ++i) {
    const double a = got.get(i), b = expected->get(i);
    if (a != b && !(std::isnan(a) && std::isnan(b))) return wrong(i, a, b, 0);
  }
  return {};
}

}  // namespace

double allowed_ulps(OpKind kind) {
  constexpr double kRounded = 0.500001;  // the reference itself is rounded to 64 bits
  switch (kind) {
    case OpKind::exp:
    case OpKind::exp2:
    case OpKind::log:
    case OpKind::rsqrt:
    case OpKind::tanh:
    case OpKind::sigmoid: return 4;
    case OpKind::neg:
    case OpKind::abs:
    case OpKind::sqrt:
    case OpKind::recip:
    case OpKind::floor:
    case OpKind::round:
    case OpKind::add:
    case OpKind::sub:
    case OpKind::mul:
    case OpKind::div:
    case OpKind::max:
    case OpKind::min: return kRounded;
    default: return 0;
  }
}

bool has_reference(OpKind kind) {
  return allowed_ulps(kind) > 0 || kind == OpKind::lt || kind == OpKind::le || kind == OpKind::eq ||
         kind == OpKind::ne || kind == OpKind::select || kind == OpKind::cast;
}

std::string check_op(const ir::EvalInput& in, const Array& got, Worst& worst) {
  worst.elements += static_cast<uint64_t>(got.elements());
  const std::optional<std::vector<Range>> ranges = ranges_of(in, got);
  if (!ranges) return check_exact(in, got);
  if (static_cast<int64_t>(ranges->size()) != got.elements()) return "another shape";
  const bool in_ulps = allowed_ulps(in.module.kind(in.op)) > 0;
  for (int64_t i = 0; i < got.elements(); ++i) {
    const Range& range = (*ranges)[static_cast<size_t>(i)];
    const double value = got.get(i);
    if (!accepted(got.dtype, value, range)) return wrong(i, value, range.value, range.slack);
    if (got.dtype != DType::f32 || !std::isfinite(range.value) || !std::isfinite(value)) continue;
    const Real unit = in_ulps ? ulp(range.value) : range.slack;
    if (unit > 0)
      worst.error =
          std::max(worst.error, static_cast<double>(std::fabs(static_cast<Real>(value) - range.value) / unit));
  }
  return {};
}

std::string kind_of(const ir::Module& module, ir::OpId op) {
  const auto operands = module.operands(op);
  const DType dtype =
      module.value_type(operands.empty() ? module.result(op) : operands[operands.size() == 3 ? 1 : 0]).dtype;
  std::string name{ir::op_def(module.kind(op)).name};
  if (module.kind(op) == OpKind::reduce) name += "_" + std::string(module.str_attr(op, "monoid"));
  return fmt::format("{}.{}", name, dtype_name(dtype));
}

}  // namespace psmc::test
