// SPDX-License-Identifier: Apache-2.0
#include "ir/type.h"

#include <algorithm>
#include <limits>

namespace psmc::ir {

namespace {

// Sums and products of hostile sizes saturate instead of overflowing; the verifier rejects values of that magnitude.
int64_t add_saturated(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

int64_t mul_saturated(int64_t a, int64_t b) {
  int64_t product;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a > 0) == (b > 0) ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

}  // namespace

SymExpr SymExpr::symbol(StrId name, int64_t offset) {
  SymExpr expr(offset);
  expr.terms.emplace_back(name, 1);
  return expr;
}

SymExpr SymExpr::operator+(const SymExpr& other) const {
  SymExpr sum(add_saturated(constant, other.constant));
  size_t i = 0, j = 0;
  while (i < terms.size() || j < other.terms.size()) {
    if (j == other.terms.size() || (i < terms.size() && terms[i].first < other.terms[j].first)) {
      sum.terms.push_back(terms[i++]);
    } else if (i == terms.size() || other.terms[j].first < terms[i].first) {
      sum.terms.push_back(other.terms[j++]);
    } else {
      const int64_t coefficient = add_saturated(terms[i].second, other.terms[j].second);
      if (coefficient != 0) sum.terms.emplace_back(terms[i].first, coefficient);
      ++i, ++j;
    }
  }
  return sum;
}

SymExpr SymExpr::operator*(int64_t factor) const {
  if (factor == 0) return {};
  SymExpr product(mul_saturated(constant, factor));
  for (const auto& [symbol, coefficient] : terms) {
    product.terms.emplace_back(symbol, mul_saturated(coefficient, factor));
  }
  return product;
}

bool Type::has_static_shape() const {
  return std::all_of(dims.begin(), dims.end(), [](const Dim& d) { return d.is_static(); });
}

int64_t Type::max_elements() const {
  int64_t count = 1;
  for (const Dim& dim : dims) {
    if (dim.bound == 0) return 0;
    count = mul_saturated(count, dim.bound);
  }
  return count;
}

std::vector<int64_t> Type::bounds() const {
  std::vector<int64_t> result;
  result.reserve(dims.size());
  for (const Dim& dim : dims) result.push_back(dim.bound);
  return result;
}

Type tensor_type(DType dtype, std::vector<Dim> dims) {
  Type type;
  type.kind = TypeKind::tensor;
  type.dtype = dtype;
  type.dims = std::move(dims);
  return type;
}

Type scalar_type(DType dtype) {
  Type type;
  type.kind = TypeKind::scalar;
  type.dtype = dtype;
  return type;
}

Type buffer_type(DType dtype, std::vector<Dim> dims, Space space, std::vector<int64_t> strides) {
  Type type = tensor_type(dtype, std::move(dims));
  type.kind = TypeKind::buffer;
  type.space = space;
  type.strides = std::move(strides);
  if (type.strides.empty() && !type.dims.empty()) {
    type.strides.assign(type.dims.size(), 1);
    for (size_t i = type.dims.size() - 1; i > 0; --i) {
      type.strides[i - 1] = mul_saturated(type.strides[i], type.dims[i].bound);
    }
  }
  return type;
}

}  // namespace psmc::ir
