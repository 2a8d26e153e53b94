// SPDX-License-Identifier: Apache-2.0
#include "midend/shard/box.h"

#include "base/check.h"

namespace psmc::midend {

Box Box::whole(const std::vector<int64_t>& bounds) {
  Box box;
  for (int64_t bound : bounds) box.dims.push_back({0, bound});
  return box;
}

bool Box::empty() const {
  return nothing || std::any_of(dims.begin(), dims.end(), [](const Range& r) { return r.hi <= r.lo; });
}

int64_t Box::elements() const {
  if (empty()) return 0;
  int64_t count = 1;
  for (const Range& r : dims) count *= r.size();
  return count;
}

bool Box::contains(const Box& other) const {
  if (other.empty()) return true;
  if (empty()) return false;
  for (size_t d = 0; d < dims.size(); ++d)
    if (other.dims[d].lo < dims[d].lo || other.dims[d].hi > dims[d].hi) return false;
  return true;
}

bool Box::operator==(const Box& other) const {
  if (empty() || other.empty()) return empty() == other.empty();
  return dims == other.dims;
}

Box intersect(const Box& a, const Box& b) {
  if (a.empty() || b.empty()) return Box::none();
  PSMC_CHECK(a.dims.size() == b.dims.size(), "boxes of different rank");
  Box result;
  for (size_t d = 0; d < a.dims.size(); ++d)
    result.dims.push_back({std::max(a.dims[d].lo, b.dims[d].lo), std::min(a.dims[d].hi, b.dims[d].hi)});
  return result.empty() ? Box::none() : result;
}

Box hull(const Box& a, const Box& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  Box result = a;
  for (size_t d = 0; d < a.dims.size(); ++d) {
    result.dims[d].lo = std::min(a.dims[d].lo, b.dims[d].lo);
    result.dims[d].hi = std::max(a.dims[d].hi, b.dims[d].hi);
  }
  return result;
}

std::pair<int64_t, int64_t> bounds_of(const ir::SymExpr& expr, const std::vector<ir::Symbol>& symbols) {
  int64_t low = expr.constant, high = expr.constant;
  for (const auto& [name, coefficient] : expr.terms) {
    auto at =
        std::find_if(symbols.begin(), symbols.end(), [name = name](const ir::Symbol& s) { return s.name == name; });
    PSMC_CHECK(at != symbols.end(), "a symbol that the function does not declare");
    low += coefficient * (coefficient > 0 ? at->low : at->high);
    high += coefficient * (coefficient > 0 ? at->high : at->low);
  }
  return {low, high};
}

Box image(const ir::AccessMap& map, const Box& points, const std::vector<int64_t>& bounds,
          const std::vector<ir::Symbol>& symbols) {
  if (points.empty()) return Box::none();
  Box result;
  for (size_t d = 0; d < map.subscripts.size(); ++d) {
    const ir::Subscript& s = map.subscripts[d];
    if (s.indirect) {
      result.dims.push_back({0, bounds[d]});
      continue;
    }
    auto [low, high] = bounds_of(s.offset, symbols);
    for (const auto& [dim, coefficient] : s.terms) {
      const Range& r = points.dims[dim];
      low += coefficient * (coefficient > 0 ? r.lo : r.hi - 1);
      high += coefficient * (coefficient > 0 ? r.hi - 1 : r.lo);
    }
    result.dims.push_back({std::max<int64_t>(0, low), std::min(bounds[d], high + 1)});
  }
  return result;
}

}  // namespace psmc::midend
