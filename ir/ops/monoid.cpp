// SPDX-License-Identifier: Apache-2.0
#include "ir/ops/monoid.h"

#include <cmath>
#include <limits>

#include "ir/array_convert.h"

namespace psmc::ir {

std::optional<Monoid> monoid_from_name(std::string_view name) {
  for (const Monoid monoid : {Monoid::sum, Monoid::max, Monoid::min, Monoid::prod}) {
    if (monoid_name(monoid) == name) return monoid;
  }
  return std::nullopt;
}

std::string_view monoid_name(Monoid monoid) {
  switch (monoid) {
    case Monoid::sum: return "sum";
    case Monoid::max: return "max";
    case Monoid::min: return "min";
    case Monoid::prod: return "prod";
  }
  return "";
}

double identity_float(Monoid monoid) {
  switch (monoid) {
    case Monoid::sum: return 0;
    case Monoid::max: return -std::numeric_limits<double>::infinity();
    case Monoid::min: return std::numeric_limits<double>::infinity();
    case Monoid::prod: return 1;
  }
  return 0;
}

double larger(double a, double b) {
  if (a > b) return a;
  if (a < b) return b;
  if (a != a || b != b) return a + b;
  return std::signbit(a) ? b : a;
}

double smaller(double a, double b) {
  if (a < b) return a;
  if (a > b) return b;
  if (a != a || b != b) return a + b;
  return std::signbit(a) ? a : b;
}

double combine_float(Monoid monoid, double a, double b) {
  switch (monoid) {
    case Monoid::sum: return a + b;
    case Monoid::max: return larger(a, b);
    case Monoid::min: return smaller(a, b);
    case Monoid::prod: return a * b;
  }
  return 0;
}

int64_t identity_integer(Monoid monoid, DType dtype) {
  // Saturation gives the ends of each integer type.
  const double infinity = std::numeric_limits<double>::infinity();
  switch (monoid) {
    case Monoid::sum: return 0;
    case Monoid::max: return dtype == DType::boolean ? 0 : double_to_integer(dtype, -infinity);
    case Monoid::min: return double_to_integer(dtype, infinity);
    case Monoid::prod: return 1;
  }
  return 0;
}

int64_t combine_integer(Monoid monoid, int64_t a, int64_t b) {
  const auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  switch (monoid) {
    case Monoid::sum: return static_cast<int64_t>(x + y);
    case Monoid::max: return a > b ? a : b;
    case Monoid::min: return a < b ? a : b;
    case Monoid::prod: return static_cast<int64_t>(x * y);
  }
  return 0;
}

}  // namespace psmc::ir
